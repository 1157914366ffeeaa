"""How long the company prefix in a GS1 key is: what a Digital Link leaves out and a URN needs.

The list is GS1's own (GCP length table), as the library biip carries it; prefixes given out later
than the list are not in it. Then there is no URN: a wrong cut would name somebody else.
"""

from __future__ import annotations

from functools import lru_cache

from ledger.gs1.company_prefix import owned_digits
from ledger.gs1.digital_link import DigitalLink
from ledger.gs1.urn import find_urn


def find_prefix_length(link: DigitalLink) -> int | None:
    """Digits of the company prefix in the key of this link; None where the list does not tell."""
    digits = owned_digits(link)[:12]
    return _length(digits) if digits else None


def find_urn_of(link: DigitalLink) -> str | None:
    """The EPC URN of what the link identifies, where there is one and its cut is known."""
    length = find_prefix_length(link)
    return None if length is None else find_urn(link, length)


@lru_cache(maxsize=2_048)
def _length(digits: str) -> int | None:
    from biip.gs1_prefixes import GS1CompanyPrefix  # unpacking the list takes a moment

    found = GS1CompanyPrefix.extract(digits)
    return None if found is None else len(found.value)
