"""The log: RFC 9162 hashes and proofs, tiles, checkpoints, signed notes."""
