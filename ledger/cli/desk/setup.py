"""`provenance desk keys|init|publish-key|partner`: making a desk and telling it whom it knows."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ledger.cli.desk.opening import FOLDER, DeskDir, open_desk, read_secret
from ledger.cli.options import URL, AsJson, KeyFile, ServerUrl
from ledger.cli.output import fail_in_one_line, show_json, show_table
from ledger.desk.signature_rule import SignatureRule

Signatures = Annotated[
    SignatureRule,
    typer.Option(help="What it makes of documents without person's and agency's signature."),
]

partner_app = typer.Typer(help="Agencies this one knows.", no_args_is_help=True)


@fail_in_one_line
def keys(desk: DeskDir = FOLDER, as_json: AsJson = False) -> None:
    """Make the desk's signing keys, once, and show the addresses to be registered.

    The operator enters each by `provenance org add-key ORG ADDRESS --purpose …`.
    """
    from ledger.desk.folder import DeskFolder

    addresses = DeskFolder(desk).make_keys().addresses()
    if as_json:
        show_json(addresses)
        return
    for name, address in addresses.items():
        print(f"{name:<8} {address}")


@fail_in_one_line
def init(
    org: Annotated[str, typer.Option(help="Id in the registry: 0x and 64 hex digits.")],
    organ_id: Annotated[str, typer.Option(help="Code of Decision 20/2020, e.g. 000.12.34.H56.")],
    name: Annotated[str, typer.Option(help="As the agency calls itself.")],
    trust: Annotated[Path, typer.Option(help="Trust file from somebody you trust.")],
    url: ServerUrl = URL,
    key_file: KeyFile = None,
    exchange: Annotated[
        str | None,
        typer.Option(
            help="Address of DocumentExchange; default: the trust file's, else the server's."
        ),
    ] = None,
    rpc: Annotated[
        list[str] | None,
        typer.Option(help="A chain node you trust, repeatable: keys and events are checked there."),
    ] = None,
    deadlines: Annotated[
        str,
        typer.Option(help="Terms of what it sends: decree-30, two-days, or own windows."),
    ] = "decree-30",
    arrive_within: Annotated[
        float, typer.Option(help="With --deadlines own: hours until it must arrive.")
    ] = 48.0,
    answer_within: Annotated[
        float, typer.Option(help="With --deadlines own: hours to answer after arrival.")
    ] = 72.0,
    signatures: Signatures = SignatureRule.ADVISORY,
    desk: DeskDir = FOLDER,
    as_json: AsJson = False,
) -> None:
    """Make a desk of the folder. Its keys are made too, where `desk keys` has not."""
    from ledger.client.ledger_client import LedgerClient
    from ledger.desk.folder import DeskFolder
    from ledger.desk.settings import DeskSettings
    from ledger.desk.small_file import read_file
    from ledger.identity.organization import OrgId
    from ledger.proof.trust import parse_trust

    secret = read_secret(key_file, "PROVENANCE_KEY")
    exchange = exchange or parse_trust(read_file(trust)).document_exchange
    if exchange is None:
        with LedgerClient(url, key=secret) as client:
            told = client.connection.ask("GET", "/exchange").json()
            exchange = str(told["documentExchange"])
    settings = DeskSettings(
        org=OrgId.parse(org),
        organ_id=organ_id,
        name=name,
        server=url.rstrip("/"),
        exchange=exchange,
        rpc=tuple(rpc or ()),
        arrive_within=int(arrive_within * 3600),
        answer_within=int(answer_within * 3600),
        deadlines=None if deadlines == "own" else deadlines,
        signatures=signatures,
    )
    folder = DeskFolder(desk)
    folder.create(settings, read_file(trust), secret)
    told = {
        "desk": str(desk.absolute()),
        "exchange": settings.exchange,
        **folder.keys().addresses(),
    }
    if as_json:
        show_json(told)
        return
    for label, value in told.items():
        print(f"{label:<9} {value}")


@fail_in_one_line
def publish_key(
    rotate: Annotated[bool, typer.Option("--rotate", help="Make and publish a new one.")] = False,
    desk: DeskDir = FOLDER,
    as_json: AsJson = False,
) -> None:
    """Publish the key that others encrypt to for this agency, signed by its leader's key."""
    with open_desk(desk) as opened:
        if rotate:
            opened.rotate_encryption_key()
        else:
            opened.keep_key_published()
        key_id = opened.keys.decryption.public.id.hex()
    if as_json:
        show_json({"keyId": key_id})
    else:
        print(key_id)


