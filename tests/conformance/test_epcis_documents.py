"""Every EPCIS document of the conformance data: accepted or refused as the standard wants."""

from __future__ import annotations

import csv
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from ledger.epcis.document import check_events, read_document, read_event
from ledger.epcis.event import Event
from ledger.errors import InvalidInput

NOW = datetime(2026, 11, 24, tzinfo=UTC)

LATE = "epcis-sensor-time-late"
CHECK_DIGIT = "gs1-check-digit-wrong"

# What the official JSON schema lets through and the standard's text forbids, measured on the data:
# for each document, the codes of its faulty events by index.
STRICTER_THAN_SCHEMA: dict[str, dict[int, str]] = {
    "gs1-epcis/json/WithFullCombinationOfFields__aggregation_event_all_possible_fields.jsonld": {
        0: LATE
    },
    "gs1-epcis/json/WithFullCombinationOfFields__object_event_all_possible_fields.jsonld": {
        0: LATE
    },
    "gs1-epcis/json/WithFullCombinationOfFields__transformation_event_all_possible_fields.jsonld": {
        0: LATE
    },
    "openepcis/2.0/json/Capture/Documents/AggregationEvent_all_possible_fields.json": {0: LATE},
    "openepcis/2.0/json/Capture/Documents/Combination_of_different_event.json": {
        0: CHECK_DIGIT,
        5: LATE,
    },
    "openepcis/2.0/json/Capture/Documents/JumbledFieldsOrder.json": {0: LATE},
    "openepcis/2.0/json/Capture/Documents/ObjectEvent_all_possible_fields.json": {0: LATE},
    "openepcis/2.0/json/Query/ObjectEventWithAllPossibleFields.json": {0: LATE},
    "openepcis/2.0/json/Query/queryDocument.json": {0: CHECK_DIGIT},
}


def judge(value: Any) -> list[Event | InvalidInput]:
    """The events of a document or the one bare event; a fault of the envelope stands alone."""
    body = json.dumps(value).encode()
    try:
        is_document = str(value.get("type", "")).startswith("EPCIS")
        read = read_document(body) if is_document else read_event(body)
    except InvalidInput as fault:
        return [fault]
    return check_events(read, NOW)


def faults(results: list[Event | InvalidInput]) -> dict[int, str]:
    return {at: one.code for at, one in enumerate(results) if isinstance(one, InvalidInput)}


def schema_verdicts(folder: Path) -> dict[str, bool]:
    with (folder / "expected/json-schema.tsv").open(encoding="utf-8") as table:
        return {
            row["file"]: row["valid_against_EPCIS-JSON-Schema"] == "true"
            for row in csv.DictReader(table, delimiter="\t")
            if (folder / row["file"]).is_file()
        }


def resolve(value: Any, pointer: str) -> bool:
    """Whether a pointer leads into the document, or to a member missing at its very end."""
    steps = [step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]]
    for at, step in enumerate(steps):
        if isinstance(value, list):
            if not step.isdigit() or int(step) >= len(value):
                return False
            value = value[int(step)]
        elif isinstance(value, dict) and step in value:
            value = value[step]
        else:
            return isinstance(value, dict) and at == len(steps) - 1
    return True


def test_documents_agree_with_schema_except_documented_rules(epcis_data: Path) -> None:
    verdicts = schema_verdicts(epcis_data)
    assert len(verdicts) > 50
    for file, is_valid in verdicts.items():
        value = json.loads((epcis_data / file).read_bytes())
        results = judge(value)
        found = faults(results)
        if is_valid:
            assert found == STRICTER_THAN_SCHEMA.get(file, {}), file
        else:
            assert found, file
        for one in results:
            if isinstance(one, InvalidInput):
                assert one.pointer is not None, file
                assert resolve(value, one.pointer), (file, one.pointer)


def test_documents_in_invalid_folders_refused(epcis_data: Path) -> None:
    files = sorted(epcis_data.glob("**/Capture/Invalid/*.json"))
    assert len(files) >= 8
    files += epcis_data.glob("**/Query/Invalid/*.json")
    for file in files:
        assert faults(judge(json.loads(file.read_bytes()))), file.name


def test_faulty_events_each_named_by_index(epcis_data: Path) -> None:
    file = "Combination_of_events_with_missing_mandatory_fields.json"
    path = epcis_data / "openepcis/2.0/json/Capture/Invalid" / file
    if not path.is_file():
        pytest.skip(f"{file} is not in this half of the data")
    first, second = judge(json.loads(path.read_bytes()))
    assert isinstance(first, InvalidInput)
    assert isinstance(second, InvalidInput)
    assert first.pointer == "/epcisBody/eventList/0/action"
    assert second.pointer == "/epcisBody/eventList/1/eventTimeZoneOffset"


def test_scenarios_accepted_whole(epcis_data: Path) -> None:
    files = sorted((epcis_data / "vn-scenario").glob("*.jsonld"))
    assert files
    for file in files:
        results = judge(json.loads(file.read_bytes()))
        assert faults(results) == {}, file.name
        assert len(results) > 10


def test_scenario_variants_and_traps_accepted(epcis_data: Path) -> None:
    for name in ("hash-equivalence.jsonl", "hash-traps.jsonl"):
        lines = (epcis_data / "vn-scenario" / name).read_text(encoding="utf-8").splitlines()
        assert lines
        for line in lines:
            for value in json.loads(line).get("documents", []):
                assert faults(judge(value)) == {}, line[:120]


def without_comments(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            name: without_comments(member)
            for name, member in value.items()
            if not name.startswith("_comment")
        }
    return [without_comments(one) for one in value] if isinstance(value, list) else value


def test_food_regulation_without_comments_judged_like_schema(epcis_data: Path) -> None:
    schema = official_schema(epcis_data)
    accepted = 0
    for file in sorted((epcis_data / "food-regulation").glob("*/*.jsonld")):
        value = without_comments(json.loads(file.read_bytes()))
        found = faults(judge(value))
        assert (not found) == schema.is_valid(value), (file.name, found)
        accepted += not found
    assert accepted >= 4


def official_schema(folder: Path) -> Any:
    text = (folder / "schemas/EPCIS-JSON-Schema.json").read_text(encoding="utf-8")
    return jsonschema_rs.Draft7Validator(json.loads(text), validate_formats=True)
