"""Documents between agencies on the wire: messages, legs, steps.

Commitments, salts, ids and heads of legs are 64 hex digits; organizations, addresses, signatures
and what names a block or a transaction begin with 0x. Times of a leg are unix seconds, as signed.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from api.schemas.wire import Request
from ledger.digest import Digest
from ledger.errors import InvalidInput
from ledger.exchange.message import Routing
from ledger.exchange.rules import LegAction
from ledger.exchange.signed import ZERO, LegKey, Opening
from ledger.identity.organization import OrgId
from ledger.records.disclosure import DisclosedView
from ledger.services.exchange_authority import read_signer, under
from ledger.services.exchange_stepping import MOST_STEPS, StepToTake
from ledger.services.exchange_submitting import MOST_KEY_BYTES, MOST_LEGS, LegToOpen

_HEX32 = r"^[0-9a-f]{64}$"
_ORG = r"^0x[0-9a-f]{64}$"
ADDRESS = r"^0x[0-9a-fA-F]{40}$"
SIGNATURE = r"^0x[0-9a-f]{130}$"

Hex32 = Annotated[str, Field(pattern=_HEX32)]
Org = Annotated[str, Field(pattern=_ORG)]
Seconds = Annotated[int, Field(ge=0, le=2**48 - 1)]

StepName = Literal[
    "RELAY",
    "FAIL_RELAY",
    "ARRIVE",
    "FAIL_CONSIGNMENT",
    "HAND_OVER",
    "FAIL_HANDOVER",
    "RECEIVE",
    "REFUSE",
    "ASSIGN",
    "BEGIN",
    "FINISH",
    "REQUEST_RECALL",
    "ACCEPT_RECALL",
    "REFUSE_RECALL",
    "WITHDRAW",
    "SUPERSEDE",
    "LOG_ACCESS",
    "ERASE",
]


class EvidenceRequest(Request):
    """An evidence record (docs/formats/evidence.md) with the salt it is committed with."""

    envelope: dict[str, Any]
    record_salt: Hex32

    def handed_in(self) -> dict[str, Any]:
        """As the services read it."""
        return {"envelope": self.envelope, "recordSalt": self.record_salt}


class LegRequest(Request):
    """The signed opening of one leg (EIP-712 `Opening`, docs/formats/exchange.md); its `message` is
    the commitment that the view gives, its `sender` who issued the record."""

    recipient: Org
    salt: Hex32 = Field(description="32 random bytes: with the parties they make the leg's id.")
    actor: Org | None = Field(default=None, description="Who signs, if mandated by the sender.")
    action: Literal["SUBMIT", "REJECT_SUBMISSION"] = "SUBMIT"
    reason: int = Field(default=0, ge=0, le=65_535)
    evidence: Hex32 = Field(description="Commitment to the evidence record.")
    replaces: Hex32 | None = Field(default=None, description="The leg this one takes the place of.")
    arrive_by: Seconds = 0
    answer_within: int = Field(default=0, ge=0, le=2**32 - 1, description="Seconds.")
    settle_by: Seconds = Field(default=0, description="0: no such date.")
    attempts: int = Field(default=0, ge=0, le=255)
    deadline: Seconds = Field(description="Until when the signature counts; a minute at least.")
    signer: str = Field(pattern=ADDRESS)
    signature: str = Field(pattern=SIGNATURE)
    evidence_record: EvidenceRequest
    wrapped_key: str | None = Field(
        default=None,
        max_length=MOST_KEY_BYTES,
        description="The content key, sealed to the recipient (docs/formats/envelope.md).",
    )

    def leg_to_open(self, sender: OrgId, message: Digest, at: str) -> LegToOpen:
        """What the ledger takes."""
        return LegToOpen(
            opening=Opening(
                key=LegKey(sender, OrgId.parse(self.recipient), bytes.fromhex(self.salt)),
                actor=sender if self.actor is None else OrgId.parse(self.actor),
                action=LegAction[self.action],
                message=message,
                evidence=bytes.fromhex(self.evidence),
                deadline=self.deadline,
                reason=self.reason,
                replaces=ZERO if self.replaces is None else bytes.fromhex(self.replaces),
                arrive_by=self.arrive_by,
                answer_within=self.answer_within,
                settle_by=self.settle_by,
                attempts=self.attempts,
            ),
            signer=read_signer(self.signer, f"{at}/signer"),
            signature=bytes.fromhex(self.signature[2:]),
            evidence=self.evidence_record.handed_in(),
            wrapped_key=self.wrapped_key,
        )


class MessageRequest(Request):
    """A message: the disclosed view of its manifest, and the legs to open."""

    view: list[Any] = Field(
        max_length=2_000, description="docs/formats/record.md: `document` and `blobs` are shown."
    )
    legs: list[LegRequest] = Field(min_length=1, max_length=MOST_LEGS)

    def handed_in(self) -> tuple[DisclosedView, list[LegToOpen]]:
        """What the ledger takes. Raises InvalidInput `view-malformed`, `document-malformed`."""
        try:
            view = DisclosedView.from_json(self.view)
            sender, message = Routing.read(view).org, view.commitment()
        except InvalidInput as error:
            raise under(error, "/view") from error
        return view, [
            one.leg_to_open(sender, message, f"/legs/{number}")
            for number, one in enumerate(self.legs)
        ]


class WrappedKeyRequest(Request):
    """The leg's data key, wrapped to a key that its recipient has published since."""

    wrapped_key: str = Field(
        min_length=1,
        max_length=MOST_KEY_BYTES,
        description="As the leg's own, with another `keyId` and `wrapped`.",
    )


class StepRequest(Request):
    """A signed step (EIP-712 `Step`)."""

    org: Org = Field(description="The party it is done for.")
    actor: Org | None = Field(default=None, description="Who signs, if mandated by that party.")
    action: StepName
    reason: int = Field(default=0, ge=0, le=65_535)
    evidence: Hex32 = Field(description="Commitment to the evidence record.")
    link: Hex32 | None = None
    nonce: int = Field(ge=0, le=2**32 - 1, description="How many events the leg has so far.")
    deadline: Seconds = Field(description="Until when the signature counts; a minute at least.")
    signer: str = Field(pattern=ADDRESS)
    signature: str = Field(pattern=SIGNATURE)
    evidence_record: EvidenceRequest

    def step_to_take(self, leg: Digest, at: str = "") -> StepToTake:
        """What the ledger takes."""
        org = OrgId.parse(self.org)
        return StepToTake(
            leg=leg,
            org=org,
            actor=org if self.actor is None else OrgId.parse(self.actor),
            action=LegAction[self.action],
            nonce=self.nonce,
            deadline=self.deadline,
            commitment=bytes.fromhex(self.evidence),
            signer=read_signer(self.signer, f"{at}/signer"),
            signature=bytes.fromhex(self.signature[2:]),
            evidence=self.evidence_record.handed_in(),
            reason=self.reason,
            link=ZERO if self.link is None else bytes.fromhex(self.link),
        )


class StepOfLegRequest(StepRequest):
    """A signed step with the leg it is of."""

    leg: Hex32


class StepsRequest(Request):
    """Several steps, each judged after those before it."""

    steps: list[StepOfLegRequest] = Field(min_length=1, max_length=MOST_STEPS)

    def steps_to_take(self) -> list[StepToTake]:
        """What the ledger takes."""
        return [
            one.step_to_take(Digest.from_hex(one.leg), f"/steps/{number}")
            for number, one in enumerate(self.steps)
        ]
