"""Measure what the contracts cost and write the table in contracts/README.md.

Every figure is the gas of a whole transaction, the 21,000 of any transaction included, on a fresh
anvil under the rules of London. Keys, ids and leaves are fixed, so the figures repeat exactly and
``--check`` compares the text.

The tree of an append is real: as many leaves as the row says, and the RFC 9162 proof between the
two sizes. The cost depends on the two sizes alone, never on how many records stand behind a leaf;
the worst pair of sizes is searched for, not guessed.

Exit codes: 0 written or fresh, 1 stale, above the bar, or no chain.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "contracts" / "README.md"
BEGIN, END = "<!-- gas table: begin -->\n", "<!-- gas table: end -->\n"
APPEND_BAR = 110_000
MILLION = 1_000_000


class Tree:
    """A Merkle tree that answers for its prefixes, from the hashes of its perfect subtrees."""

    def __init__(self, size: int) -> None:
        """Hash ``size`` leaves; leaf ``i`` has the 64-byte entry that spells ``i``."""
        leaves = (hashlib.sha256(b"\0" + i.to_bytes(64, "big")).digest() for i in range(size))
        self._levels = [list(leaves)]
        while len(below := self._levels[-1]) > 1:
            pairs = zip(below[::2], below[1::2], strict=False)
            self._levels.append([hashlib.sha256(b"\1" + a + b).digest() for a, b in pairs])

    def root(self, begin: int, end: int) -> bytes:
        """RFC 9162 section 2.1.1: ``MTH(D[begin:end])``."""
        count = end - begin
        if count & (count - 1) == 0 and begin % count == 0:
            return self._levels[count.bit_length() - 1][begin // count]
        middle = begin + (1 << ((count - 1).bit_length() - 1))
        return hashlib.sha256(b"\1" + self.root(begin, middle) + self.root(middle, end)).digest()

    def consistency(self, old: int, new: int) -> list[bytes]:
        """RFC 9162 section 2.1.4.1: ``PROOF(old, D[new])``."""
        proof: list[bytes] = []
        begin, end, complete = 0, new, True
        while old != end - begin:
            middle = begin + (1 << ((end - begin - 1).bit_length() - 1))
            if old <= middle - begin:
                proof.append(self.root(middle, end))
                end = middle
            else:
                proof.append(self.root(begin, middle))
                old, begin, complete = old - (middle - begin), middle, False
        return ([] if complete else [self.root(begin, end)]) + proof[::-1]


def append_work(old: int, new: int) -> tuple[int, int]:
    """Rank a pair of sizes by what an append does: hashes made, then proof nodes carried."""
    fn, sn = old - 1, new - 1
    nodes = 0 if old & (old - 1) == 0 else 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    hashes = 0
    while sn:
        if fn & 1 or fn == sn:
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
            hashes += 1
        hashes += 1
        nodes += 1
        fn, sn = fn >> 1, sn >> 1
    return hashes, nodes


def measure() -> list[tuple[str, int]]:
    """Give every row of the table as (what, gas)."""
    sys.path.insert(0, str(ROOT))
    from tests.support.contract_chain import (
        RECALLED,
        STATUS,
        ContractChain,
        make_account,
        running_anvil,
        sign_status,
    )

    rows: list[tuple[str, int]] = []
    tree = Tree(MILLION)
    with running_anvil("london") as web3:
        chain = ContractChain.deploy(web3)
        deployments = [(f"deploy {name}", r["gasUsed"]) for name, r in chain.deployments.items()]

        def append(log_id: bytes, publisher: Any, old: int, new: int) -> int:
            proof = tree.consistency(old, new) if old else []
            call = chain.log.functions.append(log_id, new, tree.root(0, new), proof)
            return int(chain.send(publisher, call)["gasUsed"])

        log_id, publisher = chain.open_log("first")
        rows.append(("append, first head", append(log_id, publisher, 0, 1)))
        rows.append(("append, 1 → 1,000 leaves", append(log_id, publisher, 1, 1000)))
        rows.append(("append, head repeated", append(log_id, publisher, 1, 1000)))
        worst = max(range(1, MILLION), key=lambda old: append_work(old, MILLION))
        for old, remark in [(990_000, ""), (999_999, ""), (worst, ": the worst pair there is")]:
            log_id, publisher = chain.open_log(f"from {old}")
            append(log_id, publisher, 0, 1)
            append(log_id, publisher, 1, old)
            what = f"append, {old:,} → 1,000,000 leaves{remark}"
            rows.append((what, append(log_id, publisher, old, MILLION)))

        registry = chain.registry.functions
        org = bytes(web3.keccak(text="producer"))
        profile = bytes(web3.keccak(text="profile"))
        signer = make_account("signer")
        governed = [
            ("registerOrganization", registry.registerOrganization(org, profile, 1)),
            ("addKey", registry.addKey(org, signer.address, False, STATUS, 0, 0)),
        ]
        rows += [(what, chain.govern(call)["gasUsed"]) for what, call in governed]
        call = sign_status(chain, signer, org, subject=profile, kind=RECALLED, reason=profile)
        rows.append(("declare, first about a subject", chain.govern(call)["gasUsed"]))
        call = sign_status(
            chain, signer, org, subject=profile, kind=RECALLED, reason=profile, nonce=profile
        )
        rows.append(("declare, a further one", chain.govern(call)["gasUsed"]))
        rows += measure_exchange(chain)
    return rows + deployments


def measure_exchange(chain: Any) -> list[tuple[str, int]]:
    """Give the gas of a document's way: event by event, and all of it in one transaction."""
    from ledger.exchange.rules import LegAction
    from ledger.exchange.signed import LegKey, Opening, Step
    from ledger.identity.organization import OrgId, Purpose
    from tests.support.exchange_chain import ExchangeChain

    exchange = ExchangeChain.of(chain)
    every = Purpose.CLERK | Purpose.GATEWAY | Purpose.LEADER
    sender, recipient = exchange.join("sender", every), exchange.join("recipient", every)
    functions = chain.exchange.functions
    soon, commitment = 2**40, b"\xc0" * 32

    def way(salt: bytes) -> list[Any]:
        key = LegKey(OrgId(sender.org), OrgId(recipient.org), salt)
        opening = Opening(
            key, sender.org, LegAction.SUBMIT, commitment, commitment, soon,
            arrive_by=soon, answer_within=86_400, attempts=3,
        )  # fmt: skip
        signature = sender.signer.sign_digest(opening.digest(exchange.domain))
        calls = [functions.open(opening.arguments, sender.signer.address, signature)]
        actions = (LegAction.ARRIVE, LegAction.HAND_OVER, LegAction.RECEIVE)
        for nonce, action in enumerate(actions, 1):
            step = Step(key, recipient.org, recipient.org, action, commitment, nonce, soon)
            signature = recipient.signer.sign_digest(step.digest(exchange.domain))
            calls.append(functions.act(step.arguments, recipient.signer.address, signature))
        return calls

    names = ("open a leg", "act: arrive", "act: hand over", "act: receive")
    rows = [
        (name, int(chain.govern(call)["gasUsed"]))
        for name, call in zip(names, way(bytes(31) + b"\1"), strict=True)
    ]
    for count in (1, 25):
        calls = [
            call for n in range(count) for call in way(bytes([count]) + bytes(30) + bytes([n]))
        ]
        data = [call._encode_transaction_data() for call in calls]
        used = int(chain.govern(functions.multicall(data))["gasUsed"])
        what = "exchange" if count == 1 else f"{count} exchanges"
        rows.append((f"one transaction, {what} of these four events", used))
    return rows


