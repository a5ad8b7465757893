"""What every request passes, whatever the resource: ids, logs, metrics and headers."""
