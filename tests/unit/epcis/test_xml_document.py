"""Documents in XML: what is read, and what an attacker's document is refused for."""

from __future__ import annotations

import re

import pytest

from ledger.epcis.document import Limits
from ledger.epcis.xml_document import MAX_PIECE, read_xml_document, read_xml_event
from ledger.errors import InvalidInput, TooLarge

EVENT = """<ObjectEvent>
<eventTime>2026-03-01T08:00:00+07:00</eventTime><eventTimeZoneOffset>+07:00</eventTimeZoneOffset>
<epcList><epc>urn:epc:id:sgtin:0614141.107346.2018</epc></epcList><action>OBSERVE</action>
</ObjectEvent>"""


def document(*events: str, prolog: str = "", version: str = "2", more: str = "") -> bytes:
    return (
        f'{prolog}<epcis:EPCISDocument xmlns:epcis="urn:epcglobal:epcis:xsd:{version}" {more} '
        'schemaVersion="2.0" creationDate="2026-03-01T08:00:00Z"><EPCISBody><EventList>'
        + "".join(events)
        + "</EventList></EPCISBody></epcis:EPCISDocument>"
    ).encode()


def refusal(body: bytes) -> InvalidInput:
    with pytest.raises(InvalidInput) as raised:
        read_xml_document(body)
    return raised.value


def test_events_keep_their_order_and_lines() -> None:
    read = read_xml_document(document(*(EVENT.replace("2018", str(n)) for n in range(300))))
    assert [event["epcList"][0][-1] for event in read.events[:3]] == ["0", "1", "2"]
    assert len(read.events) == 300
    assert read.lines[:3] == [1, 4, 7]
    assert read.pointer == "/epcisBody/eventList"


def test_document_without_events_is_empty() -> None:
    assert read_xml_document(document()).events == []


def test_query_document_read_like_a_document() -> None:
    body = document(EVENT).replace(b"epcis:EPCISDocument", b"q:EPCISQueryDocument")
    body = body.replace(b"xmlns:epcis", b"xmlns:q").replace(b"epcis:xsd:2", b"epcis-query:xsd:2")
    body = body.replace(b"<EventList>", b"<q:QueryResults><resultsBody><EventList>")
    body = body.replace(b"</EventList>", b"</EventList></resultsBody></q:QueryResults>")
    read = read_xml_document(body)
    assert len(read.events) == 1
    assert read.pointer == "/epcisBody/queryResults/resultsBody/eventList"


def test_event_lists_elsewhere_are_not_the_document_s() -> None:
    decoy = f"<x:a xmlns:x='http://x/'><EventList>{EVENT}</EventList></x:a>"
    read = read_xml_document(document(EVENT.replace("</ObjectEvent>", decoy + "</ObjectEvent>")))
    assert len(read.events) == 1


def test_unreadable_event_stands_beside_the_others() -> None:
    wrong = EVENT.replace("</epcList>", "</epcList><epcList/>")
    read = read_xml_document(document(EVENT, wrong, EVENT))
    assert isinstance(read.events[1], InvalidInput)
    assert "line " in read.events[1].detail
    assert [type(event) for event in read.events] == [dict, InvalidInput, dict]


def test_order_of_elements_demanded_of_2_0_only() -> None:
    turned = EVENT.replace("<action>OBSERVE</action>", "").replace(
        "<eventTime>", "<action>OBSERVE</action><eventTime>"
    )
    (fault,) = read_xml_document(document(turned)).events
    assert isinstance(fault, InvalidInput)
    assert fault.code == "xml-element-order"
    (lenient,) = read_xml_document(document(turned), ordered=False).events
    (older,) = read_xml_document(document(turned, version="1")).events
    (right,) = read_xml_document(document(EVENT)).events
    assert lenient == older == right


def test_header_gives_sender_and_master_data() -> None:
    header = """<EPCISHeader><s:StandardBusinessDocumentHeader
      xmlns:s="http://www.unece.org/cefact/namespaces/StandardBusinessDocumentHeader">
      <s:Sender><s:Identifier>urn:epc:id:sgln:030001.111111.0</s:Identifier></s:Sender>
      <s:DocumentIdentification><s:InstanceIdentifier>11</s:InstanceIdentifier>
      </s:DocumentIdentification></s:StandardBusinessDocumentHeader>
      <extension><EPCISMasterData><VocabularyList><Vocabulary
      type="urn:epcglobal:epcis:vtype:Location"><VocabularyElementList>
      <VocabularyElement id="urn:epc:id:sgln:030001.111111.0">
      <attribute id="urn:epcglobal:cbv:mda#name">Ba Làng</attribute>
      <children><id>urn:epc:id:sgln:030001.111112.0</id></children>
      </VocabularyElement></VocabularyElementList></Vocabulary></VocabularyList>
      </EPCISMasterData></extension></EPCISHeader>"""
    body = document(EVENT).replace(b"<EPCISBody>", header.encode() + b"<EPCISBody>")
    read = read_xml_document(body)
    assert read.header["sender"] == "urn:epc:id:sgln:030001.111111.0"
    assert read.header["instanceIdentifier"] == "11"
    (vocabulary,) = read.header["epcisHeader"]["epcisMasterData"]["vocabularyList"]
    (element,) = vocabulary["vocabularyElementList"]
    assert element["attributes"] == [{"id": "urn:epcglobal:cbv:mda#name", "attribute": "Ba Làng"}]
    assert element["children"] == ["urn:epc:id:sgln:030001.111112.0"]


