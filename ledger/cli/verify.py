"""`provenance verify`: check one bundle against a trust file, on this machine.

A bundle of a record (JSON) and one of a leg of a document (ASiC-E) are told apart by their first
bytes; each has its own numbered checks, and the verdicts mean the same.

Exit codes: 0 intact (also with notice), 1 does not match, withdrawn or recalled, 2 bad usage or
unreadable trust file, 3 could not check, 4 pending, 5 unknown. A bundle that cannot be read does
not match.
"""

from __future__ import annotations

import contextlib
import io
import json
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from cryptography.x509 import Certificate

from ledger.clock import SystemClock
from ledger.errors import InvalidInput, Misconfigured
from ledger.ports import ChainReader, LegReader
from ledger.proof.bundle import MAX_BUNDLE_BYTES
from ledger.proof.container import MAX_CONTAINER_BYTES
from ledger.proof.trust import TrustAnchors, parse_trust
from ledger.verify.leg_report import LEG_NOTICES, LegReport
from ledger.verify.report import NOTICES, Outcome, Report, Verdict
from ledger.verify.verifier import verify as run_checks

EXIT_CODES: dict[Verdict, int] = {
    Verdict.INTACT: 0,
    Verdict.INTACT_WITH_NOTICE: 0,
    Verdict.DOES_NOT_MATCH: 1,
    Verdict.WITHDRAWN: 1,
    Verdict.RECALLED: 1,
    Verdict.COULD_NOT_CHECK: 3,
    Verdict.PENDING: 4,
    Verdict.UNKNOWN: 5,
}
USAGE = 2

_NODE_SECONDS = 5.0
_ZIP = b"PK"
_MARKS = {Outcome.PASS: "+", Outcome.FAIL: "x", Outcome.SKIPPED: "-", Outcome.UNKNOWN: "?"}


def verify(
    bundle: Annotated[Path, typer.Argument(help="The bundle of a record or of a leg.")],
    trust: Annotated[Path, typer.Option(help="Trust file from somebody you trust.")],
    offline: Annotated[
        bool, typer.Option(help="Ask no chain; rest on what the trust file's issuer saw.")
    ] = False,
    rpc: Annotated[
        list[str] | None, typer.Option(help="Ask this node, not the trust file's. Repeatable.")
    ] = None,
    time_roots: Annotated[
        Path | None,
        typer.Option(help="Root certificates of time-stamping authorities, a file or a folder."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
) -> None:
    """Check a proof bundle in numbered steps."""
    anchors = _read_trust(trust)
    data = _read(bundle, MAX_BUNDLE_BYTES + 1)
    is_leg = data.startswith(_ZIP)
    if is_leg:
        data = _read(bundle, MAX_CONTAINER_BYTES + 1)
    roots = _read_roots(time_roots)
    chain = None if offline else _connect(anchors, rpc or list(anchors.rpc))
    # Nothing but the report is printed: what the chain room logs about nodes is in the checks.
    with contextlib.redirect_stdout(io.StringIO()):
        now = SystemClock().now()
        report: Report | LegReport
        if is_leg:
            from ledger.verify.leg_verifier import verify_leg

            legs = None if offline else _connect_legs(anchors, rpc or list(anchors.rpc))
            report = verify_leg(data, anchors, chain, now, roots, legs)
        else:
            report = run_checks(data, anchors, chain, now)
    if as_json:
        print(json.dumps(report.to_json(), ensure_ascii=False))
    else:
        _print(report)
    raise typer.Exit(EXIT_CODES[report.verdict])


def _read_trust(path: Path) -> TrustAnchors:
    try:
        return parse_trust(_read(path))
    except InvalidInput as error:
        _refuse(f"{path}: {error}. {error.advice}")


def _read_roots(path: Path | None) -> tuple[Certificate, ...]:
    if path is None:
        return ()
    from ledger.timestamps.roots import load_roots

    try:
        return load_roots(path)
    except Misconfigured as error:
        _refuse(f"{error}. {error.advice}")


def _read(path: Path, most: int = -1) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(most)
    except OSError as error:
        _refuse(f"{path}: {error.strerror}")


def _connect(trust: TrustAnchors, nodes: list[str]) -> ChainReader:
    """One reader per node: no node may answer for another."""
    from ledger.chain.client import ChainClient
    from ledger.chain.reader import ContractReader
    from ledger.verify.quorum import QuorumReader

    if not nodes:
        _refuse("the trust file names no chain node: give --rpc URL, or --offline")
    return QuorumReader(
        [
            ContractReader(
                ChainClient([node], timeout=_NODE_SECONDS),
                organization_registry=trust.organization_registry,
                checkpoint_log=trust.checkpoint_log,
                record_status=trust.record_status,
            )
            for node in dict.fromkeys(nodes)
        ]
    )


def _connect_legs(trust: TrustAnchors, nodes: list[str]) -> LegReader | None:
    """The same nodes, asked about the leg; None where the trust file names no exchange."""
    from ledger.chain.client import ChainClient
    from ledger.chain.leg_reader import ContractLegReader
    from ledger.verify.quorum import LegQuorum

    if trust.document_exchange is None:
        return None
    return LegQuorum(
        [
            ContractLegReader(ChainClient([node], timeout=_NODE_SECONDS), trust.document_exchange)
            for node in dict.fromkeys(nodes)
        ]
    )


def _print(report: Report | LegReport) -> None:
    told = NOTICES if isinstance(report, Report) else LEG_NOTICES
    for check in report.checks:
        code = f" [{check.code}]" if check.code else ""
        print(f" {_MARKS[check.outcome]} {check.number:2} {check.name:21}{check.detail}{code}")
    for notice in report.notices:
        print(f" ! {told[notice]}")
    print(report.verdict.value)


def _refuse(detail: str) -> NoReturn:
    typer.echo(f"provenance: {detail}", err=True)
    raise typer.Exit(USAGE)
