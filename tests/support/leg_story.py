"""A leg's whole story with its bundle, from fixed keys and a fixed clock: no chain runs.

The state of the chain is as small as a state can be: one account, which has one slot. Its tries are
built here from the yellow paper's appendix D, apart from the code that reads them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from functools import cached_property

import orjson
import rlp

from ledger.clock import from_unix
from ledger.digest import Digest, keccak256, sha256
from ledger.exchange import erds
from ledger.exchange.document import DocumentId
from ledger.exchange.evidence import NAMING, Arrival, Evidence, ExchangeParty
from ledger.exchange.leg import Leg
from ledger.exchange.message import Manifest
from ledger.exchange.rules import RULES, LegAction, LegParty, LegState
from ledger.exchange.signed import ZERO, LegKey, Opening, Step
from ledger.identity.address import address_bytes, address_of
from ledger.identity.eip712 import Domain
from ledger.identity.organization import KeyEntry, OrgId
from ledger.identity.private_key import PrivateKey
from ledger.identity.signer import KeySigner
from ledger.merkle.note import NoteSigner
from ledger.ports import OrganizationOnChain
from ledger.proof.block_headers import BlockHeader
from ledger.proof.leg_bundle import EvidenceFile, LegAnchor, LegBundle, StampFile
from ledger.proof.leg_cover import make_cover
from ledger.proof.leg_events import LegEvent, Signature
from ledger.proof.state_proof import StateProof, leg_head_slot
from ledger.proof.trust import TrustAnchors, TrustedBlock, TrustedOrganization
from ledger.records.commitment import commit, commitment_of
from ledger.records.disclosure import Disclosed, DisclosedView
from ledger.records.record import RecordId

START = 1_772_400_000
"""Unix seconds of the first event; each one comes a minute after the one before."""
FIRST_BLOCK = 100
CONTRACT = address_of(b"\x04" + b"\x77" * 64)
DOMAIN = Domain(31337, CONTRACT)
GENESIS = Digest(b"\x11" * 32)
CONTENT = "Kính gửi: Ủy ban nhân dân xã Nga Sơn".encode()
REASONS = {
    LegAction.REFUSE: 1002,
    LegAction.REQUEST_RECALL: 1401,
    LegAction.REFUSE_RECALL: 1601,
    LegAction.WITHDRAW: 1701,
    LegAction.ERASE: 2001,
}
A = LegAction
RECEIVED = (A.SUBMIT, A.ARRIVE, A.HAND_OVER, A.RECEIVE)


@dataclass
class Party:
    """An agency with one key for everything."""

    name: str
    number: int

    @cached_property
    def org(self) -> OrgId:
        return OrgId(sha256(b"org", bytes([self.number])))

    @cached_property
    def signer(self) -> KeySigner:
        return KeySigner(PrivateKey(sha256(b"key", bytes([self.number]))))

    @property
    def key(self) -> KeyEntry:
        return KeyEntry(self.signer.address, False, 16 | 32 | 64, 0, 0, START - 1000, 0)


SENDER, RECIPIENT = Party("UBND tỉnh Thanh Hóa", 1), Party("UBND xã Nga Sơn", 2)
_KEY = LegKey(SENDER.org, RECIPIENT.org, bytes(sha256(b"leg salt")))


@dataclass
class LegStory:
    """A leg to which these things happened, one a minute."""

    actions: Sequence[LegAction] = RECEIVED
    with_content: bool = True
    content: bytes = CONTENT
    with_cover: bool = True
    withheld: tuple[str, ...] = ()
    """Pointers of the manifest's members that are not shown."""
    stamps: list[StampFile] = field(default_factory=list)
    by_document: DocumentId | None = None
    """What the sender names when it recalls or replaces the document."""

    @cached_property
    def manifest(self) -> DisclosedView:
        body = Manifest.read(
            {
                "document": {
                    "documentId": "H56.1,2026/03/02,123/UBND-VX",
                    "version": 1,
                    "from": "H56.1",
                    "to": ["H56.2"],
                    "codeNumber": "123",
                    "codeNotation": "UBND-VX",
                    "promulgationDate": "2026-03-02",
                    "documentType": "Công văn",
                    "priority": 0,
                    "businessDocType": 0,
                },
                "description": {
                    "subject": "V/v kiểm tra hồ sơ nguồn gốc mật ong",
                    "signers": [{"fullName": "Nguyễn Văn A"}],
                },
                "parts": [
                    {
                        "id": "main",
                        "name": "123.pdf",
                        "mediaType": "application/pdf",
                        "size": len(self.content),
                        "digest": sha256(self.content).hex(),
                        "blob": sha256(b"sealed").hex(),
                    }
                ],
                "blobs": [sha256(b"sealed").hex()],
                "encryption": {"suite": "x"},
            }
        )
        record = body.record(RecordId(b"\x01" * 16), SENDER.org, from_unix(START))
        made = commit(record.envelope(), b"\x0a" * 32)
        items: list[Disclosed | Digest] = []
        for member, digest in zip(made.members, made.digests, strict=True):
            shown = Disclosed(member.salt, member.pointer, orjson.loads(member.value_json))
            hide = any(member.pointer.startswith(one) for one in self.withheld)
            items.append(digest if hide else shown)
        return DisclosedView(tuple(items))

    @cached_property
    def history(self) -> tuple[tuple[LegEvent, EvidenceFile | None], ...]:
        made: list[tuple[LegEvent, EvidenceFile | None]] = []
        for number, action in enumerate(self.actions):
            made.append(self._happen(number, action))
        return tuple(made)

    @cached_property
    def leg(self) -> Leg:
        """What the contract holds."""
        leg: Leg | None = None
        for event, _ in self.history:
            if isinstance(event.signed, Opening):
                leg = Leg.open(event.signed, DOMAIN, event.time, _standing, recipient=True)
                continue
            assert leg is not None
            if event.signed is not None:
                leg = leg.act(event.signed, DOMAIN, event.time, lambda _: LegState.SUBMITTED)
            elif event.action is A.EXPIRE:
                leg = leg.expire(_KEY.leg, event.time)
            else:
                leg = leg.mark_overdue(_KEY.leg, event.time)
        assert leg is not None
        return leg

    @cached_property
    def headers(self) -> tuple[BlockHeader, ...]:
        """Three blocks after the last event; the middle one has the proven state."""
        last = self.history[-1][0].time
        made: list[BlockHeader] = []
        parent = bytes(sha256(b"parent"))
        for place in range(3):
            fields = [parent, b"", b"", bytes(self.state[0]), b"", b"", b"", b""]
            fields += [_number(FIRST_BLOCK + place), b"", b"", _number(last + place)]
            made.append(BlockHeader.read(rlp.encode([*fields, b"", bytes(32), bytes(8)])))
            parent = bytes(made[-1].hash)
        return tuple(made)

    @cached_property
    def state(self) -> tuple[Digest, StateProof]:
        """The state root, and the proof of the leg's head under it."""
        slot = leg_head_slot(_KEY.leg).to_bytes(32, "big")
        storage = _leaf(slot, rlp.encode(bytes(self.leg.head).lstrip(b"\x00")))
        account = _leaf(
            address_bytes(CONTRACT),
            rlp.encode([b"\x01", b"", bytes(keccak256(storage)), bytes(keccak256(b"code"))]),
        )
        return keccak256(account), StateProof((account,), (storage,))

    def bundle(self) -> LegBundle:
        """The bundle as an exporter makes it."""
        events = tuple(event for event, _ in self.history)
        made = LegBundle(
            domain=DOMAIN,
            genesis=GENESIS,
            key=_KEY,
            events=events,
            keys=((SENDER.org, SENDER.key), (RECIPIENT.org, RECIPIENT.key)),
            message=self.manifest,
            evidence={
                number: one for number, (_, one) in enumerate(self.history) if one is not None
            },
            anchor=LegAnchor(FIRST_BLOCK + 1, self.headers, self.state[1]),
            exported_at=datetime(2026, 3, 3, 8, 0, tzinfo=UTC),
            documents={0: (".pdf", self.content)} if self.with_content else {},
            stamps=tuple(self.stamps),
        )
        if not self.with_cover:
            return made
        return replace(made, report=make_cover(made))

    def trust(self) -> TrustAnchors:
        """What a verifier elsewhere was given."""
        return TrustAnchors(
            chain_id=DOMAIN.chain_id,
            genesis=GENESIS,
            engine="anvil",
            rpc=(),
            organization_registry="0x" + "01" * 20,
            checkpoint_log="0x" + "02" * 20,
            record_status="0x" + "03" * 20,
            origin="example.org/log",
            key=NoteSigner.from_seed("example.org/log", b"\x05" * 32).key,
            issued_at=datetime(2026, 3, 3, 9, 0, tzinfo=UTC),
            organizations=tuple(
                TrustedOrganization(
                    OrganizationOnChain(party.org, 1, 2, START - 2000, START - 2000, Digest(ZERO)),
                    (party.key,),
                )
                for party in (SENDER, RECIPIENT)
            ),
            document_exchange=CONTRACT,
            blocks=(TrustedBlock(self.headers[-1].number, self.headers[-1].hash),),
        )

    def _happen(self, number: int, action: LegAction) -> tuple[LegEvent, EvidenceFile | None]:
        at = START + 60 * number
        rule = RULES.get(action)
        if rule is not None and rule.party is LegParty.ANYONE:
            return LegEvent(action, at + 10**6, None, None), None
        if number and self.actions[number - 1] in (A.EXPIRE, A.MARK_OVERDUE):
            at += 10**6
        by_recipient = rule is not None and rule.party is LegParty.RECIPIENT
        actor = RECIPIENT if by_recipient else SENDER
        link = bytes(sha256(b"link")) if rule is not None and rule.needs_link else ZERO
        reason = REASONS.get(action, 0)
        said = Evidence(
            id=RecordId(bytes([number + 2]) * 16),
            action=action,
            domain=DOMAIN,
            leg=_KEY.leg,
            sequence=number,
            sender=ExchangeParty(SENDER.org, "H56.1", SENDER.name),
            recipient=ExchangeParty(RECIPIENT.org, "H56.2", RECIPIENT.name),
            issuer=actor.org,
            custody="organization",
            event_time=from_unix(at),
            message=self.manifest.commitment(),
            document_id=_document_id(),
            submission_time=None if rule is None else from_unix(START),
            reason=reason,
            link=Digest(link) if link != ZERO else None,
            arrival=Arrival(457, date(2026, 3, 2)) if action is A.RECEIVE else None,
            by_document=self.by_document if action in NAMING else None,
        )
        envelope, salt = erds.record(said).envelope(), bytes(sha256(b"salt", bytes([number])))
        evidence = bytes(commitment_of(envelope, salt))
        signed: Opening | Step
        if rule is None:
            signed = Opening(
                key=_KEY,
                actor=actor.org,
                action=action,
                message=bytes(self.manifest.commitment()),
                evidence=evidence,
                deadline=at + 3600,
                arrive_by=START + 86_400,
                answer_within=3600,
                settle_by=0,
                attempts=3,
            )
        else:
            signed = Step(
                key=_KEY,
                org=actor.org,
                actor=actor.org,
                action=action,
                evidence=evidence,
                nonce=number,
                deadline=at + 3600,
                reason=reason,
                link=link,
            )
        by = Signature(actor.signer.address, actor.signer.sign_digest(signed.digest(DOMAIN)))
        return LegEvent(action, at, signed, by), EvidenceFile(envelope, salt)


def _standing(leg: bytes) -> LegState:
    return LegState.NONE if leg == _KEY.leg else LegState.SUBMITTED


def _document_id() -> DocumentId:
    return DocumentId.parse("H56.1,2026/03/02,123/UBND-VX")


def _leaf(key: bytes, value: bytes) -> bytes:
    """A leaf that is the whole trie: even number of nibbles, hence 0x20 (hex prefix encoding)."""
    return bytes(rlp.encode([b"\x20" + keccak256(key), value]))


def _number(value: int) -> bytes:
    return value.to_bytes((value.bit_length() + 7) // 8, "big")
