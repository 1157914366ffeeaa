"""Child processes that must not outlive us, and the ports they listen on.

A chain engine left over from a killed run would go on writing its files beside the new one. Two
nets: the kernel kills the child when our spawning thread dies (`setpriv --pdeathsig`), and a pid
file names the child so that the next start can end it. The pid file is believed only if the process
started at the very tick it states: pids are reused, and killing a stranger is worse than an orphan.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from ledger.errors import Misconfigured

LOOPBACK = "127.0.0.1"


def find_free_port() -> int:
    """A loopback TCP port nobody listened on a moment ago."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def is_port_free(port: int) -> bool:
    """Whether one could listen on the loopback port now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
        return True


def leashed(command: Sequence[str]) -> list[str]:
    """The command so prefixed that the kernel kills it when the spawning thread ends."""
    leash = shutil.which("setpriv")
    if leash is None:
        return list(command)
    # Should we die before the leash is on, the kernel has nobody to tell: look once it is.
    look = f'[ "$PPID" = {os.getpid()} ] && exec "$@"'
    return [leash, "--pdeathsig", "KILL", "--", "/bin/sh", "-c", look, "sh", *command]


class Child:
    """A supervised process writing to a log file.

    Must be spawned from a thread that lives as long as the child shall: the kernel's death signal
    is tied to the thread, not the process.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        log: Path,
        pid_file: Path,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
    ) -> None:
        try:
            with log.open("ab") as sink:
                self._process = subprocess.Popen(
                    leashed(command),
                    stdin=subprocess.DEVNULL,
                    stdout=sink,
                    stderr=subprocess.STDOUT,
                    env=None if env is None else {**os.environ, **env},
                    cwd=cwd,
                    # Ctrl-C in the terminal reaches us alone; we end the child in good order.
                    start_new_session=True,
                )
        except OSError as error:
            raise Misconfigured(
                "engine-start-failed", f"cannot run {command[0]}: {error}"
            ) from error
        self._pid_file = pid_file
        pid_file.write_text(
            json.dumps({"pid": self.pid, "started": start_tick(self.pid)}), encoding="ascii"
        )

    @property
    def pid(self) -> int:
        """The process id (setpriv replaces itself by the command, so it is the command's)."""
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        """Whether it runs."""
        return self._process.poll() is None

    def interrupt(self) -> None:
        """Ask it to end, without waiting."""
        if self.is_alive:
            self._process.send_signal(signal.SIGINT)

    def terminate(self, grace: float = 10.0) -> None:
        """Ask it to end; kill it after the grace time. Harmless when it has ended."""
        if self.is_alive:
            self._process.terminate()
            try:
                self._process.wait(grace)
            except subprocess.TimeoutExpired:
                self.kill()
        self._pid_file.unlink(missing_ok=True)

    def kill(self) -> None:
        """End it at once, as a crash would."""
        if self.is_alive:
            self._process.kill()
        self._process.wait()


def end_orphan(pid_file: Path) -> bool:
    """Kill what a crashed run left behind, if it is still exactly that. True if one was found."""
    try:
        noted = json.loads(pid_file.read_text(encoding="ascii"))
        pid, started = int(noted["pid"]), int(noted["started"])
    except (OSError, ValueError, KeyError, TypeError):
        pid_file.unlink(missing_ok=True)
        return False
    found = started != 0 and start_tick(pid) == started
    if found:
        os.kill(pid, signal.SIGKILL)
        deadline = time.monotonic() + 5
        while start_tick(pid) == started and time.monotonic() < deadline:
            time.sleep(0.01)
    pid_file.unlink(missing_ok=True)
    return found


def start_tick(pid: int) -> int:
    """Clock tick at which the process started (proc(5), stat field 22); 0 if there is none or it
    is a zombie already."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return 0
    fields = stat.rpartition(")")[2].split()
    return 0 if fields[0] in ("Z", "X") else int(fields[19])
