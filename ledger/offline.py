"""The parts of an installation that work without its chain: taking captures in, managing members.

They open what was founded before and never found it themselves; `ledger.app` does.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from datetime import timedelta

from ledger.clock import SystemClock
from ledger.config import Settings
from ledger.identity.keystore import Keystore
from ledger.identity.organization import OrgId
from ledger.services.capturing import Capturing, Limits
from ledger.services.installation import open_keystore
from ledger.services.intake import Intake
from ledger.services.key_adding import KeyAdding
from ledger.services.membership import Membership
from ledger.services.pinning import get_deployment, get_operator
from ledger.services.sheet_capturing import SheetCapturing
from ledger.services.single_events import SingleEvents
from ledger.services.uploading import ContentLimits
from ledger.storage.database import Database


@contextlib.contextmanager
def open_intake(settings: Settings) -> Iterator[tuple[Capturing, SingleEvents]]:
    """What a process that only takes captures in needs: no chain, no web."""
    with open_founded(settings) as (keystore, db):
        clock, limits = SystemClock(), limits_of(settings)
        intake = Intake(clock, keystore, get_deployment(db).registry_domain)
        readings = SheetCapturing(db, clock, settings.base_url).readings
        yield (
            Capturing(db, clock, intake, limits, readings=readings),
            SingleEvents(db, clock, intake, limits.events_per_day),
        )


@contextlib.contextmanager
def open_membership(settings: Settings) -> Iterator[tuple[Membership, OrgId]]:
    """What managing organizations and API keys on the operator's machine needs, and who the
    operator is. No chain: the worker registers there what is recorded here."""
    with open_founded(settings) as (keystore, db):
        yield Membership(db, SystemClock(), keystore), get_operator(db)


def limits_of(settings: Settings) -> Limits:
    """The capture limits in force."""
    return Limits(settings.capture_bytes, settings.capture_events, settings.events_per_day)


def content_limits_of(settings: Settings) -> ContentLimits:
    """The limits in force of documents' content."""
    return ContentLimits(
        settings.blob_bytes,
        settings.blob_bytes_per_organization,
        timedelta(hours=settings.upload_hours),
    )


@contextlib.contextmanager
def open_founded(settings: Settings) -> Iterator[tuple[Keystore, Database]]:
    """The seed and the database of an installation that was founded before."""
    with contextlib.ExitStack() as stack:
        keystore = open_keystore(
            settings.keystore_path, settings.password_path, settings.keystore_password
        )
        yield keystore, open_database(settings, stack)


def open_database(settings: Settings, stack: contextlib.ExitStack) -> Database:
    """The database at the newest schema."""
    db = Database.open(settings.database)
    stack.callback(db.close)
    db.migrate()
    return db


@contextlib.contextmanager
def open_key_adding(settings: Settings) -> Iterator[tuple[KeyAdding, OrgId]]:
    """What entering signing keys on the operator's machine needs, and who the operator is."""
    with open_founded(settings) as (_, db):
        yield KeyAdding(db, SystemClock()), get_operator(db)
