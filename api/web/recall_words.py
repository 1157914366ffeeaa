"""What the server knows of recalls, as the page says it where no script asks the chain.

It is the server's own statement and says so: a server that keeps a recall to itself would say
nothing here, so "none known" is never told as "none".
"""

from __future__ import annotations

from collections.abc import Iterator

from api.web.words import Words
from ledger.gs1.digital_link import CANONICAL_STEM
from ledger.services.recall_warning import RecalledGoods, Warnings

_MOST = 20


def recall_sentences(warnings: Warnings, words: Words) -> list[str]:
    """One sentence for each recall of the goods themselves, and of what they hold; the first
    ones."""
    return list(_sentences(warnings, words))[:_MOST]


def _sentences(warnings: Warnings, words: Words) -> Iterator[str]:
    for one in warnings.recalled:
        yield words.say("recall.server.goods", **_facts(one, words))
    for one in warnings.holds:
        yield words.say("recall.server.holds", **_facts(one, words))


def _facts(one: RecalledGoods, words: Words) -> dict[str, str]:
    return {
        "code": one.key.removeprefix(CANONICAL_STEM),
        "who": _name(one, words),
        "date": one.recall.created_at.date().isoformat(),
    }


def _name(one: RecalledGoods, words: Words) -> str:
    profile = one.profile
    if profile is None:
        return one.recall.org.text
    return profile.name_en if words.language == "en" and profile.name_en else profile.name
