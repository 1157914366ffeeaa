"""Checks 8 to 12 of a leg's bundle: whose chain and keys, when, and what became of it."""

from __future__ import annotations

from collections.abc import Sequence

from cryptography.x509 import Certificate, load_der_x509_certificate

from ledger.clock import format_time
from ledger.errors import Unavailable, VerificationFailed
from ledger.exchange.leg import Leg, LegMark
from ledger.exchange.rules import OPENINGS, RULES, LegState
from ledger.exchange.signed import LegKey
from ledger.identity.organization import KeyEntry
from ledger.ports import ChainReader, LegReader
from ledger.proof.block_headers import BlockHeader, check_row
from ledger.proof.leg_bundle import LegBundle, StampFile
from ledger.proof.leg_events import LegEvent
from ledger.proof.trust import TrustAnchors
from ledger.timestamps.statement import parse_statement
from ledger.timestamps.token import Token, check_token
from ledger.verify.finding import Evidence, Finding
from ledger.verify.leg_report import passed

_OVERDUE = {
    LegMark.ARRIVAL_OVERDUE: "arrival-overdue",
    LegMark.ANSWER_OVERDUE: "answer-overdue",
    LegMark.SETTLEMENT_OVERDUE: "settlement-overdue",
    LegMark.RECALL_ANSWER_OVERDUE: "recall-answer-overdue",
}


def check_leg_claims(bundle: LegBundle, trust: TrustAnchors) -> None:
    """Check 9, first half: the bundle names the chain and the contract we trust.

    Raises VerificationFailed `anchor-other-contract`; Unavailable `ledger-foreign` where it names
    another chain, of which we can tell neither good nor bad, `trust-names-no-exchange`.
    """
    if (bundle.domain.chain_id, bundle.genesis) != (trust.chain_id, trust.genesis):
        raise Unavailable("ledger-foreign", f"a document on chain {bundle.domain.chain_id}")
    if trust.document_exchange is None:
        raise Unavailable("trust-names-no-exchange", "the trust file names no DocumentExchange")
    if bundle.domain.verifying_contract != trust.document_exchange:
        raise VerificationFailed("anchor-other-contract", "the bundle names another contract")


def check_block(bundle: LegBundle, trust: TrustAnchors, chain: ChainReader | None) -> Finding:
    """Check 8: the state in which the head was proven is of a block of the trusted chain.

    With a chain the last header is asked for; without, any header from the proven block on may be
    one that the issuer of the trust file saw, for each contains the ones before it.
    Raises VerificationFailed `block-headers-unlinked` or `block-differs`; Unavailable.
    """
    headers = bundle.anchor.headers
    check_row(headers)
    if chain is not None:
        last = headers[-1]
        if chain.block_hash(last.number) != last.hash:
            raise VerificationFailed("block-differs", f"the chain has another block {last.number}")
        return passed(f"block {last.number} is the chain's")
    seen = trust.block_hashes
    known = [one for one in headers if one.number >= bundle.anchor.block and one.number in seen]
    for header in known:
        if seen[header.number] != header.hash:
            raise VerificationFailed(
                "block-differs", f"the issuer of the trust file saw another block {header.number}"
            )
    if not known:
        raise Unavailable(
            "issuer-saw-no-block",
            f"the trust file has no block from {bundle.anchor.block} to {headers[-1].number}",
        )
    return passed(f"block {known[0].number} is the one the issuer of the trust file saw")


def check_signers(bundle: LegBundle, evidence: Evidence) -> Finding:
    """Check 10: each signing key was the acting organization's, for that purpose, at that time.

    The contract let none pass that was not; this compares the registry's history with it, and
    tells what was learnt about a key since. Raises VerificationFailed `signer-…`; Unavailable.
    """
    copies = {(org, key.address): key for org, key in bundle.keys}
    notices: list[str] = []
    for event in bundle.events:
        if event.signed is None or event.by is None:
            continue
        key = evidence.find_key(event.signed.actor, event.by.signer)
        if key is None:
            raise VerificationFailed(
                "signer-key-unknown", f"{event.by.signer} never belonged to the organization"
            )
        _check_key(event, key)
        if key.compromised_at and key.compromised_at <= event.time:
            notices.append("disputed")
        copy = copies.get((event.signed.actor, event.by.signer))
        if copy is None or (copy.custodial, copy.purposes, copy.valid_from) != (
            key.custodial,
            key.purposes,
            key.valid_from,
        ):
            raise VerificationFailed(
                "signer-entry-false", "the bundle's copy of a key entry is not the registry's"
            )
    return passed(f"{len(copies)} keys were authorized", *dict.fromkeys(notices))


