"""`provenance network`: a chain of several validators on this machine, to try things on.

`trial` builds geth once per user (two minutes), starts the validators on loopback and stays in the
foreground; Ctrl-C stops them. The same data directory continues the same chain.
"""

from __future__ import annotations

import json
import threading
import time
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from ledger.cli.options import AsJson
from ledger.cli.output import fail_in_one_line
from ledger.cli.signals import interrupt_on_signals, stop_on_signals

app = typer.Typer(help="Run a network of validators on this machine.", no_args_is_help=True)

_FOLDER = Path("data/network")


@app.callback()
def network() -> None:
    """Run a network of validators on this machine."""


@app.command()
@fail_in_one_line
def trial(
    validators: Annotated[
        int, typer.Option(min=1, max=16, help="How many; the chain needs more than half alive.")
    ] = 4,
    period: Annotated[int, typer.Option(min=1, max=60, help="Seconds between blocks.")] = 1,
    data: Annotated[Path, typer.Option("--data", help="Directory of the network.")] = _FOLDER,
    as_json: AsJson = False,
) -> None:
    """Start geth Clique validators on loopback and print their addresses."""
    interrupt_on_signals()
    from ledger.chain.clique import CliqueNetwork

    console = Console(stderr=True, quiet=as_json, highlight=False)
    started = time.monotonic()
    with console.status("starting …") as shown:
        running = CliqueNetwork(
            data,
            validators=validators,
            period=period,
            progress=lambda text: shown.update(f"{text} …"),
        )
        try:
            running.start()
        except BaseException:
            running.stop()
            raise
    try:
        stop = threading.Event()
        with stop_on_signals(stop.set):
            _announce(running.rpc_urls, running.chain_id, as_json, time.monotonic() - started)
            stop.wait()
    finally:
        with console.status("stopping …"):
            running.stop()


def _announce(urls: tuple[str, ...], chain_id: int, as_json: bool, seconds: float) -> None:
    if as_json:
        print(json.dumps({"engine": "clique", "chainId": chain_id, "rpc": list(urls)}), flush=True)
        return
    print(
        f"{len(urls)} validators of chain {chain_id}, up after {seconds:.1f} s; Ctrl-C stops them"
    )
    for url in urls:
        print(url)
    print("Use them with:")
    print(
        f"  PROVENANCE_ENGINE=clique PROVENANCE_RPC_URLS='{json.dumps(list(urls))}' provenance up"
    )
