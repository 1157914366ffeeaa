"""Verifying for those who ask over HTTP: the same verifiers, our trust anchors, our nodes."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from cryptography.x509 import Certificate

from ledger.clock import Clock
from ledger.ports import ChainReader, LegReader
from ledger.proof.trust import TrustAnchors
from ledger.verify.leg_report import LegReport
from ledger.verify.leg_verifier import verify_leg
from ledger.verify.report import Report
from ledger.verify.verifier import verify

ZIP = b"PK"
"""What the bundle of a leg begins with, and no JSON does."""


class Verifying:
    """Judges bundles. Whoever does not trust us runs the same verifiers elsewhere.

    Without a chain (None) they rest on the trust file, and say so. `legs` tells what became of a
    leg since, `time_roots` are those of the time-stamping authority, if there is one.
    """

    def __init__(
        self,
        trust: Callable[[], TrustAnchors],
        reader: ChainReader | None,
        clock: Clock,
        legs: LegReader | None = None,
        time_roots: Sequence[Certificate] = (),
    ) -> None:
        self._trust = trust
        self._reader = reader
        self._clock = clock
        self._legs = legs
        self._time_roots = time_roots
        # The bundle of a leg may hold documents: one at a time is in memory, however many ask.
        self._turn = threading.Lock()

    def verify(self, bundle: bytes) -> Report:
        """The report on the bundle of a record; never raises for what it holds."""
        return verify(bundle, self._trust(), self._reader, self._clock.now())

    def verify_leg(self, read: Callable[[], bytes]) -> LegReport:
        """The report on the bundle of a leg, which is read when its turn has come; never raises
        for what it holds."""
        with self._turn:
            return verify_leg(
                read(), self._trust(), self._reader, self._clock.now(), self._time_roots, self._legs
            )
