"""The documents' encrypted content: data keys, envelopes, blobs and uploads."""

from __future__ import annotations

CONTENT: dict[str, str] = {
    "blob-digest-mismatch": "Begin the upload again: what arrived is not what was announced.",
    "blob-range-unsatisfiable": "Ask for bytes that the blob has; Content-Range says how many "
    "there are.",
    "blob-store-unavailable": "Look at the bucket's server and the keys of PROVENANCE_BLOBS_URL; "
    "then try again.",
    "blob-too-large": "Send less; the operator's PROVENANCE_BLOB_BYTES says how much is taken.",
    "blob-unknown": "Ask for the blob that the manifest names; erased content is gone for "
    "everybody.",
    "blobs-url-malformed": "Give PROVENANCE_BLOBS_URL as https://KEY:SECRET@host/bucket.",
    "content-digest-mismatch": "Refuse the document: what was sent is not what its manifest "
    "names. Tell the sender.",
    "data-key-malformed": "Give the 32 bytes of the data key as they were drawn.",
    "encryption-key-malformed": "Compare the key and its statement with docs/formats/envelope.md.",
    "encryption-key-unauthorized": "Encrypt nothing to this key: ask the organization to publish "
    "one, signed by an ADMIN or LEADER key in force.",
    "encryption-key-unknown": "Ask the organization to publish an encryption key; nothing can be "
    "sent to it before.",
    "envelope-damaged": "Fetch the content again; if that does not help, it was changed, cut, or "
    "encrypted under another key.",
    "envelope-malformed": "Compare the bytes with docs/formats/envelope.md.",
    "upload-incomplete": "Ask which chunks are there, send the others, then complete it.",
    "upload-malformed": "Compare size and number of the chunk with what beginning the upload "
    "answered.",
    "upload-size-differs": "Use the size with which the upload was begun.",
    "upload-too-slow": "Send it again over a faster line.",
    "upload-unknown": "Begin the upload again; what nobody goes on with is let go of.",
    "wrapped-key-gone": "Leave it: nobody is to read that leg any more.",
    "wrapped-key-malformed": "Give keyId and wrapped as docs/formats/envelope.md has them.",
    "wrapped-key-unpublished": "Wrap to a key that the recipient states, now or from later on.",
    "wrapped-key-unreadable": "Use the key that keyId names, and the wrap of this leg of this "
    "message.",
}
