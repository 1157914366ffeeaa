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
from ledger.client.erasures import ErasureClient
from ledger.client.exchange import ExchangeClient
from ledger.client.transferring import Transferring
from ledger.desk.clerking import Clerk
from ledger.desk.content import ContentFolder, Kept
from ledger.desk.desk import Desk
from ledger.desk.draft import Draft, File
from ledger.desk.folder import DeskFolder
from ledger.desk.legs import get_leg
from ledger.desk.people import Person
from ledger.desk.role import DeskRole
from ledger.desk.small_file import write_file
from ledger.desk.store import Store, Transaction
from ledger.digest import Digest

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
}
"""What each step writes, by which its transaction is recognised. The others are of files (`content
kept`, `content destroyed`, `bundle written`) and of calls (`handed in`, and those below)."""
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


class Armed:
    """Which step is deadly now."""

    step = ""
    when = ""
    is_answered = True
    """Whether a leg that is kept now tells of what was handed in: only that one is deadly."""

    @classmethod
    def reach(cls, step: str, when: str, last: Callable[[], object] = lambda: None) -> None:
        """Die here if this is the place, with a last deed. Nothing is flushed, closed or given
        back."""
        if (cls.step, cls.when) == (step, when) and (step != "leg kept" or cls.is_answered):
            last()
            os._exit(DIED)


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
    """Uploads and downloads over such a connection."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(DyingConnection.over(connection))


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
        "send": lambda: desk.send(desk.prepare(read_draft(told))),
        "work": desk.work,
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
    }
    actions[do]()


def _message_of(desk: Desk, leg: bytes) -> bytes:
    with desk.store.read() as tx:
        return get_leg(tx, leg).message


def read_draft(told: dict[str, Any]) -> Draft:
    """What is to be sent."""
    path = Path(told["file"])
    return Draft(
        id=told["draft"],
        subject="V/v bị ngắt",
        notation="NGAT",
        document_type="Công văn",
        recipients=(told["to"],),
        files=(File(path, path.name),),
    )


def live(told: dict[str, Any]) -> int:
    """One life; its exit code."""
    Armed.step, Armed.when = told["step"], told["when"]
    Armed.is_answered = told["do"] == "work"
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
