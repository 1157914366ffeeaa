"""`provenance init`: bring an installation into being without serving it.

Makes the seed, migrates the database, starts the local chain (or uses the nodes of
PROVENANCE_RPC_URLS), deploys the contracts, enrols the operator, writes the administrator's key and
the trust file, and stops. Repeating it finishes what was cut short and changes nothing else.
"""

from __future__ import annotations

from ledger.cli.options import DATA, AsJson, DatabaseUrl, DataDir, settings_of
from ledger.cli.output import Steps, fail_in_one_line, show_json
from ledger.cli.signals import interrupt_on_signals


@fail_in_one_line
def init(data: DataDir = DATA, database: DatabaseUrl = None, as_json: AsJson = False) -> None:
    """Found an installation."""
    interrupt_on_signals()
    settings = settings_of(data_dir=data, database_url=database)
    from ledger.app import App
    from ledger.cli.logs import log_to
    from ledger.cli.serving import working
    from ledger.services.installation import make_directory

    make_directory(settings.data_dir)
    log_to(settings.data_dir / "provenance.log")
    steps = Steps(silent=as_json)
    with App.start(settings, steps.run) as app, working(app):
        steps.run("operator enrolled", app.wait_until_active)
        made = {
            "operator": app.operator.text,
            "origin": app.origin,
            "admin_key_file": str(app.write_admin_key().absolute()),
            "trust_file": str(app.write_trust().absolute()),
        }
    if as_json:
        show_json(made)
        return
    for name, value in made.items():
        print(f"{name:<15} {value}")
