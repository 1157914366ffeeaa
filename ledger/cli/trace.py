"""`provenance trace`: where goods came from, what became of them, what was in a container.

It is the server's word; every event is named, and `prove` and `verify` are how to check it.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any
from urllib.parse import urlencode

import typer

from ledger.cli.options import URL, AsJson, KeyFile, ServerUrl
from ledger.cli.output import fail_in_one_line, show_json
from ledger.cli.server import connect


class Way(StrEnum):
    """Which way to follow the goods."""

    BACK = "back"
    FORWARD = "forward"
    CONTENTS = "contents"


@fail_in_one_line
def trace(
    name: Annotated[str, typer.Argument(help="GS1 Digital Link or EPC URN of a lot or item.")],
    direction: Annotated[
        Way, typer.Option(help="Back to inputs, forward to what came of it, or contents.")
    ] = Way.BACK,
    at: Annotated[
        str | None, typer.Option(help="For contents: an RFC 3339 time; now if left out.")
    ] = None,
    url: ServerUrl = URL,
    key_file: KeyFile = None,
    as_json: AsJson = False,
) -> None:
    """Trace goods back, forward, or into a container."""
    server = connect(url, key_file)
    if direction is Way.CONTENTS:
        query = {"id": name} | ({"at": at} if at is not None else {})
        found = server.get(f"/trace/contents?{urlencode(query)}").json()
        show_json(found) if as_json else _print_contents(found)
        return
    query = {"id": name, "direction": direction.value}
    found = server.get(f"/trace?{urlencode(query)}").json()
    show_json(found) if as_json else _print_trace(found)


def _print_contents(found: dict[str, Any]) -> None:
    print(f"{found['id']} at {found['at']}")
    for item in found["items"]:
        print(f"  {item}")
    for nest in found["inside"]:
        print(f"in {nest['id']}")
        for item in nest["items"]:
            print(f"  {item}")


def _print_trace(found: dict[str, Any]) -> None:
    print(f"{found['direction']} from {found['id']}")
    for title, names in (("items", found["items"]), ("containers", found["containers"])):
        print(f"{title}: {len(names)}")
        for name in names:
            print(f"  {name}")
    print(f"events: {len(found['steps'])}")
    for step in found["steps"]:
        what = step["bizStep"] or step["type"]
        print(f"  {step['eventTime']}  {what}  {step['name'] or step['organization']}")
    for warning in found["warnings"]:
        print(f"warning {warning['code']}: {warning['subject']} {warning['detail']}".rstrip())
