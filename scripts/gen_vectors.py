"""Write the test vectors under tests/vectors from fixed keys and a fixed clock.

Every verifier (Python, command line, HTTP, browser) runs the same folders, and they decide
disputes about docs/formats. They are reviewed like code: `--check` says whether the committed
ones are what this tree makes.

Exit codes: 0 written or fresh, 1 stale (`--check`).
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.support.vectors.case import pretty  # noqa: E402 - found through ROOT
from tests.support.vectors.envelope_cases import envelope_files  # noqa: E402
from tests.support.vectors.forged_ledger_cases import (  # noqa: E402
    CHAIN_CASES,
    LOG_CASES,
    SIGNER_CASES,
)
from tests.support.vectors.forged_record_cases import (  # noqa: E402
    FORMAT_CASES,
    MEMBER_CASES,
    SUBMISSION_CASES,
)
from tests.support.vectors.leg_cases import leg_files  # noqa: E402
from tests.support.vectors.merkle_cases import merkle_files  # noqa: E402
from tests.support.vectors.proof_cases import cose_files, tlog_files  # noqa: E402
from tests.support.vectors.sound_cases import INTACT_CASES, NOTICE_CASES  # noqa: E402
from tests.support.vectors.unsettled_cases import (  # noqa: E402
    PENDING_CASES,
    STATUS_CASES,
    UNCHECKED_CASES,
)

VECTORS = ROOT / "tests" / "vectors"
OWNED = [
    VECTORS / kind for kind in ("bundle", "tlog-proof", "cose-receipt", "merkle", "envelope", "leg")
]

BUNDLES = [
    *INTACT_CASES,
    *NOTICE_CASES,
    *PENDING_CASES,
    *STATUS_CASES,
    *UNCHECKED_CASES,
    *FORMAT_CASES,
    *MEMBER_CASES,
    *SUBMISSION_CASES,
    *SIGNER_CASES,
    *LOG_CASES,
    *CHAIN_CASES,
]


def bundle_files() -> Iterator[tuple[Path, bytes]]:
    """Files of tests/vectors/bundle."""
    for number, case in enumerate(BUNDLES, start=1):
        folder = VECTORS / "bundle" / case.folder(number)
        for name, content in case.files().items():
            yield folder / name, content
        yield folder / "expected.json", pretty(case.expected())


def all_files() -> dict[Path, bytes]:
    """Every file this script owns."""
    made = dict(bundle_files())
    for files in (tlog_files(), cose_files(), merkle_files(), envelope_files(), leg_files()):
        made |= {VECTORS / name: content for name, content in files}
    return made


def stale_files(made: dict[Path, bytes] | None = None) -> list[Path]:
    """Files that are missing, different, or no longer made."""
    made = all_files() if made is None else made
    present = {path for top in OWNED for path in top.rglob("*") if path.is_file()}
    different = {
        path for path, data in made.items() if not path.exists() or path.read_bytes() != data
    }
    return sorted(different | present - made.keys())


def main() -> int:
    """Write or check."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare instead of writing")
    check = parser.parse_args().check
    made = all_files()
    stale = stale_files(made)
    if check:
        for path in stale:
            print(f"stale: {path.relative_to(ROOT)}")
        return 1 if stale else 0
    for path in stale:
        if path in made:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(made[path])
        else:
            path.unlink()
    for folder in sorted((p for top in OWNED for p in top.rglob("*") if p.is_dir()), reverse=True):
        if not any(folder.iterdir()):
            folder.rmdir()
    print(f"{len(made)} files, {len(stale)} changed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
