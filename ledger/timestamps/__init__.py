"""Time-stamps of RFC 3161: what is stamped, asking for tokens, checking them."""
