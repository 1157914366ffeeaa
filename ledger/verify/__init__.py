"""Numbered checks, the verdict derived from them."""
