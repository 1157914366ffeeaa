"""The provenance ledger as a library: records, log, proofs, chain, storage, services."""
