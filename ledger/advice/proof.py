"""Proofs and their verifiers: bundles, the log, who signed, time-stamps, trust."""

from __future__ import annotations

PROOF: dict[str, str] = {
    "bundle-checksum-mismatch": "Fetch the file again; this one was damaged or changed on the way.",
    "bundle-malformed": "Fetch the file again, or compare it with docs/formats/bundle.md.",
    "bundle-not-canonical": "Fetch the file again and do not reformat it.",
    "bundle-too-large": "Fetch the file again; a proof bundle is far smaller.",
    "bundle-version-unknown": "Use a newer verifier.",
    "checkpoint-malformed": "Compare the checkpoint with C2SP tlog-checkpoint v1.0.0.",
    "checkpoint-origin-foreign": "Use the checkpoint of the log that the trust file names.",
    "checkpoint-size-differs": "Do not trust the record: the path was made for another tree.",
    "consistency-proof-invalid": "Do not trust the larger tree: it is not shown to contain the "
    "smaller one.",
    "container-entry-differs": "Fetch the file again; an entry was damaged or changed on the way.",
    "container-entry-unsigned": "Do not rely on the file: somebody has added an entry to it.",
    "container-malformed": "Fetch the file again; this is no bundle of a leg.",
    "container-not-canonical": "Fetch the file again and do not pack it anew.",
    "container-too-large": "Ask for the bundle without the documents' content.",
    "entries-malformed": "Fetch the bundle of entries again; it is damaged.",
    "inclusion-proof-invalid": "Do not trust the entry: it is not shown to be in the log.",
    "issuer-saw-no-block": "Ask the chain, or get a trust file issued after the bundle.",
    "issuer-saw-no-head": "Ask the chain, or get a newer trust file.",
    "issuer-saw-no-key": "Ask the chain, or get a newer trust file.",
    "issuer-saw-no-organization": "Ask the chain, or get a newer trust file.",
    "ledger-foreign": "Check the bundle with the trust file of the ledger it names.",
    "log-diverged": "Run provenance audit: database and chain tell different histories.",
    "log-empty": "Wait for the first checkpoint.",
    "note-key-malformed": "Give the verifier key as name+keyid+base64, as the log's operator "
    "published it.",
    "note-malformed": "Compare the note with C2SP signed-note v1.0.0.",
    "note-signature-invalid": "Do not trust the note: it was changed after it was signed.",
    "note-unsigned": "Do not trust the note: no key you know has signed it.",
    "proof-range": "Ask for an index below the size, and for sizes in growing order.",
    "receipt-key-foreign": "Use the key of the log that issued the receipt.",
    "receipt-malformed": "Compare the receipt with RFC 9942 and docs/formats/cose-receipt.md.",
    "receipt-not-expressible": "Ask for a tlog-proof, or wait until the log has a second leaf.",
    "receipt-signature-invalid": "Do not trust the entry: the log has not signed it in.",
    "signer-answer-wrong": "Do not use this remote signer: it signed something else than it was "
    "asked to.",
    "signer-custody-false": "Do not trust the record: who held the signing key is misstated.",
    "signer-digest-unsupported": "Sign with a keystore key; the remote signer cannot sign this.",
    "signer-entry-false": "Do not trust the file: it misstates the signing key. Ask for a fresh "
    "bundle.",
    "signer-key-compromised": "Do not trust the record: somebody else may have signed it.",
    "signer-key-expired": "Do not trust the record: the key was no longer valid.",
    "signer-key-not-yet-valid": "Do not trust the record: the key was not valid yet.",
    "signer-key-registered-later": "Do not trust the record: the key was not registered when it "
    "was anchored.",
    "signer-key-unknown": "Do not trust the record: the organization never had this key.",
    "signer-not-registered": "Register the key for the organization first.",
    "signer-organization-registered-later": "Do not trust the record: the organization was not "
    "registered when it was anchored.",
    "signer-organization-suspended": "Do not trust the record: the organization was not in good "
    "standing.",
    "signer-organization-unknown": "Do not trust the record: no such organization is registered.",
    "signer-profile-false": "Do not trust the name shown; if the organization has changed its "
    "profile since, ask for a fresh bundle.",
    "signer-purpose-missing": "Do not trust the record: the key may not sign submissions.",
    "signer-unavailable": "Start the remote signer or correct its address.",
    "status-kind-unknown": "Use a newer verifier: this one does not understand a declaration.",
    "status-not-checked": "Ask the chain before relying on this record.",
    "tile-missing": "Run `provenance audit`: the stored log is incomplete.",
    "tile-path-malformed": "Compare the path with C2SP tlog-tiles v0.1.0.",
    "tile-unknown": "Ask for tiles within the size of the newest checkpoint.",
    "time-authority-roots-unreadable": "Put the authority's root certificates, PEM or DER, where "
    "the setting time_authority_roots points.",
    "time-authority-unavailable": "Nothing to do: it is asked again, and one later time-stamp "
    "covers all that waits.",
    "timestamp-block-differs": "Do not rely on the time-stamp: it is about another block.",
    "timestamp-data-differs": "Do not rely on the time-stamp: it is about something else.",
    "timestamp-malformed": "Get the time-stamp again; these bytes are no answer of RFC 3161.",
    "timestamp-nonce-differs": "Do not rely on the time-stamp: it answers another request.",
    "timestamp-not-granted": "Ask the authority why it refuses to stamp.",
    "timestamp-root-unknown": "Give the root certificate of the time-stamping authority with "
    "--time-roots.",
    "timestamp-signer-unnamed": "Do not rely on the time-stamp: anybody may have added the "
    "certificate it is judged by.",
    "timestamp-statement-malformed": "Compare the statement with docs/formats/timestamp.md.",
    "timestamp-unknown": "List the time-stamps and use the number given there.",
    "timestamp-untrusted": "Do not rely on the time-stamp unless you know its authority's root and "
    "give it.",
    "tlog-proof-malformed": "Compare the proof with C2SP tlog-proof.",
    "trust-file-missing": "Name the trust file with --trust; get it from whom you trust.",
    "trust-malformed": "Get the trust file again from whom you trust, or compare it with "
    "docs/formats/trust.md.",
    "trust-names-no-exchange": "Get a newer trust file from whoever issued this one.",
    "trust-roots-empty": "Put the certificates you trust into the folder, as .pem, .crt, .cer or "
    ".der.",
    "trust-roots-too-large": "Give only the certificates you trust.",
    "view-malformed": "Compare the disclosed view with docs/formats/record.md.",
}
