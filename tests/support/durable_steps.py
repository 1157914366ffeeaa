"""The durable steps of everything a desk does, in their order, and what comes of a death at each.

`#2` behind a step: the second time it is reached.
"""

from __future__ import annotations

Point = tuple[str, str, str]
"""What is done, the step at which the desk dies, before or after it takes effect."""

_HANDING_IN = ("request journalled", "handed in", "leg kept", "request answered")
_RELAYING = ("request journalled", "handed in", "request answered")
DEPUTED = ("deputy hand_over", "deputy receive", "deputy request_recall", "deputy withdraw")
"""What another agency does by mandate."""
STEPS = {
    "send": (
        "content kept", "message stored", "upload begun", "chunk uploaded", "upload completed",
        *_HANDING_IN,
    ),
    "send large": ("chunk uploaded", "chunk uploaded #2", "upload completed"),
    "replace": ("message stored", *_HANDING_IN),
    "supersede": _HANDING_IN,
    "withdraw": _HANDING_IN,
    "work": (
        "leg kept", "feed passed", "chunk fetched", "content kept", "content entered",
        "request journalled", "handed in", "request answered",
    ),
    "work large": (
        "chunk fetched #2", "chunk kept #2", "chunk fetched #3", "chunk kept #3", "content kept",
    ),
    "hand_over": _HANDING_IN,
    "receive": _HANDING_IN,
    "refuse": _HANDING_IN,
    "assign": _HANDING_IN,
    "begin": _HANDING_IN,
    "finish": _HANDING_IN,
    "request_recall": _HANDING_IN,
    "accept_recall": (
        "destruction decided", "content destroyed", "destruction done", *_HANDING_IN
    ),
    "erase": (
        "erasure decided", *_HANDING_IN, "approval handed in", "erased at the server",
        "certificate kept", "destruction decided", "content destroyed", "destruction done",
        "erasure done",
    ),
    "bundle": ("bundle written", "bundle noted"),
    "rotate": ("key counted", "key published"),
    "follow recipients": ("wraps postponed", "handed in", "leg kept"),
    "follow own key": ("handed in", "leg kept"),
    "give mandate": _RELAYING,
    "end mandate": _RELAYING,
    **dict.fromkeys(DEPUTED, _RELAYING),
}  # fmt: skip
POINTS: list[Point] = [
    (do, step, when)
    for do, steps in STEPS.items()
    for step in steps
    for when in ("before", "after")
]
_DECIDES = {
    "send": "message stored",
    "replace": "message stored",
    "rotate": "key counted",
    "erase": "erasure decided",
}
"""From which step on it will come about whatever happens; else: from the journal on."""
GROUPS = (
    ("send", "replace"), ("send large",), ("supersede", "withdraw"), ("work",), ("work large",),
    ("receive",), ("hand_over", "refuse", "assign", "begin", "finish"), ("request_recall",),
    ("accept_recall",), ("erase",), ("bundle",), ("rotate", "follow own key"),
    ("follow recipients",), ("give mandate", "end mandate"), DEPUTED,
)  # fmt: skip
"""Of each, at least one death also where it is no campaign."""


def is_decided(do: str, step: str, when: str) -> bool:
    """Whether what was begun must have come about after the start."""
    steps = STEPS[do]
    decides = steps.index(_DECIDES.get(do, "request journalled"))
    return (steps.index(step), when == "after") >= (decides, True)
