"""One vector: what goes into its folder, and what every verifier must say about it."""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from ledger import canonical
from ledger.clock import format_time, from_unix
from ledger.proof.bundle import checksum
from ledger.proof.trust import parse_trust
from ledger.verify.quorum import QuorumReader
from ledger.verify.report import Verdict
from ledger.verify.verifier import verify
from tests.support.recorded_chain import RecordedChain
from tests.support.vectors.edits import Edit
from tests.support.vectors.world import NOW, World


def _leave(_: dict[str, Any]) -> None:
    """Changes nothing."""


@dataclass(frozen=True, kw_only=True)
class Case:
    """A world, and what was bent in bundle, trust file or recorded chain.

    `edit` changes the bundle's JSON; its checksum is then made good, as a forger would. `damage`
    changes the bytes afterwards. `chain` None means that no chain is asked.
    """

    what: str
    verdict: Verdict
    why: str
    world: World = field(default_factory=World)
    edit: Edit = _leave
    damage: Callable[[bytes], bytes] = bytes
    trust: Edit = _leave
    chain: Edit | None = _leave
    second_chain: Edit | None = None
    now: int = NOW

    def files(self) -> dict[str, bytes]:
        """Name and content of the folder's input files."""
        bundle = self.world.bundle().to_json()
        self.edit(bundle)
        bundle["checksum"] = checksum(bundle).hex()
        trust = self.world.trust().to_json()
        self.trust(trust)
        files = {
            "bundle.json": self.damage(canonical.encode(bundle)),
            "trust.json": pretty(trust),
            "now.txt": format_time(from_unix(self.now)).encode() + b"\n",
        }
        for name, edit in (("chain.json", self.chain), ("chain-2.json", self.second_chain)):
            if edit is not None:
                chain = deepcopy(self.world.chain())
                edit(chain)
                files[name] = pretty(chain)
        return files

    def expected(self) -> dict[str, Any]:
        """What the verifier of this tree says; AssertionError if it is not the case's verdict."""
        files = self.files()
        nodes = [
            RecordedChain(json.loads(files[name]))
            for name in ("chain.json", "chain-2.json")
            if name in files
        ]
        report = verify(
            files["bundle.json"],
            parse_trust(files["trust.json"]),
            QuorumReader(nodes) if nodes else None,
            from_unix(self.now),
        )
        assert report.verdict is self.verdict, f"{self.what}: {report.verdict}"
        return {
            "why": self.why,
            "verdict": report.verdict.value,
            "checks": {str(check.number): check.outcome.value for check in report.checks},
            "codes": {str(check.number): check.code for check in report.checks if check.code},
            "notices": list(report.notices),
        }

    def folder(self, number: int) -> str:
        """`<nn>-<what>_<verdict>`."""
        slug = self.verdict.value.replace(", ", "-").replace(" ", "-")
        return f"{number:02}-{self.what}_{slug}"


def forged(what: str, why: str, edit: Edit | None = None, **more: Any) -> Case:
    """A case whose verdict is "does not match"."""
    return Case(what=what, why=why, verdict=Verdict.DOES_NOT_MATCH, edit=edit or _leave, **more)


def pretty(value: Any) -> bytes:
    """Indented JSON, one line feed at the end."""
    return json.dumps(value, indent=1, ensure_ascii=False).encode() + b"\n"
