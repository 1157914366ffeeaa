"""Verdicts, results, outcomes and problems in words for clerks, Vietnamese and English.

`messages.json` has them; the codes stay what evidence and programs go by.
"""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Literal

Language = Literal["vi", "en"]
Group = Literal["verdict", "result", "outcome", "problem"]


def say(group: Group, name: str, language: Language = "vi") -> str:
    """The words for a name of a group. Raises KeyError for a name it does not have."""
    return messages()[group][name][language]


@cache
def messages() -> dict[str, dict[str, dict[str, str]]]:
    """All of them: group, name, language."""
    read: dict[str, dict[str, dict[str, str]]] = json.loads(
        files("ledger.signatures").joinpath("messages.json").read_text(encoding="utf-8")
    )
    return read
