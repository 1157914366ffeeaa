"""Statements of encryption keys on the wire."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import Field

from api.schemas.wire import Answer, Request
from ledger.envelope.key_statement import KeyStatement

if TYPE_CHECKING:
    from collections.abc import Sequence

_ORG = "^0x[0-9a-f]{64}$"


class KeyStatementRequest(Request):
    """docs/formats/envelope.md, "Published key"."""

    v: Literal[1]
    org: str = Field(pattern=_ORG)
    key_id: str = Field(pattern="^[0-9a-f]{64}$")
    suite: Literal[1] = Field(
        description="HPKE: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM."
    )
    public_key: str = Field(pattern="^[0-9a-f]{64}$")
    valid_from: int = Field(ge=0, lt=2**48, description="Unix seconds.")
    valid_until: int = Field(ge=0, lt=2**48, description="Unix seconds.")
    signer: str = Field(pattern="^0x[0-9a-f]{40}$")
    signature: str = Field(pattern="^0x[0-9a-f]{130}$")

    def read(self) -> KeyStatement:
        """The statement. Raises InvalidInput with a pointer."""
        return KeyStatement.from_json(self.model_dump(by_alias=True))


class KeyStatementAnswer(Answer):
    """The same, as it was signed: check it against the registry before encrypting to it."""

    v: int
    org: str
    key_id: str
    suite: int
    public_key: str
    valid_from: int
    valid_until: int
    signer: str
    signature: str


class EncryptionKeysAnswer(Answer):
    """Everything an organization stated, the latest to begin first."""

    keys: list[KeyStatementAnswer]


def keys_answer(said: Sequence[KeyStatement]) -> EncryptionKeysAnswer:
    """The wire form."""
    return EncryptionKeysAnswer(keys=[key_answer(one) for one in said])


def key_answer(said: KeyStatement) -> KeyStatementAnswer:
    """The wire form of one."""
    return KeyStatementAnswer(**said.to_json())
