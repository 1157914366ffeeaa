"""Agencies of an installation that is stepped by hand, asked without HTTP."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import httpx

from api.schemas.exchange import MessageRequest, StepRequest
from ledger.exchange.rules import LegAction
from ledger.identity.organization import OrgId, Role
from ledger.services.caller import Caller, Scope
from ledger.services.exchange_stepping import TakenStep
from ledger.services.exchange_submitting import SubmittedMessage
from ledger.services.membership import NewOrganization
from ledger.storage.exchange_events import EventRow
from ledger.storage.exchange_legs import LegRow
from tests.support.agency import Agency, Exchanged, a_document, a_message, step, submission
from tests.support.world import World


@dataclass
class AgencyWorld:
    """A world and its agencies."""

    world: World
    agencies: list[Agency]

    @classmethod
    def of(cls, world: World, many: int = 2) -> AgencyWorld:
        """With so many agencies, whose keys the chain holds."""
        operator = caller(world.app.operator, Role.OPERATOR)
        agencies = []
        for number in range(many):
            wanted = NewOrganization(name=f"Sở {number}", kind="agency", roles=Role.AGENCY)
            org = world.app.membership.found(OrgId.random(), wanted).org
            agency = Agency(org, f"H56.{number}", httpx.Client())
            for purpose, key in agency.keys.items():
                name = str(purpose.name).lower()
                world.app.key_adding.add(operator, org, key.address, [name])
            agencies.append(agency)
        world.work_until_active(*[agency.org for agency in agencies])
        made = cls(world, agencies)
        made.work_until(lambda: not made._waiting_keys())
        return made

    def submit(self, number: str, *recipients: Agency, **terms: Any) -> list[Exchanged]:
        """A message of the first agency to these, or to the second."""
        sender, others = self.agencies[0], recipients or (self.agencies[1],)
        document = a_document(sender, *others, number=number)
        body, legs = submission(
            self.world.app.exchange.domain,
            a_message(sender, document),
            document,
            sender,
            *others,
            **terms,
        )
        self.hand_in(sender, body)
        return legs

    def hand_in(self, sender: Agency, body: dict[str, Any]) -> SubmittedMessage:
        """Submit a body."""
        view, legs = MessageRequest.model_validate_json(json.dumps(body)).handed_in()
        return self.world.app.exchange.submitting.submit(caller(sender.org), view, legs)

    def take(self, one: Exchanged, *actions: LegAction, **changes: Any) -> TakenStep:
        """Take these steps, each signed by whose part it is."""
        for action in actions:
            taken = self.take_body(one, step(one, action, **changes))
            one.events += 1
        return taken

    def take_body(self, one: Exchanged, body: dict[str, Any]) -> TakenStep:
        """Take a step that was signed before."""
        wanted = StepRequest.model_validate_json(json.dumps(body)).step_to_take(one.leg)
        return self.world.app.exchange.stepping.take(caller(OrgId.parse(body["org"])), wanted)

    def settle(self) -> None:
        """Work until nothing of the exchange is under way."""
        self.work_until(self.is_settled)

    def is_settled(self) -> bool:
        with self.world.app.db.read() as tx:
            return not (tx.exchange_events.waiting(1) or tx.exchange_events.open_batches())

    def work_until(self, is_done: Any) -> None:
        deadline = time.monotonic() + 30
        while not is_done():
            assert time.monotonic() < deadline, self.world.describe()
            self.world.step()
            time.sleep(0.01)

    def leg(self, one: Exchanged) -> LegRow:
        with self.world.app.db.read() as tx:
            found = tx.exchange_legs.find(one.leg)
        assert found is not None
        return found

    def events(self, one: Exchanged) -> Sequence[EventRow]:
        with self.world.app.db.read() as tx:
            return tx.exchange_events.of_leg(self.leg(one).pk)

    def _waiting_keys(self) -> bool:
        with self.world.app.db.read() as tx:
            return bool(tx.waiting_keys.list())


def caller(org: OrgId, roles: Role = Role.AGENCY) -> Caller:
    return Caller(org, "test", roles, frozenset(Scope))
