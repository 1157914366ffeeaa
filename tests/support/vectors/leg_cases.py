"""Vectors of legs' bundles: what is bent in them, and what every verifier must say."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from ledger.clock import format_time, from_unix
from ledger.digest import Digest
from ledger.exchange.rules import LegAction as A
from ledger.exchange.signed import Step
from ledger.proof.container import pack, unpack
from ledger.proof.leg_bundle import LegBundle
from ledger.proof.trust import TrustAnchors, parse_trust
from ledger.verify.leg_verifier import verify_leg
from ledger.verify.report import Verdict
from tests.support.leg_story import DOMAIN, RECEIVED, RECIPIENT, SENDER, LegStory
from tests.support.vectors.case import pretty

NOW = 1_772_530_000
"""2026-03-03, an hour and a half after the trust file was issued."""


@dataclass(frozen=True, kw_only=True)
class LegCase:
    """A story, and what was bent in its bundle, in the bundle's bytes or in the trust file."""

    what: str
    verdict: Verdict
    why: str
    story: LegStory = field(default_factory=lambda: LegStory(with_cover=False))
    bend: Callable[[LegBundle], LegBundle] = lambda bundle: bundle
    damage: Callable[[bytes], bytes] = bytes
    trust: Callable[[TrustAnchors], TrustAnchors] = lambda trust: trust

    def folder(self, number: int) -> str:
        """Name of the folder; ends in the verdict."""
        verdict = self.verdict.value.replace(", ", "-").replace(" ", "-")
        return f"{number:02}-{self.what}_{verdict}"

    def files(self) -> Iterator[tuple[str, bytes]]:
        """Name and content of what stands in the folder."""
        bundle = self.damage(self.bend(self.story.bundle()).encode())
        trust = pretty(self.trust(self.story.trust()).to_json())
        report = verify_leg(bundle, parse_trust(trust), None, from_unix(NOW))
        assert report.verdict is self.verdict, f"{self.what}: {json.dumps(report.to_json())}"
        yield "leg.asice", bundle
        yield "trust.json", trust
        yield "now.txt", format_time(from_unix(NOW)).encode() + b"\n"
        yield (
            "expected.json",
            pretty(
                {
                    "why": self.why,
                    "verdict": report.verdict.value,
                    "checks": {str(one.number): one.outcome.value for one in report.checks},
                    "codes": {str(one.number): one.code for one in report.checks if one.code},
                    "notices": list(report.notices),
                }
            ),
        )


def _story(*actions: A) -> LegStory:
    return LegStory(actions, with_cover=False)


def _event(bundle: LegBundle, number: int, **changes: object) -> LegBundle:
    events = list(bundle.events)
    events[number] = replace(events[number], **changes)  # type: ignore[arg-type]
    return replace(bundle, events=tuple(events))


def _signed_by_sender(bundle: LegBundle) -> LegBundle:
    event = bundle.events[3]
    assert event.signed is not None
    assert event.by is not None
    signature = SENDER.signer.sign_digest(event.signed.digest(DOMAIN))
    return _event(bundle, 3, by=replace(event.by, signature=signature))


def _other_reason(bundle: LegBundle) -> LegBundle:
    signed = bundle.events[-1].signed
    assert isinstance(signed, Step)
    return _event(bundle, len(bundle.events) - 1, signed=replace(signed, reason=1001))


def _without_last(bundle: LegBundle) -> LegBundle:
    evidence = {number: bundle.evidence[number] for number in range(len(bundle.events) - 1)}
    return replace(bundle, events=bundle.events[:-1], evidence=evidence)


def _swapped(bundle: LegBundle) -> LegBundle:
    order = (0, 2, 1, 3)
    return replace(
        bundle,
        events=tuple(bundle.events[n] for n in order),
        evidence={place: bundle.evidence[n] for place, n in enumerate(order)},
    )


def _salt(bundle: LegBundle) -> LegBundle:
    evidence = {**bundle.evidence, 1: replace(bundle.evidence[1], salt=bytes(32))}
    return replace(bundle, evidence=evidence)


def _entry(data: bytes) -> bytes:
    """One more entry, as an unpacked and packed file has it, beside an old manifest."""
    files = unpack(data, "leg.json")
    more = pack({**files, "documents/0001.pdf": b"%PDF-1.7"}, "leg.json")
    old = data[data.index(b"<?xml") : data.index(b"</asic:ASiCManifest>\n")]
    new = more[more.index(b"<?xml") : more.index(b"</asic:ASiCManifest>\n")]
    line = new.index(b'<asic:DataObjectReference URI="documents/0001.pdf"')
    shorter = new[:line] + new[new.index(b"\n", line) + 1 :]
    assert shorter == old
    return more.replace(b' URI="documents/0001.pdf" ', b' URI="documents/0009.pdf" ')


def _middle_header(bundle: LegBundle) -> LegBundle:
    first, middle, last = bundle.anchor.headers
    bent = replace(middle, encoded=middle.encoded[:-1] + b"\x01")
    return replace(bundle, anchor=replace(bundle.anchor, headers=(first, bent, last)))


_OK, _NO = Verdict.INTACT_WITH_NOTICE, Verdict.DOES_NOT_MATCH

