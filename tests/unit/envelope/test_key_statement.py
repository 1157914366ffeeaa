"""Whose key it is, is said by a key of the registry and by nobody else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.envelope.key_statement import KEY_STATEMENT_TYPE, KeyStatement
from ledger.errors import InvalidInput, LedgerError
from ledger.identity.address import parse_address
from ledger.identity.eip712 import Domain
from ledger.identity.organization import KeyEntry
from tests.support.vectors.envelope_cases import DOMAIN, ORG, READER, SIGNER, statement
from tests.unit.exchange.test_signed import typed_digest

CASES = json.loads(
    (Path(__file__).parents[2] / "vectors" / "envelope" / "key-statement.json").read_text()
)


def entry(told: dict[str, Any] | None) -> KeyEntry | None:
    if told is None:
        return None
    return KeyEntry(
        address=parse_address(told["address"]),
        custodial=False,
        purposes=told["purposes"],
        valid_from=told["validFrom"],
        valid_until=told["validUntil"],
        registered_at=0,
        compromised_at=told["compromisedAt"],
    )


def judge(case: dict[str, Any]) -> KeyStatement:
    domain = Domain(case["domain"]["chainId"], case["domain"]["verifyingContract"])
    found = KeyStatement.from_json(case["statement"])
    found.check(domain, entry(case["registry"]), case["at"])
    return found


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["why"])
def test_vector(case: dict[str, Any]) -> None:
    if "code" not in case:
        assert judge(case).to_json() == case["statement"]
        return
    with pytest.raises(LedgerError) as refused:
        judge(case)
    assert refused.value.code == case["code"]


def test_what_is_signed_is_eip_712_as_an_independent_implementation_encodes_it() -> None:
    made = statement()
    values = [
        ORG,
        READER.public.id,
        1,
        READER.public.public,
        made.valid_from,
        made.valid_until,
    ]
    assert SIGNER.sign_digest(typed_digest(KEY_STATEMENT_TYPE, values)) == made.signature
    assert DOMAIN.chain_id == 190_945


@given(st.data())
def test_every_changed_member_is_refused(data: st.DataObject) -> None:
    case = json.loads(json.dumps(CASES[0]))
    names = sorted(set(case["statement"]) - {"v"})
    name = data.draw(st.sampled_from(names))
    value = case["statement"][name]
    if isinstance(value, int):
        changed: Any = value ^ 1 << data.draw(st.integers(0, 20))
    else:
        at = data.draw(st.integers(2 if value.startswith("0x") else 0, len(value) - 1))
        digit = format(int(value[at], 16) ^ data.draw(st.integers(1, 15)), "x")
        changed = value[:at] + digit + value[at + 1 :]
    case["statement"][name] = changed
    with pytest.raises(LedgerError):
        judge(case)


@pytest.mark.parametrize(
    "change",
    [
        {"v": 2},
        {"v": True},
        {"more": 1},
        {"validFrom": "0"},
        {"validFrom": True},
        {"validFrom": -1},
        {"validUntil": 2**63},
        {"publicKey": ""},
        {"publicKey": "AA" * 32},
        {"keyId": None},
        {"signature": "0x"},
        {"signer": "0X" + "22" * 20},
    ],
)
def test_other_spellings_are_refused(change: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        KeyStatement.from_json(statement().to_json() | change)
    with pytest.raises(InvalidInput):
        KeyStatement.from_json([])


def test_valid_from_its_first_second_to_before_its_last() -> None:
    made = statement()
    assert [made.is_valid_at(made.valid_from + shift) for shift in (-1, 0)] == [False, True]
    assert [made.is_valid_at(made.valid_until + shift) for shift in (-1, 0)] == [True, False]
