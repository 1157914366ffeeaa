from __future__ import annotations

import stat
from pathlib import Path

import pytest

from ledger.chain.geth_binary import VERSION, cache_folder, find_geth, get_geth
from ledger.errors import Misconfigured


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return cache_folder()


def script(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def test_get_geth_takes_the_cached_binary(cache: Path) -> None:
    assert find_geth() is None
    built = script(cache / f"geth-{VERSION}" / "geth", "true")
    assert get_geth() == find_geth() == built


def test_get_geth_builds_with_go_on_path_and_keeps_the_result(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script(
        tmp_path / "bin" / "go",
        'if [ "$1" = version ]; then echo go version go1.26.1 linux/amd64; exit; fi\n'
        'echo "$@" > "$XDG_CACHE_HOME/asked"; echo go: downloading x >&2; echo pkg >&2\n'
        'mkdir -p "$GOBIN"; echo binary > "$GOBIN/geth"',
    )
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    said: list[str] = []
    assert get_geth(said.append).read_text() == "binary\n"
    assert any("fetched 1" in text for text in said)
    assert any("compiled 1" in text for text in said)
    asked = (tmp_path / "cache" / "asked").read_text()
    assert "-ldflags=-checklinkname=0" in asked
    assert f"geth@v{VERSION}" in asked
    left = sorted(path.name for path in (cache / f"geth-{VERSION}").iterdir())
    assert left == ["geth", "lock"]


def test_get_geth_when_the_build_fails_keeps_nothing(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script(
        tmp_path / "bin" / "go",
        'if [ "$1" = version ]; then echo go version go1.22.0 linux/amd64; exit; fi\n'
        "echo no network >&2; exit 1",
    )
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    with pytest.raises(Misconfigured, match="no network") as refused:
        get_geth()
    assert refused.value.code == "engine-binary-missing"
    assert find_geth() is None
