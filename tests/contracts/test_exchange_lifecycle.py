"""The contract and the pure lifecycle, driven side by side: they agree about every step.

What is tried is mostly what could be legal, with one thing wrong now and then. After every step
the contract has moved to exactly the leg the model says, head of its hash chain included, or has
refused with exactly the error the model names.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable
from typing import ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    rule,
    run_state_machine_as_test,
)

from bench.result import at_most, informs
from ledger.errors import LedgerError
from ledger.exchange.authority import check_authority
from ledger.exchange.leg import NEVER_OPENED, Leg
from ledger.exchange.mandate import Mandate
from ledger.exchange.rules import OPENINGS, RULES, LegAction, LegParty, LegState
from ledger.exchange.signed import ZERO, LegKey, Opening, Step
from ledger.identity.organization import OrgId, Purpose
from tests.support.campaign import IS_CAMPAIGN, scale
from tests.support.campaign_result import write_result
from tests.support.contract_chain import ACTIVE, SUSPENDED, ContractChain, running_anvil
from tests.support.exchange_chain import Agency, ExchangeChain, code_of

pytestmark = [pytest.mark.chain, pytest.mark.slow]

CHAINS = scale(1, 10)
"""A chain grows slower with its blocks: many steps are shared out over several."""
EXAMPLES = scale(10, 250)
STEPS = 50
COMMITMENT = b"\xc0" * 32
EVERY_PURPOSE = Purpose.CLERK | Purpose.GATEWAY | Purpose.LEADER

# What is wrong with a step; most have nothing wrong.
FAULTS = st.sampled_from(
    ["none"] * 12
    + ["nonce", "org", "actor", "signer", "signature", "deadline", "reason", "evidence", "link"]
)
KINDS = st.sampled_from(["act"] * 12 + ["open", "open", "lapse", "wait", "govern", "mandate"])
PARTIES = st.sampled_from(list(itertools.permutations(range(4), 3)))
ONE_IN_TEN = st.integers(0, 9).map(lambda n: n == 9)
SCOPES = [0, 2**23 - 1, Mandate.scope_of([LegAction.RECEIVE, LegAction.SUBMIT])]

# The way a document takes when all goes well.
ONWARD = [
    LegAction.ARRIVE,
    LegAction.HAND_OVER,
    LegAction.RECEIVE,
    LegAction.ASSIGN,
    LegAction.BEGIN,
    LegAction.FINISH,
]


def admit(chain: ContractChain) -> ExchangeChain:
    """Four agencies on that chain, one of which only has a clerk."""
    found = ExchangeChain.of(chain)
    for name, purposes in [
        ("hanoi", EVERY_PURPOSE),
        ("thanh hoa", EVERY_PURPOSE),
        ("nghe an", EVERY_PURPOSE),
        ("clerks only", Purpose.CLERK),
    ]:
        found.join(name, purposes)
    return found


class Exchanges(RuleBasedStateMachine):
    """Some legs between the four agencies."""

    exchange: ClassVar[ExchangeChain]
    seen: ClassVar[Counter[str]] = Counter()
    salts: ClassVar[int] = 0

    def __init__(self) -> None:
        super().__init__()
        self.agencies = list(self.exchange.agencies.values())
        self.exchange.reset()
        self.legs: dict[LegKey, Leg] = {}

    @rule(data=st.data(), kind=KINDS)
    def turn(self, data: st.DataObject, kind: str) -> None:
        self.draw = data.draw
        if not self.legs and kind in ("act", "lapse"):
            kind = "open"
        getattr(self, kind)()

    def open(self) -> None:
        parties = self.draw(PARTIES, label="parties")
        fault = self.draw(FAULTS, label="fault")
        window = self.draw(st.integers(1, 400), label="window")
        settle = self.draw(st.sampled_from([0, 0, 300, -1]), label="settle")
        attempts = self.draw(st.sampled_from([1, 2, 3, 2, 3, 3, 0]), label="attempts")
        replaces = self.draw(st.booleans(), label="replaces")
        sender, recipient, third = (self.agencies[n] for n in parties)
        if self.draw(st.booleans(), label="between the same") and self.legs:
            last = next(reversed(self.legs))
            sender, recipient = (self.exchange.agencies[o] for o in (last.sender, last.recipient))
        key = LegKey(sender.org, recipient.org, self.new_salt())
        if self.draw(ONE_IN_TEN, label="again") and self.legs:
            key = next(iter(self.legs))
        if fault == "org":
            key = LegKey(sender.org, sender.org, key.salt)
        rejected = self.draw(ONE_IN_TEN, label="rejected")
        action = LegAction.REJECT_SUBMISSION if rejected else LegAction.SUBMIT
        submitted = action is LegAction.SUBMIT
        now = self.tick()
        opening = Opening(
            key=key,
            actor=third.org if fault == "actor" else key.sender,
            action=LegAction.RECEIVE if fault == "link" else action,
            message=ZERO if fault == "evidence" else COMMITMENT,
            evidence=COMMITMENT,
            deadline=now - 1 if fault == "deadline" else now + 60,
            reason=int(submitted is (fault == "reason")),
            replaces=self.some_leg(key) if replaces and submitted else ZERO,
            arrive_by=now + window if submitted or fault == "nonce" else 0,
            answer_within=window if submitted else 0,
            settle_by=(now + settle if settle else 0) if submitted else 0,
            attempts=attempts if submitted else 0,
        )
        signer = third if fault in ("signer", "actor") else self.exchange.agencies[key.sender]
        signature = signer.signer.sign_digest(opening.digest(self.exchange.domain))
        if fault == "signature":
            signature = third.signer.sign_digest(opening.digest(self.exchange.domain))

        def model() -> Leg:
            made = Leg.open(
                opening, self.exchange.domain, now, self.standing,
                recipient=self.exchange.is_active(key.recipient),
            )  # fmt: skip
            self.authorize(opening, signer, signature, now)
            return made

        found = self.exchange.open(opening, signer.signer.address, signature)
        self.compare(key, opening.action, model, found)

    def act(self) -> None:
        fault = self.draw(FAULTS, label="fault")
        key = self.draw(st.sampled_from(list(self.legs)[-4:]), label="leg")
        leg = self.legs[key]
        legal = [action for action, line in RULES.items() if leg.state in line.states]
        onward = [action for action in ONWARD if action in legal]
        tried = onward * 12 + legal * 3 + list(LegAction)
        action = self.draw(st.sampled_from(tried), label="action")
        known = RULES.get(action)
        party = key.sender if known is None or known.party is LegParty.SENDER else key.recipient
        if known is not None and known.party is LegParty.EITHER and self.draw(st.booleans()):
            party = key.sender
        actor: OrgId = party
        if fault == "actor" or self.draw(ONE_IN_TEN, label="by another"):
            actor = self.draw(st.sampled_from([a.org for a in self.agencies]), label="actor")
        if fault == "org":
            party = self.draw(st.sampled_from([a.org for a in self.agencies]), label="org")
        now = self.tick()
        step = Step(
            key=key,
            org=party,
            actor=actor,
            action=action,
            evidence=ZERO if fault == "evidence" else COMMITMENT,
            nonce=leg.events + (fault == "nonce"),
            deadline=now - 1 if fault == "deadline" else now + 60,
            reason=int((known is not None and known.needs_reason) is not (fault == "reason")),
            link=self.link(key, action, fault),
        )
        signer = self.exchange.agencies[actor]
        if fault == "signer":
            signer = self.draw(st.sampled_from(self.agencies), label="signer")
        signed = step if fault != "signature" else Step(key, party, actor, action, COMMITMENT, 9, 9)
        signature = signer.signer.sign_digest(signed.digest(self.exchange.domain))

        def model() -> Leg:
            leg.check(step)
            self.authorize(step, signer, signature, now)
            return leg.act(step, self.exchange.domain, now, self.standing)

        found = self.exchange.act(step, signer.signer.address, signature)
        self.compare(key, action, model, found)

    def lapse(self) -> None:
        key = self.draw(st.sampled_from([*self.legs, LegKey(*self.strangers(), ZERO)]), label="leg")
        leg = self.legs.get(key, NEVER_OPENED)
        now = self.tick()
        if self.draw(st.booleans(), label="expire"):
            found = self.exchange.expire(key.leg)
            self.compare(key, LegAction.EXPIRE, lambda: leg.expire(key.leg, now), found)
        else:
            found = self.exchange.mark_overdue(key.leg)
            self.compare(key, LegAction.MARK_OVERDUE, lambda: leg.mark_overdue(key.leg, now), found)

    def wait(self) -> None:
        self.exchange.now += self.draw(st.integers(1, 300), label="seconds")

    def govern(self) -> None:
        status = self.draw(st.sampled_from([ACTIVE, ACTIVE, SUSPENDED]), label="status")
        self.exchange.set_status(self.draw(st.sampled_from(self.agencies), label="who"), status)

    def mandate(self) -> None:
        giver, taker, *_ = (self.agencies[n] for n in self.draw(PARTIES, label="pair"))
        scope = self.draw(st.sampled_from(SCOPES), label="scope")
        now = self.tick()
        until = now + self.draw(st.integers(1, 300), label="seconds")
        error = self.exchange.mandate(giver, taker, scope, until)
        may = self.exchange.is_active(giver.org) and Purpose.LEADER in giver.purposes
        assert error == (None if may else "MandateSignerUnauthorized")

    def compare(
        self, key: LegKey, action: LegAction, model: Callable[[], Leg], error: str | None
    ) -> None:
        try:
            expected: Leg | None = model()
            refused = None
        except LedgerError as raised:
            expected, refused = None, raised.code
        assert (code_of(error) if error else None) == refused
        if expected is not None:
            self.legs[key] = expected
        self.seen[f"{action.name} {refused or 'done'}"] += 1
        assert self.exchange.leg(key.leg) == self.legs.get(key, NEVER_OPENED)

    def authorize(self, signed: Opening | Step, signer: Agency, signature: bytes, now: int) -> None:
        domain = self.exchange.domain
        check_authority(signed, signer.signer.address, signature, domain, now, self.exchange)

    def standing(self, leg: bytes) -> LegState:
        states: dict[bytes, LegState] = {key.leg: one.state for key, one in self.legs.items()}
        return states.get(leg, LegState.NONE)

    def link(self, key: LegKey, action: LegAction, fault: str) -> bytes:
        known = RULES.get(action)
        if (known is not None and known.needs_link) is (fault == "link"):
            return ZERO
        if action is not LegAction.SUPERSEDE:
            return COMMITMENT
        others = [k for k in self.legs if (k.sender, k.recipient) == (key.sender, key.recipient)]
        return others[-1].salt

    def some_leg(self, key: LegKey) -> bytes:
        return next((known.leg for known in self.legs if known != key), COMMITMENT)

    def strangers(self) -> tuple[OrgId, OrgId]:
        return self.agencies[0].org, self.agencies[1].org

    def tick(self) -> int:
        self.exchange.now += 1
        return self.exchange.now

    def new_salt(self) -> bytes:
        Exchanges.salts += 1
        return self.salts.to_bytes(32, "big")


def test_contract_and_model_agree_about_every_step() -> None:
    Exchanges.seen = Counter()
    for _ in range(CHAINS):
        with running_anvil("london") as web3:
            Exchanges.exchange = admit(ContractChain.deploy(web3))
            run_state_machine_as_test(
                Exchanges,
                settings=settings(
                    max_examples=EXAMPLES,
                    stateful_step_count=STEPS,
                    deadline=None,
                    suppress_health_check=list(HealthCheck),
                ),
            )
        print(f"{sum(Exchanges.seen.values())} steps", flush=True)
    seen: Counter[str] = Exchanges.seen
    done = {name.split()[0] for name in seen if name.endswith(" done")}
    print(f"{sum(seen.values())} steps, {len(seen)} outcomes")
    if IS_CAMPAIGN:
        assert done == {action.name for action in {*OPENINGS, *RULES}}
        figures = [
            at_most("steps on which contract and model disagreed", 0, "", 0),
            informs("steps", sum(seen.values()), ""),
        ]
        write_result("exchange", figures, seed=0, database="none")
