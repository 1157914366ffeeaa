"""What a desk is: whose, at which server, on which contract. The file `desk.json` of its folder.

::

    {"v":1,"type":"provenance.desk","org":"0x…","organId":"H56.TEST.01","name":"…",
     "server":"https://…","exchange":"0x…","rpc":["https://…"],
     "answerWithin":seconds,"arriveWithin":seconds,"attempts":n,"deadlines":"decree-30",
     "signatures":"advisory"}

`exchange` is the contract that signatures count for. It comes from whoever the agency trusts, as
the trust file does: a server that could name another would have the agency sign for nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Self

from ledger import canonical
from ledger.desk.signature_rule import SignatureRule
from ledger.errors import InvalidInput, Misconfigured
from ledger.exchange.deadlines import PROFILES
from ledger.exchange.document import MOST_ORGAN_ID
from ledger.exchange.evidence import MOST_NAME, ExchangeParty
from ledger.exchange.members import Members
from ledger.identity.address import parse_address
from ledger.identity.organization import OrgId

_TYPE = "provenance.desk"
_MOST_URL = 500
_MOST_NODES = 32
_MOST_SECONDS = 366 * 86_400


@dataclass(frozen=True, slots=True)
class DeskSettings:
    """One desk. `deadlines` names the profile (`ledger.exchange.deadlines`) by which the terms of
    what it sends are found; without one, they are `arrive_within` and `answer_within`, in seconds.
    `signatures` is what it makes of documents that lack one.

    Raises Misconfigured `desk-malformed`.
    """

    org: OrgId
    organ_id: str
    name: str
    server: str
    exchange: str
    rpc: tuple[str, ...] = field(default=())
    arrive_within: int = 2 * 86_400
    answer_within: int = 3 * 86_400
    attempts: int = 20
    deadlines: str | None = None
    signatures: SignatureRule = SignatureRule.SHOWN

    def __post_init__(self) -> None:
        for url in (self.server, *self.rpc):
            if not url.startswith(("http://", "https://")):
                raise Misconfigured("desk-malformed", f"{url!r:.120} is no http or https address")
        for seconds in (self.arrive_within, self.answer_within):
            if not 0 < seconds <= _MOST_SECONDS:
                raise Misconfigured("desk-malformed", "a window lasts a second to a year")
        if self.deadlines is not None and self.deadlines not in PROFILES:
            raise Misconfigured("desk-malformed", f"deadlines are one of {', '.join(PROFILES)}")
        if not 1 <= self.attempts <= 255:
            raise Misconfigured("desk-malformed", "there are 1 to 255 attempts")
        try:
            object.__setattr__(self, "exchange", parse_address(self.exchange))
            ExchangeParty(self.org, self.organ_id, self.name)
        except InvalidInput as error:
            raise Misconfigured("desk-malformed", str(error)) from error

    @property
    def party(self) -> ExchangeParty:
        """The agency as its evidence names it."""
        return ExchangeParty(self.org, self.organ_id, self.name)

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """Read the file. Raises Misconfigured `desk-malformed`."""
        try:
            members = Members(canonical.parse(data))
            if members.take("v") != 1 or members.take("type") != _TYPE:
                raise Misconfigured("desk-malformed", "not a version 1 desk")
            found = cls(
                org=OrgId.parse(members.text("org", 66)),
                organ_id=members.text("organId", MOST_ORGAN_ID),
                name=members.text("name", MOST_NAME),
                server=members.text("server", _MOST_URL),
                exchange=members.text("exchange", 42),
                rpc=members.texts("rpc", _MOST_NODES, _MOST_URL),
                arrive_within=members.integer("arriveWithin", 1, _MOST_SECONDS),
                answer_within=members.integer("answerWithin", 1, _MOST_SECONDS),
                attempts=members.integer("attempts", 1, 255),
                deadlines=members.find_text("deadlines", MOST_NAME),
                signatures=members.find("signatures", _read_rule) or SignatureRule.SHOWN,
            )
            members.end()
        except InvalidInput as error:
            raise Misconfigured("desk-malformed", str(error)) from error
        return found

    def encode(self) -> bytes:
        """The file's bytes."""
        told: dict[str, Any] = {
            "v": 1,
            "type": _TYPE,
            "org": self.org.text,
            "organId": self.organ_id,
            "name": self.name,
            "server": self.server,
            "exchange": self.exchange.lower(),
            "rpc": list(self.rpc),
            "arriveWithin": self.arrive_within,
            "answerWithin": self.answer_within,
            "attempts": self.attempts,
            "signatures": self.signatures.value,
        }
        if self.deadlines is not None:
            told["deadlines"] = self.deadlines
        return canonical.encode(told) + b"\n"


def _read_rule(value: Any, at: str) -> SignatureRule:
    try:
        return SignatureRule(value)
    except ValueError as error:
        known = ", ".join(SignatureRule)
        raise Misconfigured("desk-malformed", f"{at} is one of {known}") from error