def _check_key(event: LegEvent, key: KeyEntry) -> None:
    opens = OPENINGS.get(event.action)
    purpose = opens[1] if opens is not None else RULES[event.action].purpose
    if not key.purposes & purpose:
        raise VerificationFailed(
            "signer-purpose-missing", f"the key is no {purpose.name} key of its organization"
        )
    if event.time < max(key.valid_from, key.registered_at):
        raise VerificationFailed("signer-key-not-yet-valid", "a key signed before it was in force")
    if key.valid_until and event.time >= key.valid_until:
        raise VerificationFailed("signer-key-expired", "a key signed after its end")


def check_stamps(bundle: LegBundle, roots: Sequence[Certificate]) -> Finding:
    """Check 11: each time-stamp is of one of the blocks, by an authority of the given roots.

    Without roots the tokens are held against the certificates in the file itself, which shows that
    they are whole and says nothing about who made them. Raises VerificationFailed `timestamp-…`.
    """
    if not bundle.stamps:
        return Finding.skipped("no time-stamp in the bundle")
    by_number = {header.number: header for header in bundle.anchor.headers}
    judged = roots or _enclosed(bundle)
    if not judged:
        raise Unavailable("timestamp-root-unknown", "no root was given to judge time-stamps by")
    times = []
    covers = False
    for stamp in bundle.stamps:
        header, token = _check_stamp(bundle, stamp, by_number, judged)
        times.append(token.time)
        covers = covers or header.number >= bundle.anchor.block
        covers = covers or header.time > bundle.events[-1].time
    notices = [] if covers else ["time-stamp-partial"]
    if not roots:
        notices.append("time-root-not-given")
    return passed(f"stamped at {format_time(min(times))}", *notices)


def _check_stamp(
    bundle: LegBundle,
    stamp: StampFile,
    by_number: dict[int, BlockHeader],
    roots: Sequence[Certificate],
) -> tuple[BlockHeader, Token]:
    said = parse_statement(stamp.statement)
    header = by_number.get(said.block)
    if (said.chain_id, said.genesis) != (bundle.domain.chain_id, bundle.genesis) or (
        header is None or header.hash != said.block_hash
    ):
        raise VerificationFailed("timestamp-block-differs", "the token is about another block")
    return header, check_token(stamp.response, stamp.statement, roots)


def _enclosed(bundle: LegBundle) -> list[Certificate]:
    try:
        return [load_der_x509_certificate(one) for one in bundle.certificates]
    except ValueError as error:
        raise VerificationFailed("timestamp-malformed", "pki holds no certificate") from error


def check_standing(leg: Leg, key: LegKey, legs: LegReader | None) -> Finding:
    """Check 12: the document was neither withdrawn nor called back, by now where the contract is
    asked, else as far as the bundle goes.

    Raises VerificationFailed `leg-recalled`, `leg-withdrawn` or `leg-head-differs`; Unavailable.
    """
    notices = []
    if legs is not None:
        now = legs.find_leg(key.leg)
        if now.events < leg.events or (now.events == leg.events and now.head != leg.head):
            raise VerificationFailed("leg-head-differs", "the contract now holds another history")
        if now.events > leg.events:
            notices.append("leg-went-on")
        leg = now
    if leg.state is LegState.RECALLED:
        raise VerificationFailed("leg-recalled", "the document was called back, which was accepted")
    if leg.state is LegState.WITHDRAWN:
        raise VerificationFailed("leg-withdrawn", "the sender withdrew the document on its way")
    notices += [notice for mark, notice in _OVERDUE.items() if mark in leg.marks]
    if leg.state is LegState.SUPERSEDED:
        notices.append("superseded")
    if leg.state is LegState.RECALL_REQUESTED:
        notices.append("recall-requested")
    return passed(f"it is {leg.state.name}", *notices)
