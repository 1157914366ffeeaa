"""A fixed present for tests that need one."""

from __future__ import annotations

from datetime import UTC, datetime

NOW = datetime(2026, 11, 25, 13, 0, tzinfo=UTC)
