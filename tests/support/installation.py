"""An installation run as people run it: `provenance …` in processes of its own."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

PROVENANCE = str(Path(sys.executable).parent / "provenance")
_START_SECONDS = 90.0


@dataclass(frozen=True)
class Done:
    """A command that has ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """What it printed, which must be one JSON document on one line."""
        assert self.out.count("\n") == 1, f"not one line: {self.out!r} {self.err!r}"
        return json.loads(self.out)

    @property
    def error(self) -> str:
        """Its error, which must be one line without a traceback."""
        lines = self.err.splitlines()
        assert len(lines) == 1, f"not one line: {self.err!r}"
        assert lines[0].startswith("provenance: "), lines[0]
        return lines[0]


def environment(**more: str) -> dict[str, str]:
    """Ours without settings of whoever runs the tests."""
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("PROVENANCE_")}
    return {**inherited, "COLUMNS": "200", "NO_COLOR": "1", **more}


def provenance(*arguments: str, **settings: str) -> Done:
    """Run a command to its end, with these environment variables."""
    done = subprocess.run(
        [PROVENANCE, *arguments],
        env=environment(**settings),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return Done(done.returncode, done.stdout, done.stderr)


@dataclass
class Installation:
    """`provenance up` on a directory."""

    data: Path
    settings: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[str] | None = None
    ready: dict[str, str] = field(default_factory=dict)
    out: str = ""
    err: str = ""

    @property
    def url(self) -> str:
        """Its address."""
        return self.ready["url"]

    @property
    def trust(self) -> Path:
        """Its trust file."""
        return Path(self.ready["trust_file"])

    def start(self, *options: str) -> float:
        """Start it and wait for its line; the seconds that took."""
        started = time.monotonic()
        self.process = subprocess.Popen(
            [PROVENANCE, "up", "--data", str(self.data), "--port", "0", "--json", *options],
            env=environment(**self.settings),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        assert self.process.stdout is not None
        told, _, _ = select.select([self.process.stdout], [], [], _START_SECONDS)
        assert told, "not ready in time"
        line = self.process.stdout.readline()
        assert line, self.process.communicate()[1]
        self.ready = json.loads(line)
        return time.monotonic() - started

    def stop(self, number: int = signal.SIGTERM) -> tuple[int, float]:
        """Stop it by a signal: its exit code and the seconds that took. What it printed beside its
        one line is in `out` and `err`."""
        assert self.process is not None
        started = time.monotonic()
        self.process.send_signal(number)
        self.out, self.err = self.process.communicate(timeout=60)
        code = self.process.returncode
        self.process = None
        return code, time.monotonic() - started

    def kill(self) -> None:
        """End it at once if it runs, as a crash would."""
        if self.process is not None:
            self.process.kill()
            self.process.communicate()
            self.process = None

    def run(self, *arguments: str, **settings: str) -> Done:
        """A command that works on this installation or its server."""
        where = {"PROVENANCE_DATA_DIR": str(self.data), **self.settings}
        if self.ready:
            where["PROVENANCE_URL"] = self.url
        return provenance(*arguments, **where, **settings)

    def children(self) -> list[int]:
        """Processes with this directory on their command line or in their environment."""
        found = []
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit() or int(entry.name) == os.getpid():
                continue
            try:
                seen = (entry / "cmdline").read_bytes() + (entry / "environ").read_bytes()
            except OSError:
                continue
            if str(self.data).encode() in seen:
                found.append(int(entry.name))
        return found
