"""`provenance desk`: an agency's own gateway, on its own machine."""
