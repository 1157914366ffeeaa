"""`provenance show`: what a server tells about a record, an event or a lot.

It is that server's word; `prove` and `verify` are how to check it.
"""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

from ledger.cli.lookup import find_link_path, get_record_ids
from ledger.cli.options import URL, AsJson, KeyFile, ServerUrl
from ledger.cli.output import fail_in_one_line, show_json
from ledger.cli.server import Server, connect, escape


@fail_in_one_line
def show(
    name: Annotated[str, typer.Argument(help="Record id, eventID or GS1 Digital Link.")],
    url: ServerUrl = URL,
    key_file: KeyFile = None,
    as_json: AsJson = False,
) -> None:
    """Show a record, an event or the story of a lot."""
    server = connect(url, key_file)
    path = find_link_path(name)
    if path is not None:
        story = server.get(path).json()
        show_json(story) if as_json else _print_story(story)
        return
    records = [_record(server, record) for record in get_record_ids(server, name)]
    if as_json:
        show_json(records[0] if len(records) == 1 else records)
        return
    for record in records:
        _print_record(record)


def _record(server: Server, record_id: str) -> dict[str, Any]:
    found = server.get(f"/records/{escape(record_id)}").json()
    assert isinstance(found, dict)
    return found


def _print_record(record: dict[str, Any]) -> None:
    place = f", leaf {record['index']} of the log" if record["index"] is not None else ""
    print(f"record      {record['id']}")
    print(f"kind        {record['kind']}")
    print(f"from        {record['org']}")
    print(f"captured    {record['capturedAt']}")
    print(f"state       {record['state']}{place}")
    if record["state"] != "anchored":
        print(f"provable by {record['provableBy']}")
    print(f"seen as     {record['audience']}")
    print(json.dumps(record["body"], ensure_ascii=False, indent=2))


def _print_story(story: dict[str, Any]) -> None:
    print(story["subject"])
    for name, value in story["product"].items():
        print(f"  {name}: {value if isinstance(value, str) else json.dumps(value)}")
    for step in story["events"]:
        event = step["event"]
        what = event.get("bizStep") or event.get("type")
        print(f"{event.get('eventTime', step['capturedAt'])}  {what}  {step['state']}")
        print(f"  {step['organization']['name']}")
        print(f"  {step['recordID']}")
