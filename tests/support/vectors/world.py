"""A small ledger with fixed keys and a fixed clock, from which every bundle vector is made.

One producer's batch stands in a log between other people's leaves; the log's head is anchored on
a chain that exists only as a recording. A `World` says what is true there and what the bundle
claims; the cases then bend one thing at a time.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from ledger import canonical
from ledger.clock import from_unix, parse_time, unix_seconds
from ledger.digest import Digest, sha256
from ledger.identity.eip712 import Domain
from ledger.identity.organization import KeyEntry, OrgId, Profile, Purpose, Role
from ledger.identity.private_key import PrivateKey
from ledger.identity.signer import KeySigner
from ledger.merkle.checkpoint import Checkpoint, log_id, sign_checkpoint
from ledger.merkle.hashes import leaf_hash, tree_root
from ledger.merkle.note import NoteSigner
from ledger.merkle.proofs import ListHashReader, prove_inclusion
from ledger.proof.bundle import AnchorEvidence, Bundle, LogEvidence, SignerEvidence, StatusEvidence
from ledger.proof.trust import TrustAnchors
from ledger.records.commitment import Commitment, commit
from ledger.records.disclosure import Disclosed, DisclosedView
from ledger.records.record import Record, RecordId
from ledger.records.submission import Custody, Submission, build, entry

START = unix_seconds(parse_time("2026-03-01T08:00:00.000Z"))
"""The producer's key and organization were registered a day before this second."""

DAY = 24 * 3600
SIGNED_AT = START + 60
ANCHORED_AT = START + 62
EXPORTED_AT = START + 3600
NOW = START + 2 * 3600

CHAIN_ID = 31337
ORIGIN = "ledger.example/vectors"
REGISTRY = "0x" + "11" * 20
CHECKPOINT_LOG = "0x" + "22" * 20
RECORD_STATUS = "0x" + "33" * 20
BLOCK = 12

KEPT_PRIVATE = ("/body/bizTransactionList", "/body/quantityList")


def seed(name: str) -> Digest:
    """The secret of whoever or whatever has this name."""
    return sha256(b"provenance test vectors/", name.encode())


def org(name: str) -> OrgId:
    return OrgId(seed(f"org {name}"))


def key(name: str) -> KeySigner:
    return KeySigner(PrivateKey(seed(f"key {name}")))


def block_hash(number: int, fork: str = "main") -> Digest:
    return seed(f"block {fork} {number}")


GENESIS = block_hash(0)
LOG_SIGNER = NoteSigner.from_seed(ORIGIN, seed("log key"))
PROFILE = Profile(
    org("producer"),
    "Hợp tác xã Mật ong Pù Luông",
    "Pu Luong Honey Cooperative",
    "producer",
    seed("profile").hex()[:32],
)

HONEY: dict[str, Any] = {
    "type": "ObjectEvent",
    "eventID": "urn:uuid:8f0e7a0c-5a1e-4b3f-9a55-0a4f2f4f7a01",
    "eventTime": "2026-03-01T07:30:00.000Z",
    "eventTimeZoneOffset": "+07:00",
    "action": "ADD",
    "bizStep": "commissioning",
    "disposition": "active",
    "epcList": ["https://id.gs1.org/01/08938000000013/10/L2603/21/A1"],
    "readPoint": {"id": "https://id.gs1.org/414/8938000000013"},
    "quantityList": [],
    "bizTransactionList": [{"type": "po", "bizTransaction": "urn:example:po:77"}],
    "ilmd": {"lotNumber": "L2603", "moisture": 17.5, "region": "Thanh Hóa"},
}


