"""kill -9 at any moment of the product under load: nothing acknowledged is lost or doubled."""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import pytest

from bench.result import at_least, at_most, informs
from ledger.storage.database import Database
from tests.support.ack_ledger import AckLedger, Load, Standing, look
from tests.support.campaign import scale
from tests.support.campaign_result import write_result
from tests.support.installation import Installation
from tests.support.postgres import PostgresServer, run_postgres
from tests.support.strangers import check_intact, wait_until

pytestmark = [pytest.mark.chain, pytest.mark.slow]

ROUNDS = scale(6, 100)
SAMPLE = scale(60, 2000)
SEED = int(os.environ.get("CAMPAIGN_SEED", "20261124"))
RECOVERY_SECONDS = 20.0


class Victim:
    """The running product and how to kill parts of it."""

    def __init__(self, installation: Installation, server: PostgresServer | None) -> None:
        self.installation = installation
        self._server = server
        self.kills: dict[str, list[float]] = {}

    @property
    def targets(self) -> list[str]:
        return ["main", "intake", "intake parent", "chain"] + ["postgres"] * bool(self._server)

    def kill(self, target: str) -> None:
        """Kill it; start again by hand only what nobody supervises."""
        if target == "main":
            self.installation.kill()
            wait_until(lambda: not self.installation.children(), 10, "children die with main")
            try:
                self.installation.start("--no-demo")
            except AssertionError as error:
                said = (self.installation.data / "provenance.log").read_text(encoding="utf-8")
                raise AssertionError(f"{error}\n{said[-3000:]}") from error
        elif target == "postgres":
            assert self._server is not None
            self._server.kill()
            time.sleep(0.2)
            self._server.restart()
        else:
            with suppress(ProcessLookupError):
                os.kill(self._find(target), signal.SIGKILL)

    def _find(self, target: str) -> int:
        """Process id of a child, by its command line."""
        assert self.installation.process is not None
        wanted = "anvil" if target == "chain" else "ledger.cli.intake"
        found = [pid for pid in self.installation.children() if wanted in command_line(pid)]
        parents = [pid for pid in found if parent_of(pid) == self.installation.process.pid]
        children = [pid for pid in found if parent_of(pid) in parents]
        return random.choice(children if target == "intake" and children else parents)


def command_line(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace")
    except OSError:
        return ""


def parent_of(pid: int) -> int:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return 0
    return int(stat.rpartition(")")[2].split()[1])


@contextmanager
def a_database(kind: str) -> Iterator[tuple[str | None, PostgresServer | None]]:
    """Settings of the embedded database, or a PostgreSQL of its own that may be killed."""
    if kind == "sqlite":
        yield None, None
        return
    with run_postgres() as server, server.database() as url:
        yield url, server


@contextmanager
def product(folder: Path, url: str | None) -> Iterator[Installation]:
    """The product as it is installed, with a block twice a second."""
    settings = {"PROVENANCE_BLOCK_PERIOD": "0.5"}
    if url is not None:
        settings["PROVENANCE_DATABASE_URL"] = url
    installation = Installation(folder / "data", settings)
    try:
        installation.start("--no-demo")
        yield installation
    finally:
        installation.kill()


@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def test_product_killed_under_load_keeps_every_promise(kind: str, tmp_path: Path) -> None:
    luck = random.Random(SEED)
    ledger = AckLedger()
    rounds = overlapping = 0
    with a_database(kind) as (url, server), product(tmp_path, url) as installation:
        victim = Victim(installation, server)
        key = Path(installation.ready["admin_key_file"]).read_text().strip()
        db = Database.open(url or f"sqlite:///{installation.data / 'ledger.sqlite3'}")
        order = victim.targets * (ROUNDS // len(victim.targets) + 1)
        luck.shuffle(order)
        # Short as a run may be, the two that matter most are in it.
        order = ["main", "chain", *order][:ROUNDS]
        with Load(ledger, lambda: installation.url, key, seed=SEED):
            wait_until(lambda: bool(ledger.records and ledger.jobs), 20, "load begins")
            for target in order:
                time.sleep(luck.uniform(0.2, 1.5))
                killed = time.monotonic()
                rounds += 1
                victim.kill(target)
                if luck.random() < 0.25:
                    overlapping += 1
                    continue  # strike again while it is still getting up
                acknowledging_again(ledger, target)
                time.sleep(0.5)  # what /readyz tells may be so old
                wait_until(lambda: is_ready(installation.url), RECOVERY_SECONDS, f"ready: {target}")
                victim.kills.setdefault(target, []).append(time.monotonic() - killed)
        standing = settle(lambda: look(db, ledger))
        audit = installation.run("audit", "--json")
        db.close()
        assert audit.code == 0, audit.out
        assert audit.json["findings"] == []
        assert audit.json["unchecked"] == []
        sample = luck.sample(sorted(standing.records.values()), min(SAMPLE, len(standing.records)))
        proven = check_intact(installation.url, installation.trust, sample)
        times = sorted(one for some in victim.kills.values() for one in some)
        write_result(
            f"kill-{kind}",
            [
                at_least("rounds of kill -9", rounds, "rounds", ROUNDS),
                *(informs(f"killed: {t}", order.count(t), "rounds") for t in victim.targets),
                informs("killed again while getting up", overlapping, "rounds"),
                informs("events acknowledged", ledger.promises, "events"),
                at_most("acknowledged and lost", len(standing.lost), "events", 0),
                at_most("stored twice", len(standing.doubled), "events", 0),
                at_most("nonces stuck", len(standing.stuck), "nonces", 0),
                at_most("records not on chain at the end", standing.unanchored, "records", 0),
                at_most("audit findings", len(audit.json["findings"]), "findings", 0),
                informs("bundles verified", proven, "bundles"),
                informs("median time until all works again", times[len(times) // 2], "s"),
                at_most("longest time until all works again", times[-1], "s", RECOVERY_SECONDS),
            ],
            seed=SEED,
            database=kind,
        )
        assert ledger.broken == []
        assert standing.lost == []
        assert standing.doubled == []
        assert standing.refused == []
        assert audit.json["records"] == len(standing.records)


def acknowledging_again(ledger: AckLedger, target: str) -> None:
    now = time.monotonic()
    wait_until(lambda: ledger.acknowledged_at > now, RECOVERY_SECONDS, f"{target}: acknowledging")


def settle(see: Callable[[], Standing]) -> Standing:
    """Until everything stored is on chain and every job is done, or too long has passed."""
    deadline = time.monotonic() + 60
    while True:
        standing = see()
        if not (standing.unanchored or standing.unfinished or standing.stuck):
            return standing
        assert time.monotonic() < deadline, (
            f"{standing.unanchored} records unanchored, {standing.unfinished} jobs unfinished, "
            f"transactions: {standing.stuck[:5]}"
        )
        time.sleep(0.2)


def is_ready(url: str) -> bool:
    try:
        return httpx.get(url + "/readyz", timeout=5).status_code == 200
    except httpx.TransportError:
        return False
