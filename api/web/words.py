"""The catalogues: every sentence of the pages, in Vietnamese and English.

The same files serve the templates and the scripts, so that both say the same. A key that is missing
is a bug and raises KeyError: no page is ever half in another language.
"""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Any

from api.web.static import STATIC

LANGUAGES = ("vi", "en")
"""The first is what a visitor gets who asks for none."""

_WORD = re.compile(r"[/:#]")
_CBV_PREFIX = re.compile(r"(?:BizStep|Disp|MT|EventType|ER)-")


class Words:
    """The sentences of one language."""

    def __init__(self, language: str, sentences: dict[str, str]) -> None:
        self.language = language
        self.sentences = sentences

    def say(self, key: str, **values: Any) -> str:
        """The sentence with its {places} filled."""
        return self.sentences[key].format(**values)

    def name(self, kind: str, text: str) -> str:
        """What a standard word or an attribute is called; a name of somebody's own as it stands."""
        word = _WORD.split(text)[-1]
        return self.sentences.get(f"{kind}.{_CBV_PREFIX.sub('', word, count=1)}", word)


@cache
def load_words(language: str, room: str = "") -> Words:
    """The catalogue of one of LANGUAGES: of the public pages, or of another room of pages."""
    path = STATIC / "catalogues" / room / f"{language}.json"
    return Words(language, json.loads(path.read_text(encoding="utf-8")))


def choose_language(asked: str | None) -> str:
    """The language of `?lang=`; Vietnamese for everything else."""
    return asked if asked in LANGUAGES else LANGUAGES[0]
