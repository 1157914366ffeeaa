"""X-Road's hash chains, with the digest list written out as its specification tells it."""

from __future__ import annotations

import base64
import hashlib

import pytest

from ledger.signatures.verdict import Verdict
from tests.support.inspected import NOW, authority, codes, inspected, pki
from tests.support.signed_documents import container, manifest, repack, token, xades

SHA512 = "http://www.w3.org/2001/04/xmlenc#sha512"
MESSAGE = b"<message/>"
HEAD = 'xmlns="http://www.w3.org/2000/09/xmldsig#" xmlns:h="http://cyber.ee/hashchain"'


def sha512(data: bytes) -> bytes:
    return hashlib.sha512(data).digest()


def digest_list(values: list[bytes]) -> bytes:
    """DER: SEQUENCE OF SEQUENCE { OCTET STRING, UTF8String, SEQUENCE {} }."""
    each = b"".join(
        _tlv(0x30, _tlv(0x04, one) + _tlv(0x0C, SHA512.encode()) + b"\x30\x00") for one in values
    )
    return sha512(_tlv(0x30, each))


def _tlv(tag: int, body: bytes) -> bytes:
    size = len(body)
    if size < 128:
        return bytes([tag, size]) + body
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + body


def value(digest: bytes) -> str:
    return f"<DigestValue>{base64.b64encode(digest).decode()}</DigestValue>"


def chain(steps: dict[str, list[str]]) -> bytes:
    inner = "".join(
        f'<h:HashStep id="{name}">{"".join(items)}</h:HashStep>' for name, items in steps.items()
    )
    method = f'<h:DefaultDigestMethod Algorithm="{SHA512}"/>'
    return f"<h:HashChain {HEAD}>{method}{inner}</h:HashChain>".encode()


def result(uri: str, digest: bytes) -> bytes:
    method = f'<DigestMethod Algorithm="{SHA512}"/>'
    return (
        f'<h:HashChainResult URI="{uri}" {HEAD}>{method}{value(digest)}</h:HashChainResult>'
    ).encode()


def data_ref(name: str, data: bytes) -> str:
    return f'<h:DataRef URI="/{name}">{value(sha512(data))}</h:DataRef>'


def by_chain(message: bytes = MESSAGE) -> bytes:
    """A message and an attachment that is not in the container, two steps deep."""
    leaves = [sha512(MESSAGE), sha512(b"attachment")]
    below = digest_list(leaves)
    other = sha512(b"somebody else's")
    steps = {
        "S0": ['<h:StepRef URI="#S1"/>', f"<h:HashValue>{value(other)}</h:HashValue>"],
        "S1": [data_ref("message.xml", MESSAGE), data_ref("attachment1", b"attachment")],
    }
    top = result("/sig-hashchain.xml#S0", digest_list([below, other]))
    signature = xades(
        {"sig-hashchainresult.xml": top},
        pki().agency,
        uris={"sig-hashchainresult.xml": "/sig-hashchainresult.xml"},
    )
    return container(
        {
            "message.xml": message,
            "sig-hashchain.xml": chain(steps),
            "sig-hashchainresult.xml": top,
            "META-INF/signatures.xml": signature,
        }
    )


def test_chain_from_message_to_signature_is_valid() -> None:
    found = inspected(by_chain())
    assert (found.verdict, found.unsigned) == (Verdict.VALID, ())
    assert "message.xml" in found.signatures[0].covers


def test_message_changed_under_a_chain_is_invalid() -> None:
    found = inspected(by_chain(b"<other/>"))
    assert (found.verdict, "content-changed" in codes(found)) == (Verdict.INVALID, True)


def test_chain_that_does_not_lead_to_the_message_is_invalid() -> None:
    renamed = repack(by_chain(), {"message.xml": None, "messageX.xml": MESSAGE})
    assert "hash-chain-empty" in codes(inspected(renamed))


