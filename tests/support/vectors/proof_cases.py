"""Vectors of the exports that foreign tools read: C2SP tlog-proofs and COSE receipts.

Both prove the same leaf of the same log. Verdicts: `valid`, `refused`.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import cbor2

from ledger.digest import Digest
from ledger.errors import LedgerError
from ledger.merkle.checkpoint import Checkpoint, sign_checkpoint
from ledger.merkle.hashes import leaf_hash, tree_root
from ledger.merkle.note import NoteSigner
from ledger.merkle.proofs import ListHashReader, prove_inclusion
from ledger.proof.cose_receipt import check_receipt, issue_receipt, parse_receipt, signed_bytes
from ledger.proof.tlog_proof import TlogProof, check_tlog_proof, parse_tlog_proof
from tests.support.vectors.case import pretty
from tests.support.vectors.world import LOG_SIGNER, ORIGIN, seed

ENTRY = seed("entry") * 2
OTHER_SIGNER = NoteSigner.from_seed(ORIGIN, seed("other log"))


@dataclass(frozen=True)
class Leaf:
    """The entry's place in a log of other leaves."""

    index: int = 6
    size: int = 11

    @property
    def leaves(self) -> list[bytes]:
        others = [leaf_hash(seed(f"other entry {n}")) for n in range(self.size)]
        others[self.index] = leaf_hash(ENTRY)
        return others

    @property
    def root(self) -> Digest:
        return tree_root(self.leaves)

    @property
    def path(self) -> tuple[Digest, ...]:
        reader = ListHashReader(self.leaves)
        return tuple(map(Digest, prove_inclusion(self.index, self.size, reader)))

    def tlog_proof(self, signer: NoteSigner = LOG_SIGNER, extra: bytes | None = None) -> TlogProof:
        note = sign_checkpoint(Checkpoint(ORIGIN, self.size, self.root), signer)
        return TlogProof(self.index, self.path, note, extra)

    def receipt(self, signer: NoteSigner = LOG_SIGNER) -> bytes:
        return issue_receipt(
            ENTRY,
            index=self.index,
            size=self.size,
            path=self.path,
            key=signer.key,
            sign=signer.sign_bytes,
        ).encode()


