"""The only room that speaks to an EVM chain."""
