"""Every EPCIS XML document of the conformance data: accepted or refused as the schema wants, and
the same events as its twin in JSON."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest
from lxml import etree

from ledger.epcis.document import check_events, read_document
from ledger.epcis.event import Event
from ledger.epcis.xml_document import read_xml_document, read_xml_event
from ledger.errors import InvalidInput
from tests.conformance.test_epcis_documents import CHECK_DIGIT, LATE, NOW, faults

# What the XML schema lets through and the standard's text forbids, measured on the data.
_CAPTURE = "openepcis/2.0/xml/Capture/Documents"
STRICTER_THAN_SCHEMA: dict[str, dict[int, str]] = {
    f"{_CAPTURE}/AggregationEvent_all_possible_fields.xml": {0: LATE},
    f"{_CAPTURE}/Combination_of_different_event.xml": {0: CHECK_DIGIT, 5: LATE},
    f"{_CAPTURE}/ObjectEvent_all_possible_fields.xml": {0: LATE},
    "gs1-epcis/identical-hash/event_with_identical_hash_id_1.xml": {0: LATE},
    "gs1-epcis/identical-hash/event_with_identical_hash_id_3.xml": {0: LATE},
    "gs1-epcis/xml/WithFullCombinationOfFields__aggregation_event_all_possible_fields.xml": {
        0: LATE
    },
    "gs1-epcis/xml/WithFullCombinationOfFields__transaction_event_all_possible_fields.xml": {
        0: LATE
    },
    "openepcis/2.0/xml/Query/queryDocument.xml": {0: CHECK_DIGIT},
}

# There is no official schema of 1.2 in the data; what is wrong with these was looked at by hand.
_OLD = "openepcis/1.2/xml/Capture/Documents"
FAULTS_OF_1_2: dict[str, dict[int, str]] = {
    f"{_OLD}/All_eventTypes_in_single_document.xml": {0: CHECK_DIGIT, 5: LATE},
    f"{_OLD}/AssociationEvent_all_possible_fields.xml": {0: "epcis-attribute-repeated"},
    f"{_OLD}/ObjectEvent_all_possible_fields.xml": {0: "epcis-uri-malformed"},
    f"{_OLD}/TransactionEvent_all_possible_fields.xml": {0: "epcis-time-malformed"},
    f"{_OLD}/TransformationEvent_all_possible_fields.xml": {0: LATE},
}
BARE_EVENT_OF_1_2 = f"{_OLD}/Single_event_with_namespace.xml"


def judge(body: bytes) -> list[Event | InvalidInput]:
    """The events of a document; a fault of the document stands alone."""
    try:
        return check_events(read_xml_document(body), NOW)
    except InvalidInput as fault:
        return [fault]


def verdicts(folder: Path) -> Iterator[tuple[str, bool]]:
    with (folder / "expected/xsd.tsv").open(encoding="utf-8") as table:
        for row in csv.DictReader(table, delimiter="\t"):
            if (folder / row["file"]).is_file():
                yield row["file"], row["valid_against_XSD_2.0"] == "true"


def test_documents_valid_by_schema_accepted_except_documented_rules(epcis_data: Path) -> None:
    accepted = 0
    for file, is_valid in verdicts(epcis_data):
        if not is_valid or "capturejob" in file:
            continue
        results = judge((epcis_data / file).read_bytes())
        found = faults(results)
        assert found == STRICTER_THAN_SCHEMA.get(file, {}), (file, found)
        accepted += len(results) - len(found)
        for one in results:
            if isinstance(one, InvalidInput):
                assert one.pointer is not None, file
                assert "line " in one.detail, (file, one.detail)
    assert accepted > 60


def test_documents_of_1_2_accepted_except_documented_rules(epcis_data: Path) -> None:
    files = sorted((epcis_data / _OLD).glob("*.xml"))
    assert len(files) >= 5
    for path in files:
        file = path.relative_to(epcis_data).as_posix()
        if file != BARE_EVENT_OF_1_2:
            assert faults(judge(path.read_bytes())) == FAULTS_OF_1_2.get(file, {}), file


def test_documents_in_invalid_folders_refused(epcis_data: Path) -> None:
    files = [
        path
        for pattern in ("**/Capture/Invalid/*.xml", "**/Query/Invalid/*.xml")
        for path in epcis_data.glob(pattern)
    ]
    assert len(files) >= 4
    for path in files:
        assert faults(judge(path.read_bytes())), path.name


def test_bare_events_read(epcis_data: Path) -> None:
    files = [*(epcis_data / "openepcis/2.0/xml/Capture/Events").glob("*.xml")]
    files.append(epcis_data / BARE_EVENT_OF_1_2)
    assert len(files) >= 3
    for path in files:
        if path.is_file():
            (event,) = read_xml_event(path.read_bytes()).events
            assert event["type"].endswith("Event"), path.name


def instants(value: Any) -> Any:
    """The same with times as instants: the twins spell them in different zones. Prefixes that
    are declared where they stand say nothing by themselves."""
    if isinstance(value, dict):
        return {name: instants(member) for name, member in value.items() if name != "@context"}
    if isinstance(value, list):
        return [instants(entry) for entry in value]
    if isinstance(value, str) and value[10:11] == "T":
        return datetime.fromisoformat(value).astimezone(UTC)
    return value


def test_twins_in_json_and_xml_are_the_same_events(epcis_data: Path) -> None:
    compared = 0
    with (epcis_data / "expected/cross-syntax-hash.tsv").open(encoding="utf-8") as table:
        for row in csv.DictReader(table, delimiter="\t"):
            as_json, as_xml = epcis_data / row["json_file"], epcis_data / row["xml_file"]
            if row["reference_says"] != "same" or not (as_json.is_file() and as_xml.is_file()):
                continue
            from_json = read_document(as_json.read_bytes()).events
            from_xml = read_xml_document(as_xml.read_bytes()).events
            assert instants(from_xml) == instants(from_json), row["xml_file"]
            compared += 1
    assert compared >= 9


def official_schema(folder: Path) -> etree.XMLSchema:
    path = folder / "schemas/xsd/EPCglobal-epcis-query-2_0.xsd"
    if not path.is_file():
        pytest.skip("the official XML schema is not in this half of the data")
    return etree.XMLSchema(etree.parse(str(path)))


def test_damaged_order_refused_where_the_schema_refuses_it(epcis_data: Path) -> None:
    """Neighbours change places all over valid documents; the schema is the oracle."""
    schema, random = official_schema(epcis_data), Random(2026)
    refused = 0
    files = [file for file, valid in verdicts(epcis_data) if valid and "capturejob" not in file]
    for _ in range(400):
        body = (epcis_data / random.choice(files)).read_bytes()
        tree = etree.fromstring(body, etree.XMLParser(remove_comments=True))
        events = [event for one in tree.iter("EventList") for event in one]
        if not events:
            continue
        holders = [one for one in random.choice(events).iter() if len(one) > 1]
        holder = random.choice(holders)
        at = random.randrange(len(holder) - 1)
        holder.insert(at, holder[at + 1])
        damaged = etree.tostring(tree)
        codes = faults(judge(damaged)).values()
        is_valid = schema.validate(etree.fromstring(damaged))
        assert is_valid == ("xml-element-order" not in codes), damaged.decode()
        refused += not is_valid
    assert refused > 100
