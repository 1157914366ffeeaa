"""The table of transitions is one table: in Solidity, in Python and in its description."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ledger.exchange.rules import OPENINGS, RULES, LegAction, LegParty, LegState

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize("enum", [LegState, LegAction])
def test_numbers_are_those_of_the_contract(enum: type[LegState] | type[LegAction]) -> None:
    source = (ROOT / "contracts" / "libraries" / "LegRules.sol").read_text(encoding="utf-8")
    (body,) = re.findall(rf"enum {enum.__name__} \{{(.*?)\}}", source, re.DOTALL)
    names = [re.sub(r"(?<!^)(?=[A-Z])", "_", name).upper() for name in re.findall(r"\w+", body)]
    assert names == [member.name for member in enum]


def test_description_names_every_state_action_party_and_key() -> None:
    text = (ROOT / "docs" / "formats" / "exchange.md").read_text(encoding="utf-8")
    rows = [[cell.strip() for cell in row.split("|")[1:-1]] for row in text.splitlines()]
    table = [row for row in rows if len(row) == 6 and (row[0].isdigit() or row[2].isdigit())]
    assert {int(row[0]): row[1] for row in table if row[0]} == {
        state.value: state.name for state in LegState if state
    }
    told = {int(row[2]): tuple(row[3:]) for row in table}
    for action, (_, purpose) in OPENINGS.items():
        assert told.pop(action) == (action.name, "sender", purpose.name)
    for action, rule in RULES.items():
        key = "" if rule.party is LegParty.ANYONE else rule.purpose.name
        assert told.pop(action) == (action.name, rule.party.value, key)
    assert not told


def test_every_state_is_reached_and_every_end_is_one() -> None:
    reached = {state for state, _ in OPENINGS.values()} | {
        rule.to for rule in RULES.values() if rule.to is not None
    }
    assert reached == set(LegState) - {LegState.NONE}
    ends = {LegState.SUBMISSION_REJECTED, LegState.RECALLED, LegState.WITHDRAWN}
    for state in LegState:
        moves = {a for a, rule in RULES.items() if state in rule.states and a != LegAction.ERASE}
        assert bool(moves) is (state not in ends | {LegState.NONE}), state


def test_who_goes_against_a_wish_says_why() -> None:
    reasoned = {action for action, rule in RULES.items() if rule.needs_reason}
    assert reasoned == {
        LegAction.FAIL_RELAY,
        LegAction.FAIL_CONSIGNMENT,
        LegAction.FAIL_HANDOVER,
        LegAction.REFUSE,
        LegAction.REQUEST_RECALL,
        LegAction.REFUSE_RECALL,
        LegAction.WITHDRAW,
        LegAction.ERASE,
    }
