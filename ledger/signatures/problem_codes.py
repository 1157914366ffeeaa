"""Every problem an inspection can name, with what its reader should do.

Codes are stable: one never changes its meaning. Whether a problem makes a result `fail` or
`unknown` stands in the report beside it.
"""

from __future__ import annotations

_FORGED = "Do not accept the document. Ask its sender for it anew, by another way."
_UNCHECKED = "The signature was not checked. Ask for the document in a form that can be."

PROBLEMS: dict[str, str] = {
    "algorithm-unknown": _UNCHECKED,
    "algorithm-weak": "It rests on an algorithm that is broken (SHA-1, MD5, short keys). Ask for a "
    "new signature.",
    "archive-malformed": _FORGED,
    "archive-too-large": "The container was not unpacked. Ask for its parts one by one.",
    "asic-s-mixed": "A simple container carries a time-stamp or signatures, not both.",
    "authority-not-trusted": "Give the roots of the time-stamping authority, if you trust it.",
    "certificate-chain-broken": _FORGED,
    "certificate-expired": "Give the time as of which to judge, or ask for a time-stamp: nothing "
    "shows that it was signed while the certificate was in force.",
    "certificate-not-in-force": _FORGED,
    "certificate-revoked": "Do not accept the document: the signer's key was withdrawn.",
    "certificate-self-signed": "Nobody but the signer says who the signer is. Compare the "
    "certificate by another way, and give it as a root if it is theirs.",
    "change-not-allowed": _FORGED,
    "changed-after-signing": _FORGED,
    "content-changed": _FORGED,
    "coverage-unclear": _FORGED,
    "data-missing": "Give the data the signature or time-stamp is over.",
    "data-object-count": "A simple container holds exactly one data object.",
    "document-outdated": "Use the document that replaced it; what was recalled, not at all.",
    "document-unreadable": "The document was not judged; it breaks a reader. Ask for it anew.",
    "documents-uncovered": _FORGED,
    "entry-missing": "What was signed is not all there. Ask for the complete container.",
    "evidence-record-algorithms": _FORGED,
    "evidence-record-kind": _UNCHECKED,
    "evidence-record-malformed": _FORGED,
    "evidence-record-order": _FORGED,
    "fields-filled": "Read the fields that were filled after the signature: they are not what was "
    "signed.",
    "format-differs": "The file is not what its name says. Ask its sender.",
    "hash-chain-broken": _FORGED,
    "hash-chain-empty": _FORGED,
    "hash-chain-unused": _FORGED,
    "issuer-missing": "Give the certificate of the issuer, if you have it from the issuer.",
    "key-usage-other": "The certificate is not for signing documents.",
    "manifest-malformed": _FORGED,
    "manifest-missing": _FORGED,
    "mimetype-missing": "The container lacks what makes it one. Ask for it anew.",
    "mimetype-not-first": "Nothing: the container departs from the standard in form only.",
    "nonce-differs": "The reply is to another request; an old one may be played again.",
    "not-an-authority": "The certificate is not one of a time-stamping authority.",
    "organization-signature-missing": "Ask for the signature of the agency (Decree 30, Art. 5).",
    "pdf-encrypted": "Ask for the document without a password.",
    "pdf-malformed": _UNCHECKED,
    "person-signature-missing": "Ask for the signature of the competent person (Decree 30, "
    "Art. 5).",
    "request-differs": "The reply is to another request.",
    "request-malformed": "Give the request as it was sent (RFC 3161, DER).",
    "revocation-unknown": "Ask the certificate's issuer whether it was revoked; the document does "
    "not say.",
    "root-not-given": "Give the root of this authority, if you trust it.",
    "signature-kind-unknown": _UNCHECKED,
    "signature-malformed": _FORGED,
    "signature-unreadable": _UNCHECKED,
    "signature-wrong": _FORGED,
    "signed-properties-unsigned": _FORGED,
    "signer-certificate-missing": "Give the signer's certificate among the roots' folder.",
    "signing-certificate-differs": _FORGED,
    "signing-certificate-missing": "The time-stamp does not name its signer. Ask for a new one.",
    "time-stamp-malformed": _FORGED,
    "time-stamp-of-other-data": _FORGED,
    "time-stamp-refused": "Ask the authority again; it gave no time-stamp.",
    "too-many-signatures": "The document was not judged: it has more signatures than are read.",
    "verdict-not-accepted": "See the four results for why.",
    "xml-doctype": _FORGED,
    "xml-id-repeated": _FORGED,
    "xml-malformed": _FORGED,
}
