"""Requests: their form, whatever they ask for, and their limits."""

from __future__ import annotations

REQUESTS: dict[str, str] = {
    "address-malformed": "Give the address as 0x and 40 hex digits, in lower case or with its "
    "EIP-55 checksum.",
    "body-too-large": "Send less at once; the limits stand in the OpenAPI description.",
    "digest-malformed": "Give the digest as 64 lower-case hexadecimal digits.",
    "expiry-past": "Give a time to come, or none.",
    "json-depth-exceeded": "Flatten the document: at most 64 levels of nesting are read.",
    "json-duplicate-key": "Remove one of the members with the same name.",
    "json-malformed": "Send well-formed JSON encoded as UTF-8.",
    "json-not-normalised": "Normalise every string to Unicode NFC before signing.",
    "json-number-out-of-range": "Send integers beyond ±(2^53-1) and non-finite numbers as strings.",
    "json-surrogate": "Remove the unpaired surrogate; it is not a Unicode character.",
    "media-type-not-acceptable": "Ask for one of the media types the OpenAPI description lists.",
    "media-type-unsupported": "Send one of the media types the OpenAPI description lists.",
    "method-not-allowed": "Use one of the methods in the Allow header.",
    "page-token-malformed": "Follow the link of the previous page unchanged.",
    "page-token-revoked": "Ask for the first page again.",
    "page-token-unknown": "Give the nextPageToken of a `next` link, unchanged.",
    "path-unknown": "Compare the path with /openapi.json.",
    "quota-blob-bytes": "Ask the operator for more room, or have content erased that is no longer "
    "needed.",
    "quota-encryption-keys": "Ask the operator: an organization states a key a year, not hundreds.",
    "quota-events-per-day": "Go on tomorrow (UTC), or ask the operator for a larger quota.",
    "quota-file-bytes": "Ask the operator for room, or keep smaller files.",
    "quota-page-tokens": "Let page tokens expire by themselves; they last a day.",
    "quota-personal-ids": "Go on tomorrow (UTC); few are answered a day, so that nobody can guess.",
    "quota-queries": "Delete named queries that nobody uses.",
    "quota-requests": "Wait for the seconds in Retry-After, then go on more slowly.",
    "quota-streams": "Close streams that nobody reads.",
    "quota-subscriptions": "Delete subscriptions that nobody needs.",
    "quota-uploads": "Finish uploads that were begun; those nobody goes on with are let go of.",
    "request-malformed": "Correct the member or parameter the pointer names.",
    "text-nul": "Remove the character U+0000 (%00); no name or text here has it.",
    "time-malformed": "Give the time in RFC 3339 form with a zone, for example "
    "2026-03-01T08:00:00.000Z.",
    "uri-too-long": "Ask for fewer values at once.",
}
