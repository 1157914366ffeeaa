"""Options that several commands share, and the settings they make."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ledger.errors import Misconfigured

if TYPE_CHECKING:
    from ledger.config import Settings

DataDir = Annotated[
    Path,
    typer.Option("--data", help="Directory of the installation.", envvar="PROVENANCE_DATA_DIR"),
]
DatabaseUrl = Annotated[
    str | None,
    typer.Option(
        "--database",
        help="sqlite:/// or postgresql:// URL; default SQLite in the data directory.",
        envvar="PROVENANCE_DATABASE_URL",
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document, nothing else.")]
ServerUrl = Annotated[
    str, typer.Option("--url", help="Address of a running server.", envvar="PROVENANCE_URL")
]
KeyFile = Annotated[
    Path | None,
    typer.Option(
        help="File with the API key; the key itself may stand in PROVENANCE_KEY.",
        envvar="PROVENANCE_KEY_FILE",
    ),
]
SigningKey = Annotated[
    Path | None,
    typer.Option(
        help="File with the organization's own signing key, 64 hex digits: sign on this machine.",
        envvar="PROVENANCE_SIGNING_KEY_FILE",
    ),
]
TrustFile = Annotated[
    Path | None,
    typer.Option("--trust", help="With --signing-key: the trust file, for which chain to sign."),
]
Output = Annotated[
    Path | None, typer.Option("--output", "-o", help="Write here; default: standard output.")
]

DATA = Path("data")
URL = "http://127.0.0.1:8080"


def settings_of(**given: Any) -> Settings:
    """The settings of the environment with these instead. Raises Misconfigured
    `settings-invalid`."""
    from pydantic import ValidationError
    from pydantic_settings import SettingsError

    from ledger.config import Settings

    try:
        return Settings(**given)
    except ValidationError as error:
        first = error.errors()[0]
        name = "PROVENANCE_" + "_".join(map(str, first["loc"])).upper()
        raise Misconfigured("settings-invalid", f"{name}: {first['msg']}") from error
    except SettingsError as error:
        raise Misconfigured("settings-invalid", str(error).splitlines()[0]) from error
