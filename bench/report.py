"""bench/README.md from bench/results/*.json; `python -m bench.report --check` only compares."""

from __future__ import annotations

import json
import sys

from bench.result import RESULTS, ROOT

_HEAD = """# Figures

Generated from `results/*.json` by `python -m bench.report`; do not edit.

Each row was measured by the command in its heading, on the machine named there, medians where a
figure was taken several times. Peers run in the same run on the same machine, so compare ratios:
single times differ between machines and between days.

`make bench` measures everything again; `python -m bench NAME --records N` one thing.
"""
_COMMANDS = {
    "bulk_capture": "python -m bench bulk",
    "single_post": "python -m bench single",
    "offline_verify": "python -m bench verify",
    "million": "python -m bench million",
    "xml_capture": "python -m bench xml",
    "sheet": "python -m bench sheet",
    "leg_verify": "python -m bench leg_verify",
    "labels": "python -m bench labels",
    "opendata": "python -m bench opendata",
    "trace": "python -m bench trace",
    "resolver": "python -m bench resolver",
    "exchange_search": "python -m bench exchange_search",
    "exchange": "python -m bench exchange",
    "query": "python -m bench query",
    "storage_insert": "python -m bench storage",
    "campaign-household": "CAMPAIGN=1 pytest tests/browser/test_portal_journey.py",
    "campaign": "make campaign",
}


def report() -> str:
    """The page."""
    parts = [_HEAD]
    for path in sorted(RESULTS.glob("*.json")):
        found = json.loads(path.read_text(encoding="utf-8"))
        command = next((line for stem, line in _COMMANDS.items() if path.stem.startswith(stem)), "")
        parts.append(f"## {found['name']}\n")
        parts.append(
            f"`{command}` · {found['database']} · {found['engine']} · seed {found['seed']} · "
            f"commit {found['commit']} · {found['cores']} cores · {found['machine']}\n"
        )
        parts.append("| figure | value | unit | must | |\n|---|---:|---|---|---|")
        for figure in found["figures"]:
            verdict = {None: "", True: "met", False: "**not met**"}[figure["met"]]
            parts.append(
                f"| {figure['figure']} | {figure['value']:g} | {figure['unit']} "
                f"| {figure['bar'] or ''} | {verdict} |"
            )
        parts.append("")
    return "\n".join(parts)


def write_report() -> None:
    """Write bench/README.md."""
    (ROOT / "bench" / "README.md").write_text(report(), encoding="utf-8")


def main() -> int:
    """Write, or with `--check` compare."""
    if "--check" not in sys.argv[1:]:
        write_report()
        return 0
    if (ROOT / "bench" / "README.md").read_text(encoding="utf-8") != report():
        print("bench: README.md is stale; run python -m bench.report")
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
