"""Event hashes as the corpus of the reference has them, and those of the Vietnamese stories."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from ledger import canonical
from ledger.cli.main import app
from ledger.digest import sha256
from ledger.epcis.event_hash import EventHash, hash_event, pre_hash
from ledger.epcis.event_list import EventList, read_any_events, read_event_list
from ledger.epcis.same_event import is_same_event
from tests.conformance.test_digital_link_vectors import rows

FOLLOWED = ("inject", "leading-zero", "exp-form", "long-number", "error-declaration-ignored")
"""Traps where the standard's hash is as weak as the reference says; the proof is not."""

DROPPED = ("infinity", "round-up-carry")
"""Traps where the reference gives no hash at all."""


def read(path: Path) -> EventList:
    return read_any_events(path.read_bytes())


def hashes(found: EventList) -> list[EventHash]:
    return [hash_event(event, found.context, found.ignored) for event in found.events]


def documents(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.suffix in (".json", ".jsonld", ".xml"))


def test_corpus_of_the_reference_hashed_alike(epcis_data: Path) -> None:
    files = documents(epcis_data / "event-hash")
    assert len(files) >= 20
    for file in files:
        found = read(file)
        expected = file.with_suffix(".hashes").read_text("utf-8").split()
        assert [one.hash for one in hashes(found)] == expected, file.name
        strings = file.with_suffix(".prehashes")
        written = strings.read_text("utf-8").splitlines() if strings.is_file() else []
        for event, text, one in zip(found.events, written, expected, strict=False):
            # One line of the corpus is garbled: it is not what its own hash was taken of.
            if sha256(text.encode()).hex() in one:
                assert pre_hash(event, found.context, found.ignored)[0] == text, file.name


def test_corpus_read_alike_by_the_command(epcis_data: Path) -> None:
    for file in documents(epcis_data / "event-hash"):
        ran = CliRunner().invoke(app, ["epcis", "hash", str(file), "--json"])
        assert ran.exit_code == 0, (file.name, ran.stderr)
        expected = [
            {"hash": one.hash, "hash_list_order": one.hash_list_order} for one in hashes(read(file))
        ]
        assert json.loads(ran.stdout) == expected, file.name


def test_events_made_to_be_equal_share_one_hash(epcis_data: Path) -> None:
    files = documents(epcis_data / "event-hash/expected_equal")
    assert len(files) >= 6
    for file in files:
        found = hashes(read(file))
        assert len(found) > 1, file.name
        assert len(set(found)) == 1, file.name


def test_story_hashed_in_both_orders_of_lists(epcis_data: Path) -> None:
    for table in sorted((epcis_data / "vn-scenario").glob("*.hashes.tsv")):
        found = read(table.with_name(table.name.replace(".hashes.tsv", ".jsonld")))
        expected = rows(table)
        assert len(expected) == len(found.events)
        for row, event, one in zip(expected, found.events, hashes(found), strict=True):
            ours, by_table = pre_hash(event, found.context)
            assert ours == row["pre_hash_reference_order"], row["event"]
            assert by_table == row["pre_hash_table_order"], row["event"]
            assert one.hash == row["hash_reference_order"], row["event"]
            assert one.hash_list_order == row["hash_table_order"], row["event"]
            assert (one.hash == one.hash_list_order) == (row["both_agree"] == "true")


def lines(path: Path) -> list[dict[str, Any]]:
    """Each line read by the strict reader, which is what brings text into NFC."""
    return [canonical.parse(line) for line in path.read_bytes().splitlines() if line]


def test_variants_hash_alike_or_not_as_told(epcis_data: Path) -> None:
    variants = lines(epcis_data / "vn-scenario/hash-equivalence.jsonl")
    assert len(variants) > 30
    for variant in variants:
        (one,) = hashes(read_event_list(variant["document"]))
        name = (variant["base_event"], variant["variant"])
        assert one.hash == variant["variant_hash"], name
        assert one.hash_list_order == variant["variant_hash_table_order"], name
        assert (one.hash == variant["base_hash"]) == (variant["expect"] == "same"), name


def test_traps_met_where_the_standard_leaves_them_and_avoided_where_it_does_not(
    epcis_data: Path,
) -> None:
    traps = {trap["id"]: trap for trap in lines(epcis_data / "vn-scenario/hash-traps.jsonl")}
    found = {
        name: [
            one.hash for document in trap["documents"] for one in hashes(read_event_list(document))
        ]
        for name, trap in traps.items()
    }
    for name in FOLLOWED:
        assert found[name] == traps[name]["reference_hashes"], name
    for name in DROPPED:
        assert len(found[name]) == 1, name
    (document,) = traps["round-up-carry"]["documents"]
    (event,) = document["epcisBody"]["eventList"]
    event["eventTime"] = "2027-03-20T18:12:34+07:00"
    assert [one.hash for one in hashes(read_event_list(document))] == found["round-up-carry"]
    for name in ("round-half", "nfc-nfd"):
        assert len(set(found[name])) == 1, name
    assert found["round-half"][1] == traps["round-half"]["reference_hashes"][1]
    assert found["nfc-nfd"][0] == traps["nfc-nfd"]["reference_hashes"][0]


def test_identical_examples_of_gs1_share_one_hash(epcis_data: Path) -> None:
    files = documents(epcis_data / "gs1-epcis/identical-hash")
    assert len(files) > 1
    assert len({one for file in files for one in hashes(read(file))}) == 1


UNLIKE = "openepcis/2.0/json/Query/queryDocument.json"
"""Its JSON and XML name an asset on two domains, with a wrong check digit: two identifiers."""


def test_twins_in_json_and_xml_hash_alike(epcis_data: Path) -> None:
    twins = rows(epcis_data / "expected/cross-syntax-hash.tsv")
    assert len(twins) > 20
    for row in twins:
        sides = [
            [one.hash for one in hashes(read(epcis_data / row[side]))]
            for side in ("json_file", "xml_file")
        ]
        if row["reference_says"] == "same":
            assert sides[0] == row["event_hashes"].split(), row["json_file"]
        assert (sides[0] == sides[1]) == (row["json_file"] != UNLIKE), row["json_file"]


def read_lines(epcis_data: Path, name: str) -> list[Any]:
    lines = (epcis_data / "vn-scenario" / f"{name}.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in lines.splitlines()]


def bodies(documents: list[Any]) -> list[dict[str, Any]]:
    """What is compared where eventIDs meet: the event with its document's context."""
    return [
        {
            **document["epcisBody"]["eventList"][0],
            "@context": document["@context"],
            "eventID": "e:1",
        }
        for document in documents
    ]


def test_traps_of_the_hash_are_told_apart_event_by_event(epcis_data: Path) -> None:
    traps = read_lines(epcis_data, "hash-traps")
    checked = 0
    for trap in traps:
        if trap["id"] in FOLLOWED:
            one, other = bodies(trap["documents"])
            assert hash_event(one) == hash_event(other), trap["id"]
            assert not is_same_event(one, other), trap["id"]
            checked += 1
    assert checked == len(FOLLOWED)


def test_variants_are_the_same_event_as_expected(epcis_data: Path) -> None:
    variants = read_lines(epcis_data, "hash-equivalence")
    unchanged = {
        one["base_event"]: one["document"] for one in variants if one["variant"] == "unchanged"
    }
    for one in variants:
        base, variant = bodies([unchanged[one["base_event"]], one["document"]])
        expected = one["expect"] == "same"
        assert is_same_event(base, variant) == expected, (one["base_event"], one["variant"])
