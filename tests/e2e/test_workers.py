"""`provenance worker` beside a running installation."""

from __future__ import annotations

import json
import signal
import subprocess
from pathlib import Path

import pytest

from tests.e2e.conftest import admit_and_capture
from tests.support.installation import PROVENANCE, Installation, environment

pytestmark = [pytest.mark.chain, pytest.mark.slow]


def start_worker(installation: Installation, *options: str) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [PROVENANCE, "worker", "--data", str(installation.data), "--json", *options],
        env=environment(PROVENANCE_INTAKE_PROCESSES="1"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line, process.communicate()[1]
    assert json.loads(line) == {"working": "intake" if "--intake" in options else "worker"}
    return process


def test_worker_intake_works_through_what_another_process_accepted(tmp_path: Path) -> None:
    installation = Installation(tmp_path / "data", {"PROVENANCE_INTAKE_PROCESSES": "0"})
    started: list[subprocess.Popen[str]] = []
    try:
        installation.start("--no-demo")
        started.append(start_worker(installation))
        started.append(start_worker(installation, "--intake"))
        producer = admit_and_capture(installation, tmp_path / "key")
        assert producer.events
        for process in started:
            process.send_signal(signal.SIGTERM)
            _, err = process.communicate(timeout=20)
            assert process.returncode == 0, err
            assert "Traceback" not in err
        assert installation.stop()[0] == 0
        assert installation.children() == []
    finally:
        for process in started:
            process.kill()
        installation.kill()
