"""A throw-away anvil with the contracts on it, for tests of the contracts themselves.

Speaks to the contracts through plain web3 and the committed artifacts, so that it judges them and
not the ledger's own chain client. Anvil mines each transaction at once here; that is fine for the
few hundred of a test.
"""

from __future__ import annotations

import json
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eth_account import Account
from eth_account.signers.local import LocalAccount
from web3 import HTTPProvider, Web3
from web3.contract import Contract
from web3.types import TxReceipt

ROOT = Path(__file__).resolve().parent.parent.parent
ARTIFACTS = ROOT / "ledger" / "chain" / "artifacts"
ANVIL_PACKAGES = ROOT / "hardhat-node" / "node_modules" / "@foundry-rs"

SUBMIT, PUBLISH, STATUS, ADMIN = 1, 2, 4, 8
PRODUCER, AGENCY, AUTHORITY, OPERATOR, AUDITOR = 1, 2, 4, 8, 16
ACTIVE, SUSPENDED, REMOVED = 1, 2, 3
WITHDRAWN, RECALLED, SUPERSEDED, RECALL_LIFTED = 1, 2, 3, 4


def find_anvil() -> Path:
    """Give anvil's native binary, not the npm wrapper, which would swallow signals."""
    binaries = sorted(ANVIL_PACKAGES.glob("anvil-*/bin/anvil"))
    if not binaries:
        raise FileNotFoundError(
            "anvil is not installed; run `npm ci --ignore-scripts` in hardhat-node/"
        )
    return binaries[0]


def load_artifact(name: str) -> dict[str, Any]:
    """Give a committed artifact."""
    artifact: dict[str, Any] = json.loads((ARTIFACTS / f"{name}.json").read_text(encoding="utf-8"))
    return artifact


