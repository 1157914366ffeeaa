"""Ctrl-C and SIGTERM: interrupt a start, stop what runs, and never cut the way down."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

PROGRAM = """
import os, signal, sys, time
from ledger.cli.signals import interrupt_on_signals, stop_on_signals
interrupt_on_signals()
phase, number = sys.argv[1], int(sys.argv[2])
asked = []
try:
    if phase == "start":
        os.kill(os.getpid(), number)
        time.sleep(5)
    with stop_on_signals(lambda: asked.append(1)):
        if phase == "run":
            os.kill(os.getpid(), number)
            os.kill(os.getpid(), number)
    if phase == "down":
        os.kill(os.getpid(), number)
        time.sleep(0.1)
except KeyboardInterrupt:
    print("interrupted")
print(len(asked))
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize(
    ("phase", "told"), [("start", "interrupted\n0\n"), ("run", "2\n"), ("down", "0\n")]
)
def test_signal_by_phase(phase: str, told: str, number: int) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, phase, str(int(number))],
        env={**os.environ},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, told), done.stderr
