"""Organizations, keys, EIP-712 signatures, signers."""
