"""`provenance chain`: the chain under an installation, as its accounts and nodes see it.

`status` changes nothing and may run beside a running server. `deploy` goes on with whatever step of
the deployment is missing, on the nodes of PROVENANCE_RPC_URLS or on the local chain. `release` ends
the quarantine of an account somebody else has used, once an operator knows who it was.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer

from ledger.cli.options import DATA, AsJson, DatabaseUrl, DataDir, settings_of
from ledger.cli.output import (
    EXIT_FAILED,
    EXIT_UNAVAILABLE,
    Steps,
    fail_in_one_line,
    show_json,
    show_table,
)
from ledger.cli.signals import interrupt_on_signals

if TYPE_CHECKING:
    from ledger.app import App

app = typer.Typer(help="Look at the chain and its accounts.", no_args_is_help=True)


@app.command()
@fail_in_one_line
def status(data: DataDir = DATA, database: DatabaseUrl = None, as_json: AsJson = False) -> None:
    """Nodes, contracts and accounts. Exit code 1 if an account is quarantined, 3 if no node
    answers."""
    from ledger.app import App

    with App.connect(settings_of(data_dir=data, database_url=database)) as running:
        told = _status(running)
    if as_json:
        show_json(told)
    else:
        _print(told)
    if any(account["quarantined"] for account in told["accounts"]):
        raise typer.Exit(EXIT_FAILED)
    if not any(node["head"] is not None for node in told["nodes"]):
        raise typer.Exit(EXIT_UNAVAILABLE)


@app.command()
@fail_in_one_line
def deploy(data: DataDir = DATA, database: DatabaseUrl = None, as_json: AsJson = False) -> None:
    """Take the steps of the deployment that are missing; nothing is done twice."""
    interrupt_on_signals()
    from ledger.app import App

    steps = Steps(silent=as_json)
    with App.start(settings_of(data_dir=data, database_url=database), steps.run) as running:
        told = _status(running)
    if as_json:
        show_json(told["contracts"])
        return
    for name, address in told["contracts"].items():
        print(f"{name:<22} {address}")


@app.command()
@fail_in_one_line
def release(data: DataDir = DATA, database: DatabaseUrl = None, as_json: AsJson = False) -> None:
    """Let quarantined accounts send again."""
    from ledger.app import App

    with App.connect(settings_of(data_dir=data, database_url=database)) as running:
        released = {one.address: one.release() for one in running.submitters}
    if as_json:
        show_json({"released": released})
        return
    for address, cases in released.items():
        print(f"{address}  {cases} released")


@app.command()
@fail_in_one_line
def heads(data: DataDir = DATA, database: DatabaseUrl = None, as_json: AsJson = False) -> None:
    """Every anchored head, from the contract's events, each compared with what its view says.
    Exit code 1 if the two differ."""
    from ledger.app import App
    from ledger.chain.history import open_web3, read_heads

    with App.connect(settings_of(data_dir=data, database_url=database)) as running:
        web3 = open_web3(running.client.endpoints.primary, running.client.identity())
        found = list(read_heads(web3, running.deployment.checkpoint_log, running.log_id))
        differing = [
            head.size
            for head in found
            if (stands := running.reader.find_head(running.log_id, head.size)) is None
            or (stands.root, stands.block) != (head.root, head.block)
        ]
    rows = [
        {
            "ordinal": head.ordinal,
            "size": head.size,
            "root": head.root.hex(),
            "block": head.block,
            "blockHash": head.block_hash.prefixed,
            "transaction": head.transaction.prefixed,
        }
        for head in found
    ]
    if as_json:
        show_json({"heads": rows, "differing": differing})
    else:
        show_table(
            ["head", "size", "root", "block", "transaction"],
            [
                [str(row[name]) for name in ("ordinal", "size", "root", "block", "transaction")]
                for row in rows
            ],
        )
    if differing:
        raise typer.Exit(EXIT_FAILED)


def _status(running: App) -> dict[str, Any]:
    from ledger.chain.status import read_accounts, read_nodes

    stands = running.deployment
    return {
        "chainId": stands.chain_id,
        "genesis": stands.genesis.prefixed,
        "contracts": {
            "organizationRegistry": stands.registry,
            "checkpointLog": stands.checkpoint_log,
            "recordStatus": stands.record_status,
        },
        "nodes": [
            {"url": node.url, "head": node.head, "trouble": node.trouble}
            for node in read_nodes(running.client)
        ],
        "accounts": [
            {
                "address": account.address,
                "count": account.count,
                "unconfirmed": account.unconfirmed,
                "quarantined": account.quarantined,
            }
            for account in read_accounts(running.client, running.submitters)
        ],
    }


def _print(told: dict[str, Any]) -> None:
    print(f"chain {told['chainId']}, genesis {told['genesis']}")
    for name, address in told["contracts"].items():
        print(f"{name:<22} {address}")
    print()
    show_table(
        ["node", "head", "trouble"],
        [
            [node["url"], "-" if node["head"] is None else str(node["head"]), node["trouble"] or ""]
            for node in told["nodes"]
        ],
    )
    print()
    show_table(
        ["account", "used on chain", "unconfirmed", "quarantined"],
        [
            [
                account["address"],
                "-" if account["count"] is None else str(account["count"]),
                str(account["unconfirmed"]),
                "yes" if account["quarantined"] else "no",
            ]
            for account in told["accounts"]
        ],
    )