@fail_in_one_line
def signatures(
    rule: Annotated[
        SignatureRule | None, typer.Argument(help="The new rule; without it, the present one.")
    ] = None,
    desk: DeskDir = FOLDER,
    as_json: AsJson = False,
) -> None:
    """Say or change what is made of documents that lack a signature; `desk up` is to be restarted.

    required: refused. advisory: refused, unless somebody says why it goes on, which stays in the
    evidence. shown: shown, and nothing is refused.
    """
    from dataclasses import replace

    from ledger.desk.folder import DeskFolder

    folder = DeskFolder(desk)
    settings = folder.settings()
    if rule is not None:
        settings = replace(settings, signatures=rule)
        folder.change(settings)
    if as_json:
        show_json({"signatures": settings.signatures.value})
    else:
        print(settings.signatures.value)


@fail_in_one_line
def rewrap(desk: DeskDir = FOLDER, as_json: AsJson = False) -> None:
    """Wrap the data keys of everything that came to this agency's present key.

    After `desk publish-key --rotate`, and before the older key is given up.
    """
    from ledger.errors import VerificationFailed

    with open_desk(desk) as opened:
        found = opened.rewrapping.follow_own_key()
    told = {
        "rewrapped": [leg.hex() for leg in found.done],
        "known": len(found.known),
        "unreadable": [leg.hex() for leg in found.unreadable],
    }
    if as_json:
        show_json(told)
    else:
        print(f"rewrapped {len(found.done)}, known {len(found.known)}")
    if found.unreadable:
        raise VerificationFailed(
            "wrapped-key-unreadable",
            f"{len(found.unreadable)} legs open with no key here, "
            f"the first is {found.unreadable[0].hex()}",
        )


@fail_in_one_line
def edoc_secret(desk: DeskDir = FOLDER, as_json: AsJson = False) -> None:
    """Make the secret by which the agency's own software sends edXML to this desk (/v1/…).

    Its X-SystemId is the agency's code. A new secret ends the one before.
    """
    from ledger.desk.edoc import make_secret
    from ledger.desk.folder import DeskFolder

    settings = DeskFolder(desk).settings()
    told = {"systemId": settings.organ_id, "secretKey": make_secret(desk)}
    if as_json:
        show_json(told)
        return
    for label, value in told.items():
        print(f"{label:<10} {value}")


@partner_app.command(name="add")
@fail_in_one_line
def add_partner(
    organ_id: Annotated[str, typer.Argument(help="Its code.")],
    org: Annotated[str, typer.Argument(help="Its id in the registry.")],
    name: Annotated[str, typer.Argument(help="Its name.")],
    desk: DeskDir = FOLDER,
    as_json: AsJson = False,
) -> None:
    """Enter an agency, from a source you trust: documents to it are encrypted for that id."""
    from ledger.desk.partners import put_partner
    from ledger.exchange.evidence import ExchangeParty
    from ledger.identity.organization import OrgId

    partner = ExchangeParty(OrgId.parse(org), organ_id, name)
    with open_desk(desk) as opened, opened.store.write() as tx:
        put_partner(tx, partner)
    if as_json:
        show_json({"organId": organ_id, "org": org, "name": name})
    else:
        print(f"{organ_id}  {name}")


@partner_app.command(name="list")
@fail_in_one_line
def show_partners(desk: DeskDir = FOLDER, as_json: AsJson = False) -> None:
    """List them, by code."""
    from ledger.desk.partners import list_partners

    with open_desk(desk) as opened, opened.store.read() as tx:
        known = list_partners(tx)
    if as_json:
        show_json([{"organId": p.organ_id, "org": p.org.text, "name": p.name} for p in known])
        return
    show_table(
        ("code", "organization", "name"), [(p.organ_id, p.org.text, p.name or "") for p in known]
    )
