"""What people see in the terminal: steps with their time, one-line errors, a QR code."""

from __future__ import annotations

import functools
import json
import sys
import time
from collections.abc import Callable
from typing import Any, NoReturn, ParamSpec, TypeVar

import qrcode
import typer
from rich.console import Console

from ledger.errors import Conflict, Forbidden, InvalidInput, LedgerError, NotFound, Unavailable

P = ParamSpec("P")
T = TypeVar("T")

EXIT_INVALID = 2
"""Bad usage, bad input, or a machine that is not set up for it."""
EXIT_UNAVAILABLE = 3
"""Could not be found out; try again."""
EXIT_REFUSED = 6
"""Understood and refused: not allowed, not there, or contradicting what is recorded."""


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
    """Turn our errors into one line on standard error and the documented exit code."""

    @functools.wraps(command)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            command(*args, **kwargs)
        except LedgerError as error:
            fail(error, as_json=bool(kwargs.get("as_json")))
        except KeyboardInterrupt:
            raise typer.Exit(130) from None
        except OSError as error:
            print(f"provenance: {error.strerror}: {error.filename}", file=sys.stderr)
            raise typer.Exit(EXIT_INVALID) from None

    return guarded


def fail(error: LedgerError, *, as_json: bool = False) -> NoReturn:
    """Say what is wrong and what to do about it, then end."""
    if as_json:
        told: dict[str, Any] = {"error": error.code, "detail": error.detail, "advice": error.advice}
        if error.pointer is not None:
            told["pointer"] = error.pointer
        print(json.dumps(told, ensure_ascii=False))
    print(f"provenance: {error} [{error.code}] {error.advice}", file=sys.stderr)
    raise typer.Exit(exit_code(error)) from None


def exit_code(error: LedgerError) -> int:
    """The documented exit code of an error."""
    if isinstance(error, Unavailable):
        return EXIT_UNAVAILABLE
    if isinstance(error, (Conflict, Forbidden, NotFound)) and not isinstance(error, InvalidInput):
        return EXIT_REFUSED
    return EXIT_INVALID


def show_json(value: Any) -> None:
    """One JSON document on standard output."""
    print(json.dumps(value, ensure_ascii=False, indent=None))


def print_qr(text: str) -> None:
    """A QR code that phones scan from the screen; two modules a character."""
    code = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_M, border=4)
    code.add_data(text)
    code.make(fit=True)
    rows = code.get_matrix()
    if len(rows) % 2:
        rows.append([False] * len(rows))
    # Dark on light whatever the terminal's colours: scanners expect it.
    glyphs = {(True, True): "█", (True, False): "▀", (False, True): "▄", (False, False): " "}
    for upper, lower in zip(rows[::2], rows[1::2], strict=True):
        line = "".join(glyphs[(bool(a), bool(b))] for a, b in zip(upper, lower, strict=True))
        print(f"\033[30;107m{line}\033[0m", file=sys.stderr)
