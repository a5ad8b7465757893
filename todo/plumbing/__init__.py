"""Parts that serve every request: ids, logs, metrics and headers."""
