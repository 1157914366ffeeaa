"""`provenance document edxml`: edXML files without any server."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ledger.cli.options import AsJson, Output
from ledger.cli.output import fail_in_one_line, one_line, show_json
from ledger.errors import InvalidInput, Misconfigured

if TYPE_CHECKING:
    from ledger.exchange.edxml.document import EdxmlDocument
    from ledger.exchange.edxml.status import EdxmlStatus

app = typer.Typer(help="Read and write edXML (QCVN 102).", no_args_is_help=True)

Edxml = Annotated[Path, typer.Argument(metavar="FILE", help="An edXML file.")]


@app.command()
@fail_in_one_line
def show(
    file: Edxml,
    files: Annotated[
        Path | None, typer.Option(help="Write the attached files into this folder.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """What a file says: a document with its attachments, or a status.

    With `--json` also the contents of the attachments, so that `write` makes the same file of it.
    """
    from ledger.exchange.edxml.document import EdxmlDocument
    from ledger.exchange.edxml.reading import read_edxml

    found = read_edxml(_read(file))
    if files is not None and isinstance(found, EdxmlDocument):
        _unpack(found, files)
    if as_json:
        show_json(
            _document_json(found) if isinstance(found, EdxmlDocument) else _status_json(found)
        )
    elif isinstance(found, EdxmlDocument):
        _print_document(found)
    else:
        _print_status(found)


@app.command()
@fail_in_one_line
def write(
    file: Annotated[Path, typer.Argument(metavar="JSON", help="What `show --json` printed.")],
    zipped: Annotated[
        bool, typer.Option("--zip", help="Each attachment in an archive, as some axes want it.")
    ] = False,
    output: Output = None,
) -> None:
    """A document as an edXML file."""
    from ledger import canonical
    from ledger.exchange.description import Description
    from ledger.exchange.document import Document
    from ledger.exchange.edxml.attachment import Attachment
    from ledger.exchange.edxml.document import EdxmlDocument
    from ledger.exchange.edxml.writing import write_document
    from ledger.exchange.members import Members
    from ledger.exchange.message import MOST_PARTS

    def attachment(value: Any, at: str) -> Attachment:
        members = Members(value, at)
        texts = [members.text(name, 200) for name in ("id", "name", "mediaType")]
        return Attachment(texts[0], texts[1], texts[2], _bytes(members.take("content"), at))

    members = Members(canonical.parse(_read(file)))
    document = members.find("document", Document.read)
    description = members.find("description", Description.read)
    if document is None or description is None:
        members.refuse("document and description are required", "document")
    said = EdxmlDocument(
        document, description, members.items("attachments", MOST_PARTS, attachment)
    )
    body = write_document(said, zipped=zipped)
    if output is None:
        typer.echo(body, nl=False)
    else:
        output.write_bytes(body)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise Misconfigured("file-unreadable", f"{path}: {error.strerror}") from error


def _bytes(value: Any, at: str) -> bytes:
    try:
        return base64.b64decode(value, validate=True)
    except (ValueError, TypeError):
        raise InvalidInput(
            "document-malformed", "this is not base64", pointer=f"{at}/content"
        ) from None


def _unpack(found: EdxmlDocument, folder: Path) -> None:
    """Names are without folders; nothing that lies there already is overwritten."""
    places: dict[Path, bytes] = {}
    for number, file in enumerate(found.attachments, start=1):
        place = folder / file.name
        places[folder / f"{number}-{file.name}" if place in places else place] = file.content
    for place in places:
        if place.exists():
            raise Misconfigured("file-unwritable", f"{place} is there already")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for place, content in places.items():
            with place.open("xb") as writing:
                writing.write(content)
    except OSError as error:
        raise Misconfigured("file-unwritable", f"{folder}: {error.strerror}") from error


def _document_json(found: EdxmlDocument) -> dict[str, Any]:
    return {
        "document": found.document.to_json(),
        "description": found.description.to_json(),
        "attachments": [
            {
                "id": file.id,
                "name": file.name,
                "mediaType": file.media_type,
                "content": base64.b64encode(file.content).decode(),
            }
            for file in found.attachments
        ],
        "ignored": list(found.ignored),
    }


def _status_json(found: EdxmlStatus) -> dict[str, Any]:
    from ledger.clock import format_time

    staff = found.staff
    return {
        "status": {
            "code": found.code,
            "action": found.action.name,
            "at": format_time(found.at),
            "from": found.organ.to_json(),
            "responseFor": found.response_for.to_json(),
            "description": found.description,
            "department": staff.department if staff else None,
            "staff": staff.staff if staff else None,
        },
        "other": found.other,
        "ignored": list(found.ignored),
    }


def _print_document(found: EdxmlDocument) -> None:
    document = found.document
    print(f"{document.business_doc_type.name} {document.document_id.text}")
    print(f"  {one_line(found.description.subject)}")
    print(f"  {document.sender} -> {', '.join(document.recipients)}")
    if document.due_date is not None:
        print(f"  due {document.due_date.isoformat()}")
    for file in found.attachments:
        print(f"  {one_line(file.name)}: {len(file.content)} bytes, {one_line(file.media_type)}")
    for pointer in found.ignored:
        print(f"  ! not read: {one_line(pointer)}")


def _print_status(found: EdxmlStatus) -> None:
    from ledger.clock import format_time

    print(f"{found.code} {found.action.name} {format_time(found.at)}")
    print(f"  {found.organ.organ_id} of {one_line(found.response_for.code)}")
    if found.description:
        print(f"  {one_line(found.description)}")
