"""Goods and what is said of them: master data, links, sharing, recalls, open data."""

from __future__ import annotations

GOODS: dict[str, str] = {
    "declaration-deadline": "Sign again with a deadline between one minute and 31 days from now.",
    "declaration-malformed": "Compare the declaration with docs/formats/recall.md.",
    "declaration-nonce-used": "Draw a new random nonce and sign again; what was declared stands.",
    "grant-unknown": "List the record's grants; that organization has none.",
    "link-missing": "Ask for a link type that ?linkType=linkset lists.",
    "link-target-refused": "Give an http or https address of a public site, without a user name.",
    "link-type-unknown": "Use a link type of the GS1 Web Vocabulary, for example gs1:pip.",
    "links-malformed": "Correct the member the pointer names.",
    "links-unknown": "Register links for this anchor first, or ask for the linkset.",
    "lot-unknown": "Check the code on the pack; nothing is recorded under it.",
    "masterdata-key-taken": "Change the item that has this GTIN or GLN, or take it off there "
    "first.",
    "masterdata-malformed": "Correct the member the pointer names; docs/formats/masterdata.md "
    "lists them all.",
    "masterdata-superseded": "Read the item again, put your change into it and send that with its "
    "ETag in If-Match.",
    "masterdata-unchanged": "Nothing to do: what you say is recorded already.",
    "masterdata-unknown": "Check code and organization; nothing is recorded under them.",
    "opendata-not-ready": "Ask an hour after the day (UTC) has ended; if it stays, look why "
    "records are not anchored.",
    "opendata-unknown": "Compare with the catalogue at /opendata/; that day or file is not there.",
    "personal-id-malformed": "Give the 12 digits on the identity card; the number is not kept.",
    "photo-malformed": "Save the picture anew as JPEG, PNG or WebP, or make it smaller, and send "
    "that.",
    "prefix-malformed": "Give the company prefix as GS1 issued it: 4 to 12 digits, or a whole key.",
    "prefix-taken": "Compare the certificates; end the other grant first if it is wrong.",
    "prefix-unknown": "List the organization's prefixes and use one that is in force.",
    "recall-answer-foreign": "Sign nothing, and ask the operator: the server's answer does not fit "
    "what was asked.",
    "recall-foreign-goods": "Recall goods that your organization brought about; for others ask "
    "their producer or the competent authority.",
    "recall-malformed": "Name 1 to 100 lots or items and give a reason of 1 to 2000 characters.",
    "recall-not-concerned": "Nothing to do: this recall does not concern your organization.",
    "recall-proposal-missing": "Sign the proposal with one of the organization's own keys.",
    "recall-second-person": "Let another person of the authority approve, with a key of their own.",
    "recall-state": "Read the recall again; its state does not allow this step now.",
    "recall-target-unknown": "Read the recall again and sign the subjects that it lists.",
    "recall-too-large": "Recall fewer lots at once, or the lots instead of their single items.",
    "recall-unknown": "Use the id that was given when the recall was made.",
    "sharing-link-ended": "Ask whoever gave you the link for a new one.",
    "sharing-link-unknown": "Open the link as it was given, to its last letter.",
    "sharing-malformed": "Compare with the limits in the OpenAPI description.",
    "subject-unknown": "Check the code; nothing is registered or recorded under it.",
}
