"""Where the log goes: JSON lines into a rotating file of the installation, or standard error."""

from __future__ import annotations

import logging
import logging.handlers
import sys
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

import structlog

_BYTES = 10 * 1024 * 1024
_FILES = 5
_TALKATIVE = ("alembic", "uvicorn", "asyncio")
"""Libraries whose everyday messages say nothing about the ledger."""


def log_to(path: Path | None) -> None:
    """Send every log line to the file, or to standard error when None. Once per process."""
    handler: logging.Handler
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        handler = logging.handlers.RotatingFileHandler(
            path, maxBytes=_BYTES, backupCount=_FILES, encoding="utf-8", delay=True
        )
    else:
        handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(message)s"))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.INFO)
    # Where the log cannot be written (a full disk), the work goes on and the terminal stays clean.
    logging.raiseExceptions = False
    logging.captureWarnings(True)
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
    )


def log_nowhere() -> None:
    """Keep the terminal of a short command for its answer; its errors say what went wrong."""
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory(), processors=[_drop])


def _drop(logger: object, name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:  # noqa: ARG001
    raise structlog.DropEvent
