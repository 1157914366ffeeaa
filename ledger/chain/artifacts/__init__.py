"""ABI and bytecode of the deployed contracts, written by scripts/compile_contracts.py."""