@dataclass(frozen=True, kw_only=True)
class World:
    """What is true in one vector's ledger. Times in unix seconds."""

    signing_key: str = "producer"
    custody: Custody = "platform"
    signed_at: int = SIGNED_AT
    domain: Domain = field(default_factory=lambda: Domain(CHAIN_ID, REGISTRY))
    kind: str = "epcis.event"
    body: dict[str, Any] = field(default_factory=lambda: HONEY)
    record_org: str = "producer"
    hidden: tuple[str, ...] = KEPT_PRIVATE
    count: int = 3
    position: int = 1
    first_index: int = 5
    size: int = 11
    origin: str = ORIGIN
    log_signer: NoteSigner = LOG_SIGNER
    anchored_at: int = ANCHORED_AT
    registry_key: KeyEntry | None = None
    """The signing key's entry on the chain; default: custodial, SUBMIT, open, never compromised."""

    def with_key(self, **changes: Any) -> World:
        """The same world with another key entry on the chain."""
        return replace(self, registry_key=replace(self.key_entry, **changes))

    @property
    def key_entry(self) -> KeyEntry:
        if self.registry_key is not None:
            return self.registry_key
        return KeyEntry(
            address=key("producer").address,
            custodial=True,
            purposes=int(Purpose.SUBMIT),
            valid_from=START - DAY,
            valid_until=0,
            registered_at=START - DAY,
            compromised_at=0,
        )

    def commitments(self) -> list[Commitment]:
        """The batch; the vector's record stands at `position`."""
        batch = []
        for number in range(self.count):
            record_id = RecordId(seed(f"record {number}")[:16])
            body = self.body if number == self.position else {"type": "ObjectEvent", "n": number}
            captured = from_unix(self.signed_at - 5)
            record = Record(record_id, self.kind, org(self.record_org), captured, body)
            batch.append(commit(record.envelope(), seed(f"salt {number}")))
        return batch

    def bundle(self) -> Bundle:
        """The honest bundle of this world."""
        batch = self.commitments()
        commitment = batch[self.position]
        submission = self.submission(batch)
        in_batch = ListHashReader([leaf_hash(item.digest) for item in batch])
        leaves = self._leaves(batch, submission.digest())
        head = Checkpoint(self.origin, self.size, tree_root(leaves))
        index = self.first_index + self.position
        path = prove_inclusion(index, self.size, ListHashReader(leaves))
        return Bundle(
            record_id=RecordId(seed(f"record {self.position}")[:16]),
            view=self._view(commitment),
            submission=submission,
            submission_index=self.position,
            submission_path=tuple(
                map(Digest, prove_inclusion(self.position, self.count, in_batch))
            ),
            log=LogEvidence(
                self.origin,
                index,
                self.size,
                tuple(map(Digest, path)),
                sign_checkpoint(head, self.log_signer),
            ),
            anchor=AnchorEvidence(
                chain_id=CHAIN_ID,
                genesis=GENESIS,
                registry=REGISTRY,
                checkpoint_log=CHECKPOINT_LOG,
                record_status=RECORD_STATUS,
                block=BLOCK,
                block_hash=block_hash(BLOCK),
                block_time=self.anchored_at,
                transaction=seed("transaction"),
            ),
            signer=SignerEvidence(self.key_entry, PROFILE),
            status=StatusEvidence(EXPORTED_AT, ()),
            exported_at=from_unix(EXPORTED_AT),
        )

    def trust(self) -> TrustAnchors:
        """What this world's verifier believes; it saw no heads and no organizations."""
        return TrustAnchors(
            chain_id=CHAIN_ID,
            genesis=GENESIS,
            engine="anvil",
            rpc=("http://127.0.0.1:8545",),
            organization_registry=REGISTRY,
            checkpoint_log=CHECKPOINT_LOG,
            record_status=RECORD_STATUS,
            origin=ORIGIN,
            key=LOG_SIGNER.key,
            issued_at=from_unix(EXPORTED_AT),
        )

    def chain(self) -> dict[str, Any]:
        """The recorded chain of this world."""
        key_entry = self.key_entry
        return {
            "unreachable": False,
            "chainId": CHAIN_ID,
            "genesis": GENESIS.prefixed,
            "blocks": {"0": GENESIS.prefixed, str(BLOCK): block_hash(BLOCK).prefixed},
            "heads": [
                {
                    "logId": log_id(self.origin).prefixed,
                    "size": self.size,
                    "root": self.root().prefixed,
                    "time": self.anchored_at,
                    "block": BLOCK,
                }
            ],
            "organizations": [
                _organization("producer", Role.PRODUCER, PROFILE.digest()),
                _organization("authority", Role.AUTHORITY, seed("profile authority")),
                _organization("stranger", Role.PRODUCER, seed("profile stranger")),
            ],
            "keys": [
                {
                    "org": org("producer").text,
                    "address": key_entry.address.lower(),
                    "custodial": key_entry.custodial,
                    "purposes": key_entry.purposes,
                    "validFrom": key_entry.valid_from,
                    "validUntil": key_entry.valid_until,
                    "registeredAt": key_entry.registered_at,
                    "compromisedAt": key_entry.compromised_at,
                }
            ],
            "statuses": [],
        }

    def root(self) -> Digest:
        """Root of the log at its size."""
        batch = self.commitments()
        return tree_root(self._leaves(batch, self.submission(batch).digest()))

    def submission(self, batch: list[Commitment]) -> Submission:
        """The batch as the producer signed it."""
        return build(
            org=org("producer"),
            commitments=[item.digest for item in batch],
            signed_at=self.signed_at,
            nonce=seed("nonce"),
            custody=self.custody,
            signer=key(self.signing_key),
            domain=self.domain,
        )

    def _view(self, commitment: Commitment) -> DisclosedView:
        return DisclosedView(
            tuple(
                digest
                if member.pointer in self.hidden
                else Disclosed(member.salt, member.pointer, canonical.parse(member.value_json))
                for member, digest in zip(commitment.members, commitment.digests, strict=True)
            )
        )

    def _leaves(self, batch: list[Commitment], submission_digest: Digest) -> list[bytes]:
        leaves = [leaf_hash(seed(f"foreign leaf {n}") * 2) for n in range(self.size)]
        for number, item in enumerate(batch):
            leaves[self.first_index + number] = leaf_hash(entry(item.digest, submission_digest))
        return leaves


def moment(seconds: int) -> datetime:
    """A unix second as the verifier's clock gives it."""
    return from_unix(seconds)


def _organization(name: str, roles: Role, profile: Digest) -> dict[str, Any]:
    return {
        "org": org(name).text,
        "status": 1,
        "roles": int(roles),
        "registeredAt": START - DAY,
        "statusSince": START - DAY,
        "profile": profile.prefixed,
    }
