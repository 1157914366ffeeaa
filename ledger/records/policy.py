"""Who may see which member of which kind of record: a table, and what is not in it is private.

Audiences are nested: what the public sees, a partner sees; what a partner sees, an agency sees;
the owner sees everything.

Prices, buyers and sellers are in business transactions, sources and destinations: partners only.
The lists of classes (quantityList and its kin) are public although they carry quantities, because
most goods here are traced by lot and the lot stands nowhere else: a consumer who could not see
the list could not check that the record is about the goods in hand. A list is one value, shown
or hidden whole; an organization that wants to hide a quantity leaves the number out, which EPCIS
allows (an unspecified amount), or names single items in epcList.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from ledger.canonical import escape_step


class Audience(StrEnum):
    """Who looks, from those who see least to the one who sees all."""

    PUBLIC = "public"
    PARTNER = "partner"
    AGENCY = "agency"
    OWNER = "owner"

    def includes(self, other: Audience) -> bool:
        """Whether this audience sees whatever the other one sees."""
        return _RANK[self] >= _RANK[other]


_RANK = {audience: rank for rank, audience in enumerate(Audience)}


@dataclass(frozen=True, slots=True)
class Policy:
    """The table of one kind.

    `members` are exact pointers; `subtrees` also cover everything below them. What is named in
    neither is for the owner alone.
    """

    members: Mapping[str, Audience]
    subtrees: Mapping[str, Audience]

    def audience_of(self, pointer: str) -> Audience:
        """The smallest audience that may see the member."""
        if pointer in self.members:
            return self.members[pointer]
        for root, audience in self.subtrees.items():
            if pointer == root or pointer.startswith(root + "/"):
                return audience
        return Audience.OWNER


ENVELOPE = ("/v", "/kind", "/id", "/org", "/capturedAt")
"""Members every reader needs to know what it looks at: public in every kind."""

_PUBLIC_EVENT = (
    # what kind of statement, by whom to be corrected
    "@context",
    "type",
    "eventID",
    "errorDeclaration/declarationTime",
    "errorDeclaration/reason",
    "errorDeclaration/correctiveEventIDs",
    "certificationInfo",
    # when
    "eventTime",
    "eventTimeZoneOffset",
    "recordTime",
    # what
    "action",
    "epcList",
    "parentID",
    "childEPCs",
    "inputEPCList",
    "outputEPCList",
    "quantityList",
    "childQuantityList",
    "inputQuantityList",
    "outputQuantityList",
    "transformationID",
    # where
    "readPoint/id",
    "bizLocation/id",
    # why
    "bizStep",
    "disposition",
    "persistentDisposition/set",
    "persistentDisposition/unset",
    # how
    "sensorElementList",
)

_AGENCY_EVENT = (
    "vn:inputKind", "vn:inputName", "vn:inputAmount", "vn:inputUnit", "vn:isolationDays",
    "vn:loaiVatTu", "vn:tenVatTu", "vn:lieuLuong", "vn:donViLieu", "vn:soNgayCachLy",
)  # fmt: skip
"""The logbook of inputs of Decision 25/QD-BNNMT: for inspection."""

_PARTNER_EVENT = ("bizTransactionList", "sourceList", "destinationList")

_NONE: Mapping[str, Audience] = MappingProxyType({})

_VERSION = ("code", "version", "previous")
"""What chains the versions of an item of master data."""

_PUBLIC_PARTY = ("gln", "name", "nameEn", "type", "taxCode", "website", "roles", "certificates")

_AGENCY_PARTY = ("personalIdDigest", "phone", "email")

_PUBLIC_PLACE = (
    "gln", "name", "nameEn", "type", "party", "parent", "plantingAreaCode", "area", "certificates",
    "images",
)  # fmt: skip

_PUBLIC_PRODUCT = (
    "gtin", "name", "nameEn", "description", "category", "brand", "images",
    "producer", "place", "originCountry", "origin", "plantingAreaCode", "ocopStars",
    "standards", "certificates", "shelfLife", "storage", "safetyWarning",
    "publicGrowers", "stampIssuer",
)  # fmt: skip

_AGENCY_PRODUCT = ("growers", "extra")


def _table(
    public: Iterable[str], agency: Iterable[str] = (), subtrees: Mapping[str, Audience] = _NONE
) -> Policy:
    return Policy(
        members={
            **dict.fromkeys(ENVELOPE, Audience.PUBLIC),
            **{f"/body/{name}": Audience.PUBLIC for name in (*_VERSION, *public)},
            **{f"/body/{name}": Audience.AGENCY for name in agency},
        },
        subtrees={f"/body/{name}": audience for name, audience in subtrees.items()},
    )


POLICIES: Mapping[str, Policy] = {
    "epcis.event": Policy(
        members={
            **dict.fromkeys(ENVELOPE, Audience.PUBLIC),
            **{f"/body/{name}": Audience.PUBLIC for name in _PUBLIC_EVENT},
            **{f"/body/{name}": Audience.PARTNER for name in _PARTNER_EVENT},
            **{f"/body/{name}": Audience.AGENCY for name in _AGENCY_EVENT},
        },
        subtrees={"/body/ilmd": Audience.PUBLIC},
    ),
    # The address is public (Decree 37/2026 asks for it); the point on the map is where a family
    # lives, so of a party it is for agencies and of a place of production for everyone.
    "masterdata.party": _table(
        _PUBLIC_PARTY, _AGENCY_PARTY, {"address": Audience.PUBLIC, "geo": Audience.AGENCY}
    ),
    "masterdata.place": _table(
        _PUBLIC_PLACE, subtrees={"address": Audience.PUBLIC, "geo": Audience.PUBLIC}
    ),
    "masterdata.product": _table(
        _PUBLIC_PRODUCT,
        _AGENCY_PRODUCT,
        {"netContent": Audience.PUBLIC, "coldChain": Audience.PUBLIC},
    ),
    # An agency here is the server that carries the message, and whoever audits it: what is needed
    # to route and to find it, and nothing by which content could be guessed and tried.
    "exchange.message": Policy(
        members={
            **dict.fromkeys(ENVELOPE, Audience.PUBLIC),
            "/body/blobs": Audience.AGENCY,
        },
        subtrees={"/body/document": Audience.AGENCY},
    ),
}
"""The default disclosure policy of every kind of record."""


def visible(kind: str, body: dict[str, Any], audience: Audience) -> dict[str, Any]:
    """The body of a record as far as that audience may see it: the members that `disclose` shows,
    without their proof."""
    if audience is Audience.OWNER:
        return body
    policy = POLICIES.get(kind, _UNKNOWN_KIND)
    return _shown(policy, audience, "/body", body)


def _shown(policy: Policy, audience: Audience, at: str, members: dict[str, Any]) -> dict[str, Any]:
    shown: dict[str, Any] = {}
    for name, value in members.items():
        here = f"{at}/{escape_step(name)}"
        if isinstance(value, dict) and value:
            inner = _shown(policy, audience, here, value)
            if inner:
                shown[name] = inner
        elif audience.includes(policy.audience_of(here)):
            shown[name] = value
    return shown


_UNKNOWN_KIND = Policy(members=dict.fromkeys(ENVELOPE, Audience.PUBLIC), subtrees={})


def is_disclosed(kind: str, pointer: str, audience: Audience) -> bool:
    """Whether the audience may see that member of a record of that kind."""
    return audience.includes(POLICIES.get(kind, _UNKNOWN_KIND).audience_of(pointer))
