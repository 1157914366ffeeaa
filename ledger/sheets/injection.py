"""Text that a spreadsheet program would run as a formula, made harmless in what we export.

A cell that begins with = + - @ or a control character is computed by the program that opens the
CSV, and may fetch addresses or start programs there. An apostrophe in front makes it text; readers
of ours take it away again. In an .xlsx the cell's type says that it is text.
"""

from __future__ import annotations

_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


def guard(text: str) -> str:
    """The text as it may stand in a CSV cell. `unguard` gives it back."""
    return f"'{text}" if text.startswith((*_STARTS, "'")) else text


def unguard(text: str) -> str:
    """What was meant by a guarded cell."""
    return text[1:] if text.startswith("'") and text[1:].startswith((*_STARTS, "'")) else text
