"""Verifying for those who ask over HTTP: the same verifier, our trust anchors, our nodes."""

from __future__ import annotations

from collections.abc import Callable

from ledger.clock import Clock
from ledger.ports import ChainReader
from ledger.proof.trust import TrustAnchors
from ledger.verify.report import Report
from ledger.verify.verifier import verify


class Verifying:
    """Judges bundles. Whoever does not trust us runs the same verifier elsewhere."""

    def __init__(
        self, trust: Callable[[], TrustAnchors], reader: ChainReader, clock: Clock
    ) -> None:
        self._trust = trust
        self._reader = reader
        self._clock = clock

    def verify(self, bundle: bytes) -> Report:
        """The report of the numbered checks; never raises for what the bundle holds."""
        return verify(bundle, self._trust(), self._reader, self._clock.now())
