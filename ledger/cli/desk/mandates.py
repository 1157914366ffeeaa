"""`provenance desk mandate`: letting another agency act, and acting for one that lets us."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ledger.cli.desk.opening import (
    FOLDER,
    ClerkName,
    DeskDir,
    Note,
    clerk_of,
    open_desk,
    read_day,
    read_reason,
)
from ledger.cli.options import AsJson
from ledger.cli.output import fail_in_one_line, show_json, show_table
from ledger.errors import InvalidInput

if TYPE_CHECKING:
    from ledger.desk.desk import Desk
    from ledger.desk.entrusted import EntrustedLeg
    from ledger.desk.mandating import StandingMandate
    from ledger.digest import Digest
    from ledger.exchange.rules import LegAction
    from ledger.identity.organization import OrgId

app = typer.Typer(
    help="Mandates (thừa lệnh, thừa ủy quyền): given, and acted by.", no_args_is_help=True
)

Other = Annotated[str, typer.Argument(help="The other agency: its code, or its id (0x…).")]


@app.command()
@fail_in_one_line
def give(
    taker: Other,
    actions: Annotated[
        list[str], typer.Option("--for", help="What it may do, repeatable: RECEIVE, FINISH, …")
    ],
    until: Annotated[str, typer.Option(help="Last day of it, e.g. 2026-12-31.")],
    document: Annotated[
        str, typer.Option(help="The document that orders it (văn bản ủy quyền): file or SHA-256.")
    ],
    desk: DeskDir = FOLDER,
    as_json: AsJson = False,
) -> None:
    """Let another agency act for this one, signed by the leader's key.

    It takes the place of what stood between the two. In force once the chain has it; `mandate show`
    says whether it does.
    """
    from ledger.desk.terms import end_of_day

    wanted = [_read_action(one) for one in actions]
    day = read_day(until, "until")
    assert day is not None, "it is required"
    digest = _read_document(document)
    with open_desk(desk) as opened:
        other = _find(opened, taker)
        given = opened.mandating.give(other, wanted, end_of_day(day) + 1, digest)
    told = {"giver": given.giver.text, "taker": given.taker.text, **_terms(given)}
    if as_json:
        show_json(told)
    else:
        print(f"{given.taker.text}  {' '.join(told['actions'])}  until {told['validUntil']}")


@app.command()
@fail_in_one_line
def end(taker: Other, desk: DeskDir = FOLDER, as_json: AsJson = False) -> None:
    """Take back what stands. What was done by it before stays valid."""
    with open_desk(desk) as opened:
        other = _find(opened, taker)
        opened.mandating.end(other)
    if as_json:
        show_json({"taker": other.text, "ended": True})
    else:
        print(f"{other.text}  taken back")


@app.command()
@fail_in_one_line
def show(other: Other, desk: DeskDir = FOLDER, as_json: AsJson = False) -> None:
    """Show what stands between this agency and another, both ways."""
    with open_desk(desk) as opened:
        _show(_standing(opened, _find(opened, other)), as_json=as_json)


@app.command(name="list")
@fail_in_one_line
def list_mandates(desk: DeskDir = FOLDER, as_json: AsJson = False) -> None:
    """List what stands between this agency and those it knows (`desk partner list`)."""
    from ledger.desk.partners import list_partners

    with open_desk(desk) as opened:
        with opened.store.read() as tx:
            partners = list_partners(tx)
        found = [one for other in partners for one in _standing(opened, other.org)]
    _show([one for one in found if one.mandate is not None], as_json=as_json)


@app.command()
@fail_in_one_line
def legs(
    giver: Annotated[str | None, typer.Argument(help="Its code, or its id (0x…).")] = None,
    sent: Annotated[bool, typer.Option("--sent", help="What it sent, not what came.")] = False,
    desk: DeskDir = FOLDER,
    as_json: AsJson = False,
) -> None:
    """List legs of an agency that this one may act on; without one, those that were acted on."""
    from ledger.desk.entrusted import list_entrusted

    with open_desk(desk) as opened:
        if giver is None:
            with opened.store.read() as tx:
                told = [_leg_json(one) for one in list_entrusted(tx)]
        else:
            told = [
                {
                    "leg": str(one["leg"]),
                    "documentId": f"{one['codeNumber']}/{one['codeNotation']}",
                    "state": str(one["state"]),
                }
                for one in opened.deputizing.find_legs(_find(opened, giver), sent=sent)
            ]
    if as_json:
        show_json(told)
        return
    show_table(
        ("leg", "document", "state"),
        [(one["leg"], one["documentId"], one["state"]) for one in told],
    )


@app.command()
@fail_in_one_line
def act(
    giver: Other,
    leg: Annotated[str, typer.Argument(help="Id of the leg, 64 digits.")],
    action: Annotated[str, typer.Argument(help="RECEIVE, REFUSE, ASSIGN, FINISH, …")],
    reason: Annotated[
        str | None, typer.Option(help="Number or name of a coded reason, where one is due.")
    ] = None,
    number: Annotated[
        int | None, typer.Option(min=1, help="With RECEIVE: số đến in the giver's register.")
    ] = None,
    order: Annotated[
        str | None, typer.Option(help="With REQUEST_RECALL: the document that recalls it.")
    ] = None,
    note: Note = None,
    clerk: ClerkName = None,
    desk: DeskDir = FOLDER,
    as_json: AsJson = False,
) -> None:
    """Do something to a document of an agency that mandated this one."""
    from ledger.desk.deputizing import Deputed
    from ledger.digest import Digest

    wanted = _read_action(action)
    coded = 0 if reason is None else read_reason(wanted.name, reason)
    id = Digest.from_hex(leg)
    with open_desk(desk) as opened:
        found = opened.deputizing.act(
            _find(opened, giver),
            id,
            Deputed(wanted, coded, note, clerk_of(clerk).staff, number, order),
        )
    told = _leg_json(found)
    if as_json:
        show_json(told)
    else:
        print(f"{told['state']}  {told['documentId']}")


def _standing(desk: Desk, other: OrgId) -> list[StandingMandate]:
    own = desk.settings.org
    return [desk.mandating.find(own, other), desk.mandating.find(other, own)]


def _show(found: list[StandingMandate], *, as_json: bool) -> None:
    told: list[dict[str, Any]] = [
        {
            "giver": one.giver.text,
            "taker": one.taker.text,
            "given": one.count,
            "source": "chain" if one.by_chain else "server",
            "mandate": None if one.mandate is None else _terms(one.mandate),
        }
        for one in found
    ]
    if as_json:
        show_json(told)
        return
    for line in told:
        terms = line["mandate"]
        said = (
            "none" if terms is None else f"{' '.join(terms['actions'])} until {terms['validUntil']}"
        )
        print(f"{line['giver'][:18]} -> {line['taker'][:18]}  {said}  ({line['source']})")


def _terms(mandate: Any) -> dict[str, Any]:
    from ledger.clock import format_time, from_unix

    return {
        "actions": [one.name for one in mandate.actions],
        "validFrom": format_time(from_unix(mandate.valid_from)),
        "validUntil": format_time(from_unix(mandate.valid_until)),
        "document": mandate.document.hex(),
    }


def _leg_json(leg: EntrustedLeg) -> dict[str, Any]:
    return {
        "leg": leg.id.hex(),
        "giver": leg.giver.text,
        "documentId": leg.document_id,
        "state": leg.state.name,
        "doubt": leg.doubt,
    }


def _find(desk: Desk, text: str) -> OrgId:
    """The organization of a code or an id. Raises NotFound `desk-partner-unknown`."""
    from ledger.desk.partners import get_partner
    from ledger.identity.organization import OrgId

    if text.startswith("0x"):
        return OrgId.parse(text)
    with desk.store.read() as tx:
        return get_partner(tx, text).org


def _read_action(name: str) -> LegAction:
    from ledger.exchange.rules import LegAction

    found = LegAction.__members__.get(name.strip().upper().replace("-", "_"))
    if found is None or found is LegAction.NONE:
        known = ", ".join(one.name for one in LegAction if one is not LegAction.NONE)
        raise InvalidInput("mandate-malformed", f"no action {name!r:.40}; there is {known}")
    return found


def _read_document(text: str) -> Digest:
    """The SHA-256 that is given, or of the file."""
    from ledger.desk.content import digest_of_file
    from ledger.digest import Digest
    from ledger.errors import Misconfigured

    if len(text) == 64 and all(one in "0123456789abcdef" for one in text):
        return Digest.from_hex(text)
    try:
        return digest_of_file(Path(text))
    except OSError as error:
        raise Misconfigured("file-unreadable", f"{text}: {error.strerror}") from error
