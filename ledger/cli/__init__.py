"""The `provenance` command."""
