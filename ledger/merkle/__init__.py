"""The append-only log as arithmetic: RFC 9162 hashes and proofs, C2SP tiles, notes, checkpoints."""
