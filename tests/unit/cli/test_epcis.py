"""`provenance epcis`: hashes of documents, without a server."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ledger.epcis.event_hash import hash_event
from tests.support.epcis import STANDARD, document, event
from tests.unit.cli.conftest import Run


def write(folder: Path, value: Any) -> str:
    path = folder / "document.json"
    path.write_text(json.dumps(value), encoding="utf-8")
    return str(path)


def test_hash_one_entry_per_event_in_document_order(tmp_path: Path, run: Run) -> None:
    events = [event(), event(action="OBSERVE")]
    ran = run("epcis", "hash", write(tmp_path, document(*events)), "--json")
    assert ran.code == 0
    assert ran.json == [hash_event(one)._asdict() for one in events]


@pytest.mark.parametrize("shape", ["bare", "single", "query"])
def test_hash_reads_every_kind_of_document(shape: str, tmp_path: Path, run: Run) -> None:
    bodies: dict[str, Any] = {
        "bare": {"@context": STANDARD, **event()},
        "single": document(epcisBody={"event": event()}),
        "query": document(
            type="EPCISQueryDocument",
            epcisBody={"queryResults": {"resultsBody": {"eventList": [event()]}}},
        ),
    }
    ran = run("epcis", "hash", write(tmp_path, bodies[shape]))
    assert (ran.code, ran.out.strip()) == (0, hash_event(event()).hash)


def test_hash_of_xml_is_that_of_its_json(tmp_path: Path, run: Run) -> None:
    path = tmp_path / "document.xml"
    path.write_text(
        """<?xml version="1.0" encoding="UTF-8"?>
<epcis:EPCISDocument xmlns:epcis="urn:epcglobal:epcis:xsd:2" schemaVersion="2.0"
 creationDate="2026-04-02T00:00:00Z"><EPCISBody><EventList><ObjectEvent>
<eventTime>2026-03-12T04:00:00Z</eventTime><eventTimeZoneOffset>+07:00</eventTimeZoneOffset>
<epcList><epc>urn:epc:id:sgtin:9521234.000105.NMBL0001</epc></epcList><action>ADD</action>
<bizStep>urn:epcglobal:cbv:bizstep:packing</bizStep>
<readPoint><id>urn:epc:id:sgln:9521234.00013.0</id></readPoint>
</ObjectEvent></EventList></EPCISBody></epcis:EPCISDocument>"""
    )
    ran = run("epcis", "hash", str(path), "--json")
    assert (ran.code, ran.json) == (0, [hash_event(event())._asdict()])
    path.write_text("<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>")
    assert "[xml-doctype-refused]" in run("epcis", "hash", str(path)).error


@pytest.mark.parametrize(
    ("value", "pointer"),
    [
        ({"type": "EPCISDocument", "epcisBody": {}}, "/epcisBody/eventList"),
        (document({"eventTime": "x"}), "/epcisBody/eventList/0/type"),
        (document(7), "/epcisBody/eventList/0"),
        (document({**event(), "@context": 7}), "/epcisBody/eventList/0/@context"),
        ([], None),
    ],
)
def test_hash_of_what_is_no_document_refused(
    value: Any, pointer: str | None, tmp_path: Path, run: Run
) -> None:
    ran = run("epcis", "hash", write(tmp_path, value), "--json")
    assert ran.code == 2
    assert ran.error
    assert pointer is None or ran.json["pointer"] == pointer


def test_hash_missing_file_told_in_one_line(tmp_path: Path, run: Run) -> None:
    ran = run("epcis", "hash", str(tmp_path / "none.json"))
    assert ran.code == 2
    assert "[file-unreadable]" in ran.error


def test_check_accepts_both_orders_and_finds_the_wrong_one(tmp_path: Path, run: Run) -> None:
    shipped = event(
        sourceList=[{"type": "owning_party", "source": "https://id.gs1.org/417/9521234000136"}],
        destinationList=[
            {"type": "owning_party", "destination": "https://id.gs1.org/417/9521234000204"}
        ],
    )
    ours, table = hash_event(shipped)
    assert ours != table
    good = [{**shipped, "eventID": ours}, {**shipped, "eventID": table}, event(eventID="urn:x:1")]
    ran = run("epcis", "check", write(tmp_path, document(*good)), "--json")
    assert ran.code == 0
    assert [entry["outcome"] for entry in ran.json] == ["pass", "pass", "skipped"]
    ran = run("epcis", "check", write(tmp_path, document({**event(), "eventID": ours})))
    assert ran.code == 1
    assert ran.out.startswith("fail")
