"""A desk in a process of its own that ends itself, without any cleaning up, at a named step.

    python -m tests.support.desk_actor

Each line it reads is one life (JSON): the desk's folder, what is to be done there, and the step at
which it dies, just before that takes effect or just after. It forks for each, so that a life costs
no start of Python, and tells its exit code in a line. The desk itself knows no failpoints: its
memory, its folders and its doors to the server are replaced by ones that die.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

import httpx

import ledger.desk.bundling
import ledger.desk.desk
from ledger.client.connection import Connection
from ledger.client.encryption_keys import EncryptionKeys
from ledger.client.erasures import ErasureClient
from ledger.client.exchange import ExchangeClient
from ledger.client.spool import Progress, partial_of, say_nothing
from ledger.client.transferring import Transferring
from ledger.clock import unix_seconds
from ledger.desk.clerking import Clerk
from ledger.desk.content import ContentFolder, Kept
from ledger.desk.deputizing import BY_MANDATE, Deputed
from ledger.desk.desk import Desk
from ledger.desk.draft import Draft, File
from ledger.desk.folder import DeskFolder
from ledger.desk.following_up import replacing
from ledger.desk.legs import get_leg
from ledger.desk.people import Person
from ledger.desk.role import DeskRole
from ledger.desk.small_file import write_file
from ledger.desk.store import Store, Transaction
from ledger.digest import Digest, sha256
from ledger.envelope.key_statement import KeyStatement
from ledger.exchange.rules import LegAction
from ledger.identity.organization import OrgId

DIED = 86
WRITES = {
    "message stored": ("UPDATE messages SET data_key", ""),
    "request journalled": ("INSERT INTO hand_ins", ""),
    "leg kept": ("INSERT INTO legs", ""),
    "request answered": ("DELETE FROM hand_ins", ""),
    "feed passed": ("INSERT INTO facts", "'feed'"),
    "content entered": ("UPDATE messages SET stage = 4, subject", ""),
    "destruction decided": ("UPDATE messages SET destroying = 1", ""),
    "destruction done": ("UPDATE messages SET destroying = 0", ""),
    "erasure decided": ("INSERT INTO erasures ", ""),
    "certificate kept": ("INSERT INTO erasure_certificates", ""),
    "erasure done": ("UPDATE erasures SET erased_at", ""),
    "bundle noted": ("UPDATE legs SET bundled = ", ""),
    "wraps postponed": ("UPDATE legs SET try_at", ""),
    "key counted": ("INSERT INTO facts", "'encryption.keys'"),
}
"""What each step writes, by which its transaction is recognised. The others are of files (`content
kept`, `content destroyed`, `chunk kept`, `bundle written`) and of calls (`handed in`, `key
published`, and those below)."""
CALLS = {
    ("POST", "/exchange/uploads"): "upload begun",
    ("PUT", "/chunks/"): "chunk uploaded",
    ("POST", "/completion"): "upload completed",
    ("GET", "/exchange/blobs/"): "chunk fetched",
    ("POST", "/erasure"): "erased at the server",
    ("POST", "/erasure/approvals"): "approval handed in",
}
CLERK = Clerk("Lê Thị Văn Thư")
FIRST = Person("vanthu", "Lê Thị Văn Thư", DeskRole.CLERK)
SECOND = Person("lanhdao", "Trần Văn Lãnh Đạo", DeskRole.LEADER)
MANDATE_DOCUMENT = sha256(b"Van ban uy quyen so 5/UQ-UBND")
DEPUTED = {
    "hand_over": Deputed(LegAction.HAND_OVER),
    "receive": Deputed(LegAction.RECEIVE, arrival_number=41),
    "request_recall": Deputed(
        LegAction.REQUEST_RECALL, reason=1404, order="13/UBND-VX, 26/11/2026"
    ),
    "withdraw": Deputed(LegAction.WITHDRAW, reason=1701),
}


class Armed:
    """Which step is deadly now."""

    step = ""
    when = ""
    passes = 0
    """How often it is passed unharmed."""
    is_answered = True
    """Whether a leg that is kept now tells of what was handed in: only that one is deadly."""

    @classmethod
    def reach(cls, step: str, when: str, last: Callable[[], object] = lambda: None) -> None:
        """Die here if this is the place, with a last deed. Nothing is flushed, closed or given
        back."""
        if (cls.step, cls.when) != (step, when) or (step == "leg kept" and not cls.is_answered):
            return
        if cls.passes == 0:
            last()
            os._exit(DIED)
        cls.passes -= 1


class DyingStore(Store):
    """A memory whose process dies at a commit."""

    @contextmanager
    def write(self) -> Iterator[Transaction]:
        reached: list[str] = []

        def note(statement: str) -> None:
            for step, (begin, value) in WRITES.items():
                if statement.startswith(begin) and value in statement:
                    reached.append(step)

        with super().write() as tx:
            tx.set_trace_callback(note)
            try:
                yield tx
            finally:
                tx.set_trace_callback(None)
            for step in reached:
                Armed.reach(step, "before")
        for step in reached:
            Armed.reach(step, "after")


class DyingExchange(ExchangeClient):
    """A door whose process dies when it hands something in."""

    def hand_in(self, path: str, body: bytes) -> dict[str, Any]:
        Armed.reach("handed in", "before")
        answer = super().hand_in(path, body)
        Armed.reach("handed in", "after")
        Armed.is_answered = True
        return answer

    def relay(self, path: str, body: bytes) -> None:
        Armed.reach("handed in", "before")
        super().relay(path, body)
        Armed.reach("handed in", "after")


class DyingKeys(EncryptionKeys):
    """A door whose process dies when it publishes a key."""

    def publish(self, said: KeyStatement) -> None:
        Armed.reach("key published", "before")
        super().publish(said)
        Armed.reach("key published", "after")


class DyingConnection(Connection):
    """A connection whose process dies at a call."""

    @classmethod
    def over(cls, connection: Connection) -> Self:
        """In place of that one."""
        made = cls.__new__(cls)
        vars(made).update(vars(connection))
        return made

    def ask(self, method: str, path: str, *rest: Any, **more: Any) -> httpx.Response:
        steps = [step for (verb, part), step in CALLS.items() if verb == method and part in path]
        step = steps[-1] if steps else ""
        Armed.reach(step, "before")
        answer = super().ask(method, path, *rest, **more)
        Armed.reach(step, "after")
        return answer


class DyingTransferring(Transferring):
    """Uploads and downloads over such a connection, the latter with a chunk half written."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(DyingConnection.over(connection))
        self._part = Path()

    def download(
        self, digest: Digest, path: Path, size: int, progress: Progress = say_nothing
    ) -> None:
        def heed(done: int, total: int) -> None:
            if done:
                Armed.reach("chunk kept", "after")
            progress(done, total)

        self._part = partial_of(path, ".part")
        super().download(digest, path, size, heed)

    def _fetch(self, digest: Digest, start: int, end: int) -> bytes:
        piece = super()._fetch(digest, start, end)
        Armed.reach("chunk kept", "before", lambda: self._write_half(piece))
        return piece

    def _write_half(self, piece: bytes) -> None:
        with self._part.open("ab", buffering=0) as file:
            file.write(piece[: len(piece) // 2])


class DyingErasures(ErasureClient):
    """Erasures over such a connection."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(DyingConnection.over(connection))


class DyingFolder(ContentFolder):
    """A folder whose process dies with a file half written, or half destroyed."""

    def keep(self, pieces: Iterable[bytes], expected: Digest | None = None) -> Kept:
        kept = super().keep(self._first_of(pieces), expected)
        Armed.reach("content kept", "after")
        return kept

    def remove(self, digest: bytes) -> None:
        path = self.path_of(digest)
        if path.exists():
            size = path.stat().st_size
            with path.open("r+b", buffering=0) as file:
                Armed.reach("content destroyed", "before", lambda: file.write(bytes(size // 2)))
        super().remove(digest)
        Armed.reach("content destroyed", "after")

    def _first_of(self, pieces: Iterable[bytes]) -> Iterator[bytes]:
        for piece in pieces:
            yield piece
            Armed.reach("content kept", "before")


def dying_write_file(path: Path, data: bytes) -> None:
    """As `write_file`."""
    beside = path.with_name(f".{path.name}.left")
    Armed.reach("bundle written", "before", lambda: beside.write_bytes(data[: len(data) // 2]))
    write_file(path, data)
    Armed.reach("bundle written", "after")


def act(desk: Desk, do: str, told: dict[str, Any]) -> None:
    """Do it, as a clerk or the rounds would."""
    leg = bytes.fromhex(told.get("leg", ""))
    clerking = desk.clerking
    actions: dict[str, Callable[[], object]] = {
        "send": lambda: desk.send(desk.prepare(read_draft(desk, told))),
        "replace": lambda: desk.send(desk.prepare(read_draft(desk, told))),
        "work": desk.work,
        "supersede": clerking.supersede_replaced,
        "withdraw": lambda: clerking.withdraw(leg, CLERK, 1701),
        "bundle": lambda: desk.bundling.fetch(leg),
        "hand_over": lambda: clerking.hand_over(leg, CLERK),
        "receive": lambda: clerking.receive(leg, CLERK),
        "refuse": lambda: clerking.refuse(leg, CLERK, 1002),
        "assign": lambda: clerking.assign(leg, CLERK, "Phòng Trồng trọt"),
        "begin": lambda: clerking.begin(leg, CLERK),
        "finish": lambda: clerking.finish(leg, CLERK),
        "request_recall": lambda: clerking.request_recall(
            leg, CLERK, 1404, "13/UBND-VX, 26/11/2026"
        ),
        "accept_recall": lambda: clerking.accept_recall(leg, CLERK),
        "erase": lambda: desk.erasing.approve(_message_of(desk, leg), SECOND),
        "rotate": desk.rotate_encryption_key,
        "follow recipients": desk.rewrapping.follow_recipients,
        "follow own key": desk.rewrapping.follow_own_key,
        "give mandate": lambda: desk.mandating.give(
            OrgId.parse(told["taker"]), sorted(BY_MANDATE), _in_a_year(desk), MANDATE_DOCUMENT
        ),
        "end mandate": lambda: desk.mandating.end(OrgId.parse(told["taker"])),
        "deputy": lambda: desk.deputizing.act(
            OrgId.parse(told["giver"]), leg, DEPUTED[do.removeprefix("deputy ")]
        ),
    }
    (actions.get(do) or actions[do.split(maxsplit=1)[0]])()


def _message_of(desk: Desk, leg: bytes) -> bytes:
    with desk.store.read() as tx:
        return get_leg(tx, leg).message


def read_draft(desk: Desk, told: dict[str, Any]) -> Draft:
    """What is to be sent, and in whose place."""
    path = Path(told["file"])
    draft = Draft(
        id=told["draft"],
        subject="V/v bị ngắt",
        notation="NGAT",
        document_type="Công văn",
        recipients=(told["to"],),
        files=(File(path, path.name),),
    )
    if "replaces" not in told:
        return draft
    with desk.store.read() as tx:
        return replacing(tx, draft, told["replaces"], update=told["update"])


def _in_a_year(desk: Desk) -> int:
    return unix_seconds(desk.clock.now()) + 365 * 86_400


def live(told: dict[str, Any]) -> int:
    """One life; its exit code."""
    Armed.step, _, time = told["step"].partition(" #")
    Armed.when, Armed.passes = told["when"], int(time or 1) - 1
    Armed.is_answered = told["do"].startswith("work")
    try:
        with Desk.open(DeskFolder(Path(told["folder"]))) as desk:
            act(desk, told["do"], told)
    except Exception:
        traceback.print_exc()
        return 1
    return 0


class Lives:
    """The process that forks, as a test drives it."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.desk_actor"],
            cwd=Path(__file__).parents[2],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def live(self, **told: Any) -> int:
        """One life; its exit code, DIED where it came to the step."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(told) + "\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())

    def close(self) -> None:
        """No more lives."""
        self._process.communicate(timeout=30)


def main() -> None:
    replacements: dict[str, object] = {
        "Store": DyingStore,
        "ExchangeClient": DyingExchange,
        "ErasureClient": DyingErasures,
        "Transferring": DyingTransferring,
        "ContentFolder": DyingFolder,
        "EncryptionKeys": DyingKeys,
    }
    for name, dying in replacements.items():
        setattr(ledger.desk.desk, name, dying)
    setattr(ledger.desk.bundling, "write_file", dying_write_file)  # noqa: B010 - that is the point
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            os.dup2(2, 1)  # what is logged is not an answer
            os._exit(live(json.loads(line)))
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    main()
