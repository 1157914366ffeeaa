"""Mandates on the wire. Times are unix seconds, as signed."""

from __future__ import annotations

from typing import Self

from pydantic import Field

from api.schemas.exchange import ADDRESS, SIGNATURE, Hex32, Org, Seconds
from api.schemas.wire import Answer, Request
from ledger.errors import InvalidInput
from ledger.exchange.mandate import Mandate
from ledger.exchange.rules import LegAction
from ledger.exchange.signed import ZERO
from ledger.identity.organization import OrgId
from ledger.services.exchange_authority import read_signer
from ledger.services.mandating import SignedMandate

_MOST_ACTIONS = len(LegAction)


class MandateRequest(Request):
    """A signed mandate (EIP-712 `Mandate`); without actions it takes back the one in force."""

    giver: Org
    taker: Org
    actions: list[str] = Field(max_length=_MOST_ACTIONS, description="Such as RECEIVE, SUBMIT.")
    valid_from: Seconds = 0
    valid_until: Seconds = 0
    document: Hex32 | None = Field(
        default=None, description="Commitment of the document that orders it."
    )
    nonce: int = Field(ge=0, lt=2**64, description="How many the giver gave to this taker so far.")
    deadline: Seconds = Field(description="Until when the signature counts.")
    signer: str = Field(pattern=ADDRESS)
    signature: str = Field(pattern=SIGNATURE)

    def handed_in(self) -> SignedMandate:
        """What the ledger takes. Raises InvalidInput `mandate-malformed`."""
        unknown = [name for name in self.actions if name not in LegAction.__members__]
        if unknown:
            raise InvalidInput(
                "mandate-malformed", f"no such action: {unknown[0]!r:.40}", pointer="/actions"
            )
        return SignedMandate(
            mandate=Mandate(
                giver=OrgId.parse(self.giver),
                taker=OrgId.parse(self.taker),
                scope=Mandate.scope_of(LegAction[name] for name in self.actions),
                valid_from=self.valid_from,
                valid_until=self.valid_until,
                document=ZERO if self.document is None else bytes.fromhex(self.document),
            ),
            nonce=self.nonce,
            deadline=self.deadline,
            signer=read_signer(self.signer, "/signer"),
            signature=bytes.fromhex(self.signature[2:]),
        )


class MandateTerms(Answer):
    """What a mandate allows, from when until before when, by which document."""

    actions: list[str]
    valid_from: int
    valid_until: int
    document: str


class MandateAnswer(Answer):
    """What stands between the two: how many were given, and the last one unless it was taken
    back."""

    giver: str
    taker: str
    count: int
    mandate: MandateTerms | None

    @classmethod
    def of(cls, giver: OrgId, taker: OrgId, count: int, found: Mandate | None) -> Self:
        """As the chain has it."""
        terms = None
        if found is not None:
            terms = MandateTerms(
                actions=[one.name for one in found.actions],
                valid_from=found.valid_from,
                valid_until=found.valid_until,
                document=found.document.hex(),
            )
        return cls(giver=giver.text, taker=taker.text, count=count, mandate=terms)
