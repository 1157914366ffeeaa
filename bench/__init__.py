"""Reproducible measurements of every figure the project promises."""
