"""`provenance key`: API keys of organizations, on the operator's machine.

A secret is shown once, when it is issued; the database keeps its SHA-256. A running server notices
a revocation within two seconds.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ledger.cli.options import DATA, AsJson, DatabaseUrl, DataDir, settings_of
from ledger.cli.output import fail_in_one_line, print_qr, show_json, show_table

if TYPE_CHECKING:
    from ledger.storage.api_keys import ApiKeyRow

app = typer.Typer(help="API keys of an organization.", no_args_is_help=True)

Org = Annotated[
    str, typer.Argument(help="0x and 64 hex digits, or `operator` for who runs this installation.")
]


class ScopeName(StrEnum):
    """What a key may be used for."""

    CAPTURE = "capture"
    READ = "read"
    STATUS = "status"
    ADMIN = "admin"


@app.command()
@fail_in_one_line
def issue(
    org: Org,
    scope: Annotated[list[ScopeName] | None, typer.Option(help="Repeatable.")] = None,
    label: Annotated[str, typer.Option(help="What it is for.")] = "command line",
    expires: Annotated[
        str | None, typer.Option(help="RFC 3339 with a zone; default: never.")
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Write the secret here, for this user alone."),
    ] = None,
    invite: Annotated[
        bool, typer.Option(help="Also give a link and its QR code that sign a phone in.")
    ] = False,
    url: Annotated[
        str | None,
        typer.Option(
            help="Address of the portal in an invitation; default: the installation's own.",
            envvar="PROVENANCE_URL",
        ),
    ] = None,
    data: DataDir = DATA,
    database: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Issue a key; by default for capturing and reading."""
    from ledger.clock import parse_time
    from ledger.offline import open_membership
    from ledger.services.installation import write_file
    from ledger.services.office import operator_caller, parse_org

    scopes = [one.value for one in scope or (ScopeName.CAPTURE, ScopeName.READ)]
    settings = settings_of(data_dir=data, database_url=database)
    with open_membership(settings) as opened:
        membership, operator = opened
        row, secret = membership.issue_key(
            operator_caller(operator),
            parse_org(org, operator),
            scopes,
            label=label,
            expires_at=parse_time(expires) if expires is not None else None,
        )
    if output is not None:
        write_file(output, secret.encode() + b"\n", 0o600)
    invitation = invitation_link(url or settings.base_url, secret) if invite else None
    if as_json:
        where = {"file": str(output)} if output is not None else {"secret": secret}
        more = {"invitation": invitation} if invitation is not None else {}
        show_json({**_to_json(row), **where, **more})
        return
    print(f"{output}: key {row.id}" if output is not None else secret)
    if invitation is not None:
        print(invitation)
        print_qr(invitation)


def invitation_link(base_url: str, secret: str) -> str:
    """The portal's address with the secret in its fragment, which no browser ever sends: it
    reaches no server and no log. Whoever sees the link can use the key."""
    return f"{base_url.rstrip('/')}/portal#key={secret}"


@app.command(name="list")
@fail_in_one_line
def list_(
    org: Org, data: DataDir = DATA, database: DatabaseUrl = None, as_json: AsJson = False
) -> None:
    """List the organization's keys, ended ones included; never a secret."""
    from ledger.offline import open_membership
    from ledger.services.office import operator_caller, parse_org

    with open_membership(settings_of(data_dir=data, database_url=database)) as opened:
        membership, operator = opened
        rows = membership.list_keys(operator_caller(operator), parse_org(org, operator))
    told = [_to_json(row) for row in rows]
    if as_json:
        show_json(told)
        return
    show_table(
        ("key", "scopes", "expires", "revoked", "label"),
        [
            (
                one["id"],
                ",".join(one["scopes"]),
                one["expiresAt"] or "never",
                one["revokedAt"] or "-",
                one["label"],
            )
            for one in told
        ],
    )


@app.command()
@fail_in_one_line
def revoke(
    org: Org,
    key: Annotated[str, typer.Argument(help="The key's id, as `key list` gives it.")],
    data: DataDir = DATA,
    database: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """End a key for good."""
    from ledger.offline import open_membership
    from ledger.services.office import operator_caller, parse_org

    with open_membership(settings_of(data_dir=data, database_url=database)) as opened:
        membership, operator = opened
        membership.revoke_key(operator_caller(operator), parse_org(org, operator), key)
    if as_json:
        show_json({"id": key, "revoked": True})
    else:
        print(f"{key}: revoked")


def _to_json(row: ApiKeyRow) -> dict[str, Any]:
    from ledger.clock import format_time

    return {
        "id": row.id,
        "org": row.org.text,
        "label": row.label,
        "scopes": sorted(row.scopes),
        "createdAt": format_time(row.created_at),
        "expiresAt": format_time(row.expires_at) if row.expires_at is not None else None,
        "revokedAt": format_time(row.revoked_at) if row.revoked_at is not None else None,
    }
