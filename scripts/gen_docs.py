"""Write the reference pages that the code itself knows best; `--check` only compares.

    python scripts/gen_docs.py [--check]

docs/cli.md      from the commands and their docstrings
docs/settings.md from the fields of `ledger.config.Settings`
docs/errors.md   from `ledger/advice/` and the places that raise each code
docs/metrics.md  from `ledger/metrics.py`
README.md        the block between the markers `generated: commands`
"""

from __future__ import annotations

import ast
import inspect
import sys
import textwrap
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer.main
from prometheus_client import Counter, Gauge, Histogram

from ledger import errors, metrics
from ledger.cli import main as cli
from ledger.config import Settings
from ledger.error_codes import CODES

ROOT = Path(__file__).resolve().parent.parent
MARK = "<!-- generated: commands -->", "<!-- end -->"
_OURS = "<!-- Written by scripts/gen_docs.py. -->\n"


def main() -> int:
    """Write or compare; 1 when a page is stale."""
    check = "--check" in sys.argv[1:]
    pages = {
        "docs/cli.md": cli_page(),
        "docs/settings.md": settings_page(),
        "docs/errors.md": errors_page(),
        "docs/metrics.md": metrics_page(),
        "README.md": readme((ROOT / "README.md").read_text(encoding="utf-8")),
    }
    stale = []
    for name, text in pages.items():
        path = ROOT / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            stale.append(name)
            if not check:
                path.write_text(text, encoding="utf-8")
    for name in stale:
        print(f"gen_docs: {name} {'is stale: run python scripts/gen_docs.py' if check else ''}")
    return 1 if check and stale else 0


def cli_page() -> str:
    """Every command: what it means, its arguments and options."""
    parts = [
        "# Command line\n",
        _OURS,
        "`provenance COMMAND [OPTIONS]`. Every command takes `--json`, which prints one JSON "
        "document on standard output, and `--help`. An error is one line on standard error: what "
        "is wrong, its code ([errors](errors.md)) and what to do.\n",
        "## Exit codes\n",
        _table(["code", "meaning"], [[f"`{code}`", text] for code, text in exit_codes()]),
    ]
    for path, command in commands(typer.main.get_command(cli.app)):
        parts.append(f"## provenance {' '.join(path)}\n" if len(path) == 1 else _heading(path))
        parts.append(_described(command))
        if not hasattr(command, "commands"):
            parts.append(_parameters(command, path))
    return "\n".join(part for part in parts if part)


def exit_codes() -> Iterator[tuple[str, str]]:
    """Code and meaning, from the docstring of the command itself."""
    for line in inspect.cleandoc(cli.__doc__ or "").splitlines():
        code, _, text = line.partition(" ")
        if code.isdigit():
            yield code, text.strip()


