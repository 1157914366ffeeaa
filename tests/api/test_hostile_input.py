"""Input made to hurt, through the doors it would come by: each gets a precise answer, and
nothing of it is stored."""

from __future__ import annotations

import io
import re
import time
import zipfile
from collections.abc import Callable, Iterator

import httpx
import pytest

from ledger.sheets.conversion import XLSX
from tests.api.test_sheets import hand_in, landing
from tests.support.epcis_events import GTIN
from tests.support.filled_sheets import filled
from tests.support.running_app import RunningApp

pytestmark = pytest.mark.chain

JSON, XML = "application/json", "application/xml"
DEEP = 10_000
PATIENCE_SECONDS = 30.0


@pytest.fixture(autouse=True)
def nothing_stored(server: RunningApp) -> Iterator[None]:
    before = stored(server)
    yield
    assert stored(server) == before


def stored(server: RunningApp) -> list[int]:
    with server.app.db.read() as tx:
        return [
            tx.connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar_one()
            for table in ("records", "submissions", "link_sets", "named_queries", "recalls")
        ]


def refused(server: RunningApp, path: str, body: bytes, media: str) -> str:
    """The code of the refusal, at once or by the job."""
    answer = server.producer.post(path, content=body, headers={"content-type": media})
    if answer.status_code == 202:
        return outcome(server.producer, answer.headers["location"])
    assert 400 <= answer.status_code < 500, answer.text
    assert answer.headers["content-type"].startswith("application/problem+"), answer.text
    code = re.search(r'"code":"([a-z0-9-]+)"|<code>([a-z0-9-]+)</code>', answer.text)
    assert code is not None, answer.text
    return code[1] or code[2]


def outcome(client: httpx.Client, location: str) -> str:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while (job := client.get(location).json())["running"]:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert not job["success"]
    assert job["events"] == []
    return str(job["errors"][0]["code"])


@pytest.mark.parametrize(
    "path",
    [
        "/epcis/capture",
        "/epcis/events",
        "/epcis/queries",
        "/submissions",
        "/labels",
        "/recalls",
    ],
)
@pytest.mark.parametrize(
    "body",
    [
        b"[" * DEEP,
        b"[" * DEEP + b"]" * DEEP,
        b'{"a":' * DEEP + b"1" + b"}" * DEEP,
    ],
    ids=["open", "lists", "objects"],
)
def test_json_ten_thousand_levels_deep(server: RunningApp, path: str, body: bytes) -> None:
    assert refused(server, path, body, JSON) == "json-depth-exceeded"


@pytest.mark.parametrize("path", ["/labels", "/recalls"])
def test_one_member_twice(server: RunningApp, path: str) -> None:
    assert refused(server, path, b'{"reason":"a","reason":"b"}', JSON) == "json-duplicate-key"


def test_event_with_an_extension_ten_thousand_levels_deep(server: RunningApp) -> None:
    deep = b'{"ex:a":' * DEEP + b"1" + b"}" * DEEP
    event = b'{"type":"ObjectEvent","action":"OBSERVE","ex:deep":' + deep + b"}"
    document = b'{"type":"EPCISDocument","epcisBody":{"eventList":[' + event + b"]}}"
    assert refused(server, "/epcis/events", event, JSON) == "json-depth-exceeded"
    assert refused(server, "/epcis/capture", document, JSON) == "json-depth-exceeded"


def _document(doctype: str, inside: str) -> bytes:
    head = '<epcis:EPCISDocument xmlns:epcis="urn:epcglobal:epcis:xsd:2" schemaVersion="2.0" '
    return (
        f'<?xml version="1.0"?>{doctype}{head}creationDate="2026-03-01T00:00:00Z">'
        f"<EPCISBody><EventList>{inside}</EventList></EPCISBody></epcis:EPCISDocument>"
    ).encode()


LAUGHS = (
    '<!DOCTYPE a [<!ENTITY l0 "lol">'
    + "".join(f'<!ENTITY l{n + 1} "{f"&l{n};" * 10}">' for n in range(9))
    + "]>"
)


@pytest.mark.parametrize(
    ("doctype", "inside"),
    [
        (LAUGHS, "&l9;"),
        (f'<!DOCTYPE a [<!ENTITY a "{"x" * 50_000}">]>', "&a;" * 20_000),
        ('<!DOCTYPE a [<!ENTITY a SYSTEM "file:///etc/passwd">]>', "&a;"),
        ('<!DOCTYPE a [<!ENTITY a SYSTEM "http://127.0.0.1:9/">]>', "&a;"),
        ('<!DOCTYPE a [<!ENTITY % a SYSTEM "http://127.0.0.1:9/x.dtd">%a;]>', ""),
        ('<!DOCTYPE a SYSTEM "http://127.0.0.1:9/x.dtd">', ""),
        ('<!DOCTYPE a PUBLIC "-//X//EN" "file:///etc/passwd">', ""),
        ('<!DOCTYPE a [<!ENTITY a "&a;">]>', "&a;"),
    ],
    ids=["laughs", "quadratic", "file", "http", "parameter", "system", "public", "itself"],
)
def test_xml_document_types_and_entities(server: RunningApp, doctype: str, inside: str) -> None:
    body = _document(doctype, f"<ObjectEvent>{inside}</ObjectEvent>")
    assert refused(server, "/epcis/capture", body, XML) == "xml-doctype-refused"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (_document("", "<a>" * DEEP + "</a>" * DEEP), "xml-depth-exceeded"),
        (_document("", "<a>" * DEEP), "xml-depth-exceeded"),
        (_document("", "&nbsp;"), "xml-malformed"),
        (_document("", "\0"), "xml-malformed"),
        (_document("", "x").replace(b"?>", b' encoding="UTF-7"?>', 1), "xml-encoding-unsupported"),
        (b"\xff\xfe<\0a\0", "xml-encoding-unsupported"),
        (b"", "xml-malformed"),
    ],
    ids=["deep", "deep and open", "entity", "nul", "utf-7", "utf-16", "empty"],
)
def test_xml_that_is_none(server: RunningApp, body: bytes, code: str) -> None:
    assert refused(server, "/epcis/capture", body, XML) == code


