"""Signed documents of every family, made here with fresh keys."""

# pyHanko leaves its writers without annotations.
# mypy: disallow-untyped-calls=False

from __future__ import annotations

import asyncio
import base64
import hashlib
import io
import zipfile
from collections.abc import Mapping
from datetime import datetime
from urllib.parse import quote

from asn1crypto import algos, cms, tsp
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.hashes import SHA256
from lxml import etree
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.writer import PageObject, PdfFileWriter
from pyhanko.sign.fields import MDPPerm, SigFieldSpec, SigSeedSubFilter, append_signature_field
from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner

from tests.support.signing_pki import Holder
from tests.support.time_authority import TimeAuthority

ASICE = "application/vnd.etsi.asic-e+zip"
ASICS = "application/vnd.etsi.asic-s+zip"
_SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"
_C14N = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
_DS = "http://www.w3.org/2000/09/xmldsig#"
_XADES = "http://uri.etsi.org/01903/v1.3.2#"
_ASIC = "http://uri.etsi.org/02918/v1.2.1#"


def container(entries: Mapping[str, bytes], mimetype: str | None = ASICE) -> bytes:
    """A zip of these entries, with the mimetype first if there is one."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        if mimetype is not None:
            packed.writestr("mimetype", mimetype)
        for name, data in entries.items():
            packed.writestr(name, data)
    return out.getvalue()


def repack(packed: bytes, change: Mapping[str, bytes | None]) -> bytes:
    """The same container with entries replaced, added, or (None) left out."""
    with zipfile.ZipFile(io.BytesIO(packed)) as old:
        entries = {name: old.read(name) for name in old.namelist()}
    for name, data in change.items():
        if data is None:
            del entries[name]
        else:
            entries[name] = data
    return container(entries, None)


def manifest(signed_by: str, entries: Mapping[str, bytes]) -> bytes:
    """An ASiCManifest over entries."""
    listed = "".join(
        f'<asic:DataObjectReference URI="{quote(name)}">'
        f'<ds:DigestMethod Algorithm="{_SHA256}"/><ds:DigestValue>{_b64(_sha256(data))}'
        f"</ds:DigestValue></asic:DataObjectReference>"
        for name, data in entries.items()
    )
    return (
        f'<asic:ASiCManifest xmlns:asic="{_ASIC}" xmlns:ds="{_DS}">'
        f'<asic:SigReference URI="{signed_by}"/>{listed}</asic:ASiCManifest>'
    ).encode()


def cades(data: bytes, holder: Holder) -> bytes:
    """A detached CAdES signature, DER."""
    signed = asyncio.run(
        holder.signer().async_sign_general_data(data, "sha256", detached=True, use_cades=True)
    )
    return bytes(signed.dump())


def token(data: bytes, authority: TimeAuthority) -> bytes:
    """A time-stamp token over data, DER."""
    answer = tsp.TimeStampResp.load(authority.answer(request(data)))
    return bytes(answer["time_stamp_token"].dump())


def reply(data: bytes, authority: TimeAuthority, nonce: int | None = None) -> bytes:
    """A time-stamp reply, DER."""
    return authority.answer(request(data, nonce))


def request(data: bytes, nonce: int | None = None) -> bytes:
    """A time-stamp request, DER."""
    asked = {
        "version": "v1",
        "message_imprint": {
            "hash_algorithm": algos.DigestAlgorithm({"algorithm": "sha256"}),
            "hashed_message": _sha256(data),
        },
        "cert_req": True,
    }
    if nonce is not None:
        asked["nonce"] = nonce
    return bytes(tsp.TimeStampReq(asked).dump())


def with_certificate(der: bytes, extra: Holder) -> bytes:
    """The same reply with one more certificate in its token: no signature is over that place."""
    answer = tsp.TimeStampResp.load(der)
    info = cms.ContentInfo.load(answer["time_stamp_token"].dump())
    signed = info["content"]
    added = cms.CertificateChoices.load(extra.der)
    signed["certificates"] = cms.CertificateSet([*signed["certificates"], added])
    status = answer["status"].dump()
    body = status + cms.ContentInfo({"content_type": "signed_data", "content": signed}).dump()
    return b"\x30\x82" + len(body).to_bytes(2, "big") + bytes(body)


def xades(
    entries: Mapping[str, bytes],
    holder: Holder,
    *,
    when: str = "2026-03-01T08:00:00Z",
    uris: Mapping[str, str] | None = None,
    certificates: tuple[bytes, ...] = (),
    answers: tuple[bytes, ...] = (),
    stamp: TimeAuthority | None = None,
) -> bytes:
    """A signature file of XAdES over entries, with CR LF inside its digests as some signers do."""
    references = "".join(
        _reference((uris or {}).get(name, quote(name)), _sha256(data))
        for name, data in entries.items()
    )
    properties = (
        f'<xades:SignedProperties Id="props"><xades:SignedSignatureProperties>'
        f"<xades:SigningTime>{when}</xades:SigningTime><xades:SigningCertificateV2><xades:Cert>"
        f'<xades:CertDigest><ds:DigestMethod Algorithm="{_SHA256}"/><ds:DigestValue>'
        f"{_b64(_sha256(holder.der))}</ds:DigestValue></xades:CertDigest></xades:Cert>"
        f"</xades:SigningCertificateV2></xades:SignedSignatureProperties></xades:SignedProperties>"
    )
    values = "".join(
        f"<xades:EncapsulatedX509Certificate>{_b64(one)}</xades:EncapsulatedX509Certificate>"
        for one in certificates
    )
    told = "".join(
        f"<xades:EncapsulatedOCSPValue>{_b64(one)}</xades:EncapsulatedOCSPValue>" for one in answers
    )
    text = (
        f'<asic:XAdESSignatures xmlns:asic="{_ASIC}" xmlns:ds="{_DS}" xmlns:xades="{_XADES}">'
        f'<ds:Signature Id="sig"><ds:SignedInfo><ds:CanonicalizationMethod Algorithm="{_C14N}"/>'
        f'<ds:SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"/>'
        f"{references}@PROPERTIES@</ds:SignedInfo><ds:SignatureValue>@VALUE@</ds:SignatureValue>"
        f"<ds:KeyInfo><ds:X509Data><ds:X509Certificate>{_b64(holder.der)}</ds:X509Certificate>"
        f'</ds:X509Data></ds:KeyInfo><ds:Object><xades:QualifyingProperties Target="#sig">'
        f"{properties}<xades:UnsignedProperties><xades:UnsignedSignatureProperties>"
        f"<xades:CertificateValues>{values}</xades:CertificateValues>"
        f"<xades:RevocationValues><xades:OCSPValues>{told}</xades:OCSPValues>"
        f"</xades:RevocationValues>@STAMP@"
        f"</xades:UnsignedSignatureProperties></xades:UnsignedProperties>"
        f"</xades:QualifyingProperties></ds:Object></ds:Signature></asic:XAdESSignatures>"
    )
    over = _canonical(text, f"{{{_XADES}}}SignedProperties")
    kind = 'Type="http://uri.etsi.org/01903#SignedProperties" '
    text = text.replace("@PROPERTIES@", _reference("#props", _sha256(over), kind))
    der = holder.key.sign(_canonical(text, f"{{{_DS}}}SignedInfo"), ec.ECDSA(SHA256()))
    r, s = utils.decode_dss_signature(der)
    text = text.replace("@VALUE@", _b64(r.to_bytes(32, "big") + s.to_bytes(32, "big")))
    stamped = ""
    if stamp is not None:
        made = token(_canonical(text, f"{{{_DS}}}SignatureValue"), stamp)
        stamped = (
            f"<xades:SignatureTimeStamp><xades:EncapsulatedTimeStamp>{_b64(made)}"
            f"</xades:EncapsulatedTimeStamp></xades:SignatureTimeStamp>"
        )
    return text.replace("@STAMP@", stamped).encode()


def pdf(text: str = "Kính gửi") -> bytes:
    """A page, and a form with one text field."""
    writer = PdfFileWriter()
    content = generic.StreamObject(stream_data=f"({text}) Tj".encode())
    page = PageObject(contents=writer.add_object(content), media_box=(0, 0, 300, 300))
    at = writer.insert_page(page)
    field = writer.add_object(
        generic.DictionaryObject(
            {
                pdf_name("/FT"): pdf_name("/Tx"),
                pdf_name("/T"): generic.pdf_string("So"),
                pdf_name("/Subtype"): pdf_name("/Widget"),
                pdf_name("/Type"): pdf_name("/Annot"),
                pdf_name("/Rect"): generic.ArrayObject(map(generic.NumberObject, (0, 0, 9, 9))),
                pdf_name("/P"): at,
                pdf_name("/V"): generic.pdf_string(""),
            }
        )
    )
    at.get_object()["/Annots"] = generic.ArrayObject([field])
    form = generic.DictionaryObject({pdf_name("/Fields"): generic.ArrayObject([field])})
    writer.root["/AcroForm"] = writer.add_object(form)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def sign_pdf(
    data: bytes, holder: Holder, field: str, *, pades: bool = True, allow: MDPPerm | None = None
) -> bytes:
    """With one more signature, as an incremental update; `allow` certifies the document."""
    writer = IncrementalPdfFileWriter(io.BytesIO(data), strict=False)
    append_signature_field(writer, SigFieldSpec(field))
    kind = SigSeedSubFilter.PADES if pades else SigSeedSubFilter.ADOBE_PKCS7_DETACHED
    meta = PdfSignatureMetadata(
        field_name=field,
        subfilter=kind,
        md_algorithm="sha256",
        certify=allow is not None,
        docmdp_permissions=allow or MDPPerm.FILL_FORMS,
    )
    out = asyncio.run(PdfSigner(meta, holder.signer()).async_sign_pdf(writer))
    return bytes(out.getvalue())


def fill_field(data: bytes, value: str) -> bytes:
    """The text field filled, as an incremental update."""
    writer = IncrementalPdfFileWriter(io.BytesIO(data), strict=False)
    # The field stands first in the form: signature fields are appended behind it.
    field = writer.root["/AcroForm"]["/Fields"][0]
    field["/V"] = generic.pdf_string(value)
    writer.update_container(field)
    return _written(writer)


def add_page(data: bytes) -> bytes:
    """One more page, as an incremental update."""
    writer = IncrementalPdfFileWriter(io.BytesIO(data), strict=False)
    content = generic.StreamObject(stream_data=b"(or not) Tj")
    writer.insert_page(PageObject(contents=writer.add_object(content), media_box=(0, 0, 300, 300)))
    return _written(writer)


def at_time(authority: TimeAuthority, when: datetime) -> TimeAuthority:
    """The same authority, stamping at that time."""
    return TimeAuthority(authority.pki, lambda: when)


def _written(writer: IncrementalPdfFileWriter) -> bytes:
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def _reference(uri: str, digest: bytes, kind: str = "") -> str:
    value = _b64(digest)
    return (
        f'<ds:Reference {kind}URI="{uri}"><ds:DigestMethod Algorithm="{_SHA256}"/>'
        f"<ds:DigestValue>{value[:20]}&#13;\n{value[20:]}</ds:DigestValue></ds:Reference>"
    )


def _canonical(text: str, tag: str) -> bytes:
    element = next(etree.fromstring(text.encode()).iter(tag))
    return etree.tostring(element, method="c14n", with_tail=False)


def _sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode()
