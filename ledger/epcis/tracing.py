"""A trace from beginning to end: follow the goods, see who had them, say what does not add up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ledger.epcis.balance import check_lot, check_process
from ledger.epcis.containment import BEGINNING, Window, contents
from ledger.epcis.keys import KeyRole
from ledger.epcis.step import Step
from ledger.epcis.trace import (
    MOST_ROUNDS,
    MOST_STEPS,
    Caution,
    CautionCode,
    Direction,
    Process,
    StepReader,
    Trace,
)
from ledger.epcis.walk import Walk

_SEEN = (KeyRole.EPC, KeyRole.CLASS)
_MADE = (KeyRole.OUTPUT, KeyRole.OUTPUT_CLASS)
_AMOUNTS = (KeyRole.INPUT_CLASS, KeyRole.OUTPUT_CLASS)
MOST_SIGHTINGS = 20_000
"""Events read for who saw the goods when, and for adding up amounts; each at most."""


def trace(
    reader: StepReader, subject: str, direction: Direction, *, lot: str | None = None
) -> Trace:
    """Follow the subject, a key, back to its inputs or forward to what became of it.

    `lot` is the lot that the asker's own spelling of the subject mentions. Nothing recorded about
    the subject gives a trace without steps.
    """
    walk = Walk(reader, subject, direction, lot=lot)
    walk.run()
    items, containers, processes = walk.items(), walk.containers(), walk.processes()
    goods = [subject, *items]
    seen = reader.read([*goods, *containers], _SEEN, MOST_SIGHTINGS)
    seen = [step for step in seen if not step.is_void]
    concerned = set(goods)
    sightings = [step for step in seen if _concerns(step, concerned, walk.held)]
    steps = {step.number: step for process in processes for step in process.steps}
    steps |= {step.number: step for step in (*walk.nesting_steps(), *sightings)}
    ordered = tuple(sorted(steps.values(), key=lambda step: step.order))
    known = len(seen) < MOST_SIGHTINGS and not walk.is_truncated
    cautions = [*_check_limits(walk.is_truncated)]
    if ordered and known:
        cautions += _check_origins(reader, walk, goods, seen)
    cautions += _check_levels(goods)
    cautions += _check_amounts(reader, goods, processes, sightings)
    return Trace(
        subject=subject,
        direction=direction,
        items=tuple(items),
        containers=tuple(containers),
        steps=ordered,
        processes=tuple(processes),
        cautions=tuple(cautions),
    )


@dataclass(frozen=True, slots=True)
class Contents:
    """What a container held at a time: directly, and what each of these held in turn."""

    items: tuple[str, ...]
    inside: Mapping[str, tuple[str, ...]]
    is_known: bool
    """Whether anything is recorded about the container at all, at whatever time."""
    is_truncated: bool
    since: Mapping[str, int]
    """By key of whatever is inside, however deep: the time in milliseconds since which it has
    been in there without a break."""


def find_contents(reader: StepReader, container: str, at_ms: int) -> Contents:
    """The contents of a container, a key, once every event up to that time had happened."""
    inside: dict[str, tuple[str, ...]] = {}
    since: dict[str, int] = {container: BEGINNING}
    asked: set[str] = set()
    wanted = {container}
    is_known = is_truncated = False
    count = 0
    while wanted and not is_truncated:
        asked |= wanted
        found = reader.read(wanted, [KeyRole.PARENT], MOST_STEPS - count + 1)
        count += len(found)
        is_truncated = count > MOST_STEPS
        nests: dict[str, list[Step]] = {}
        for step in found:
            if step.is_nesting and step.parent in wanted and not step.is_void:
                nests.setdefault(str(step.parent), []).append(step)
        is_known = is_known or container in nests
        wanted = set()
        for parent, steps in nests.items():
            direct = contents(steps, at_ms)
            if direct:
                inside[parent] = tuple(sorted(direct))
                wanted |= direct.keys() - asked
                for child, at in direct.items():
                    since.setdefault(child, max(at, since[parent]))
    if not is_known:
        roles = [KeyRole.CHILD, KeyRole.EPC, KeyRole.CLASS, KeyRole.INPUT, KeyRole.OUTPUT]
        is_known = bool(reader.read([container], roles, 1))
    items = inside.pop(container, ())
    del since[container]
    return Contents(items, inside, is_known, is_truncated, since)


def _concerns(step: Step, goods: set[str], held: Mapping[str, Sequence[Window]]) -> bool:
    """Whether the step saw the goods, or a container while they were in it."""
    moment = Window(step.time_ms, step.time_ms)
    return any(
        thing.key in goods or any(window.overlap(moment) for window in held.get(thing.key, ()))
        for thing in step.things
    )


def _check_limits(is_truncated: bool) -> Iterable[Caution]:
    if is_truncated:
        yield Caution(
            CautionCode.TRUNCATED,
            "",
            f"it goes on beyond {MOST_STEPS} events or {MOST_ROUNDS} steps from the subject",
        )


def _check_origins(
    reader: StepReader, walk: Walk, goods: Sequence[str], seen: Sequence[Step]
) -> Iterable[Caution]:
    """Goods without a beginning. Forwards only the subject is asked: all else came out of it."""
    steps = [*walk.steps.values(), *seen]
    if walk.direction is Direction.FORWARD:
        goods = goods[:1]
        steps += reader.read(goods, _MADE, MOST_SIGHTINGS)
    made: set[str] = set()
    for step in steps:
        if not step.is_void:
            made.update(thing.key for thing in step.outputs)
            # an item of a lot has its beginning in the lot's, a lot in that of its items
            made.update(thing.key for thing in step.named() if thing.lot is not None)
            if step.is_birth:
                for thing in step.things:
                    made.update((thing.key, thing.lot or thing.key))
    vessels = walk.vessels
    for key in goods:
        if key not in made and key not in vessels:
            yield Caution(CautionCode.NO_ORIGIN, key, "this lot or item has no step before it")


def _check_levels(goods: Sequence[str]) -> Iterable[Caution]:
    for key in goods:
        _, found, tail = key.partition("/01/")
        if found and "/" not in tail:
            yield Caution(
                CautionCode.CLASS_LEVEL, key, "named without a lot: all of this product is one"
            )


def _check_amounts(
    reader: StepReader,
    goods: Sequence[str],
    processes: Sequence[Process],
    sightings: Sequence[Step],
) -> Iterable[Caution]:
    for process in processes:
        yield from check_process(process)
    lots = {
        thing.key
        for process in processes
        for thing in (*process.inputs, *process.outputs)
        if thing.is_class
    } & set(goods)
    found = reader.read(lots, _AMOUNTS, MOST_SIGHTINGS)
    if len(found) >= MOST_SIGHTINGS:
        yield Caution(
            CautionCode.BALANCE_UNCHECKED, "", "too many events use these lots to add them up"
        )
        return
    by_lot: dict[str, dict[int, Step]] = {lot: {} for lot in lots}
    for step in (*found, *sightings):
        if not step.is_void:
            for thing in step.named():
                if thing.key in by_lot:
                    by_lot[thing.key][step.number] = step
    for lot, steps in sorted(by_lot.items()):
        yield from check_lot(lot, steps.values())
