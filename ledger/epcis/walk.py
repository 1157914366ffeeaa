"""Following goods from event to event: a closure that ends, whatever was recorded.

Each round asks the store once for all that was newly reached, and settles what follows from the
answer. Nothing is asked twice and windows of time only grow, so cycles end by themselves; what a
stranger can make us read is bounded by MOST_STEPS, MOST_ITEMS and MOST_ROUNDS.

A crate that goes into a transformation stands for what was in it at that time, and goods in a
crate that goes in are used with it: stays in containers are followed in time, because a crate
serves many lots in its life.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ledger.epcis.containment import ALWAYS, Window, stays
from ledger.epcis.keys import KeyRole
from ledger.epcis.step import Step, Thing
from ledger.epcis.trace import MOST_ITEMS, MOST_ROUNDS, MOST_STEPS, Direction, Process, StepReader

_NESTING = (KeyRole.PARENT, KeyRole.CHILD, KeyRole.CHILD_CLASS)
_ROLES = {
    Direction.BACK: (
        KeyRole.OUTPUT,
        KeyRole.OUTPUT_CLASS,
        KeyRole.TRANSFORMATION,
        KeyRole.EPC,  # an item may be named with its lot where it is seen, and only there
        *_NESTING,
    ),
    Direction.FORWARD: (
        KeyRole.INPUT,
        KeyRole.INPUT_CLASS,
        KeyRole.TRANSFORMATION,
        KeyRole.MENTIONED_LOT,
        *_NESTING,
    ),
}


class Walk:
    """The state of one closure. `run` it once, then read what it found."""

    def __init__(
        self, reader: StepReader, subject: str, direction: Direction, *, lot: str | None = None
    ) -> None:
        self._reader = reader
        self.direction = direction
        self._back = direction is Direction.BACK
        self.subject = subject
        self.is_truncated = False
        self.reached: dict[str, None] = {}
        self.held: dict[str, list[Window]] = {}
        """Containers that held something reached, and when."""
        self._opened: dict[str, list[Window]] = {}
        self._only_inside: set[str] = set()
        self._served: set[str] = set()
        self._kin: dict[str, set[str]] = {}
        self.steps: dict[int, Step] = {}
        self._void: set[tuple[bytes, str]] = set()
        self._processes: dict[str, list[Step]] = {}
        self._processes_by: dict[str, set[str]] = {}
        self.touched: dict[str, None] = {}
        self._nests: dict[str, dict[int, Step]] = {}
        self._parents_of: dict[str, set[str]] = {}
        self._stays: dict[str, dict[str, list[Window]]] = {}
        self._asked: set[str] = set()
        self._ask: dict[str, None] = {}
        self._dirty_processes: dict[str, None] = {}
        self._dirty_nests: dict[str, None] = {}
        self._reach(subject)
        self._open(subject, ALWAYS)
        if lot is not None and self._back:
            self._reach(lot)
            self._kin[subject] = {lot}

    def run(self) -> None:
        """Follow everything to its end."""
        rounds = 0
        while self._ask and not self.is_truncated:
            rounds += 1
            keys = list(self._ask)
            self._ask.clear()
            self._asked.update(keys)
            room = MOST_STEPS - len(self.steps)
            found = self._reader.read(keys, _ROLES[self.direction], room + 1)
            if len(found) > room or len(self.reached) > MOST_ITEMS or rounds > MOST_ROUNDS:
                self.is_truncated = True
            self._take(found[:room])
            self._dirty_nests |= dict.fromkeys(key for key in keys if key in self._nests)
            self._settle()

    def processes(self) -> list[Process]:
        """The transformations that were followed, in the order of their times."""
        found = [
            Process(tuple(sorted(self._processes[name], key=lambda step: step.order)))
            for name in self.touched
        ]
        return sorted(found, key=lambda process: process.steps[0].order)

    def items(self) -> list[str]:
        """What was reached, without the subject and without mere containers of what was reached."""
        mere = self._only_inside & self.vessels
        return sorted(key for key in self.reached if key != self.subject and key not in mere)

    @property
    def vessels(self) -> set[str]:
        """What held something of the trace at some time, the subject too where it did."""
        return self._served | self.held.keys()

    def containers(self) -> list[str]:
        """What held the subject or an item at some time."""
        return sorted(self.vessels - {self.subject})

    def nesting_steps(self) -> list[Step]:
        """The packing and unpacking that the found containers rest on."""
        return [
            step
            for parent, steps in self._nests.items()
            if parent in self.held or parent in self._opened
            for step in steps.values()
            if self._concerns(parent, step)
        ]

    def _concerns(self, parent: str, step: Step) -> bool:
        if any(thing.key in self.reached or thing.key in self.held for thing in step.children):
            return True
        moment = Window(step.time_ms, step.time_ms)
        windows = (*self.held.get(parent, ()), *self._opened.get(parent, ()))
        return not step.children and any(window.overlap(moment) for window in windows)

    def _take(self, found: Sequence[Step]) -> None:
        fresh = [step for step in found if step.number not in self.steps]
        self._void.update((step.org, step.event_id) for step in fresh if step.is_void)
        for step in fresh:
            self.steps[step.number] = step
            if (step.org, step.event_id) in self._void:
                continue
            if step.is_transformation:
                self._take_transformation(step)
            elif step.is_nesting:
                self._take_nesting(step)
            self._take_mentions(step)

    def _take_transformation(self, step: Step) -> None:
        name = f"#{step.number}" if step.transformation is None else step.transformation
        self._processes.setdefault(name, []).append(step)
        for thing in step.outputs if self._back else step.inputs:
            self._processes_by.setdefault(thing.key, set()).add(name)
        self._dirty_processes[name] = None
        if step.transformation is not None:
            self._want(name)

    def _take_nesting(self, step: Step) -> None:
        assert step.parent is not None
        self._nests.setdefault(step.parent, {})[step.number] = step
        for thing in step.children:
            self._parents_of.setdefault(thing.key, set()).add(step.parent)
        self._dirty_nests[step.parent] = None
        self._want(step.parent)  # its other events say when it was emptied

    def _take_mentions(self, step: Step) -> None:
        """A lot comes before its items: backwards an item leads to it, forwards it to them."""
        for thing in step.named():
            if thing.lot is None:
                continue
            near, far = (thing.key, thing.lot) if self._back else (thing.lot, thing.key)
            self._kin.setdefault(near, set()).add(far)
            if near in self.reached:
                self._reach(far)

    def _settle(self) -> None:
        while self._dirty_nests or self._dirty_processes:
            if self._dirty_nests:
                parent, _ = self._dirty_nests.popitem()
                if parent not in self._asked:
                    continue  # without its other events its stays would seem to last for ever
                self._stays[parent] = stays(self._nests[parent].values())
                self._settle_nest(parent)
            else:
                name, _ = self._dirty_processes.popitem()
                self._settle_process(name)

    def _settle_nest(self, parent: str) -> None:
        inside = self._stays[parent]
        for child, windows in inside.items():
            presence = [ALWAYS] if child in self.reached else self.held.get(child, [])
            for overlap in _overlaps(windows, presence):
                self._hold(parent, overlap)
        for opened in list(self._opened.get(parent, ())):
            for child, windows in inside.items():
                for overlap in _overlaps(windows, [opened]):
                    self._served.add(parent)
                    if child not in self.reached:
                        self._only_inside.add(child)
                        self._reach(child)
                    self._open(child, overlap)

    def _settle_process(self, name: str) -> None:
        steps = self._processes[name]
        ends = ((step, thing) for step in steps for thing in self._near(step))
        if not any(self._is_here(thing.key, step.time_ms) for step, thing in ends):
            return
        self.touched[name] = None
        for step in steps:
            moment = Window(step.time_ms, step.time_ms)
            for thing in self._far(step):
                self._reach(thing.key)
                self._only_inside.discard(thing.key)
                if self._back:
                    self._open(thing.key, moment)

    def _near(self, step: Step) -> Iterable[Thing]:
        return step.outputs if self._back else step.inputs

    def _far(self, step: Step) -> Iterable[Thing]:
        return step.inputs if self._back else step.outputs

    def _is_here(self, key: str, at_ms: int) -> bool:
        """Whether what is traced was this thing, or (forwards) in it at that time."""
        if key in self.reached:
            return True
        moment = Window(at_ms, at_ms)
        held = () if self._back else self.held.get(key, ())
        return any(window.overlap(moment) for window in held)

    def _want(self, key: str) -> None:
        if key not in self._asked:
            self._ask[key] = None

    def _reach(self, key: str) -> None:
        if key in self.reached:
            return
        self.reached[key] = None
        self._want(key)
        self._touch(key)
        for kin in self._kin.get(key, ()):
            self._reach(kin)

    def _hold(self, container: str, window: Window) -> None:
        if _add(self.held.setdefault(container, []), window):
            self._want(container)
            self._touch(container)

    def _open(self, container: str, window: Window) -> None:
        if _add(self._opened.setdefault(container, []), window):
            self._want(container)
            if container in self._nests:
                self._dirty_nests[container] = None

    def _touch(self, key: str) -> None:
        for name in self._processes_by.get(key, ()):
            self._dirty_processes[name] = None
        for parent in self._parents_of.get(key, ()):
            self._dirty_nests[parent] = None


def _overlaps(windows: Iterable[Window], others: Sequence[Window]) -> Iterable[Window]:
    for window in windows:
        for other in others:
            overlap = window.overlap(other)
            if overlap is not None:
                yield overlap


def _add(windows: list[Window], window: Window) -> bool:
    """Add what is not covered yet, joined with what it meets; whether anything was added."""
    if any(known.covers(window) for known in windows):
        return False
    if window.is_moment:
        windows.append(window)
        return True
    met = [
        known
        for known in windows
        if not known.is_moment and known.since <= window.until and window.since <= known.until
    ]
    joined = Window(
        min([window.since, *(known.since for known in met)]),
        max([window.until, *(known.until for known in met)]),
    )
    windows[:] = [*(known for known in windows if known not in met), joined]
    return True
