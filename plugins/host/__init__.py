"""The process that runs one driver and owns its transport: `python -m tillgate.plugins.host --plugin ID`."""
