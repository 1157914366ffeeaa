"""`provenance gs1`: read Digital Links and check GS1 keys, without any server.

Both answer whether what they were given is right: exit code 0 if so, 1 if not, with one message
that names the fault. Text that does not even claim to be a web URI is plain data to GS1's own
engine, and so it is here: right, and without elements.
"""

from __future__ import annotations

from typing import Annotated

import typer

from ledger.cli.options import AsJson
from ledger.cli.output import EXIT_FAILED, fail_in_one_line, one_line, show_json
from ledger.errors import InvalidInput

app = typer.Typer(help="Read GS1 Digital Links and keys.", no_args_is_help=True)

_PLAIN = "no web URI, so there are no GS1 elements in it"


@app.command()
@fail_in_one_line
def parse(
    uri: Annotated[str, typer.Argument(help="A GS1 Digital Link URI.")],
    as_json: AsJson = False,
) -> None:
    """Read a Digital Link.

    With `--json`: `{"valid", "element_string", "canonical_uri", "message"}`. The canonical URI
    keeps data attributes. Exit code 1 if the URI is not valid.
    """
    from ledger.gs1.digital_link import find_digital_link

    try:
        link = find_digital_link(uri)
    except InvalidInput as fault:
        _answer(
            {"valid": False, "element_string": "", "canonical_uri": "", "message": fault.detail},
            as_json,
        )
        raise typer.Exit(EXIT_FAILED) from None
    _answer(
        {
            "valid": True,
            "element_string": "" if link is None else link.element_string,
            "canonical_uri": "" if link is None else link.canonical_uri,
            "message": _PLAIN if link is None else "",
        },
        as_json,
    )


@app.command()
@fail_in_one_line
def check(
    kind: Annotated[
        str, typer.Argument(metavar="KEY", help="GTIN, GTIN-8, -12, -13, -14, GLN, SSCC, …")
    ],
    value: Annotated[str, typer.Argument(help="The digits of the key.")],
    as_json: AsJson = False,
) -> None:
    """Check length and check digit of a GS1 key.

    With `--json`: `{"valid", "key", "value", "expected_check_digit", "message"}`; the expected
    digit is empty where the length or a character is wrong already. Exit code 1 if the key is not
    valid.
    """
    from ledger.gs1.keys import get_kind

    key = get_kind(kind)
    message, expected = "", ""
    try:
        expected = key(value)[-1]
    except InvalidInput as fault:
        message, expected = fault.detail, str(fault.context.get("expected", ""))
    told = {
        "valid": not message,
        "key": key.name,
        "value": value,
        "expected_check_digit": expected,
        "message": message,
    }
    _answer(told, as_json)
    if message:
        raise typer.Exit(EXIT_FAILED)


def _answer(told: dict[str, object], as_json: bool) -> None:
    if as_json:
        show_json(told)
        return
    print("valid" if told["valid"] else "not valid")
    for name, value in told.items():
        if name != "valid" and value:
            print(f"{name.replace('_', ' '):20} {one_line(str(value))}")