BOMB = '<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'


@pytest.mark.parametrize(
    "prolog",
    [
        BOMB,
        '<?xml version="1.0"?>\n<!-- x -->' + BOMB,
        '<!DOCTYPE a SYSTEM "http://127.0.0.1:9/dtd">',
        '<!DOCTYPE a PUBLIC "p" "file:///etc/passwd">',
        "<?pi <!DOCTYPE a> ?>" + BOMB,
        "\ufeff" + BOMB,
        "<!DOCTYPE a><!DOCTYPE a [<!ENTITY e 'x'>]>",
    ],
)
def test_document_types_that_declare_are_refused(prolog: str) -> None:
    assert refusal(document(EVENT, prolog=prolog)).code == "xml-doctype-refused"


def test_empty_document_type_and_comments_are_harmless() -> None:
    prolog = (
        '<?xml version="1.0" encoding="utf-8"?><!-- <!DOCTYPE [ -->\n<!DOCTYPE project>\n<?x y?>'
    )
    assert len(read_xml_document(document(EVENT, prolog=prolog)).events) == 1


def test_entity_without_declaration_refused() -> None:
    fault = refusal(document(EVENT.replace("OBSERVE", "&xxe;"), prolog="<!DOCTYPE a>"))
    assert fault.code == "xml-malformed"
    assert re.search(r"line \d+, column \d+", fault.detail)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "xml-malformed"),
        (b"<a>", "xml-malformed"),
        (document(EVENT)[:-3], "xml-malformed"),
        (document(EVENT) + b"<b/>", "xml-malformed"),
        (b"{}", "xml-malformed"),
        (b"<a/>", "epcis-document-unsupported"),
        (document(EVENT, version="3"), "epcis-document-unsupported"),
        (document().replace(b"EventList", b"OtherList"), "epcis-document-unsupported"),
        (document(EVENT).replace(b' schemaVersion="2.0"', b""), "epcis-field-missing"),
        (document(EVENT).replace(b"2026-03-01T08:00:00Z", b"soon"), "epcis-time-malformed"),
        ("<a>đ</a>".encode("utf-16"), "xml-encoding-unsupported"),
        (b'<?xml version="1.0" encoding="utf-16"?><a/>', "xml-encoding-unsupported"),
        (b'<?xml version="1.0" encoding="utf-7"?><a/>', "xml-encoding-unsupported"),
        (b"<a>\xff</a>", "xml-encoding-unsupported"),
        (
            document(EVENT, more=" ".join(f'xmlns:p{n}="http://{n}/"' for n in range(100))),
            "xml-namespaces-too-many",
        ),
    ],
)
def test_wrong_documents_refused(body: bytes, code: str) -> None:
    assert refusal(body).code == code


@pytest.mark.parametrize("levels", [60, 300, 10_000])
def test_deep_extension_refused(levels: int) -> None:
    deep = "<x:a xmlns:x='http://x/'>" + "<x:a>" * levels + "</x:a>" * levels + "</x:a>"
    body = document(EVENT.replace("</ObjectEvent>", deep + "</ObjectEvent>"))
    try:
        (fault,) = read_xml_document(body).events
    except InvalidInput as error:
        fault = error
    assert isinstance(fault, InvalidInput)
    assert fault.code in ("xml-depth-exceeded", "xml-malformed")


def test_many_small_elements_in_one_event_refused_before_they_fill_memory() -> None:
    endless = EVENT.replace("</ObjectEvent>", "<a/>" * (MAX_PIECE // 2) + "</ObjectEvent>")
    with pytest.raises(TooLarge) as raised:
        read_xml_document(document(endless))
    assert raised.value.code == "capture-event-too-large"


def test_too_many_events_refused() -> None:
    with pytest.raises(TooLarge) as raised:
        read_xml_document(document(*[EVENT] * 4), limits=Limits(max_events=3))
    assert raised.value.code == "capture-too-many-events"


def test_bare_event_read_by_itself() -> None:
    read = read_xml_event(EVENT.encode())
    assert read.pointer == ""
    assert read.events == read_xml_document(document(EVENT)).events
    with pytest.raises(InvalidInput):
        read_xml_event(document(EVENT))
