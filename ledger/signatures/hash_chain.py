"""X-Road's hash chains: one signature, or one time-stamp, over many messages at once.

What is signed is a result file with the digest of a hash step; the chain file lists the steps; a
step's values are digests of entries (`DataRef`), of other steps (`StepRef`) or of somebody else's
messages (`HashValue`). A step's digest is over the DER of its values with their algorithms
(`DigestList`). An entry that a chain names and the container lacks may be left out by whoever
exports a message without its attachments; a chain that reaches nothing at all proves nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from asn1crypto import core
from lxml import etree

from ledger.signatures.archive import Archive, ArchiveRefused
from ledger.signatures.digest_methods import DigestRefused, digest, of_uri
from ledger.signatures.signed_xml import (
    XmlRefused,
    decode_base64,
    entry_of_uri,
    local_name,
    namespace_of,
    read_xml,
)

NAMESPACE = "http://cyber.ee/hashchain"
MAX_STEPS = 10_000
MAX_DEPTH = 64
_LOOKS_LIKE = b"cyber.ee/hashchain"


class HashChainBroken(Exception):
    """The chain does not lead from the entries to what was signed; `code` says how."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code


@dataclass
class Followed:
    """What a chain was seen to be over, and the files it is made of."""

    covers: list[str] = field(default_factory=list)
    files: list[str] = field(default_factory=list)


def is_hash_chain(archive: Archive, name: str) -> bool:
    """Whether an entry is a file of a hash chain and not a document."""
    if not name.endswith(".xml") or archive.size(name) > 1 << 20:
        return False
    try:
        data = archive.read(name)
        return _LOOKS_LIKE in data and namespace_of(read_xml(data)) == NAMESPACE
    except (ArchiveRefused, XmlRefused):
        return False


def follow(archive: Archive, result_name: str) -> Followed:
    """From a result file down to the entries. Raises HashChainBroken."""
    result = _read(archive, result_name, "HashChainResult")
    algorithm, value = _digest_of(result, None)
    walk = _Walk(archive, Followed(files=[result_name]))
    computed, _ = walk.step(result.get("URI", ""), None, algorithm, 0)
    if computed != value:
        raise HashChainBroken("hash-chain-broken", f"{result_name} is not the digest of its step")
    if not walk.followed.covers:
        raise HashChainBroken("hash-chain-empty", f"{result_name} leads to no entry")
    return walk.followed


class _Walk:
    def __init__(self, archive: Archive, followed: Followed) -> None:
        self._archive = archive
        self.followed = followed
        self._chains: dict[str, etree._Element] = {}
        self._steps = 0

    def step(self, uri: str, here: str | None, wanted: str | None, depth: int) -> tuple[bytes, str]:
        """Digest of the step, and the URI of its algorithm."""
        self._steps += 1
        if depth > MAX_DEPTH or self._steps > MAX_STEPS:
            raise HashChainBroken("hash-chain-broken", "too many steps")
        path, _, step_id = uri.partition("#")
        name = entry_of_uri_or_break(path) if path else here
        if name is None:
            raise HashChainBroken("hash-chain-broken", f"no step: {uri:.80}")
        chain = self._chain(name)
        step = next((each for each in chain if each.get("id") == step_id), None)
        if step is None:
            raise HashChainBroken("hash-chain-broken", f"no step {step_id:.40} in {name}")
        default = _default_method(chain)
        values = [self._value(item, name, default, depth) for item in step if local_name(item)]
        if not values:
            raise HashChainBroken("hash-chain-broken", f"an empty step in {name}")
        method = wanted or default
        if method is None:
            raise HashChainBroken("hash-chain-broken", f"no algorithm in {name}")
        if len(values) == 1 and values[0][1] == method:
            return values[0][0], method
        listed = _DigestList(
            [{"value": value, "method": by, "transforms": []} for value, by in values]
        )
        return digest(_algorithm(method), listed.dump()), method

    def _value(
        self, item: etree._Element, name: str, default: str | None, depth: int
    ) -> tuple[bytes, str]:
        kind = local_name(item)
        method, told = _digest_of(item, default)
        if any(local_name(each) == "Transforms" and len(each) for each in item):
            raise HashChainBroken("hash-chain-broken", "transforms are not followed")
        if kind == "HashValue":
            return told, method
        if kind == "StepRef":
            computed, by = self.step(item.get("URI", ""), name, method, depth + 1)
            if told not in {b"", computed}:
                raise HashChainBroken("hash-chain-broken", "a step has another digest")
            return computed, by
        if kind != "DataRef":
            raise HashChainBroken("hash-chain-broken", f"unknown value {kind:.40}")
        entry = entry_of_uri_or_break(item.get("URI", ""))
        if entry in self._archive:
            if digest(_algorithm(method), self._archive.read(entry)) != told:
                raise HashChainBroken("content-changed", f"{entry} is not what was signed")
            self.followed.covers.append(entry)
        return told, method

    def _chain(self, name: str) -> etree._Element:
        if name not in self._chains:
            self._chains[name] = _read(self._archive, name, "HashChain")
            self.followed.files.append(name)
        return self._chains[name]


def entry_of_uri_or_break(uri: str) -> str:
    """As `entry_of_uri`. Raises HashChainBroken."""
    try:
        return entry_of_uri(uri)
    except ValueError as error:
        raise HashChainBroken("hash-chain-broken", str(error)) from None


def _read(archive: Archive, name: str, kind: str) -> etree._Element:
    if name not in archive:
        raise HashChainBroken("entry-missing", f"the container has no {name:.80}")
    try:
        root = read_xml(archive.read(name))
    except (XmlRefused, ArchiveRefused) as error:
        raise HashChainBroken("hash-chain-broken", f"{name}: {error}") from None
    if local_name(root) != kind or namespace_of(root) != NAMESPACE:
        raise HashChainBroken("hash-chain-broken", f"{name} is no {kind}")
    return root


def _default_method(chain: etree._Element) -> str | None:
    for each in chain:
        if local_name(each) == "DefaultDigestMethod":
            return each.get("Algorithm")
    return None


def _digest_of(element: etree._Element, default: str | None) -> tuple[str, bytes]:
    method, value = default, b""
    for child in element:
        if local_name(child) == "DigestMethod":
            method = child.get("Algorithm")
        elif local_name(child) == "DigestValue":
            try:
                value = decode_base64(child.text)
            except ValueError as error:
                raise HashChainBroken("hash-chain-broken", f"digest value: {error}") from None
    if method is None:
        raise HashChainBroken("hash-chain-broken", "a value without an algorithm")
    _algorithm(method)
    return method, value


def _algorithm(uri: str) -> str:
    try:
        return of_uri(uri)
    except DigestRefused as refused:
        code = "algorithm-weak" if refused.weak else "algorithm-unknown"
        raise HashChainBroken(code, str(refused)) from None


class _Transforms(core.SequenceOf):  # type: ignore[misc]
    _child_spec = core.Any


class _SingleDigest(core.Sequence):  # type: ignore[misc]
    _fields = [  # noqa: RUF012 - how asn1crypto is told
        ("value", core.OctetString),
        ("method", core.UTF8String),
        ("transforms", _Transforms),
    ]


class _DigestList(core.SequenceOf):  # type: ignore[misc]
    _child_spec = _SingleDigest
