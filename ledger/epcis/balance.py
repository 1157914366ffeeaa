"""Whether the amounts of a trace add up: nothing comes out that never went in.

Two sums are made. Of each lot: what was used of it, in all transformations on record, against what
was made of it. Of each transformation: what came out against what went in, where all of it is told
in masses or all of it in volumes; pieces may be cut, and a litre is no kilogram. Amounts of one
dimension are converted (UN/ECE Recommendation 20). What was told without a number is enough for
anything: it can only make a warning stay away, never cause one.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache

from ledger.epcis.measurement_units import to_base
from ledger.epcis.step import Step, Thing
from ledger.epcis.trace import Caution, CautionCode, Process

_PIECES = {"EA": 1, "H87": 1, "NIU": 1, "PR": 2, "DZN": 12, "GRO": 144, "CEN": 100, "MIL": 1000}
"""Units of counting; C62, one, is EPCIS' own word for a count as well as for a ratio."""
_TOLD = {"mass": ("KGM", 1), "volume": ("LTR", 1_000), "count": ("C62", 1)}
"""In which unit a dimension is told, and how many of it are in the base unit."""
_TOLERANCE = Fraction(1_000_001, 1_000_000)
"""Conversions are exact; what people write down is rounded."""

Sum = dict[str, Fraction]
"""Amounts by dimension, in its base unit; a unit not known is a dimension of its own."""


@lru_cache(maxsize=1_024)
def convert(amount: Decimal, unit: str | None) -> tuple[str, Fraction]:
    """The dimension of an amount and its value in that dimension's base unit."""
    if unit is None or unit == "C62":
        return "count", Fraction(amount)
    if unit in _PIECES:
        return "count", Fraction(amount) * _PIECES[unit]
    return to_base(Fraction(amount), unit)


def check_lot(key: str, steps: Iterable[Step]) -> list[Caution]:
    """Whether more of this lot was used than was ever made, from every step that made or used it.

    A lot that nobody is on record as having made is a gap, which is warned of elsewhere.
    """
    made, used = _Total(), _Total()
    users: list[str] = []
    for step in steps:
        for thing in (*step.outputs, *(step.things if step.is_birth else ())):
            if thing.key == key:
                made.add(thing)
        for thing in step.inputs:
            if thing.key == key:
                used.add(thing)
                users.append(step.event_id)
    if made.is_open:
        return []
    return [
        _caution(key, dimension, amount, made.sums[dimension], "used", "made", users)
        for dimension, amount in used.sums.items()
        if dimension in made.sums and amount > made.sums[dimension] * _TOLERANCE
    ]


def check_process(process: Process) -> list[Caution]:
    """Whether more came out of a transformation than went in."""
    went_in, came_out = _Total(process.inputs), _Total(process.outputs)
    if went_in.is_open or len(went_in.sums) != 1:
        return []
    ((dimension, amount),) = went_in.sums.items()
    out = came_out.sums.get(dimension, Fraction(0))
    if dimension not in ("mass", "volume") or out <= amount * _TOLERANCE:
        return []
    subject = next(thing.key for thing in process.outputs if thing.amount is not None)
    events = [step.event_id for step in process.steps]
    return [_caution(subject, dimension, out, amount, "came out", "went in", events)]


class _Total:
    """A sum of amounts, and whether something without a number is in it."""

    def __init__(self, things: Iterable[Thing] = ()) -> None:
        self.sums: Sum = {}
        self.is_open = False
        for thing in things:
            self.add(thing)

    def add(self, thing: Thing) -> None:
        if thing.amount is None:
            self.is_open = True
            return
        dimension, amount = convert(thing.amount, thing.unit)
        self.sums[dimension] = self.sums.get(dimension, Fraction(0)) + amount


def _caution(
    subject: str,
    dimension: str,
    more: Fraction,
    less: Fraction,
    more_word: str,
    less_word: str,
    events: list[str],
) -> Caution:
    unit, factor = _TOLD.get(dimension, (dimension, 1))
    told = [f"{_spell(amount * factor)} {unit}" for amount in (more, less)]
    detail = f"{told[0]} {more_word}, {told[1]} {less_word}"
    return Caution(CautionCode.MASS_BALANCE, subject, detail, tuple(dict.fromkeys(events)))


def _spell(amount: Fraction) -> str:
    return f"{float(amount):.12g}"
