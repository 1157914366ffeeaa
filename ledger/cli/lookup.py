"""What somebody names on the command line: a record, an event, or what a label's code says."""

from __future__ import annotations

import re

from ledger.cli.server import Server, escape
from ledger.errors import NotFound, Unavailable

_UUID = re.compile(r"urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_PROOF = re.compile(r'</records/([^>]+)/proof>; rel="proof"')


def find_link_path(name: str) -> str | None:
    """The path of a GS1 Digital Link, whatever its domain; None where the name is none. Raises
    InvalidInput where it claims to be one and is not."""
    from ledger.gs1.digital_link import find_digital_link

    if name.startswith("/"):
        name = "https://id.gs1.org" + name
    link = find_digital_link(name)
    return None if link is None else link.path


def get_record_ids(server: Server, name: str) -> list[str]:
    """The records a name stands for: a record id itself, or an eventID of the key's organization.

    Record ids and many eventIDs look alike (urn:uuid); the record is asked for first.
    """
    if _UUID.fullmatch(name):
        try:
            server.get(f"/records/{escape(name)}")
        except NotFound as error:
            if error.code != "record-unknown" or not server.has_key:
                raise
        else:
            return [name]
    found = server.get(f"/epcis/events/{escape(name)}")
    records = _PROOF.findall(found.headers.get("link", ""))
    if not records:
        raise Unavailable("server-answer-malformed", "the event comes without its record")
    return records
