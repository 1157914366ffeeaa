"""Evidence records of RFC 4998, built step by step as section 4.2 and 5.2 tell it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field

from asn1crypto import algos, cms, core, tsp

from tests.support.time_authority import TimeAuthority

Authority = Callable[[], TimeAuthority]


def stamp_digest(algorithm: str, digest: bytes, authority: TimeAuthority) -> bytes:
    """A token over a digest, DER."""
    asked = tsp.TimeStampReq(
        {
            "version": "v1",
            "message_imprint": {
                "hash_algorithm": algos.DigestAlgorithm({"algorithm": algorithm}),
                "hashed_message": digest,
            },
            "cert_req": True,
        }
    )
    answer = tsp.TimeStampResp.load(authority.answer(asked.dump()))
    return bytes(answer["time_stamp_token"].dump())


@dataclass
class RecordBuilder:
    """A record over data objects; `renew_stamp` and `renew_chain` lengthen it."""

    objects: list[bytes]
    chains: list[list[bytes]] = field(default_factory=list)
    """DER of each archive time-stamp."""
    tokens: list[bytes] = field(default_factory=list)
    algorithm: str = "sha256"

    def start(self, authority: TimeAuthority, others: int = 0, *, tree: bool = True) -> None:
        """The first chain; `others` unrelated objects stand in the tree beside it."""
        leaves = [self._hash(one) for one in self.objects]
        self.chains.append([self._stamp(leaves, authority, others, tree=tree)])

    def renew_stamp(self, authority: TimeAuthority, others: int = 0) -> None:
        """5.1: a time-stamp over the last one, with the chain's algorithm."""
        leaf = self._hash(self.tokens[-1])
        self.chains[-1].append(self._stamp([leaf], authority, others, tree=bool(others)))

    def renew_chain(self, authority: TimeAuthority, algorithm: str, others: int = 0) -> None:
        """5.2: a chain over the data and all chains before, with another algorithm."""
        self.algorithm = algorithm
        before = self._hash(_sequence([_sequence(chain) for chain in self.chains]))
        leaves = [self._hash(self._hash(one) + before) for one in self.objects]
        self.chains.append([self._stamp(leaves, authority, others, tree=True)])

    def encode(self) -> bytes:
        """The record, DER."""
        algorithm = algos.DigestAlgorithm({"algorithm": self.algorithm}).dump()
        chains = _sequence([_sequence(chain) for chain in self.chains])
        return _sequence([core.Integer(1).dump(), _sequence([algorithm]), chains])

    def _stamp(
        self, leaves: list[bytes], authority: TimeAuthority, others: int, *, tree: bool
    ) -> bytes:
        parts: list[list[bytes]] = []
        root = leaves[0]
        if tree:
            parts.append(leaves)
            root = self._join(leaves)
            for number in range(others):
                beside = [self._hash(b"somebody else's %d" % number)]
                parts.append(beside)
                root = self._join([*beside, root])
        token = stamp_digest(self.algorithm, root, authority)
        self.tokens.append(cms.ContentInfo.load(token).dump())
        fields = [_tagged(0, algos.DigestAlgorithm({"algorithm": self.algorithm}).dump())]
        if parts:
            listed = [_sequence([core.OctetString(one).dump() for one in part]) for part in parts]
            fields.append(_tagged(2, _sequence(listed)))
        return _sequence([*fields, token])

    def _join(self, values: list[bytes]) -> bytes:
        return values[0] if len(values) == 1 else self._hash(b"".join(sorted(values)))

    def _hash(self, data: bytes) -> bytes:
        return hashlib.new(self.algorithm, data).digest()


def _sequence(parts: list[bytes]) -> bytes:
    return bytes(core.Sequence(contents=b"".join(parts)).dump())


def _tagged(number: int, der: bytes) -> bytes:
    """IMPLICIT: the tag replaced, the content kept."""
    return bytes([0xA0 | number]) + der[1:]
