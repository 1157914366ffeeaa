"""The evidence that comes with an event: the record that its commitment holds."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, NoReturn

from ledger import canonical
from ledger.errors import InvalidInput, VerificationFailed
from ledger.exchange import erds
from ledger.exchange.signed import Opening, Step
from ledger.records.commitment import commitment_of
from ledger.services.exchange_authority import under

MOST_BYTES = 64 * 1024

_SALT = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class HandedEvidence:
    """An evidence record as it will be stored and given to both parties: canonical JSON of the
    envelope, and the salt it is committed with."""

    record: str
    salt: bytes

    @classmethod
    def read(cls, value: Any, signed: Opening | Step) -> HandedEvidence:
        """Read `{"envelope": …, "recordSalt": hex}`, which must be the evidence of exactly that
        opening or step, and what was signed as its commitment.

        Raises InvalidInput `evidence-malformed` or `evidence-differs` and VerificationFailed
        `evidence-differs`, with a pointer under `/evidenceRecord`.
        """
        if not isinstance(value, dict) or set(value) != {"envelope", "recordSalt"}:
            _refuse("evidence has envelope and recordSalt", "")
        envelope, salt = value["envelope"], value["recordSalt"]
        if not isinstance(salt, str) or _SALT.fullmatch(salt) is None:
            _refuse("a record salt is 64 lower-case hexadecimal digits", "/recordSalt")
        record = canonical.encode(envelope)
        if len(record) > MOST_BYTES:
            _refuse(f"more than {MOST_BYTES} bytes", "/envelope")
        try:
            erds.read_record(envelope).check_describes(signed)
        except InvalidInput as error:
            raise under(error, "/evidenceRecord/envelope") from error
        if commitment_of(envelope, bytes.fromhex(salt)) != signed.evidence:
            raise VerificationFailed(
                "evidence-differs",
                "the record does not make the commitment that was signed",
                pointer="/evidenceRecord/envelope",
            )
        return cls(record.decode(), bytes.fromhex(salt))


def _refuse(detail: str, at: str) -> NoReturn:
    raise InvalidInput("evidence-malformed", detail, pointer=f"/evidenceRecord{at}")