def _changed(name: str, change: Callable[[bytes], bytes]) -> bytes:
    """A filled sheet with one of its parts changed."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(filled({"Nguyên liệu": [landing("L-1")]}))) as given,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made,
    ):
        assert name in given.namelist()
        for part in given.namelist():
            content = given.read(part)
            made.writestr(part, change(content) if part == name else content)
    return out.getvalue()


def _with_strings(content: bytes) -> bytes:
    """A filled sheet whose shared strings are these."""
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings"
    relation = f'<Relationship Type="{kind}" Target="sharedStrings.xml" Id="rIdS"/>'
    related = _changed(
        "xl/_rels/workbook.xml.rels",
        lambda xml: xml.replace(b"</Relationships>", relation.encode() + b"</Relationships>"),
    )
    return _more("xl/sharedStrings.xml", content, related)


def _more(name: str, content: bytes, given: bytes | None = None) -> bytes:
    """A filled sheet with one part more."""
    out = io.BytesIO(filled({"Nguyên liệu": [landing("L-1")]}) if given is None else given)
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as made:
        made.writestr(name, content)
    return out.getvalue()


def _row(cells: bytes) -> Callable[[bytes], bytes]:
    return lambda xml: xml.replace(b"</sheetData>", b"<row>" + cells + b"</row></sheetData>")


SHEET = "xl/worksheets/sheet2.xml"
ENTITY = b'<!DOCTYPE x [<!ENTITY a "b">]>'


def _unused(count: int) -> bytes:
    """So many different shared strings, which pack badly enough to pass for a table."""
    texts = b"".join(b"<si><t>%d</t></si>" % (number * 7919) for number in range(count))
    return b"<sst>" + texts + b"</sst>"


def _unlike(count: int) -> bytes:
    """So many cells, each with another number."""
    return b"".join(b"<c><v>%d</v></c>" % (number * 7919) for number in range(count))


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (lambda: _more("xl/media/zeros.bin", b"\0" * 64 * 2**20), "sheet-archive-refused"),
        (lambda: _more("xl/externalLinks/externalLink1.xml", b"<a/>"), "sheet-archive-refused"),
        (lambda: _more("xl/vbaProject.bin", b"x"), "sheet-archive-refused"),
        (lambda: _changed(SHEET, lambda xml: ENTITY + xml), "sheet-archive-refused"),
        (lambda: _changed(SHEET, _row(b"<c><v>1</v></c>" * 1_000_000)), "sheet-archive-refused"),
        (
            lambda: _changed(SHEET, _row(b'<c r="BCDEF9" t="n"><v>1</v></c>')),
            "sheet-archive-refused",
        ),
        (
            lambda: _changed(SHEET, _row(b'<c r="XFD9" t="n"><v>1</v></c>')),
            "sheet-too-large",
        ),
        (lambda: _changed(SHEET, _row(_unlike(100_000))), "sheet-too-large"),
        (lambda: _with_strings(_unused(300_000)), "sheet-too-large"),
        (lambda: _with_strings(ENTITY + _unused(1)), "sheet-archive-refused"),
        (lambda: _changed(SHEET, _row(b"<c><f>1+1</f><v>2</v></c>")), "sheet-formula"),
        (lambda: _changed(SHEET, _row(b'<c t="s"><v>999999999</v></c>')), "sheet-archive-refused"),
        (lambda: _changed(SHEET, _row('<c t="s"><v>²</v></c>'.encode())), "sheet-archive-refused"),
        (
            lambda: _changed(SHEET, _row(b'<c t="s"><v>' + b"9" * 5_000 + b"</v></c>")),
            "sheet-archive-refused",
        ),
        (lambda: _changed(SHEET, lambda xml: xml[:-40]), "sheet-archive-refused"),
    ],
    ids=[
        "zip bomb", "external link", "macro", "entity", "million columns", "no column",
        "far column", "columns unlike", "shared texts", "entity in texts", "formula",
        "text that is not there", "odd digit", "endless number", "cut",
    ],
)  # fmt: skip
@pytest.mark.parametrize("path", ["/sheets/checks", "/sheets/captures"])
def test_spreadsheet_made_to_hurt(
    server: RunningApp, path: str, body: Callable[[], bytes], code: str
) -> None:
    made = body()
    answer = server.producer.post(path, content=made, headers={"content-type": XLSX})
    if answer.status_code == 202:
        job = hand_in(server.producer, made, path)
        assert (job["state"], job["recorded"]) == ("refused", 0)
        assert [fault["code"] for fault in job["errors"]][:1] == [code]
    else:
        assert (answer.status_code, answer.json()["code"]) == (400, code), answer.text


@pytest.mark.parametrize("query", ["", f"01/{GTIN}/" * 2_000])
def test_link_of_any_length(server: RunningApp, query: str) -> None:
    answer = server.visitor.get(f"/01/{GTIN}/10/{'x' * 30}/{query}")
    assert 400 <= answer.status_code < 500
