"""Loads the demo story: four organizations of Thanh Hóa and what they recorded about one honey."""

from __future__ import annotations

import json
import time
from importlib.resources import files
from typing import Any

from ledger.app import App
from ledger.errors import Unavailable
from ledger.identity.organization import OrgId, Role
from ledger.services.caller import Caller, Scope
from ledger.services.capturing import JobView
from ledger.services.membership import NewOrganization

_LOADED = "demo.loaded"
_SECONDS = 60.0


def load_story(app: App) -> str:
    """Capture the story unless it is there, wait until it is anchored; the path of its page."""
    folder = files("ledger.cli") / "demo"
    story = json.loads((folder / "story.json").read_text(encoding="utf-8"))
    path = f"/01/{story['gtin']}/10/{story['lot']}"
    with app.db.read() as tx:
        if tx.facts.get(_LOADED) is not None:
            return path
    with app.db.read() as tx:
        known = {row.profile.name: row.org for row in tx.organizations.list()}
    orgs = {
        part["document"]: known.get(part["name"]) or _found(app, part)
        for part in story["organizations"]
    }
    for name, org in orgs.items():
        app.wait_until_active(org)
        caller = Caller(org, "demo", Role.PRODUCER, frozenset({Scope.CAPTURE, Scope.READ}))
        body = (folder / name).read_bytes()
        job = app.capturing.accept_document(caller, body, "application/ld+json")
        job = _finished(app, caller, job)
        assert job.success, f"the demo story is refused: {job.errors}"
    _wait_until_anchored(app)
    with app.db.write() as tx:
        tx.facts.put(_LOADED, path)
    return path


def _found(app: App, part: dict[str, Any]) -> OrgId:
    wanted = NewOrganization(name=part["name"], name_en=part["nameEn"], kind=part["kind"])
    return app.membership.found(OrgId.random(), wanted).org


def _finished(app: App, caller: Caller, job: JobView) -> JobView:
    deadline = time.monotonic() + _SECONDS
    while job.finished_at is None:
        if time.monotonic() > deadline:
            raise Unavailable("capture-overloaded", "the demo story was not worked through")
        _pause(app)
        job = app.capturing.get_job(caller, job.id)
    return job


def _wait_until_anchored(app: App) -> None:
    deadline = time.monotonic() + _SECONDS
    while True:
        with app.db.read() as tx:
            waiting = tx.submissions.pending_count()
            state = tx.log.state()
            anchor = tx.anchors.latest_confirmed()
        if not waiting and state and anchor and anchor.size >= state[0]:
            return
        if time.monotonic() > deadline:
            raise Unavailable("deployment-incomplete", "the chain did not confirm the demo story")
        _pause(app)


def _pause(app: App) -> None:
    if app.stopping.wait(0.05):
        raise Unavailable("shutting-down", "stopped before the demo story was loaded")
