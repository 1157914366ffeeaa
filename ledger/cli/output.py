"""What people see in the terminal: steps with their time, one-line errors, a QR code."""

from __future__ import annotations

import functools
import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn, ParamSpec, TypeVar

import typer
from rich.console import Console

from ledger.errors import (
    Conflict,
    Forbidden,
    InvalidInput,
    LedgerError,
    Misconfigured,
    NotFound,
    QuotaExceeded,
    Unauthenticated,
    Unavailable,
    VerificationFailed,
)

P = ParamSpec("P")
T = TypeVar("T")

EXIT_FAILED = 1
"""A check failed, or an audit found something."""
EXIT_INVALID = 2
"""Bad usage, bad input, or a machine that is not set up for it."""
EXIT_UNAVAILABLE = 3
"""Could not be found out; try again."""
EXIT_PENDING = 4
"""Accepted, and not there yet."""
EXIT_UNKNOWN = 5
"""Well-formed, and not in the ledger."""
EXIT_REFUSED = 6
"""Understood and refused: not allowed, or contradicting what is recorded."""
EXIT_BUG = 70
"""A fault of this program; the traceback is in its log, or comes with PROVENANCE_TRACEBACK=1."""
EXIT_INTERRUPTED = 130

_PENDING = ("record-not-sequenced", "organization-registering")


class Steps:
    """Progress of a start: one line a step, with a spinner while it runs."""

    def __init__(self, *, silent: bool = False) -> None:
        self._console = Console(stderr=True, quiet=silent, highlight=False)

    def run(self, title: str, action: Callable[[], T]) -> T:
        """Run the action and return what it returns."""
        started = time.monotonic()
        with self._console.status(f"{title} …"):
            result = action()
        self._console.print(f"[green]✓[/] {title:<22} {time.monotonic() - started:6.1f} s")
        return result

    def say(self, text: str) -> None:
        """One line of text."""
        self._console.print(text, markup=False, soft_wrap=True)


def fail_in_one_line(command: Callable[P, None]) -> Callable[P, None]:
    """Turn whatever goes wrong into one line on standard error and the documented exit code."""

    @functools.wraps(command)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> None:
        as_json = bool(kwargs.get("as_json"))
        try:
            command(*args, **kwargs)
        except LedgerError as error:
            fail(error, as_json=as_json)
        except BrokenPipeError:
            # Whoever read our output has enough of it; nothing is left to be flushed to them.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(0) from None
        except OSError as error:
            where = f"{error.filename}: " if error.filename else ""
            told = Misconfigured("file-unwritable", f"{where}{error.strerror or error}")
            fail(told, as_json=as_json)
        except KeyboardInterrupt:
            raise typer.Exit(EXIT_INTERRUPTED) from None
        except (typer.Exit, typer.Abort):
            raise
        except RuntimeError as error:
            if type(error).__module__.startswith(("click", "typer")):
                raise  # how typer itself ends a command or reports bad usage
            _fail_as_bug(error)
        except Exception as error:
            if type(error).__module__.startswith(("click", "typer")):
                raise
            _fail_as_bug(error)

    return guarded


def fail(error: LedgerError, *, as_json: bool = False) -> NoReturn:
    """Say what is wrong and what to do about it, then end."""
    if as_json:
        told: dict[str, Any] = {"error": error.code, "detail": error.detail, "advice": error.advice}
        if error.pointer is not None:
            told["pointer"] = error.pointer
        print(json.dumps(told, ensure_ascii=False))
    print(f"provenance: {one_line(str(error))} [{error.code}] {error.advice}", file=sys.stderr)
    raise typer.Exit(exit_code(error)) from None


def exit_code(error: LedgerError) -> int:
    """The documented exit code of an error."""
    if error.code in _PENDING:
        return EXIT_PENDING
    if isinstance(error, Unavailable):
        return EXIT_UNAVAILABLE
    if isinstance(error, VerificationFailed):
        return EXIT_FAILED
    if isinstance(error, NotFound):
        return EXIT_UNKNOWN
    if isinstance(error, (Conflict, Forbidden, Unauthenticated, QuotaExceeded)):
        return EXIT_REFUSED
    return EXIT_INVALID


def one_line(text: str) -> str:
    """The text without line breaks."""
    return " ".join(text.split())


def show_json(value: Any) -> None:
    """One JSON document on standard output."""
    print(json.dumps(value, ensure_ascii=False, indent=None), flush=True)


def show_table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Columns as wide as their content, unbroken, so that ids can be copied."""
    widths = [max(len(row[at]) for row in [headings, *rows]) for at in range(len(headings))]
    for row in [headings, *rows]:
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=True)]
        print("  ".join(cells).rstrip())


def write_output(path: Path | None, data: bytes) -> None:
    """To the file, or to standard output byte for byte. Raises InvalidInput for binary data that
    would go to a terminal."""
    if path is not None:
        path.write_bytes(data)
        return
    if sys.stdout.isatty() and b"\0" in data:
        raise InvalidInput("output-binary", f"{len(data)} bytes that are not text")
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


def print_qr(text: str) -> None:
    """A QR code that phones scan from the screen; two modules a character."""
    from ledger.gs1.qr import encode_qr

    rows = [*encode_qr(text).rows]
    if len(rows) % 2:
        rows.append((False,) * len(rows))
    # Dark on light whatever the terminal's colours: scanners expect it.
    glyphs = {(True, True): "█", (True, False): "▀", (False, True): "▄", (False, False): " "}
    for upper, lower in zip(rows[::2], rows[1::2], strict=True):
        line = "".join(glyphs[(a, b)] for a, b in zip(upper, lower, strict=True))
        print(f"\033[30;107m{line}\033[0m", file=sys.stderr)


def _fail_as_bug(error: Exception) -> NoReturn:
    if os.environ.get("PROVENANCE_TRACEBACK"):
        raise error
    import structlog  # here, because a start of a command need not wait for it

    structlog.get_logger("cli").error("bug", exc_info=error)
    print(
        f"provenance: {type(error).__name__}: {one_line(str(error))} [internal-error] "
        "This is a fault of the program; PROVENANCE_TRACEBACK=1 shows where.",
        file=sys.stderr,
    )
    raise typer.Exit(EXIT_BUG) from None