def commands(group: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Groups before their commands, in the order of registration."""
    for name, command in group.commands.items():
        yield (*path, name), command
        if hasattr(command, "commands"):
            yield from commands(command, (*path, name))


def _heading(path: tuple[str, ...]) -> str:
    return f"### provenance {' '.join(path)}\n"


def _described(command: Any) -> str:
    """The command's own sentence, and what its module says beyond its first line."""
    own = f"{(command.help or '').strip()}\n"
    if hasattr(command, "commands"):
        callback = next(iter(command.commands.values())).callback
    else:
        callback = command.callback
    module = sys.modules[callback.__module__]
    if hasattr(module, "app") and not hasattr(command, "commands"):
        return own  # the group has said it
    _, _, prose = inspect.cleandoc(module.__doc__ or "").partition("\n")
    return f"{own}\n{prose.strip()}\n" if prose.strip() else own


def _parameters(command: Any, path: tuple[str, ...]) -> str:
    rows = []
    usage = [f"provenance {' '.join(path)}", "[OPTIONS]"]
    for parameter in command.params:
        if parameter.name == "help":
            continue
        if parameter.param_type_name == "argument":
            name = parameter.name.upper()
            usage.append(f"{name}…" if parameter.nargs == -1 else name)
            rows.append([f"`{name}`", _help_of(parameter), ""])
            continue
        names = ", ".join(f"`{one}`" for one in (*parameter.opts, *parameter.secondary_opts))
        rows.append([names, _help_of(parameter), _default_of(parameter)])
    return f"```\n{' '.join(usage)}\n```\n\n" + _table(["", "", "default"], rows)


def _help_of(parameter: Any) -> str:
    text = parameter.help or ""
    if parameter.envvar:
        text += f" Environment: `{parameter.envvar}`."
    return text


def _default_of(parameter: Any) -> str:
    if parameter.required:
        return "required"
    value = parameter.default
    if value is None or value is False or value == "":
        return ""
    if value is True:
        return f"`{parameter.opts[0]}`"
    return f"`{getattr(value, 'value', value)}`"


def settings_page() -> str:
    """Every setting with its variable, default and meaning."""
    rows = []
    for name, field in Settings.model_fields.items():
        default = field.default
        shown = "" if default is None else f"`{list(default) if default == () else default}`"
        rows.append([f"`PROVENANCE_{name.upper()}`", shown, field.description or ""])
    return "\n".join(
        [
            "# Settings\n",
            _OURS,
            "Read once at the start, from the environment. An option of a command with the same "
            "meaning comes first. The defaults are those of the embedded installation: one "
            "directory, SQLite, a supervised local chain.\n",
            _table(["variable", "default", "meaning"], rows),
            "Only the command line reads these: `PROVENANCE_URL` and `PROVENANCE_KEY_FILE` (or the "
            "key itself in `PROVENANCE_KEY`) for the commands that speak to a server; "
            "`PROVENANCE_TRACEBACK=1` shows where a fault of the program happened.\n",
        ]
    )


def errors_page() -> str:
    """Every stable code, its classes and its advice."""
    raised = raised_codes()
    rows = [
        [f"`{code}`", ", ".join(sorted(raised[code])) or "", advice]
        for code, advice in sorted(CODES.items())
    ]
    tree = inspect.cleandoc(errors.__doc__ or "").partition("::")[2].partition("\n\nEach")[0]
    return "\n".join(
        [
            "# Errors\n",
            _OURS,
            "Every error has a stable code. Over HTTP it stands in the problem document "
            "(`/problems/{code}` explains it), on the command line in brackets. The class says "
            "what kind of trouble it is; only `VerificationFailed` says that something is false, "
            "and `Unavailable` never says more than that it could not be found out.\n",
            f"```\n{textwrap.dedent(tree.strip(chr(10)))}\n```\n",
            _table(["code", "class", "what to do"], rows),
        ]
    )


def raised_codes() -> dict[str, set[str]]:
    """Classes each code is raised with, found in the source."""
    classes = {
        name
        for name, value in vars(errors).items()
        if isinstance(value, type) and issubclass(value, errors.LedgerError)
    }
    found: dict[str, set[str]] = defaultdict(set)
    for path in sorted([*(ROOT / "ledger").rglob("*.py"), *(ROOT / "api").rglob("*.py")]):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            name = node.func.id if isinstance(node.func, ast.Name) else ""
            code = node.args[0]
            if name in classes and isinstance(code, ast.Constant) and code.value in CODES:
                found[str(code.value)].add(name)
    return found


def metrics_page() -> str:
    """Every metric with type, labels and meaning."""
    rows = []
    for metric in vars(metrics).values():
        if not isinstance(metric, (Counter, Gauge, Histogram)):
            continue
        (family,) = metric.describe()
        name = family.name + ("_total" if isinstance(metric, Counter) else "")
        labels = ", ".join(f"`{label}`" for label in metric._labelnames)
        rows.append([f"`{name}`", family.type, labels, family.documentation])
    prose = inspect.cleandoc(metrics.__doc__ or "").partition("\n")[2].strip()
    return "\n".join(
        [
            "# Metrics\n",
            _OURS,
            "`GET /metrics`, in the Prometheus text format.\n",
            f"{prose}\n",
            _table(["metric", "type", "labels", "meaning"], rows),
        ]
    )


def readme(text: str) -> str:
    """The README with its list of commands made anew."""
    before, begin, rest = text.partition(MARK[0])
    _, end, after = rest.partition(MARK[1])
    assert begin, "README.md lacks the marker of its command block"
    assert end, "README.md lacks the end of its command block"
    group = typer.main.get_command(cli.app)
    width = max(map(len, group.commands)) + 2  # type: ignore[attr-defined]
    lines = [
        f"provenance {name:<{width}}{(command.help or '').strip().splitlines()[0]}"
        for name, command in group.commands.items()  # type: ignore[attr-defined]
    ]
    return "\n".join([before + begin, "```", *lines, "```", end + after])


def _table(headings: list[str], rows: list[list[str]]) -> str:
    if not rows:
        return ""
    lines = [headings, ["---"] * len(headings), *rows]
    return "".join(f"| {' | '.join(_cell(cell) for cell in line)} |\n" for line in lines)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


if __name__ == "__main__":
    raise SystemExit(main())