def test_attachment_added_to_what_a_chain_signs_must_be_the_one_signed() -> None:
    good = repack(by_chain(), {"attachment1": b"attachment"})
    assert inspected(good).verdict is Verdict.VALID
    assert inspected(repack(by_chain(), {"attachment1": b"x"})).verdict is Verdict.INVALID
    other = inspected(repack(by_chain(), {"attachment2": b"x"}))
    assert other.verdict is Verdict.VALID_WITH_UNSIGNED_ENTRIES


def test_chain_beside_a_plain_signature_is_an_unsigned_entry() -> None:
    signature = xades({"message.xml": MESSAGE}, pki().agency)
    found = inspected(repack(by_chain(), {"META-INF/signatures.xml": signature}))
    assert found.verdict is Verdict.VALID_WITH_UNSIGNED_ENTRIES
    assert found.unsigned == ("sig-hashchain.xml", "sig-hashchainresult.xml")


def test_signature_over_a_chain_file_alone_covers_no_document() -> None:
    steps = {"S0": [data_ref("message.xml", MESSAGE)]}
    signature = xades({"sig-hashchain.xml": chain(steps)}, pki().agency)
    found = inspected(
        container(
            {
                "message.xml": MESSAGE,
                "sig-hashchain.xml": chain(steps),
                "META-INF/signatures.xml": signature,
            }
        )
    )
    assert found.verdict is Verdict.INVALID


@pytest.mark.parametrize(
    ("steps", "code"),
    [
        ({"S1": ["<h:HashValue/>"]}, "hash-chain-broken"),
        ({"S0": []}, "hash-chain-broken"),
        ({"S0": ['<h:StepRef URI="#S0"/>']}, "hash-chain-broken"),
        ({"S0": ["<h:Surprise/>"]}, "hash-chain-broken"),
        ({"S0": ['<h:DataRef URI="/../x"/>']}, "hash-chain-broken"),
    ],
)
def test_broken_chain_is_named(steps: dict[str, list[str]], code: str) -> None:
    found = inspected(repack(by_chain(), {"sig-hashchain.xml": chain(steps)}))
    assert (found.verdict, code in codes(found)) == (Verdict.INVALID, True)


def batch(signature: bytes, stamped_signature: bytes) -> dict[str, bytes]:
    leaves = [sha512(stamped_signature), sha512(b"another's signature")]
    steps = {
        "S0": [
            data_ref("META-INF/signatures.xml", stamped_signature),
            f"<h:HashValue>{value(leaves[1])}</h:HashValue>",
        ]
    }
    top = result("/ts-hashchain.xml#S0", digest_list(leaves))
    return {
        "message.xml": MESSAGE,
        "ts-hashchain.xml": chain(steps),
        "ts-hashchainresult.xml": top,
        "META-INF/signatures.xml": signature,
        "META-INF/ASiCManifest.xml": manifest(
            "META-INF/timestamp.tst", {"ts-hashchainresult.xml": top}
        ),
        "META-INF/timestamp.tst": token(top, authority()),
    }


def test_batch_time_stamp_proves_the_age_of_a_signature() -> None:
    signature = xades({"message.xml": MESSAGE}, pki().agency)
    found = inspected(container(batch(signature, signature)))
    assert found.verdict is Verdict.VALID
    assert found.signatures[-1].proven_time == NOW


def test_batch_time_stamp_of_another_signature_is_invalid() -> None:
    signature = xades({"message.xml": MESSAGE}, pki().agency)
    found = inspected(container(batch(signature, signature + b"\n")))
    assert found.verdict is Verdict.INVALID


def test_batch_time_stamp_of_another_result_is_invalid() -> None:
    signature = xades({"message.xml": MESSAGE}, pki().agency)
    entries = batch(signature, signature)
    entries["META-INF/timestamp.tst"] = token(b"another result", authority())
    assert inspected(container(entries)).verdict is Verdict.INVALID
