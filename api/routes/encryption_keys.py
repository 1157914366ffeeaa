"""`/exchange/organizations/{org}/encryption-keys`: to which keys organizations are written."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path

from api.auth import Admin, KnownCaller
from api.deps import Ledger
from api.json_route import JsonRoute
from api.schemas.encryption_keys import (
    EncryptionKeysAnswer,
    KeyStatementAnswer,
    KeyStatementRequest,
    key_answer,
    keys_answer,
)
from api.schemas.problem import problems
from ledger.identity.organization import OrgId

router = APIRouter(route_class=JsonRoute, tags=["exchange"])

_PATH = "/exchange/organizations/{org}/encryption-keys"
_OrgPath = Annotated[str, Path(description="Organization id: 0x and 64 lower-case hex digits.")]


@router.put(
    _PATH,
    summary="Publish an encryption key",
    responses=problems(400, 401, 403, 404, 413, 422, 429, 503),
)
def put_encryption_key(
    org: _OrgPath, wanted: KeyStatementRequest, caller: Admin, ledger: Ledger
) -> KeyStatementAnswer:
    """Signed by an ADMIN or LEADER key of the organization that the registry has in force. Keys
    stated before stay listed, so that what was wrapped to them stays readable."""
    said = wanted.read()
    ledger.content.keys.publish(caller, OrgId.parse(org), said)
    return key_answer(said)


@router.get(
    _PATH,
    summary="The encryption keys of an organization",
    responses=problems(400, 401, 403, 404, 429, 503),
)
def get_encryption_keys(org: _OrgPath, _: KnownCaller, ledger: Ledger) -> EncryptionKeysAnswer:
    """For anybody with an API key. Do not believe this server: check signature and signer against
    the registry on the chain before you encrypt to one (docs/formats/envelope.md)."""
    return keys_answer(ledger.content.keys.list(OrgId.parse(org)))
