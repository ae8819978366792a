"""One module per API resource: its parameters, its shape, its operations."""
