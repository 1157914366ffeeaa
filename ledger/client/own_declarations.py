"""What an organization with a key of its own declares on the chain: withdrawals and recalls.

The server says which goods and records a recall is about, because it knows where they went; each
subject is made again here from what it is said to be before it is signed. So a server can leave
goods out, which the next answer of an honest one shows, but it cannot have anything else recalled.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from unicodedata import normalize
from urllib.parse import quote

import orjson

from ledger import canonical
from ledger.client.connection import JSON
from ledger.client.own_key import OwnKey
from ledger.clock import unix_seconds
from ledger.digest import Digest, sha256
from ledger.epcis.recall import (
    Declared,
    RecallContent,
    declaration_nonce,
    goods_subject,
    lift_digest,
)
from ledger.errors import VerificationFailed
from ledger.gs1.identifier import find_identifier
from ledger.identity.eip712 import Domain
from ledger.proof.bundle import parse_bundle
from ledger.records.declaration import Declaration, RecallProposal

_WITHDRAWN = 1
_VALID_SECONDS = 7 * 86_400
_AT_ONCE = 500
"""Signatures in one request."""
_ROUNDS = 20
"""How often goods may go on while a recall is being signed."""


@dataclass(frozen=True, slots=True)
class OwnRecall:
    """A recall of the organization. `state` as in docs/formats/recall.md; `subjects` are the goods
    named, `goods` everything concerned; `to_sign` what still needs a signature, as (kind, name,
    subject in hex)."""

    id: str
    state: str
    subjects: Sequence[str]
    reason: str
    notice: Digest | None
    lift_reason: str | None
    goods: Sequence[str]
    to_sign: Sequence[tuple[str, str, str]]


class OwnDeclarations:
    """Withdrawals and recalls of one organization."""

    def __init__(self, own: OwnKey) -> None:
        self._own = own
        self._domain = Domain(own.trust.chain_id, own.trust.record_status)

    def withdraw(self, record_id: str, reason: str) -> None:
        """Withdraw a record of one's own; there is no way back. Handed over when this returns, on
        the chain within seconds. Raises VerificationFailed where the server gives another
        record."""
        declared = self._sign(
            self._commitment(record_id),
            _WITHDRAWN,
            sha256(b"provenance/reason/v1\n", reason.encode()),
            secrets.token_bytes(32),
        )
        body = {
            "reason": reason,
            "declaration": {
                "nonce": declared.nonce.hex(),
                "deadline": declared.deadline,
                "signer": declared.signer.lower(),
                "signature": "0x" + declared.signature.hex(),
            },
        }
        self._post(f"/records/{quote(record_id, safe='')}/withdrawal", body)

    def recall(
        self, subjects: Iterable[str], reason: str, notice: Digest | None = None
    ) -> OwnRecall:
        """Recall goods and everything they went into; the notice is a file kept before. For an
        authority this is its first person's signature: the recall is `proposed`, and a second one
        approves it. May be repeated; it is the same recall while it is open."""
        content = RecallContent(
            self._own.org,
            tuple(sorted({_key(subject) for subject in subjects})),
            _tidy(reason),
            notice,
        )
        body = {
            "subjects": list(content.subjects),
            "reason": content.reason,
            "notice": None if notice is None else notice.hex(),
            "proposal": self._propose(Declared.RECALLED, content.digest()),
        }
        told = self._post("/recalls", body)
        if _content(self._own, told).digest() != content.digest():
            raise VerificationFailed("recall-answer-foreign", "the server speaks of another recall")
        return self._complete(told)

    def get_recall(self, recall_id: str) -> OwnRecall:
        """One recall of the organization, for whoever has to approve it. Raises NotFound
        `recall-unknown`."""
        return _recall(self._get(recall_id))

    def approve(self, recall_id: str) -> OwnRecall:
        """As the second person of an authority, approve a recall or its end and sign it. Read it
        first: what is signed is what `get_recall` shows."""
        told = self._get(recall_id)
        if told["state"] in ("proposed", "lift-proposed"):
            told = self._post(f"/recalls/{quote(recall_id, safe='')}/approval", {})
        return self._complete(told)

    def lift(self, recall_id: str, reason: str) -> OwnRecall:
        """End a recall; for an authority, propose it."""
        told = self._get(recall_id)
        if told["state"] == "declared":
            digest = lift_digest(_content(self._own, told).digest(), _tidy(reason))
            body = {"reason": _tidy(reason), "proposal": self._propose(Declared.LIFTED, digest)}
            told = self._post(f"/recalls/{quote(recall_id, safe='')}/lift", body)
        return self._complete(told)

    def sign(self, recall_id: str) -> OwnRecall:
        """Sign whatever of a recall still needs it: after a crash, or where signatures ran out
        before the chain had them."""
        return self._complete(self._get(recall_id))

    def _complete(self, told: dict[str, Any]) -> OwnRecall:
        """Sign until nothing is left to be signed. Every request may be repeated."""
        path = f"/recalls/{quote(str(told['id']), safe='')}/signatures"
        for _ in range(_ROUNDS):
            left = [target for target in told["targets"] if target["toSign"]]
            if not left:
                break
            for start in range(0, len(left), _AT_ONCE):
                signatures = [self._sign_target(told, one) for one in left[start:][:_AT_ONCE]]
                body = {"signer": self._own.signer.address.lower(), "signatures": signatures}
                told = self._post(path, body)
        return _recall(told)

    def _sign_target(self, told: Mapping[str, Any], target: Mapping[str, Any]) -> dict[str, Any]:
        subject = Digest.from_hex(target["subject"])
        name = str(target["name"])
        is_goods = target["kind"] == "goods"
        if (goods_subject(name) if is_goods else self._commitment(name)) != subject:
            raise VerificationFailed("recall-answer-foreign", f"that is not the subject of {name}")
        recall = _content(self._own, told).digest()
        lifting = told["state"] in ("lift-signing", "lifting")
        kind = Declared.LIFTED if lifting else Declared.RECALLED
        declared = self._sign(
            subject,
            int(kind),
            lift_digest(recall, str(told["liftReason"])) if lifting else recall,
            declaration_nonce(str(told["id"]), kind, subject),
        )
        return {
            "subject": subject.hex(),
            "deadline": declared.deadline,
            "signature": "0x" + declared.signature.hex(),
        }

    def _sign(self, subject: Digest, kind: int, reason: Digest, nonce: bytes) -> Declaration:
        return Declaration.sign(
            self._own.signer,
            self._domain,
            org=self._own.org,
            subject=subject,
            kind=kind,
            reason=reason,
            nonce=nonce,
            deadline=unix_seconds(self._own.clock.now()) + _VALID_SECONDS,
        )

    def _propose(self, kind: Declared, reason: Digest) -> dict[str, Any]:
        at = unix_seconds(self._own.clock.now())
        signed = RecallProposal.sign(
            self._own.signer, self._domain, self._own.org, int(kind), reason, at
        )
        return {
            "signedAt": at,
            "signer": signed.signer.lower(),
            "signature": "0x" + signed.signature.hex(),
        }

    def _commitment(self, record_id: str) -> Digest:
        """The commitment of a record, from its bundle: nobody can make another record with it."""
        bundle = parse_bundle(self._own.ledger.get_proof(record_id))
        if bundle.view.value().get("id") != record_id:
            raise VerificationFailed("recall-answer-foreign", f"that is not record {record_id}")
        return bundle.view.commitment()

    def _get(self, recall_id: str) -> dict[str, Any]:
        path = f"/recalls/{quote(recall_id, safe='')}"
        told: dict[str, Any] = self._own.ledger.connection.ask("GET", path).json()
        return told

    def _post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        answer = self._own.ledger.connection.ask("POST", path, orjson.dumps(body), JSON)
        told: dict[str, Any] = answer.json()
        return told


def _key(name: str) -> str:
    """As the server names goods: the canonical Digital Link, or a URI that carries no GS1 key."""
    found = find_identifier(name)
    return name if found is None else found.uri


def _tidy(text: str) -> str:
    return normalize("NFC", text.strip())


def _content(own: OwnKey, told: Mapping[str, Any]) -> RecallContent:
    notice = told["notice"]
    canonical.check_normalised(told["reason"])
    return RecallContent(
        own.org,
        tuple(told["subjects"]),
        str(told["reason"]),
        None if notice is None else Digest.from_hex(notice),
    )


def _recall(told: Mapping[str, Any]) -> OwnRecall:
    notice = told["notice"]
    return OwnRecall(
        id=str(told["id"]),
        state=str(told["state"]),
        subjects=tuple(told["subjects"]),
        reason=str(told["reason"]),
        notice=None if notice is None else Digest.from_hex(notice),
        lift_reason=told["liftReason"],
        goods=tuple(told["goods"]),
        to_sign=tuple(
            (target["kind"], target["name"], target["subject"])
            for target in told["targets"]
            if target["toSign"]
        ),
    )
