"""SQL of the service, without Flask. ``session.py`` lends the connections."""
