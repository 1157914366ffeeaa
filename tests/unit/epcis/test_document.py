from __future__ import annotations

import json
from typing import Any

import pytest

from ledger.epcis.document import Limits, check_events, read_document, read_event
from ledger.epcis.event import Event
from ledger.epcis.problems import exception_type
from ledger.errors import (
    Conflict,
    Forbidden,
    InvalidInput,
    LedgerError,
    NotAcceptable,
    NotFound,
    TooLarge,
    Unauthenticated,
    Unavailable,
    UnsupportedMedia,
)
from tests.support.epcis import NOW, STANDARD, VN, document, event, read


def refused(value: Any) -> InvalidInput:
    body = value if isinstance(value, bytes) else json.dumps(value).encode()
    with pytest.raises(InvalidInput) as raised:
        read_document(body)
    return raised.value


def test_document_faulty_events_stand_among_the_good_ones() -> None:
    results = check_events(
        read(event(), event("AggregationEvent", parentID=None), event(), 7, event(weight=1)), NOW
    )
    assert [isinstance(one, Event) for one in results] == [True, False, True, False, False]
    pointers = [one.pointer for one in results if isinstance(one, InvalidInput)]
    assert pointers == [
        "/epcisBody/eventList/1/parentID",
        "/epcisBody/eventList/3",
        "/epcisBody/eventList/4/weight",
    ]


def test_document_without_events_is_empty() -> None:
    assert check_events(read(), NOW) == []


def test_document_header_kept_apart() -> None:
    found = read(event(), sender="urn:x:1", epcisHeader={"epcisMasterData": {"vocabularyList": []}})
    assert found.header["sender"] == "urn:x:1"
    assert "epcisBody" not in found.header


@pytest.mark.parametrize(
    ("value", "code", "pointer"),
    [
        ([], "epcis-document-unsupported", ""),
        ({}, "epcis-document-unsupported", "/type"),
        (document(type="EPCISQueryDocument"), "epcis-field-missing", "/epcisBody/queryResults"),
        (event(), "epcis-document-unsupported", "/type"),
        (document(schemaVersion=None), "epcis-field-missing", "/schemaVersion"),
        (document(schemaVersion=2.0), "epcis-field-malformed", "/schemaVersion"),
        (document(creationDate="today"), "epcis-time-malformed", "/creationDate"),
        (document(epcisBody=None), "epcis-field-missing", "/epcisBody"),
        (document(epcisBody={}), "epcis-field-missing", "/epcisBody/eventList"),
        (document(epcisBody={"eventList": {}}), "epcis-field-malformed", "/epcisBody/eventList"),
        (document(_comment="x"), "epcis-field-unknown", "/_comment"),
        (document(**{"xx:a": 1}), "epcis-prefix-undeclared", "/xx:a"),
        (document(sender=5), "epcis-field-malformed", "/sender"),
        (document(epcisHeader={"a": 1}), "epcis-field-unknown", "/epcisHeader/a"),
        (
            document(epcisHeader={"epcisMasterData": {"vocabularyList": [{"type": "x"}]}}),
            "epcis-uri-malformed",
            "/epcisHeader/epcisMasterData/vocabularyList/0/type",
        ),
        (document(context="no uri"), "epcis-context-malformed", "/@context"),
        (document(context=[STANDARD, 7]), "epcis-context-malformed", "/@context/1"),
        (document(context=[STANDARD, VN, VN]), "epcis-context-malformed", "/@context/2"),
    ],
)
def test_document_faulty_envelope_refused_at_its_place(value: Any, code: str, pointer: str) -> None:
    found = refused(value)
    assert (found.code, found.pointer) == (code, pointer)
    assert "None" not in found.detail


def test_document_without_context_refused() -> None:
    value = document()
    del value["@context"]
    found = refused(value)
    assert (found.code, found.pointer) == ("epcis-field-missing", "/@context")


def test_bare_event_read_as_document_of_one() -> None:
    raw = {"@context": [STANDARD, VN], **event("AggregationEvent", parentID=None)}
    (found,) = check_events(read_event(json.dumps(raw).encode()), NOW)
    assert isinstance(found, InvalidInput)
    assert found.pointer == "/parentID"
    good = {"@context": [STANDARD, VN], **event(**{"vn:a": 1})}
    (kept,) = check_events(read_event(json.dumps(good).encode()), NOW)
    assert isinstance(kept, Event)
    assert kept.body["@context"] == [STANDARD, VN]


def test_bare_event_without_context_or_with_envelope_refused() -> None:
    for value, code in (
        (event(), "epcis-field-missing"),
        (document(event()), "epcis-document-unsupported"),
    ):
        with pytest.raises(InvalidInput) as raised:
            read_event(json.dumps(value).encode())
        assert raised.value.code == code


def test_document_over_a_limit_refused_as_too_large() -> None:
    body = json.dumps(document(event(), event())).encode()
    for limits, code in (
        (Limits(max_bytes=len(body) - 1), "capture-too-large"),
        (Limits(max_events=1), "capture-too-many-events"),
    ):
        with pytest.raises(TooLarge) as raised:
            read_document(body, limits=limits)
        assert raised.value.code == code
    assert len(read_document(body, limits=Limits(len(body), 2)).events) == 2


def test_default_limits_take_ten_thousand_events_and_64_megabytes() -> None:
    assert Limits().max_events >= 10_000
    assert Limits().max_bytes == 64 * 1024 * 1024


@pytest.mark.parametrize(
    ("error", "name"),
    [
        (InvalidInput("json-malformed", ""), "ValidationException"),
        (TooLarge("capture-too-large", ""), "CaptureLimitExceededException"),
        (UnsupportedMedia("json-malformed", ""), "UnsupportedMediaTypeException"),
        (NotAcceptable("json-malformed", ""), "NotAcceptableException"),
        (Unauthenticated("json-malformed", ""), "SecurityException"),
        (Forbidden("json-malformed", ""), "SecurityException"),
        (NotFound("json-malformed", ""), "NoSuchNameException"),
        (Conflict("json-malformed", ""), "ResourceAlreadyExistsException"),
        (Unavailable("json-malformed", ""), "ImplementationException"),
    ],
)
def test_exception_type_of_each_family(error: LedgerError, name: str) -> None:
    assert exception_type(error) == f"epcisException:{name}"


def test_document_header_attributes_of_any_plain_kind_accepted() -> None:
    def header(attribute: Any) -> dict[str, Any]:
        element = {"id": "urn:x:1", "attributes": [{"id": "urn:a:1", "attribute": attribute}]}
        listed = [
            {"type": "urn:epcglobal:epcis:vtype:Location", "vocabularyElementList": [element]}
        ]
        return document(epcisHeader={"epcisMasterData": {"vocabularyList": listed}})

    for attribute in ("text", 7, 1.5, {"any": "thing"}):
        read_document(json.dumps(header(attribute)).encode())
    assert refused(header([1])).pointer == (
        "/epcisHeader/epcisMasterData/vocabularyList/0/vocabularyElementList/0/attributes/0/attribute"
    )


def test_document_header_that_is_no_object_refused() -> None:
    found = refused(document(epcisHeader={"epcisMasterData": 7}))
    assert (found.code, found.pointer) == ("epcis-field-malformed", "/epcisHeader/epcisMasterData")
