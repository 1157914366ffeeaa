"""Pages and the browser verifier."""
