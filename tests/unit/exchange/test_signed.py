"""What parties sign is EIP-712 as an independent implementation encodes it."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from eth_account.messages import encode_typed_data
from eth_utils.crypto import keccak

from ledger.errors import InvalidInput
from ledger.exchange.mandate import MANDATE_TYPE, Mandate
from ledger.exchange.rules import LegAction
from ledger.exchange.signed import OPENING_TYPE, STEP_TYPE, LegKey, Opening, Step
from ledger.identity.eip712 import Domain
from ledger.identity.organization import OrgId

DOMAIN = Domain(190_945, "0x" + "11" * 20)
SENDER, RECIPIENT, OTHER = (OrgId(bytes([n]) * 32) for n in (1, 2, 3))
KEY = LegKey(SENDER, RECIPIENT, b"\x04" * 32)
OPENING = Opening(
    key=KEY,
    actor=OTHER,
    action=LegAction.SUBMIT,
    message=b"\x05" * 32,
    evidence=b"\x06" * 32,
    deadline=2_000_000_060,
    replaces=b"\x07" * 32,
    arrive_by=2_000_000_000,
    answer_within=86_400,
    settle_by=2_100_000_000,
    attempts=3,
)
STEP = Step(
    key=KEY,
    org=RECIPIENT,
    actor=OTHER,
    action=LegAction.REFUSE,
    evidence=b"\x06" * 32,
    nonce=2,
    deadline=2_000_000_060,
    reason=7,
    link=b"\x07" * 32,
)


def typed_digest(type_text: str, values: list[Any]) -> bytes:
    """The digest by eth-account, from the text of the type alone."""
    name, members = re.fullmatch(r"(\w+)\((.*)\)", type_text).groups()  # type: ignore[union-attr]
    fields = [member.split(" ") for member in members.split(",")]
    message = encode_typed_data(
        full_message={
            "primaryType": name,
            "types": {name: [{"type": kind, "name": field} for kind, field in fields]},
            "domain": {
                "name": "Provenance Ledger",
                "version": "1",
                "chainId": DOMAIN.chain_id,
                "verifyingContract": DOMAIN.verifying_contract,
            },
            "message": {field: value for (_, field), value in zip(fields, values, strict=True)},
        }
    )
    return keccak(b"\x19" + message.version + message.header + message.body)


def test_digest_of_opening_equals_eth_account() -> None:
    sender, recipient, _, actor, *rest = OPENING.arguments
    values = [KEY.leg, sender, recipient, actor, *rest]
    assert OPENING.digest(DOMAIN) == typed_digest(OPENING_TYPE, values)


def test_digest_of_step_equals_eth_account() -> None:
    _, _, _, *rest = STEP.arguments
    assert STEP.digest(DOMAIN) == typed_digest(STEP_TYPE, [KEY.leg, *rest])


def test_digest_of_mandate_equals_eth_account() -> None:
    scope = Mandate.scope_of([LegAction.RECEIVE, LegAction.REFUSE, LegAction.RECEIVE])
    mandate = Mandate(SENDER, OTHER, scope, 1, 9, b"\x08" * 32)
    values = [SENDER, OTHER, scope, 1, 9, b"\x08" * 32, 4, 77]
    assert mandate.digest(DOMAIN, 4, 77) == typed_digest(MANDATE_TYPE, values)
    assert [mandate.allows(LegAction.RECEIVE, now) for now in (0, 1, 8, 9)] == [0, 1, 1, 0]
    assert not mandate.allows(LegAction.ASSIGN, 5)


@pytest.mark.parametrize(
    ("field", "value", "pointer"),
    [
        ("reason", 1 << 16, "/reason"),
        ("attempts", 256, "/attempts"),
        ("arrive_by", -1, "/arriveBy"),
        ("message", b"", "/message"),
        ("evidence", bytes(31), "/evidence"),
    ],
)
def test_opening_that_fits_no_word_is_refused(field: str, value: Any, pointer: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        replace(OPENING, **{field: value})
    assert (caught.value.code, caught.value.pointer) == ("leg-content-malformed", pointer)


@pytest.mark.parametrize(
    "terms",
    [
        (1, 5, 5, b"\x08" * 32),
        (1, 1, 9, bytes(32)),
        (0, 1, 0, bytes(32)),
        (0, 0, 0, b"\x08" * 32),
        (1 << 32, 1, 9, b"\x08" * 32),
        (1, 1, 9, b"\x08"),
    ],
)
def test_mandate_that_is_half_is_refused(terms: tuple[int, int, int, bytes]) -> None:
    with pytest.raises(InvalidInput) as caught:
        Mandate(SENDER, OTHER, *terms)
    assert caught.value.code == "mandate-malformed"
    Mandate(SENDER, OTHER, 0, 0, 0, bytes(32))


def test_mandate_to_itself_is_refused() -> None:
    with pytest.raises(InvalidInput) as caught:
        Mandate(SENDER, SENDER, 1, 1, 9, b"\x08" * 32)
    assert caught.value.pointer == "/taker"
