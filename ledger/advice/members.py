"""Organizations, their people and their keys."""

from __future__ import annotations

MEMBERS: dict[str, str] = {
    "api-key-missing": "Send the header Authorization: Bearer and an API key.",
    "api-key-refused": "Ask an administrator of your organization for a valid key.",
    "api-key-unknown": "List the organization's keys and use the id given there.",
    "foreign-organization": "Use a key of the organization concerned.",
    "key-foreign": "Ask the operator to record your GS1 company prefix, or leave the key alone.",
    "key-not-custodial": "Sign with the organization's own key; the platform does not hold it.",
    "key-not-registered": "Wait until the chain has confirmed the organization's key.",
    "key-purpose-unknown": "Use submit, status, admin, clerk, gateway or leader.",
    "operator-only": "Ask the operator of this installation.",
    "org-id-malformed": "Give the organization id as it was issued: 0x and 64 hex digits.",
    "organization-registering": "Try again in a few seconds.",
    "organization-suspended": "Ask the operator of this installation.",
    "organization-unknown": "Use the organization id as it was issued.",
    "private-key-malformed": "Give a secp256k1 private key of 32 bytes.",
    "profile-malformed": "Compare the profile with docs/formats/identity.md.",
    "scope-missing": "Use a key with the scope the detail names.",
    "scope-unknown": "Use the scopes capture, read, status and admin.",
    "signature-invalid": "Sign again with the organization's key; this signature is not its own.",
    "signature-malformed": "Give 65 bytes r, s, v with s in the lower half and v 27 or 28.",
    "signing-key-known": "Use the key as it is, or enter another address.",
    "signing-key-unknown": "List the organization's signing keys and use an address given there.",
}
