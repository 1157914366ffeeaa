"""Templates: which sheets and columns a kind of product has, and which event a row becomes.

A template is data: `templates/<name>.json` names its activities and what is special about them;
`activities.json` and `columns.json` have what all share. A new kind of product is a new file.

Each activity is one sheet. Its first cell carries the template's mark, so that a sheet is
recognised wherever it comes back from, the CSV form included; row 2 has the headings; data begins
in row 3. Columns are found by heading and may be moved.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

from ledger.errors import NotFound
from ledger.sheets.cell import fold

VERSION = 1
HEADING_ROW = 2
FIRST_ROW = 3
MARK = "mẫu"

VN = "https://ns.thanhhoa.example/epcis/"
"""Namespace of the Vietnamese members of events, prefix `vn`."""

UNITS: dict[str, str | None] = {
    "kg": "KGM",
    "g": "GRM",
    "tấn": "TNE",
    "tạ": "DTN",
    "lít": "LTR",
    "ml": "MLT",
    "cái": None,
}
"""Units by their Vietnamese name: UN/ECE Recommendation 20 codes; None counts pieces."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `extension` is the member of the event its value goes to, within `ilmd` where
    that is set; columns without one have their place in the event by their key."""

    key: str
    vi: str
    en: str
    kind: str
    note: str
    example: str
    required: bool = False
    choices: tuple[str, ...] = ()
    extension: str | None = None
    ilmd: bool = False


@dataclass(frozen=True, slots=True)
class Activity:
    """One sheet: its columns and the event each row, or each group of rows, becomes."""

    name: str
    sheet: str
    en: str
    about: str
    type: str
    biz_step: str
    columns: tuple[Column, ...]
    action: str | None = None
    disposition: str | None = None
    together: tuple[str, ...] = ()
    """Rows equal in these columns are one event; empty: every row is one."""
    needs: tuple[str, ...] = ()
    """Columns that this activity requires beyond what they require themselves."""
    transaction: str | None = None
    """The CBV type of its document number."""
    leaves: bool = False
    """The goods are on their way afterwards, so no business location is stated."""
    without_quantity: bool = False

    def column(self, key: str) -> Column | None:
        """The column with this key."""
        return next((column for column in self.columns if column.key == key), None)

    def requires(self, column: Column) -> bool:
        """Whether every row must fill the column in, as far as the column alone can say."""
        return column.key in self.needs or (column.required and not self.is_goods(column))

    def is_goods(self, column: Column) -> bool:
        """Whether the column is needed only where no container or serial number stands instead."""
        if column.key in ("quantity", "unit"):
            return self.column("serial") is not None or bool(self.together)
        return column.key in ("product", "lot") and (
            self.column("container") is not None and "container" not in self.needs
        )


@dataclass(frozen=True, slots=True)
class Template:
    """The sheets of one kind of product."""

    name: str
    vi: str
    en: str
    activities: Mapping[str, Activity] = field(default_factory=dict)

    def mark(self, activity: Activity) -> str:
        """What the first cell of the activity's sheet says."""
        return f"{MARK} {self.name}/{activity.name}/{VERSION}"


def find_marked(text: str) -> tuple[Template, Activity] | None:
    """Template and activity whose mark this is."""
    word, _, rest = fold(text).partition(" ")
    parts = rest.split("/")
    if word != MARK or len(parts) != 3 or parts[2] != str(VERSION):
        return None
    template = templates().get(parts[0])
    activity = template.activities.get(parts[1]) if template is not None else None
    return None if template is None or activity is None else (template, activity)


def get_template(name: str) -> Template:
    """The template of that name. Raises NotFound `sheet-template-unknown`."""
    found = templates().get(name)
    if found is None:
        raise NotFound(
            "sheet-template-unknown",
            f"no template {name!r:.40}; there are {', '.join(templates())}",
            advice="Use one of the names that GET /sheets/templates lists.",
        )
    return found


@cache
def templates() -> Mapping[str, Template]:
    """Every template by name."""
    folder = files("ledger.sheets") / "templates"
    shared = _load(folder / "activities.json")
    columns = {
        key: _column({"key": key, **found}) for key, found in _load(folder / "columns.json").items()
    }
    names = sorted(
        entry.name.removesuffix(".json")
        for entry in folder.iterdir()
        if entry.name.endswith(".json") and entry.name not in ("activities.json", "columns.json")
    )
    return {
        name: _template(name, _load(folder / f"{name}.json"), shared, columns) for name in names
    }


def _template(
    name: str, found: dict[str, Any], shared: dict[str, Any], columns: dict[str, Column]
) -> Template:
    activities = {
        key: _activity(key, {**shared[key], **special}, columns)
        for key, special in found["activities"].items()
    }
    return Template(name, found["vi"], found["en"], activities)


def _activity(name: str, found: dict[str, Any], columns: dict[str, Column]) -> Activity:
    own = [_column(extra) for extra in found.get("extra", [])]
    return Activity(
        name=name,
        sheet=found["sheet"],
        en=found["en"],
        about=found["about"],
        type=found["type"],
        biz_step=found["bizStep"],
        columns=(*(columns[key] for key in found["columns"]), *own),
        action=found.get("action"),
        disposition=found.get("disposition"),
        together=tuple(found.get("together", ())),
        needs=tuple(found.get("needs", ())),
        transaction=found.get("transaction"),
        leaves=found.get("leaves", False),
        without_quantity=found.get("without_quantity", False),
    )


def _column(found: dict[str, Any]) -> Column:
    return Column(**{**found, "choices": tuple(found.get("choices", ()))})


def _load(path: Any) -> dict[str, Any]:
    found = json.loads(path.read_text(encoding="utf-8"))
    assert isinstance(found, dict)
    return found
