"""What a benchmark found: figures against their bars, written to bench/results/."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from dataclasses import asdict, dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "bench" / "results"


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured value. `bar` is the bound it must keep, None where it only informs."""

    figure: str
    value: float
    unit: str
    bar: str | None = None
    met: bool | None = None


def at_least(figure: str, value: float, unit: str, bound: float) -> Figure:
    """A figure that must not be smaller."""
    return Figure(figure, _round(value), unit, f"≥ {bound:g}", value >= bound)


def at_most(figure: str, value: float, unit: str, bound: float) -> Figure:
    """A figure that must not be greater."""
    return Figure(figure, _round(value), unit, f"≤ {bound:g}", value <= bound)


def informs(figure: str, value: float, unit: str) -> Figure:
    """A figure without a bar."""
    return Figure(figure, _round(value), unit)


@dataclass(slots=True)
class Result:
    """All figures of one run."""

    name: str
    seed: int
    database: str
    engine: str
    figures: list[Figure] = field(default_factory=list)

    def write(self) -> Path:
        """Write `bench/results/<name>.json` and print the figures."""
        RESULTS.mkdir(parents=True, exist_ok=True)
        path = RESULTS / f"{self.name}.json"
        body = {
            "name": self.name,
            "machine": _machine(),
            "cores": os.cpu_count(),
            "commit": _commit(),
            "seed": self.seed,
            "database": self.database,
            "engine": self.engine,
            "figures": [asdict(figure) for figure in self.figures],
        }
        path.write_text(json.dumps(body, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        print(f"{self.name} (seed {self.seed}, {self.database}, {self.engine})")
        for figure in self.figures:
            verdict = {None: "", True: "met", False: "NOT MET"}[figure.met]
            print(
                f"  {figure.figure:<58} {figure.value:>12g} {figure.unit:<9}"
                f" {figure.bar or '':<9} {verdict}"
            )
        return path


def _round(value: float) -> float:
    return float(f"{value:.4g}")


def _machine() -> str:
    model = ""
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                model = line.partition(":")[2].strip()
                break
    except OSError:
        model = platform.processor()
    return f"{model or 'unknown'}, {platform.system()} {platform.machine()}"


def _commit() -> str:
    done = subprocess.run(
        ["git", "rev-parse", "--short=12", "HEAD"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.strip() or "unknown"
