"""The commands of the desk, assembled."""

from __future__ import annotations

import typer

from ledger.cli.desk import actions, documents, erasing, mandates, people, setup
from ledger.cli.desk.up import up

app = typer.Typer(
    help="An agency's own gateway: its keys and documents on its own machine.",
    no_args_is_help=True,
)

app.command()(setup.keys)
app.command()(setup.init)
app.command(name="publish-key")(setup.publish_key)
app.command()(setup.signatures)
app.command()(setup.rewrap)
app.command(name="edoc-secret")(setup.edoc_secret)
app.add_typer(setup.partner_app, name="partner")
app.add_typer(people.app, name="person")
app.add_typer(mandates.app, name="mandate")
app.command()(up)
app.command()(documents.send)
app.command()(documents.work)
app.command()(documents.inbox)
app.command()(documents.outbox)
app.command()(documents.search)
app.command()(documents.overdue)
app.command()(documents.show)
app.command()(documents.check)
app.command()(documents.save)
app.command()(documents.bundle)
app.command()(actions.receive)
app.command()(actions.refuse)
app.command()(actions.assign)
app.command()(actions.begin)
app.command()(actions.finish)
app.command()(actions.recall)
app.command(name="accept-recall")(actions.accept_recall)
app.command(name="refuse-recall")(actions.refuse_recall)
app.command()(actions.withdraw)
app.command()(erasing.erase)
app.command()(erasing.certificate)
