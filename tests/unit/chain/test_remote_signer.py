"""Against a small signer of its own make: eth-account behind HTTP, honest or not."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from eth_account import Account
from eth_account.messages import encode_typed_data

from ledger.chain.remote_signer import RemoteSigner
from ledger.digest import sha256
from ledger.errors import Misconfigured, Unavailable, VerificationFailed
from ledger.identity.eip712 import CURVE_ORDER, Domain, recover, submission_digest
from ledger.identity.organization import OrgId
from ledger.identity.private_key import PrivateKey
from ledger.identity.transaction import TransactionFields

KEY = PrivateKey(b"\x21" * 32)
THIEF = PrivateKey(b"\x22" * 32)
TO = PrivateKey(b"\x23" * 32).address
LEGACY = TransactionFields(31337, 7, TO, b"\x01\x02", 90_000, gas_price=0)
DYNAMIC = TransactionFields(
    31337, 7, TO, b"\x01", 90_000, max_fee_per_gas=9, max_priority_fee_per_gas=2
)
CREATION = TransactionFields(31337, 0, None, b"\x60", 90_000, gas_price=0)


class SignerService:
    """Signs what it is asked to, after `tamper` had its way with the request."""

    def __init__(self) -> None:
        self.key = KEY
        self.tamper: Callable[[dict[str, Any]], None] = lambda _: None
        self.wrap: Callable[[str], Any] = lambda raw: raw
        self.error: str | None = None
        service = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                request = json.loads(self.rfile.read(int(self.headers["content-length"])))
                body = json.dumps(service.answer(request)).encode()
                self.send_response(200)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        told: dict[str, Any] = {"jsonrpc": "2.0", "id": request["id"]}
        if self.error is not None:
            return {**told, "error": {"code": -32000, "message": self.error}}
        account = Account.from_key(self.key.reveal())
        if request["method"] == "eth_signTransaction":
            fields = {k: v for k, v in request["params"][0].items() if k != "from"}
            if "maxFeePerGas" in fields:
                fields["type"] = "0x2"
            fields = {k: int(v, 16) if k not in ("to", "data") else v for k, v in fields.items()}
            self.tamper(fields)
            signed = account.sign_transaction(fields)
            return {**told, "result": self.wrap(signed.raw_transaction.to_0x_hex())}
        typed = request["params"][1]
        self.tamper(typed)
        signed_message = account.sign_message(encode_typed_data(full_message=typed))
        return {**told, "result": self.wrap(signed_message.signature.to_0x_hex())}


@pytest.fixture
def service() -> Iterator[SignerService]:
    made = SignerService()
    thread = threading.Thread(target=made.server.serve_forever, args=(0.02,))
    thread.start()
    yield made
    made.server.shutdown()
    thread.join()
    made.server.server_close()


@pytest.fixture
def signer(service: SignerService) -> Iterator[RemoteSigner]:
    made = RemoteSigner(service.url, KEY.address, timeout=2.0)
    yield made
    made.close()


@pytest.mark.parametrize("transaction", [LEGACY, DYNAMIC, CREATION])
def test_sign_transaction_gives_the_bytes_of_a_local_key(
    signer: RemoteSigner, transaction: TransactionFields
) -> None:
    assert signer.sign_transaction(transaction) == transaction.sign(KEY.sign_digest)


def test_sign_transaction_in_an_object_is_unwrapped(
    service: SignerService, signer: RemoteSigner
) -> None:
    service.wrap = lambda raw: {"raw": raw, "tx": {}}
    assert signer.sign_transaction(LEGACY) == LEGACY.sign(KEY.sign_digest)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("nonce", 8),
        ("gas", 90_001),
        ("gasPrice", 1),
        ("value", 1),
        ("to", THIEF.address),
        ("data", "0x01"),
        ("chainId", 1),
    ],
)
def test_sign_transaction_with_a_changed_field_is_refused(
    service: SignerService, signer: RemoteSigner, name: str, value: Any
) -> None:
    service.tamper = lambda fields: fields.update({name: value})
    with pytest.raises(VerificationFailed) as refused:
        signer.sign_transaction(LEGACY)
    assert refused.value.code == "signer-answer-wrong"


def test_sign_transaction_by_another_key_is_refused(
    service: SignerService, signer: RemoteSigner
) -> None:
    service.key = THIEF
    with pytest.raises(VerificationFailed, match="signed as"):
        signer.sign_transaction(LEGACY)


@pytest.mark.parametrize("answer", ["0x", "0xc0", "yes", None, 5, {"raw": None}])
def test_sign_transaction_with_no_transaction_is_refused(
    service: SignerService, signer: RemoteSigner, answer: Any
) -> None:
    service.wrap = lambda _: answer
    with pytest.raises(VerificationFailed):
        signer.sign_transaction(LEGACY)


def test_refusing_or_absent_signer_is_unavailable(
    service: SignerService, signer: RemoteSigner
) -> None:
    service.error = "locked"
    with pytest.raises(Unavailable) as refused:
        signer.sign_transaction(LEGACY)
    assert refused.value.code == "signer-unavailable"
    with pytest.raises(Unavailable):
        RemoteSigner("http://127.0.0.1:9", KEY.address).sign_transaction(LEGACY)


def test_sign_digest_is_not_offered(signer: RemoteSigner) -> None:
    with pytest.raises(Misconfigured) as refused:
        signer.sign_digest(bytes(32))
    assert refused.value.code == "signer-digest-unsupported"


def typed_submission() -> tuple[dict[str, Any], bytes]:
    domain = Domain(31337, TO)
    org, root, nonce = OrgId(b"\x05" * 32), sha256(b"root"), b"\x06" * 32
    typed = {
        "types": {
            "EIP712Domain": [
                {"name": "name", "type": "string"},
                {"name": "version", "type": "string"},
                {"name": "chainId", "type": "uint256"},
                {"name": "verifyingContract", "type": "address"},
            ],
            "Submission": [
                {"name": "org", "type": "bytes32"},
                {"name": "root", "type": "bytes32"},
                {"name": "count", "type": "uint64"},
                {"name": "signedAt", "type": "uint64"},
                {"name": "nonce", "type": "bytes32"},
            ],
        },
        "primaryType": "Submission",
        "domain": {
            "name": "Provenance Ledger",
            "version": "1",
            "chainId": 31337,
            "verifyingContract": TO,
        },
        "message": {
            "org": org.text,
            "root": root.prefixed,
            "count": 3,
            "signedAt": 1_700_000_000,
            "nonce": "0x" + nonce.hex(),
        },
    }
    return typed, submission_digest(domain, org, root, 3, 1_700_000_000, nonce)


def test_sign_typed_data_recovers_over_our_digest(signer: RemoteSigner) -> None:
    typed, digest = typed_submission()
    signature = signer.sign_typed_data(typed, digest)
    assert recover(digest, signature) == KEY.address
    assert signature == KEY.sign_digest(digest)


def test_sign_typed_data_in_the_other_spelling_is_normalised(
    service: SignerService, signer: RemoteSigner
) -> None:
    def upper_half(raw: str) -> str:
        data = bytes.fromhex(raw[2:])
        s = CURVE_ORDER - int.from_bytes(data[32:64], "big")
        return "0x" + (data[:32] + s.to_bytes(32, "big") + bytes([1 - (data[64] - 27)])).hex()

    service.wrap = upper_half
    typed, digest = typed_submission()
    assert signer.sign_typed_data(typed, digest) == KEY.sign_digest(digest)


def test_sign_typed_data_over_other_data_is_refused(
    service: SignerService, signer: RemoteSigner
) -> None:
    service.tamper = lambda typed: typed["message"].update({"count": 4})
    typed, digest = typed_submission()
    with pytest.raises(VerificationFailed):
        signer.sign_typed_data(typed, digest)


@pytest.mark.parametrize("answer", ["0x", "0x" + "00" * 65, "0x" + "ff" * 65, "0x" + "01" * 64])
def test_sign_typed_data_with_no_signature_is_refused(
    service: SignerService, signer: RemoteSigner, answer: str
) -> None:
    service.wrap = lambda _: answer
    typed, digest = typed_submission()
    with pytest.raises(VerificationFailed):
        signer.sign_typed_data(typed, digest)
