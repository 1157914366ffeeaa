"""The desk: an agency's own gateway. It holds keys and documents, and trusts no server."""
