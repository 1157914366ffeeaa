"""C2SP tlog-proof: the log's part of a bundle as text that foreign tools read.

::

    c2sp.org/tlog-proof@v1
    [extra <base64>]
    index <leaf index>
    <base64 of one hash of the inclusion path>     leaf's sibling first; none for a tree of one
    <blank line>
    <the checkpoint, verbatim>

The logged data is the 64-byte entry, which the reader must have from elsewhere. `extra` is
authenticated by nobody. File name extension `.tlog-proof`.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass

from ledger.digest import DIGEST_BYTES, Digest
from ledger.errors import InvalidInput
from ledger.merkle.checkpoint import Checkpoint, check_checkpoint
from ledger.merkle.hashes import leaf_hash
from ledger.merkle.note import NoteKey, decode_base64
from ledger.merkle.proofs import check_inclusion

MEDIA_TYPE = "text/x.tlog-proof"

MAX_PROOF_BYTES = 1_000_000

_HEADER = "c2sp.org/tlog-proof@v1"
_INDEX = re.compile(r"index (0|[1-9][0-9]{0,18})", re.ASCII)
_MOST_PATH = 63


@dataclass(frozen=True, slots=True)
class TlogProof:
    """One proof as read or about to be written; `extra` is None where there is no such line."""

    index: int
    path: tuple[Digest, ...]
    checkpoint: str
    extra: bytes | None = None

    def encode(self) -> str:
        """The text of the proof."""
        lines = [_HEADER]
        if self.extra is not None:
            lines.append("extra " + base64.b64encode(self.extra).decode())
        lines.append(f"index {self.index}")
        lines.extend(base64.b64encode(node).decode() for node in self.path)
        return "\n".join(lines) + "\n\n" + self.checkpoint


def parse_tlog_proof(data: bytes) -> TlogProof:
    """Read a proof. Raises InvalidInput `tlog-proof-malformed`.

    The checkpoint is kept unread: only `check_tlog_proof` opens it.
    """
    if len(data) > MAX_PROOF_BYTES:
        raise _malformed(f"{len(data)} bytes; at most {MAX_PROOF_BYTES} are read")
    try:
        head, blank, checkpoint = data.decode().partition("\n\n")
    except UnicodeDecodeError as error:
        raise _malformed("not UTF-8") from error
    if not blank:
        raise _malformed("no blank line before the checkpoint")
    first, *lines = head.split("\n")
    if first != _HEADER:
        raise _malformed(f"the first line is not {_HEADER}")
    extra = None
    if lines and lines[0].startswith("extra "):
        extra = decode_base64(lines.pop(0).removeprefix("extra "))
        if extra is None:
            raise _malformed("the extra data is not base64")
    index = _INDEX.fullmatch(lines.pop(0)) if lines else None
    if index is None:
        raise _malformed("no line with the index as a plain decimal number")
    return TlogProof(int(index[1]), _read_path(lines), checkpoint, extra)


def check_tlog_proof(proof: TlogProof, entry: bytes, key: NoteKey) -> Checkpoint:
    """The checkpoint under which the entry stands in the key's log.

    Raises VerificationFailed or InvalidInput as `check_checkpoint` and `check_inclusion` do.
    """
    checkpoint = check_checkpoint(proof.checkpoint, key)
    check_inclusion(leaf_hash(entry), proof.index, checkpoint.size, proof.path, checkpoint.root)
    return checkpoint


def _read_path(lines: Sequence[str]) -> tuple[Digest, ...]:
    if len(lines) > _MOST_PATH:
        raise _malformed(f"more than {_MOST_PATH} hashes")
    path = []
    for line in lines:
        node = decode_base64(line)
        if node is None or len(node) != DIGEST_BYTES:
            raise _malformed("a line of the path is not base64 of 32 bytes")
        path.append(Digest(node))
    return tuple(path)


def _malformed(detail: str) -> InvalidInput:
    return InvalidInput("tlog-proof-malformed", detail)
