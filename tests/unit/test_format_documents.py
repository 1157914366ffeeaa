"""The worked examples of docs/formats are what the code computes."""

from __future__ import annotations

import hashlib
from pathlib import Path
from unicodedata import normalize

import pytest

from ledger import canonical
from ledger.digest import Digest
from ledger.identity.address import parse_address
from ledger.identity.eip712 import submission_digest
from ledger.identity.keystore import Keystore
from ledger.merkle.checkpoint import Checkpoint, log_id, sign_checkpoint
from ledger.merkle.hashes import leaf_hash, tree_root
from ledger.merkle.note import NoteSigner
from ledger.records.commitment import commit
from ledger.records.disclosure import disclose
from ledger.records.policy import POLICIES, Audience
from ledger.records.submission import entry
from tests.unit.identity.test_organization import COOPERATIVE
from tests.unit.records.test_commitment import HONEY, SALT
from tests.unit.records.test_submission import COMMITMENTS, DOMAIN, example_submission

FORMATS = Path(__file__).resolve().parents[2] / "docs" / "formats"


def _canonical() -> dict[str, str]:
    written = '{ "weight": 26.0, "name": "Mật ong", "grades": [1E30, 4.50, 2e-3], "": null }'
    data = canonical.encode(canonical.parse(normalize("NFD", written).encode()))
    return {
        "WRITTEN": written,
        "CANONICAL": data.decode(),
        "CANONICAL_LENGTH": f"{len(data)} bytes",
        "CANONICAL_SHA": hashlib.sha256(data).hexdigest(),
    }


def _record() -> dict[str, str]:
    committed = commit(HONEY, SALT)
    rows = [
        f"| `{member.salt.hex()}` | `{member.pointer}` | `{member.value_json.decode()}` "
        f"| `{digest.hex()}` |"
        for member, digest in zip(committed.members, committed.digests, strict=True)
    ]
    view = disclose(committed, "epcis.event", Audience.PUBLIC)
    return {
        "ENVELOPE": canonical.encode(HONEY).decode(),
        "MEMBERS": "\n".join(rows),
        "COMMITMENT": committed.digest.hex(),
        "VIEW": canonical.encode(view.to_json()).decode(),
    }


def _submission() -> dict[str, str]:
    submission = example_submission()
    signed = submission_digest(
        DOMAIN,
        submission.org,
        submission.root,
        submission.count,
        submission.signed_at,
        submission.nonce,
    )
    return {
        "SIGNER_CHECKSUM": parse_address(submission.signer),
        "SEPARATOR": DOMAIN.separator.hex(),
        "SIGNED": signed.hex(),
        "SUBMISSION_DIGEST": submission.digest().hex(),
        "SUBMISSION": canonical.encode(submission.to_json()).decode(),
        "ENTRY": entry(COMMITMENTS[0], submission.digest()).hex(),
    }


def _log() -> dict[str, str]:
    digest = example_submission().digest()
    leaves = [leaf_hash(entry(commitment, digest)) for commitment in COMMITMENTS]
    signer = NoteSigner.from_seed("log.example/honey", bytes(range(32)))
    root = tree_root(leaves)
    return {
        "LEAF": leaves[0].hex(),
        "LOGID": log_id(signer.key.name).hex(),
        "VKEY": signer.key.vkey,
        "CHECKPOINT": sign_checkpoint(Checkpoint(signer.key.name, 5, Digest(root)), signer),
        "ROOT": root.hex(),
    }


def _identity() -> dict[str, str]:
    keystore = Keystore(bytes(range(32)))
    return {
        "PROFILE_DIGEST": COOPERATIVE.digest().hex(),
        "PROFILE": canonical.encode(COOPERATIVE.to_json()).decode(),
        "PUBLISHER": keystore.derive("chain/publisher").address,
        "LOGSEED": keystore.derive_seed("log/ed25519").hex(),
    }


EXAMPLES = {
    "canonical-json.md": _canonical,
    "record.md": _record,
    "submission.md": _submission,
    "log.md": _log,
    "identity.md": _identity,
}


@pytest.mark.parametrize("page", EXAMPLES)
def test_example_of_page_is_what_the_code_computes(page: str) -> None:
    text = (FORMATS / page).read_text()
    for name, value in EXAMPLES[page]().items():
        assert value in text, f"{name} of {page}"


def test_policy_of_page_names_every_member_of_the_table() -> None:
    text = (FORMATS / "record.md").read_text()
    policy = POLICIES["epcis.event"]
    for pointer in (*policy.members, *policy.subtrees):
        assert f"`{pointer.removeprefix('/body').removeprefix('/')}`" in text, pointer
