"""The next step of a leg, with its evidence and signature, as it is handed in."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import orjson

from ledger.client.exchange_drafting import draft_step
from ledger.clock import unix_seconds
from ledger.desk.evidencing import Said, Subject, make_evidence
from ledger.desk.keys import DeskKeys
from ledger.exchange.leg import Leg, Standing
from ledger.exchange.rules import RULES, LegAction
from ledger.exchange.signed import ZERO, Step
from ledger.identity.eip712 import Domain
from ledger.identity.organization import OrgId

SIGNED_FOR_SECONDS = 7 * 86_400
"""How long a signature may wait for a server that is away."""


def sign_step(
    subject: Subject,
    leg: Leg,
    action: LegAction,
    said: Said,
    *,
    org: OrgId,
    actor: OrgId,
    keys: DeskKeys,
    domain: Domain,
    now: datetime,
    standing: Standing,
) -> bytes:
    """The request (JSON) that takes this step for `org`, signed by `actor`, whose keys these are.

    Raises Conflict and InvalidInput as `Leg.act` does where the leg does not allow it, InvalidInput
    as `Evidence` does.
    """
    evidence = make_evidence(subject, action, leg.events, actor, domain, now, said)
    step = Step(
        key=subject.key,
        org=org,
        actor=actor,
        action=action,
        evidence=ZERO,
        nonce=leg.events,
        deadline=unix_seconds(now) + SIGNED_FOR_SECONDS,
        reason=said.reason,
        link=said.link,
    )
    drafted = draft_step(step, evidence, keys.signer(RULES[action].purpose), domain)
    signed = replace(step, evidence=bytes.fromhex(drafted["evidence"]))
    leg.act(signed, domain, unix_seconds(now), standing)
    return orjson.dumps(drafted)