LEG_CASES = [
    LegCase(what="received", verdict=_OK, why="A document sent, arrived, handed over, received."),
    LegCase(
        what="received-without-content",
        verdict=_OK,
        why="Subject, file names and files are withheld; what is left proves the rest.",
        story=LegStory(
            with_cover=False, with_content=False, withheld=("/body/description", "/body/parts")
        ),
    ),
    LegCase(
        what="refused",
        verdict=_OK,
        why="A refusal is proven like a receipt.",
        story=_story(A.SUBMIT, A.ARRIVE, A.REFUSE),
    ),
    LegCase(
        what="expired",
        verdict=_OK,
        why="Silence is an event: nobody answered in time.",
        story=_story(A.SUBMIT, A.ARRIVE, A.EXPIRE),
    ),
    LegCase(
        what="recall-requested",
        verdict=_OK,
        why="The sender wants it back; whoever checks the old file is told.",
        story=_story(*RECEIVED, A.REQUEST_RECALL),
    ),
    LegCase(
        what="superseded",
        verdict=_OK,
        why="Another document took its place; whoever checks the old file is told.",
        story=_story(*RECEIVED, A.SUPERSEDE),
    ),
    LegCase(
        what="recalled",
        verdict=Verdict.RECALLED,
        why="Called back and given back.",
        story=_story(*RECEIVED, A.REQUEST_RECALL, A.ACCEPT_RECALL),
    ),
    LegCase(
        what="withdrawn",
        verdict=Verdict.WITHDRAWN,
        why="Taken back on its way.",
        story=_story(A.SUBMIT, A.WITHDRAW),
    ),
    LegCase(
        what="evidence-erased",
        verdict=_OK,
        why="The words are gone; sequence, parties and times still verify.",
        bend=lambda bundle: replace(bundle, evidence={}, documents={}),
    ),
    LegCase(
        what="signed-by-another",
        verdict=_NO,
        why="The sender has signed the recipient's receipt.",
        bend=_signed_by_sender,
    ),
    LegCase(
        what="other-reason",
        verdict=_NO,
        why="The reason of a refusal is another than was signed.",
        story=_story(A.SUBMIT, A.ARRIVE, A.REFUSE),
        bend=_other_reason,
    ),
    LegCase(
        what="event-dropped",
        verdict=_NO,
        why="The newest event is left out; the contract's head knows of it.",
        bend=_without_last,
    ),
    LegCase(
        what="event-dated-earlier",
        verdict=_NO,
        why="The time of a block is part of the head.",
        bend=lambda bundle: _event(bundle, 3, time=bundle.events[3].time - 1),
    ),
    LegCase(what="events-swapped", verdict=_NO, why="No leg has this history.", bend=_swapped),
    LegCase(
        what="other-document",
        verdict=_NO,
        why="The enclosed file is not the one that was sent.",
        bend=lambda bundle: replace(bundle, documents={0: (".pdf", b"other")}),
    ),
    LegCase(
        what="other-salt",
        verdict=_NO,
        why="With another salt the record is not the one committed to.",
        bend=_salt,
    ),
    LegCase(
        what="header-bent",
        verdict=_NO,
        why="A header that was changed has another hash, and the next one names the old.",
        bend=_middle_header,
    ),
    LegCase(
        what="key-copy-false",
        verdict=_NO,
        why="The file calls a key custodial that the registry does not.",
        bend=lambda bundle: replace(
            bundle,
            keys=(bundle.keys[0], (RECIPIENT.org, replace(RECIPIENT.key, custodial=True))),
        ),
    ),
    LegCase(
        what="entry-unsigned",
        verdict=_NO,
        why="A file was added that the manifest does not name.",
        damage=_entry,
    ),
    LegCase(
        what="byte-after-the-end",
        verdict=_NO,
        why="The file has one spelling.",
        damage=lambda data: data + b"\n",
    ),
    LegCase(
        what="other-contract",
        verdict=_NO,
        why="The trusted contract is another one.",
        trust=lambda trust: replace(trust, document_exchange="0x" + "99" * 20),
    ),
    LegCase(
        what="other-block",
        verdict=_NO,
        why="The issuer of the trust file saw another block there.",
        trust=lambda trust: replace(
            trust, blocks=(replace(trust.blocks[0], hash=Digest(bytes(32))),)
        ),
    ),
    LegCase(
        what="block-not-seen",
        verdict=Verdict.COULD_NOT_CHECK,
        why="The issuer of the trust file saw no block from the proven one on.",
        trust=lambda trust: replace(trust, blocks=()),
    ),
    LegCase(
        what="exchange-not-named",
        verdict=Verdict.COULD_NOT_CHECK,
        why="A trust file from before the exchange cannot tell which contract counts.",
        trust=lambda trust: replace(trust, document_exchange=None),
    ),
    LegCase(
        what="other-chain",
        verdict=Verdict.UNKNOWN,
        why="The trust file is of another ledger, which can tell nothing of this document.",
        trust=lambda trust: replace(trust, chain_id=trust.chain_id + 1),
    ),
    LegCase(
        what="other-genesis",
        verdict=Verdict.UNKNOWN,
        why="A chain of the same number began otherwise: another ledger again.",
        trust=lambda trust: replace(trust, genesis=Digest(bytes(32))),
    ),
    LegCase(
        what="recalled-on-another-chain",
        verdict=Verdict.UNKNOWN,
        why="What another ledger says of a recall is no more ours to tell.",
        story=_story(*RECEIVED, A.REQUEST_RECALL, A.ACCEPT_RECALL),
        trust=lambda trust: replace(trust, chain_id=trust.chain_id + 1),
    ),
    LegCase(
        what="tampered-and-foreign",
        verdict=_NO,
        why="What does not agree with itself is forged on whichever chain.",
        bend=_salt,
        trust=lambda trust: replace(trust, chain_id=trust.chain_id + 1),
    ),
]


def leg_files() -> Iterator[tuple[str, bytes]]:
    """Every file of tests/vectors/leg with its path under tests/vectors."""
    for number, case in enumerate(LEG_CASES, start=1):
        for name, content in case.files():
            yield f"leg/{case.folder(number)}/{name}", content
