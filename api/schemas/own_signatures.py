"""Signatures that an organization makes with a key of its own, on the wire."""

from __future__ import annotations

from pydantic import Field

from api.schemas.wire import Answer, Request
from ledger.digest import Digest
from ledger.identity.address import parse_address
from ledger.services.declaring import OwnSignature
from ledger.services.recalling import SignedProposal
from ledger.storage.recall_signatures import ProposalRow, TargetSignature

_HEX32 = r"^[0-9a-f]{64}$"
_ADDRESS = r"^0x[0-9a-fA-F]{40}$"
_SIGNATURE = r"^0x[0-9a-f]{130}$"
_LATEST = 2**53 - 1


class DeclarationRequest(Request):
    """Signature of one declaration (EIP-712 `Status`, docs/formats/recall.md)."""

    nonce: str = Field(pattern=_HEX32, description="32 random bytes.")
    deadline: int = Field(ge=0, le=_LATEST, description="Unix seconds; 1 minute to 31 days ahead.")
    signer: str = Field(pattern=_ADDRESS)
    signature: str = Field(pattern=_SIGNATURE)

    def own_signature(self) -> OwnSignature:
        """What the ledger takes."""
        return OwnSignature(
            nonce=bytes.fromhex(self.nonce),
            deadline=self.deadline,
            signer=parse_address(self.signer),
            signature=bytes.fromhex(self.signature[2:]),
        )


class ProposalRequest(Request):
    """Signature of an authority's first person (EIP-712 `RecallProposal`)."""

    signed_at: int = Field(ge=0, le=_LATEST, description="Unix seconds.")
    signer: str = Field(pattern=_ADDRESS)
    signature: str = Field(pattern=_SIGNATURE)

    def proposal(self) -> SignedProposal:
        """What the ledger takes."""
        return SignedProposal(
            self.signed_at, parse_address(self.signer), bytes.fromhex(self.signature[2:])
        )


class TargetSignatureRequest(Request):
    """Signature of the declaration about one subject; its nonce is in docs/formats/recall.md."""

    subject: str = Field(pattern=_HEX32)
    deadline: int = Field(ge=0, le=_LATEST, description="Unix seconds; 1 minute to 31 days ahead.")
    signature: str = Field(pattern=_SIGNATURE)


class SignaturesRequest(Request):
    """Signatures of a recall's declarations, or of those of its end."""

    signer: str = Field(pattern=_ADDRESS)
    signatures: list[TargetSignatureRequest] = Field(min_length=1, max_length=5_000)

    def target_signatures(self) -> list[TargetSignature]:
        """What the ledger takes."""
        signer = parse_address(self.signer)
        return [
            TargetSignature(
                Digest.from_hex(one.subject),
                one.deadline,
                signer,
                bytes.fromhex(one.signature[2:]),
            )
            for one in self.signatures
        ]


class ProposalAnswer(Answer):
    """What the first of an authority's two people signed."""

    signed_at: int
    signer: str
    signature: str


def proposal_answer(row: ProposalRow | None) -> ProposalAnswer | None:
    """The wire form of a proposal."""
    if row is None:
        return None
    return ProposalAnswer(
        signed_at=row.signed_at, signer=row.signer.lower(), signature="0x" + row.signature.hex()
    )
