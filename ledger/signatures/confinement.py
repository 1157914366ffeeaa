"""What the child process may use, set by itself before it reads a byte of the document.

Memory, processor time, open files and written bytes are bounded by the kernel. The network is taken
away by a namespace of its own where the kernel lets an ordinary process have one; everywhere an
audit hook refuses sockets, new processes and files opened for writing. What an attacker gains who
breaks a parser: this process, whose only way out is one JSON report.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import signal
import sys
from dataclasses import asdict, dataclass
from typing import Any

_CLONE_NEWUSER = 0x10000000
_CLONE_NEWNET = 0x40000000
_PR_SET_PDEATHSIG = 1
_PR_SET_NO_NEW_PRIVS = 38
_REFUSED = (
    "socket.",
    "subprocess.",
    "os.exec",
    "os.fork",
    "os.posix_spawn",
    "os.system",
    "shutil.",
)
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_TRUNC


@dataclass(frozen=True)
class Limits:
    """Of one inspection."""

    memory: int = 2 << 30
    """Bytes of address space."""
    cpu_seconds: int = 60
    wall_seconds: int = 90
    document: int = 4 << 30
    """Bytes of the document."""
    report: int = 8 << 20
    """Bytes of the report."""

    def to_json(self) -> dict[str, int]:
        """For the child."""
        return asdict(self)


LIMITS = Limits()


def confine(limits: Limits, parent: int) -> None:
    """Take away what an inspection does not need. Cannot be undone in this process."""
    for kind, most in (
        (resource.RLIMIT_AS, limits.memory),
        (resource.RLIMIT_CPU, limits.cpu_seconds),
        (resource.RLIMIT_FSIZE, limits.report),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 64),
    ):
        _, hard = resource.getrlimit(kind)
        bound = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(kind, (bound, bound))
    if sys.platform == "linux":
        libc = ctypes.CDLL(None, use_errno=True)
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        # Where containers forbid it, this answers an error and changes nothing.
        with contextlib.suppress(OSError, AttributeError):
            libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET)
        if os.getppid() != parent:
            os._exit(1)  # it ended before the kernel was told
    sys.addaudithook(_refuse)


def _refuse(event: str, arguments: tuple[Any, ...]) -> None:
    if event.startswith(_REFUSED):
        raise PermissionError(f"{event} is not for an inspection")
    if event == "open" and _is_write(arguments):
        raise PermissionError("an inspection writes no file")


def _is_write(arguments: tuple[Any, ...]) -> bool:
    flags = arguments[2] if len(arguments) > 2 else 0
    return isinstance(flags, int) and bool(flags & _WRITES)