def _flip(data: bytes, bit: int) -> bytes:
    return data[: bit // 8] + bytes([data[bit // 8] ^ 1 << bit % 8]) + data[bit // 8 + 1 :]


def _text(change: Callable[[str], str]) -> bytes:
    return change(Leaf().tlog_proof().encode()).encode()


def _stray(encoded: str) -> str:
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    return encoded[:-2] + alphabet[alphabet.index(encoded[-2]) | 1] + "="


_FIRST = base64.b64encode(Leaf().path[0]).decode()

TLOG_CASES: list[tuple[str, bool, str, bytes]] = [
    ("middle-leaf", True, "A leaf inside an uneven tree.", _text(str)),
    ("first-leaf", True, "Leaf 0.", Leaf(0, 11).tlog_proof().encode().encode()),
    ("last-leaf", True, "A short path.", Leaf(10, 11).tlog_proof().encode().encode()),
    ("tree-of-one", True, "No path at all.", Leaf(0, 1).tlog_proof().encode().encode()),
    ("with-extra", True, "Extra data, which nobody vouches for.",
     Leaf().tlog_proof(extra=b"salt").encode().encode()),
    ("extra-empty", True, "Extra data of no bytes.",
     Leaf().tlog_proof(extra=b"").encode().encode()),
    ("other-header", False, "Another version.", _text(lambda t: t.replace("@v1", "@v2"))),
    ("not-utf-8", False, "Not UTF-8.", b"\xff" + _text(str)),
    ("carriage-returns", False, "CR LF lines.", _text(lambda t: t.replace("\n", "\r\n"))),
    ("no-index", False, "No index line.", _text(lambda t: t.replace("index 6\n", ""))),
    ("nothing-but-header", False, "Only the header.", b"c2sp.org/tlog-proof@v1\n\n"),
    ("index-leading-zero", False, "A second spelling of the index.",
     _text(lambda t: t.replace("index 6", "index 06"))),
    ("index-signed", False, "A sign.", _text(lambda t: t.replace("index 6", "index +6"))),
    ("index-other-digits", False, "Digits that are not ASCII.",
     _text(lambda t: t.replace("index 6", "index \u0666"))),
    ("index-other-leaf", False, "Another leaf.", _text(lambda t: t.replace("index 6", "index 7"))),
    ("index-outside", False, "Beyond the tree.", _text(lambda t: t.replace("index 6", "index 11"))),
    ("node-missing", False, "A hash less.", _text(lambda t: t.replace(_FIRST + "\n", ""))),
    ("node-twice", False, "A hash more.",
     _text(lambda t: t.replace(_FIRST, f"{_FIRST}\n{_FIRST}"))),
    ("node-changed", False, "One bit of a hash.",
     _text(lambda t: t.replace(_FIRST, base64.b64encode(_flip(Leaf().path[0], 7)).decode()))),
    ("node-short", False, "A hash of 31 bytes.",
     _text(lambda t: t.replace(_FIRST, base64.b64encode(Leaf().path[0][1:]).decode()))),
    ("node-unpadded", False, "Base64 without padding.",
     _text(lambda t: t.replace(_FIRST, _FIRST.rstrip("=")))),
    ("node-stray-bits", False, "Base64 whose unused bits are not zero.",
     _text(lambda t: t.replace(_FIRST, _stray(_FIRST)))),
    ("extra-not-base64", False, "Extra data in no base64.",
     _text(lambda t: t.replace("index", "extra *\nindex"))),
    ("extra-after-index", False, "Extra data in the wrong place.",
     _text(lambda t: t.replace("index 6\n", "index 6\nextra AA==\n"))),
    ("no-checkpoint", False, "The proof alone.", _text(lambda t: t.partition("\n\n")[0] + "\n\n")),
    ("no-blank-line", False, "No blank line.", _text(lambda t: t.replace("\n\n", "\n"))),
    ("checkpoint-unsigned", False, "A checkpoint without signature.",
     _text(lambda t: t.rpartition("\n\n")[0] + "\n\n")),
    ("checkpoint-other-key", False, "Signed by another key under the log's name.",
     Leaf().tlog_proof(OTHER_SIGNER).encode().encode()),
    ("checkpoint-changed", False, "Another size under the old signature.",
     _text(lambda t: t.replace("\n11\n", "\n12\n"))),
]  # fmt: skip


def _parts(receipt: bytes) -> list[Any]:
    """The four parts of a COSE_Sign1, free to be changed (cbor2 gives frozen ones)."""
    protected, unprotected, payload, signature = cbor2.loads(receipt).value
    return [protected, {396: {-1: list(unprotected[396][-1])}}, payload, signature]


def _cose(
    change: Callable[[list[Any]], object] = lambda body: None,
    *,
    tag: int = 18,
    canonical: bool = True,
) -> bytes:
    """The receipt with its four parts changed; its proof is part 1, label 396, -1."""
    body = _parts(Leaf().receipt())
    change(body)
    return cbor2.dumps(cbor2.CBORTag(tag, body), canonical=canonical)


def _header(**labels: Any) -> Callable[[list[Any]], object]:
    """The protected header with other labels, signed again so that only the header is wrong."""

    def change(body: list[Any]) -> None:
        header = {1: -8, 4: LOG_SIGNER.key.key_id, 395: 1}
        for name, value in labels.items():
            header[int(name[1:])] = value
        header = {label: value for label, value in header.items() if value is not None}
        body[0] = cbor2.dumps(header, canonical=True)
        structure = ["Signature1", body[0], b"", bytes(Leaf().root)]
        body[3] = LOG_SIGNER.sign_bytes(cbor2.dumps(structure))

    return change


def _proof(function: Callable[[Any], Any]) -> Callable[[list[Any]], object]:
    def change(body: list[Any]) -> None:
        proof = function(cbor2.loads(body[1][396][-1][0]))
        body[1] = {396: {-1: [cbor2.dumps(proof, canonical=True)]}}

    return change


def _set(at: int, value: Any) -> Callable[[list[Any]], object]:
    return lambda body: body.__setitem__(at, value)


def _with_true() -> bytes:
    """A receipt for leaf 1 of 2, with true spelled for 1."""
    leaf = Leaf(1, 2)
    body = _parts(leaf.receipt())
    _proof(lambda p: [p[0], True, p[2]])(body)
    return cbor2.dumps(cbor2.CBORTag(18, body), canonical=True)


def _without_path() -> bytes:
    """A receipt for a tree of one leaf, rightly signed: not expressible all the same."""
    root = Leaf(0, 1).root
    body = _parts(Leaf().receipt())
    _proof(lambda _: [1, 0, []])(body)
    body[3] = LOG_SIGNER.sign_bytes(signed_bytes(LOG_SIGNER.key.key_id, root))
    return cbor2.dumps(cbor2.CBORTag(18, body), canonical=True)


_GOOD = Leaf().receipt()

COSE_CASES: list[tuple[str, bool, str, bytes]] = [
    ("middle-leaf", True, "A leaf inside an uneven tree.", _GOOD),
    ("first-leaf", True, "Leaf 0.", Leaf(0, 11).receipt()),
    ("last-leaf", True, "A short path.", Leaf(10, 11).receipt()),
    ("large-tree", True, "Sizes of more than one byte.", Leaf(299, 300).receipt()),
    ("empty", False, "No bytes.", b""),
    ("not-cbor", False, "Not CBOR.", b"\xff"),
    ("cut-short", False, "A byte missing.", _GOOD[:-1]),
    ("byte-added", False, "A byte more.", _GOOD + b"\x00"),
    ("untagged", False, "No tag.", cbor2.dumps(cbor2.loads(_GOOD).value, canonical=True)),
    ("other-tag", False, "COSE_Sign.", _cose(tag=98)),
    ("not-an-array", False, "A tag around a number.", cbor2.dumps(cbor2.CBORTag(18, 1))),
    ("payload-attached", False, "The root carried along.", _cose(_set(2, bytes(Leaf().root)))),
    ("fifth-part", False, "One part more.", _cose(lambda body: body.append(None))),
    ("indefinite-length", False, "The same array without a length.",
     b"\xd2\x9f" + _GOOD[2:] + b"\xff"),
    ("long-integer", False, "The tag in more bytes than needed.", b"\xd8\x12" + _GOOD[1:]),
    ("unprotected-label-more", False, "One unprotected label more.",
     _cose(lambda body: body[1].update({4: b"kid"}))),
    ("two-proofs", False, "Two inclusion proofs.",
     _cose(lambda body: body[1][396][-1].append(body[1][396][-1][0]))),
    ("consistency-proof", False, "A consistency proof.",
     _cose(_set(1, {396: {-2: [cbor2.dumps([7, 11, [b"\x00" * 32]])]}}))),
    ("no-proof", False, "No proof.", _cose(_set(1, {}))),
    ("header-empty", False, "No protected header.", _cose(_set(0, b""))),
    ("algorithm-other", False, "ES256 by its word.", _cose(_header(_1=-7))),
    ("algorithm-missing", False, "No algorithm.", _cose(_header(_1=None))),
    ("structure-other", False, "Another kind of tree.", _cose(_header(_395=2))),
    ("structure-missing", False, "No kind of tree.", _cose(_header(_395=None))),
    ("key-id-missing", False, "No key id.", _cose(_header(_4=None))),
    ("key-id-text", False, "A key id that is text.", _cose(_header(_4="log"))),
    ("key-id-other", False, "Another key's id.", _cose(_header(_4=b"\x00\x00\x00\x01"))),
    ("critical-label", False, "A label that must be understood.", _cose(_header(_2=[99], _99=1))),
    ("index-other", False, "Another leaf.", _cose(_proof(lambda p: [p[0], 7, p[2]]))),
    ("index-outside", False, "Beyond the tree.", _cose(_proof(lambda p: [p[0], 11, p[2]]))),
    ("index-negative", False, "Below the tree.", _cose(_proof(lambda p: [p[0], -1, p[2]]))),
    ("index-true", False, "true is not 1.", _with_true()),
    ("index-huge", False, "Beyond 63 bits.", _cose(_proof(lambda p: [2**64, 2**63, p[2]]))),
    ("size-other", False, "A size the path does not fit.",
     _cose(_proof(lambda p: [p[0] + 100, p[1], p[2]]))),
    ("path-empty-at-size-one", False, "Rightly signed, but the standard has no empty path.",
     _without_path()),
    ("path-short", False, "A hash less.", _cose(_proof(lambda p: [p[0], p[1], p[2][:-1]]))),
    ("path-long", False, "A hash more.", _cose(_proof(lambda p: [p[0], p[1], p[2] * 2]))),
    ("path-very-long", False, "Sixty-four hashes.",
     _cose(_proof(lambda p: [p[0], p[1], p[2][:1] * 64]))),
    ("path-text", False, "A hash that is text.",
     _cose(_proof(lambda p: [p[0], p[1], ["a" * 32, *p[2][1:]]]))),
    ("path-node-short", False, "A hash of 31 bytes.",
     _cose(_proof(lambda p: [p[0], p[1], [p[2][0][1:], *p[2][1:]]]))),
    ("path-node-changed", False, "One bit of a hash.",
     _cose(_proof(lambda p: [p[0], p[1], [_flip(p[2][0], 9), *p[2][1:]]]))),
    ("signature-changed", False, "One bit of the signature.",
     _cose(lambda body: _set(3, _flip(body[3], 70))(body))),
    ("signature-short", False, "A signature of 63 bytes.",
     _cose(lambda body: _set(3, body[3][1:])(body))),
    ("signed-by-another", False, "Another key under the log key's id.",
     _cose(_set(3, OTHER_SIGNER.sign_bytes(signed_bytes(LOG_SIGNER.key.key_id, Leaf().root))))),
    ("other-log", False, "Another log's receipt.", Leaf().receipt(OTHER_SIGNER)),
]  # fmt: skip


def tlog_files() -> Iterator[tuple[str, bytes]]:
    """Name under tests/vectors and content."""
    yield from _files("tlog-proof", "proof.tlog-proof", TLOG_CASES, _judge_tlog)


def cose_files() -> Iterator[tuple[str, bytes]]:
    """Name under tests/vectors and content."""
    yield from _files("cose-receipt", "receipt.cbor", COSE_CASES, _judge_cose)


def _judge_tlog(data: bytes) -> dict[str, Any]:
    checkpoint = check_tlog_proof(parse_tlog_proof(data), ENTRY, LOG_SIGNER.key)
    return {"size": checkpoint.size, "root": checkpoint.root.hex()}


def _judge_cose(data: bytes) -> dict[str, Any]:
    receipt = parse_receipt(data)
    root = check_receipt(receipt, ENTRY, LOG_SIGNER.key)
    return {"size": receipt.size, "root": root.hex()}


def _files(
    kind: str,
    name: str,
    cases: list[tuple[str, bool, str, bytes]],
    judge: Callable[[bytes], dict[str, Any]],
) -> Iterator[tuple[str, bytes]]:
    for number, (what, valid, why, data) in enumerate(cases, start=1):
        verdict = "valid" if valid else "refused"
        expected: dict[str, Any] = {"why": why, "verdict": verdict, "code": None}
        try:
            expected |= judge(data)
        except LedgerError as error:
            expected["code"] = error.code
        assert valid is (expected["code"] is None), f"{kind} {what}: {expected['code']}"
        folder = f"{kind}/{number:02}-{what}_{verdict}"
        yield f"{folder}/{name}", data
        yield f"{folder}/entry.hex", ENTRY.hex().encode() + b"\n"
        yield f"{folder}/key.txt", LOG_SIGNER.key.vkey.encode() + b"\n"
        yield f"{folder}/expected.json", pretty(expected)