def render(rows: list[tuple[str, int]]) -> str:
    """Give the table in Markdown."""
    lines = ["| transaction | gas |", "|---|---:|"]
    return "\n".join(lines + [f"| {what} | {gas:,} |" for what, gas in rows]) + "\n"


def main() -> int:
    """Measure, judge, write or compare."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="compare only, write nothing")
    arguments = parser.parse_args()
    try:
        rows = measure()
    except (FileNotFoundError, RuntimeError) as error:
        print(error, file=sys.stderr)
        return 1
    above = [what for what, gas in rows if what.startswith("append") and gas > APPEND_BAR]
    for what in above:
        print(f"above the bar of {APPEND_BAR:,}: {what}", file=sys.stderr)
    text = README.read_text(encoding="utf-8")
    head, _, rest = text.partition(BEGIN)
    _, _, tail = rest.partition(END)
    fresh = head + BEGIN + render(rows) + END + tail
    if arguments.check and fresh != text:
        print("stale: contracts/README.md; run scripts/gas_table.py", file=sys.stderr)
    elif fresh != text:
        README.write_text(fresh, encoding="utf-8")
        print("wrote contracts/README.md")
    return 1 if above or (arguments.check and fresh != text) else 0


if __name__ == "__main__":
    sys.exit(main())
