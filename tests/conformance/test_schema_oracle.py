"""Damaged documents: we refuse whatever the official schema refuses, and more only by rule.

The official schema is read from the conformance data and serves as oracle; ours is its own work.
"""

from __future__ import annotations

import json
import os
from copy import deepcopy
from pathlib import Path
from random import Random
from typing import Any

import pytest

from ledger.errors import InvalidInput
from tests.conformance.test_epcis_documents import judge, official_schema, schema_verdicts

BEYOND_SCHEMA = {
    "epcis-attribute-repeated",
    "epcis-class-in-epc-list",
    "epcis-parent-missing",
    "epcis-prefix-undeclared",
    "epcis-quantity-negative",
    "epcis-sensor-time-late",
    "epc-urn-malformed",
    "gs1-check-digit-wrong",
    "gs1-elements-conflict",
    "gs1-link-malformed",
    "gs1-value-malformed",
    "identifier-too-long",
}
"""Codes of what the standard's text forbids and its schema does not."""

REPLACEMENTS: list[Any] = [
    None,
    True,
    0,
    -1,
    2.5,
    "",
    "word",
    "ADD",
    "OBSERVE",
    "DELETE",
    "shipping",
    "transforming",
    "in_transit",
    "urn:epcglobal:cbv:bizstep:shipping",
    "https://ref.gs1.org/cbv/BizStep-shipping",
    "https://ns.gs1.org/cbv/x",
    "https://gs1.org/voc/Temperature",
    "vn:mine",
    "has space:x",
    "2026-03-12T11:00:00",
    "2026-02-30T11:00:00Z",
    "2026-03-12T11:00:00+07:00",
    "+15:00",
    "KGM",
    "kg",
    [],
    ["a"],
    [[]],
    {},
    {"id": "urn:x:y"},
    {"id": "no uri"},
    {"type": "po"},
    {"set": []},
    {"set": ["active"]},
]

NAMES = ["_comment", "vn:mine", "weight", "ilmd", "parentID", "epcList", "https://x.example/y"]


@pytest.fixture(scope="module")
def originals(epcis_data: Path) -> list[Any]:
    return [
        value
        for file, is_valid in schema_verdicts(epcis_data).items()
        if is_valid
        and (value := json.loads((epcis_data / file).read_bytes()))["type"] == "EPCISDocument"
    ]


@pytest.fixture(scope="module")
def schema(epcis_data: Path) -> Any:
    return official_schema(epcis_data)


def places(value: Any, steps: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [steps] if steps else []
    if isinstance(value, dict):
        for name, member in value.items():
            found += places(member, (*steps, name))
    elif isinstance(value, list):
        for index, member in enumerate(value):
            found += places(member, (*steps, index))
    return found


def damage(value: Any, random: Random) -> Any:
    value = deepcopy(value)
    *path, last = random.choice(places(value))
    holder = value
    for step in path:
        holder = holder[step]
    action = random.choice(["delete", "replace", "rename", "double", "add"])
    if action == "delete":
        del holder[last]
    elif action == "rename" and isinstance(holder, dict):
        holder[random.choice(NAMES)] = holder.pop(last)
    elif action == "double" and isinstance(holder, list):
        holder.append(deepcopy(holder[last]))
    elif action == "add" and isinstance(holder, dict):
        holder[random.choice(NAMES)] = deepcopy(random.choice(REPLACEMENTS))
    else:
        holder[last] = deepcopy(random.choice(REPLACEMENTS))
    return value


def test_damaged_documents_judged_like_schema_or_stricter_by_rule(
    originals: list[Any], schema: Any
) -> None:
    rounds = 2000 * int(os.environ.get("CAMPAIGN", "1"))
    refused = 0
    for seed in range(rounds):
        random = Random(seed)
        value = damage(random.choice(originals), random)
        codes = {one.code for one in judge(value) if isinstance(one, InvalidInput)}
        if value.get("type") != "EPCISDocument":
            assert codes, f"seed {seed}: not a document"
        elif schema.is_valid(value):
            assert codes <= BEYOND_SCHEMA, f"seed {seed}: {codes}"
        else:
            assert codes, f"seed {seed}: the schema refuses it, and we do not"
        refused += bool(codes)
    assert rounds // 4 < refused < rounds
