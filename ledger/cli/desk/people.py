"""`provenance desk person`: who may sign in to the portal."""

from __future__ import annotations

from typing import Annotated

import typer

from ledger.cli.desk.opening import FOLDER, DeskDir, open_desk, read_password
from ledger.cli.options import AsJson
from ledger.cli.output import fail_in_one_line, show_json, show_table
from ledger.desk.role import DeskRole
from ledger.errors import NotFound

app = typer.Typer(help="Who may sign in to the portal.", no_args_is_help=True)


@app.command(name="set")
@fail_in_one_line
def set_person(
    login: Annotated[str, typer.Argument(help="Sign-in name: a-z, 0-9, dot, dash, underscore.")],
    name: Annotated[str, typer.Argument(help="As the evidence names them.")],
    role: Annotated[DeskRole, typer.Option(help="What they may do.")] = DeskRole.CLERK,
    desk: DeskDir = FOLDER,
    as_json: AsJson = False,
) -> None:
    """Let somebody in, or change them. The password is asked for, or read from standard input."""
    from ledger.desk.people import Person, put_person

    password = read_password(confirm=True)
    with open_desk(desk) as opened, opened.store.write() as tx:
        put_person(tx, Person(login, name, role), password)
    if as_json:
        show_json({"login": login, "name": name, "role": role.value})
    else:
        print(f"{login}  {role.value}  {name}")


@app.command(name="remove")
@fail_in_one_line
def remove(
    login: Annotated[str, typer.Argument(help="Sign-in name.")],
    desk: DeskDir = FOLDER,
    as_json: AsJson = False,
) -> None:
    """Let somebody in no more; who is signed in is out at once."""
    from ledger.desk.people import remove_person

    with open_desk(desk) as opened, opened.store.write() as tx:
        known = remove_person(tx, login)
    if not known:
        raise NotFound("desk-person-unknown", f"nobody signs in as {login!r:.60}")
    if as_json:
        show_json({"removed": login})


@app.command(name="list")
@fail_in_one_line
def show(desk: DeskDir = FOLDER, as_json: AsJson = False) -> None:
    """List them."""
    from ledger.desk.people import list_people

    with open_desk(desk) as opened, opened.store.read() as tx:
        known = list_people(tx)
    if as_json:
        show_json([{"login": p.login, "name": p.name, "role": p.role.value} for p in known])
        return
    show_table(("sign-in", "role", "name"), [(p.login, p.role.value, p.name) for p in known])
