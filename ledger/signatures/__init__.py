"""Inspection of signed documents: PAdES, XAdES and CAdES in ASiC containers, time-stamps, evidence
records.

The door is `ledger.signatures.inspecting`. Whatever parses a stranger's bytes runs in a child
process with limits (`child`, `isolation`); this side of it imports nothing heavy.
"""
