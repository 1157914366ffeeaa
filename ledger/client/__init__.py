"""A client for other systems: capture, wait, prove, verify. Nothing of the server is needed."""
