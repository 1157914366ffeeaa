"""Evidence records of RFC 4998: started, renewed, broken, out of order."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.signatures.verdict import Verdict
from tests.support.evidence_records import RecordBuilder
from tests.support.inspected import authority, codes, inspected
from tests.support.signed_documents import ASICS, container, manifest
from tests.support.time_authority import TimeAuthority

DOCS = {"a.txt": b"A", "b.txt": b"B", "c.txt": b"C"}


def month(number: int) -> TimeAuthority:
    return authority(datetime(2025, number, 1, tzinfo=UTC))


def packed(docs: dict[str, bytes], record: RecordBuilder) -> bytes:
    listed = manifest("META-INF/evidencerecord.ers", docs)
    return container(
        {
            **docs,
            "META-INF/ASiCEvidenceRecordManifest.xml": listed,
            "META-INF/evidencerecord.ers": record.encode(),
        }
    )


@given(
    count=st.integers(1, 3),
    others=st.integers(0, 3),
    renewals=st.lists(st.sampled_from(["stamp", "sha384", "sha512"]), max_size=4),
)
@settings(max_examples=15)
def test_every_way_of_renewing_holds(count: int, others: int, renewals: list[str]) -> None:
    docs = dict(list(DOCS.items())[:count])
    record = RecordBuilder(list(docs.values()))
    record.start(month(1), others)
    for at, kind in enumerate(renewals, start=2):
        if kind == "stamp":
            record.renew_stamp(month(at), others)
        else:
            record.renew_chain(month(at), kind, others)
    found = inspected(packed(docs, record))
    assert found.verdict is Verdict.VALID
    assert found.signatures[0].proven_time == datetime(2025, 1, 1, tzinfo=UTC)
    first = next(iter(docs))
    changed = packed({**docs, first: b"changed"}, record)
    assert inspected(changed).verdict is Verdict.INVALID


def test_record_without_tree_is_over_one_object() -> None:
    record = RecordBuilder([b"A"])
    record.start(month(1), tree=False)
    simple = {"META-INF/evidencerecord.ers": record.encode()}
    assert inspected(container({"a": b"A", **simple}, ASICS)).verdict is Verdict.VALID
    assert inspected(container({"a": b"B", **simple}, ASICS)).verdict is Verdict.INVALID
    assert "content-changed" in codes(inspected(packed(DOCS, record)))


def test_record_over_a_group_is_over_all_of_it() -> None:
    record = RecordBuilder(list(DOCS.values()))
    record.start(month(1))
    part = {name: DOCS[name] for name in ("a.txt", "b.txt")}
    assert "entry-missing" in codes(inspected(packed(part, record)))


def test_renewal_older_than_what_it_renews_is_refused() -> None:
    record = RecordBuilder([b"A"])
    record.start(month(2))
    record.renew_stamp(month(1))
    assert "evidence-record-order" in codes(inspected(packed({"a": b"A"}, record)))


def test_chain_of_two_algorithms_is_refused() -> None:
    record = RecordBuilder([b"A"])
    record.start(month(1))
    record.algorithm = "sha512"
    record.renew_stamp(month(2))
    assert "evidence-record-algorithms" in codes(inspected(packed({"a": b"A"}, record)))


def test_renewal_of_another_record_is_refused() -> None:
    other = RecordBuilder([b"B"])
    other.start(month(1))
    record = RecordBuilder([b"A"])
    record.start(month(1))
    record.tokens = other.tokens
    record.renew_stamp(month(2))
    assert "content-changed" in codes(inspected(packed({"a": b"A"}, record)))


def test_record_no_manifest_names_is_refused_in_an_extended_container() -> None:
    record = RecordBuilder([b"A"])
    record.start(month(1))
    bare = container({"a": b"A", "META-INF/evidencerecord.ers": record.encode()})
    assert "manifest-missing" in codes(inspected(bare))


@pytest.mark.parametrize("data", [b"", b"\x30\x00", b"\x30\x80\x00\x00", b"x" * 100])
def test_bytes_that_are_no_record_are_refused(data: bytes) -> None:
    listed = manifest("META-INF/evidencerecord.ers", {"a": b"A"})
    entries = {
        "a": b"A",
        "META-INF/ASiCEvidenceRecordManifest.xml": listed,
        "META-INF/evidencerecord.ers": data,
    }
    assert "evidence-record-malformed" in codes(inspected(container(entries)))


def test_record_in_xml_is_named_as_not_checked() -> None:
    entries = {"a": b"A", "META-INF/evidencerecord.xml": b"<EvidenceRecord/>"}
    found = inspected(container(entries, ASICS))
    assert (found.verdict, codes(found)) == (
        Verdict.INVALID,
        {"evidence-record-kind", "documents-uncovered"},
    )