@contextmanager
def running_anvil(hardfork: str) -> Iterator[Web3]:
    """Run anvil on a free loopback port with free gas; stop it at the end."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory(prefix="contract-chain-") as cache:
        command = [str(find_anvil()), "--port", str(port), "--hardfork", hardfork, "--silent"]
        command += [
            "--base-fee",
            "0",
            "--gas-price",
            "0",
            "--disable-min-priority-fee",
            "--no-cors",
        ]
        command += ["--cache-path", cache, "--prune-history", "64"]
        with subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        ) as process:
            try:
                web3 = Web3(HTTPProvider(f"http://127.0.0.1:{port}"))
                deadline = time.monotonic() + 20
                while not web3.is_connected():
                    if process.poll() is not None or time.monotonic() > deadline:
                        process.kill()
                        assert process.stderr is not None
                        raise RuntimeError(f"anvil did not start: {process.stderr.read().decode()}")
                    time.sleep(0.02)
                yield web3
            finally:
                process.terminate()


@dataclass(frozen=True)
class ContractChain:
    """The deployed contracts, the governor, and a way to send a transaction as anybody."""

    web3: Web3
    governor: LocalAccount
    manager: Contract
    registry: Contract
    log: Contract
    status: Contract
    mandates: Contract
    exchange: Contract
    deployments: dict[str, TxReceipt]

    @classmethod
    def deploy(cls, web3: Web3) -> ContractChain:
        """Deploy the contracts with one governor as administrator of the AccessManager."""
        governor = make_account("governor")
        receipts: dict[str, TxReceipt] = {}

        def put(name: str, *arguments: object) -> Contract:
            artifact = load_artifact(name)
            factory = web3.eth.contract(abi=artifact["abi"], bytecode=artifact["bytecode"])
            transaction = factory.constructor(*arguments)
            receipts[name] = send_as(web3, governor, transaction)
            address = receipts[name]["contractAddress"]
            assert address is not None
            return web3.eth.contract(address=address, abi=artifact["abi"])

        manager = put("AccessManager", governor.address)
        registry = put("OrganizationRegistry", manager.address)
        log = put("CheckpointLog", registry.address)
        status = put("RecordStatus", registry.address)
        mandates = put("Mandates", registry.address)
        exchange = put("DocumentExchange", mandates.address)
        return cls(web3, governor, manager, registry, log, status, mandates, exchange, receipts)

    def send(self, sender: LocalAccount, call: Any) -> TxReceipt:
        """Send a contract call signed by ``sender`` and give its successful receipt."""
        return send_as(self.web3, sender, call)

    def govern(self, call: Any) -> TxReceipt:
        """Send a contract call as the governor."""
        return self.send(self.governor, call)

    def register(self, name: str, *, roles: int = PRODUCER) -> bytes:
        """Register an active organization and give its id."""
        org = Web3.keccak(text=name)
        self.govern(self.registry.functions.registerOrganization(org, b"\x01" * 32, roles))
        return bytes(org)

    def add_key(self, org: bytes, purposes: int) -> LocalAccount:
        """Give the organization its one key, in force from the beginning of time."""
        account = make_account(f"key of {org.hex()}")
        self.govern(self.registry.functions.addKey(org, account.address, False, purposes, 0, 0))
        return account

    def open_log(self, name: str) -> tuple[bytes, LocalAccount]:
        """Open a log for a new organization; give the log's id and its publisher's key."""
        org = self.register(f"publisher of {name}", roles=OPERATOR)
        publisher = self.add_key(org, PUBLISH)
        log_id = bytes(Web3.keccak(text=name))
        self.govern(self.log.functions.openLog(log_id, org))
        return log_id, publisher


def make_account(name: str) -> LocalAccount:
    """Give the account of that name: always the same one, so that figures and failures repeat."""
    account = Account.from_key(Web3.keccak(text=name))
    assert isinstance(account, LocalAccount)
    return account


def send_as(web3: Web3, sender: LocalAccount, call: Any) -> TxReceipt:
    """Sign and send a contract call as a legacy zero-gas transaction; fail unless it succeeds.

    The call is simulated first, so a revert surfaces as web3's ContractCustomError with its
    arguments. It is then given more gas than the simulation used: what is written in the second
    of an earlier write replaces it, and one second later it takes new storage.
    """
    fields: dict[str, Any] = {
        "from": sender.address,
        "nonce": web3.eth.get_transaction_count(sender.address),
        "gasPrice": 0,
        "chainId": web3.eth.chain_id,
    }
    transaction = call.build_transaction(fields)
    transaction["gas"] = 2 * transaction["gas"]
    signed = sender.sign_transaction(transaction)
    receipt = web3.eth.wait_for_transaction_receipt(
        web3.eth.send_raw_transaction(signed.raw_transaction), poll_latency=0.005
    )
    assert receipt["status"] == 1, receipt
    return receipt


def sign_status(
    chain: ContractChain,
    signer: LocalAccount,
    org: bytes,
    *,
    subject: bytes,
    kind: int,
    reason: bytes,
    nonce: bytes = b"\x01" * 32,
    deadline: int = 2**40,
) -> Any:
    """Give the call, for anyone to send, that relays what ``signer`` declares for ``org``."""
    message = {
        "domain": {
            "name": "Provenance Ledger",
            "version": "1",
            "chainId": chain.web3.eth.chain_id,
            "verifyingContract": chain.status.address,
        },
        "types": {
            "Status": [
                {"name": "org", "type": "bytes32"},
                {"name": "subject", "type": "bytes32"},
                {"name": "kind", "type": "uint8"},
                {"name": "reason", "type": "bytes32"},
                {"name": "nonce", "type": "bytes32"},
                {"name": "deadline", "type": "uint64"},
            ]
        },
        "primaryType": "Status",
        "message": {
            "org": org,
            "subject": subject,
            "kind": kind,
            "reason": reason,
            "nonce": nonce,
            "deadline": deadline,
        },
    }
    signature = signer.sign_typed_data(full_message=message).signature
    return chain.status.functions.declare(
        org, subject, kind, reason, nonce, deadline, signature, signer.address
    )
