"""`provenance org`: the organizations of the installation on this machine.

Works on the installation's database, running or not; a new organization is registered on chain by
the worker, and may capture once that is confirmed.
"""

from __future__ import annotations

import time
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ledger.cli.options import DATA, AsJson, DatabaseUrl, DataDir, settings_of
from ledger.cli.output import fail_in_one_line, show_json, show_table
from ledger.errors import Unavailable

if TYPE_CHECKING:
    from ledger.services.membership import Membership
    from ledger.storage.organizations import OrganizationRow

app = typer.Typer(help="Organizations of this installation.", no_args_is_help=True)

_PAUSE = 0.2


class RoleName(StrEnum):
    """What an organization is to the ledger."""

    PRODUCER = "producer"
    AGENCY = "agency"
    AUTHORITY = "authority"
    OPERATOR = "operator"
    AUDITOR = "auditor"


class PurposeName(StrEnum):
    """What a signing key may be used for."""

    SUBMIT = "submit"
    STATUS = "status"
    ADMIN = "admin"
    CLERK = "clerk"
    GATEWAY = "gateway"
    LEADER = "leader"


@app.command()
@fail_in_one_line
def create(
    name: Annotated[str, typer.Argument(help="As it calls itself.")],
    name_en: Annotated[str, typer.Option(help="Its name in English.")] = "",
    kind: Annotated[str, typer.Option(help="Household, cooperative, agency, …")] = "producer",
    role: Annotated[list[RoleName] | None, typer.Option(help="Repeatable.")] = None,
    key_address: Annotated[
        list[str] | None,
        typer.Option(
            help="Address of its own signing key, repeatable; else the platform keeps one."
        ),
    ] = None,
    events_per_day: Annotated[
        int | None, typer.Option(min=1, help="Its quota; default: the installation's.")
    ] = None,
    wait: Annotated[
        float, typer.Option(help="Seconds to wait until the chain has confirmed it.")
    ] = 0.0,
    data: DataDir = DATA,
    database: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Admit an organization."""
    from ledger.identity.address import parse_address
    from ledger.identity.organization import OrgId, Role
    from ledger.offline import open_membership
    from ledger.services.membership import NewOrganization

    roles = Role(0)
    for one in role or [RoleName.PRODUCER]:
        roles |= Role[one.name]
    addresses = [parse_address(address) for address in key_address or []]
    wanted = NewOrganization(
        name=name,
        name_en=name_en,
        kind=kind,
        roles=roles,
        key_address=addresses[0] if addresses else None,
        more_key_addresses=tuple(addresses[1:]),
        events_per_day=events_per_day,
    )
    with open_membership(settings_of(data_dir=data, database_url=database)) as (membership, _):
        row = membership.found(OrgId.random(), wanted)
        if wait:
            row = _await(membership, row, wait)
    if as_json:
        show_json(_to_json(row))
    else:
        print(f"{row.org.text}  {row.state.value}")


@app.command(name="add-key")
@fail_in_one_line
def add_key(
    org: Annotated[str, typer.Argument(help="0x and 64 hex digits.")],
    address: Annotated[str, typer.Argument(help="Address of a key the organization holds.")],
    purpose: Annotated[list[PurposeName], typer.Option(help="What the key may sign; repeatable.")],
    data: DataDir = DATA,
    database: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Enter a further signing key; the worker registers it on chain."""
    from ledger.identity.organization import OrgId
    from ledger.offline import open_key_adding
    from ledger.services.office import operator_caller

    with open_key_adding(settings_of(data_dir=data, database_url=database)) as opened:
        adding, operator = opened
        row = adding.add(
            operator_caller(operator), OrgId.parse(org), address, [one.value for one in purpose]
        )
    if as_json:
        show_json({"org": row.org.text, "address": row.address, "purposes": sorted(purpose)})
    else:
        print(f"{row.address}  {','.join(sorted(purpose))}")


@app.command(name="list")
@fail_in_one_line
def list_(data: DataDir = DATA, database: DatabaseUrl = None, as_json: AsJson = False) -> None:
    """List every organization, oldest first."""
    from ledger.offline import open_membership
    from ledger.services.office import operator_caller

    with open_membership(settings_of(data_dir=data, database_url=database)) as opened:
        membership, operator = opened
        rows = membership.list_organizations(operator_caller(operator))
    if as_json:
        show_json([_to_json(row) for row in rows])
        return
    show_table(
        ("organization", "state", "name"),
        [(row.org.text, row.state.value, row.profile.name) for row in rows],
    )


@app.command()
@fail_in_one_line
def show(
    org: Annotated[str, typer.Argument(help="0x and 64 hex digits.")],
    data: DataDir = DATA,
    database: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Show one organization."""
    from ledger.identity.organization import OrgId
    from ledger.offline import open_membership

    with open_membership(settings_of(data_dir=data, database_url=database)) as (membership, _):
        row = membership.get_organization(OrgId.parse(org))
    told = _to_json(row)
    if as_json:
        show_json(told)
        return
    for name, value in told.items():
        print(f"{name:<13}{', '.join(value) if isinstance(value, list) else value}")


def _await(membership: Membership, row: OrganizationRow, seconds: float) -> OrganizationRow:
    from ledger.storage.organizations import OrganizationState

    deadline = time.monotonic() + seconds
    while row.state is OrganizationState.REGISTERING:
        if time.monotonic() > deadline:
            raise Unavailable(
                "organization-registering",
                f"{row.org.text} is recorded; the chain did not confirm it in {seconds:g} s",
            )
        time.sleep(_PAUSE)
        row = membership.get_organization(row.org)
    return row


def _to_json(row: OrganizationRow) -> dict[str, Any]:
    from ledger.clock import format_time
    from ledger.identity.organization import Role

    return {
        "org": row.org.text,
        "name": row.profile.name,
        "nameEn": row.profile.name_en,
        "kind": row.profile.kind,
        "roles": [one.value for one in RoleName if Role(row.roles) & Role[one.name]],
        "state": row.state.value,
        "eventsPerDay": row.events_per_day,
        "createdAt": format_time(row.created_at),
    }
