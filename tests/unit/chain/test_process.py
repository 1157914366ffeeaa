from __future__ import annotations

import json
import os
import socket
import subprocess
from pathlib import Path

import pytest

from ledger.chain.process import (
    Child,
    end_orphan,
    find_free_port,
    is_port_free,
    leashed,
)
from ledger.errors import Misconfigured


def sleeper(folder: Path) -> Child:
    return Child(["sleep", "600"], log=folder / "log", pid_file=folder / "pid")


def test_orphan_of_a_crashed_run_is_ended(tmp_path: Path) -> None:
    child = sleeper(tmp_path)
    assert end_orphan(tmp_path / "pid")
    child.kill()
    assert not child.is_alive
    assert not (tmp_path / "pid").exists()


def test_process_that_only_has_the_same_pid_is_left_alone(tmp_path: Path) -> None:
    stranger = subprocess.Popen(["sleep", "600"])
    try:
        note = {"pid": stranger.pid, "started": 12345}
        (tmp_path / "pid").write_text(json.dumps(note))
        assert not end_orphan(tmp_path / "pid")
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


@pytest.mark.parametrize("text", ["", "{}", "[]", "12", '{"pid": "x", "started": 1}'])
def test_damaged_pid_file_ends_nothing(tmp_path: Path, text: str) -> None:
    (tmp_path / "pid").write_text(text)
    assert not end_orphan(tmp_path / "pid")
    assert not end_orphan(tmp_path / "absent")


def test_terminate_ends_a_stubborn_child_after_the_grace_time(tmp_path: Path) -> None:
    script = "trap '' TERM; while :; do sleep 0.05; done"
    child = Child(["sh", "-c", script], log=tmp_path / "log", pid_file=tmp_path / "pid")
    child.terminate(grace=0.3)
    assert not child.is_alive
    assert not (tmp_path / "pid").exists()
    child.terminate()


def test_child_runs_with_its_environment_and_writes_to_the_log(tmp_path: Path) -> None:
    child = Child(
        ["sh", "-c", 'echo "$ANSWER $HOME"'],
        log=tmp_path / "log",
        pid_file=tmp_path / "pid",
        env={"ANSWER": "yes"},
    )
    while child.is_alive:
        os.sched_yield()
    child.terminate()
    assert (tmp_path / "log").read_text().strip() == f"yes {os.environ['HOME']}"


def test_free_port_is_free_until_taken() -> None:
    port = find_free_port()
    assert is_port_free(port)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port))
        taken.listen()
        assert not is_port_free(port)


def test_child_without_a_folder_for_its_log_is_misconfigured(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured):
        Child(["true"], log=tmp_path / "no" / "log", pid_file=tmp_path / "pid")


def test_child_whose_parent_died_before_the_leash_was_on_ends_at_once() -> None:
    ours = subprocess.run(leashed(["echo", "ran"]), capture_output=True, text=True, check=True)
    assert ours.stdout == "ran\n"
    # Another process stands between: to the child, its parent is not the one that wanted it.
    orphan = subprocess.run(
        ["/bin/sh", "-c", '"$@"; exit $?', "sh", *leashed(["echo", "ran"])],
        capture_output=True,
        text=True,
        check=False,
    )
    assert orphan.stdout == ""
    assert orphan.returncode != 0
