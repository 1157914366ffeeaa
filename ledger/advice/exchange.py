"""Documents between agencies: legs, their evidence, deadlines, mandates and statistics."""

from __future__ import annotations

EXCHANGE: dict[str, str] = {
    "calendar-malformed": "Compare the calendar with docs/formats/deadlines.md.",
    "calendar-unknown": "Choose a calendar that docs/formats/deadlines.md lists.",
    "calendar-year-unknown": "Use a calendar that knows the year; nobody guesses which days are "
    "off.",
    "deadline-profile-unknown": "Choose a profile that docs/formats/deadlines.md lists.",
    "document-malformed": "Compare the member with docs/formats/exchange.md.",
    "document-secret-refused": "Send it on the way that the law of state secrets prescribes; it "
    "must not travel here.",
    "document-too-large": "Inspect the parts of the document one by one.",
    "due-date-past": "Give a due date after the latest arrival, or send it as urgent.",
    "edxml-malformed": "Mend the element at the path given; docs/formats/edxml.md says what is "
    "read.",
    "edxml-other-document": "Hand the status to the leg of the document and agency that it names.",
    "edxml-status-missing": "Hand the evidence on as ERDS JSON; edXML has no code for this event.",
    "edxml-too-large": "Send large files as parts of a message; edXML holds them in its text.",
    "erasure-certificate-invalid": "Do not take it as erased at the server: ask its operator, and "
    "compare the log's key with the trust file.",
    "erasure-held": "Wait until the hold is lifted, or ask whoever placed it.",
    "erasure-malformed": "Compare the approval or hold with docs/formats/erasure.md.",
    "erasure-not-approved": "Have two people approve the same reason and retention, each with a "
    "key of their own.",
    "erasure-step-missing": "Let the organization's leader sign the step ERASE first.",
    "evidence-differs": "Make the evidence of exactly this opening or step, then sign its "
    "commitment.",
    "evidence-malformed": "Compare the evidence with docs/formats/evidence.md.",
    "evidence-unknown": "Read the events of the leg; evidence has the number of its event.",
    "exchange-diverged": "Run `provenance audit`: the chain holds other events of a leg than those "
    "relayed.",
    "exchange-reason-unknown": "Choose a reason of this action from docs/formats/evidence.md.",
    "exchange-webhook-unknown": "Set a webhook first: PUT /exchange/webhook.",
    "leg-action-illegal": "Read the leg again: it is in a state in which this cannot be done.",
    "leg-action-repeated": "Nothing to do: it stands in the leg already.",
    "leg-already-opened": "Use a new salt for a new leg, or read the leg: your submission was "
    "taken in before.",
    "leg-attempts-exhausted": "Submit the document anew: this leg used up its attempts.",
    "leg-bundle-malformed": "Fetch the bundle again, or compare it with docs/formats/leg-"
    "bundle.md.",
    "leg-content-invalid": "Give message and evidence as commitments; a link only where the action "
    "refers to something.",
    "leg-content-malformed": "Compare the field with docs/formats/exchange.md.",
    "leg-deadline-passed": "Sign again with a later deadline.",
    "leg-document-differs": "Do not rely on the enclosed file: it is not the one that was sent.",
    "leg-head-differs": "Do not trust the bundle: the contract holds another history of the leg.",
    "leg-history-illegal": "Do not trust the bundle: no leg can have had this history.",
    "leg-mandate-missing": "Have the organization give a mandate for this action, or sign with its "
    "own key.",
    "leg-message-differs": "Do not trust the bundle: the message is not the one that was signed.",
    "leg-moving": "Ask again in a moment; the leg's newest event is being confirmed.",
    "leg-nonce-invalid": "Read the leg, look at what happened since, and sign again with its "
    "number of events.",
    "leg-not-anchored": "Ask again in a few seconds; the chain is about to take the leg in.",
    "leg-not-overdue": "Wait until the deadline of the leg has passed.",
    "leg-opening-invalid": "Open a leg by SUBMIT or REJECT_SUBMISSION.",
    "leg-party-invalid": "Leave it to the party whose part it is.",
    "leg-reason-invalid": "Give a reason code for what goes against the other party's wish, and "
    "none elsewhere.",
    "leg-recalled": "Do not use the document any longer: its sender has called it back.",
    "leg-recipient-invalid": "Choose another organization that is active in the registry.",
    "leg-replacement-invalid": "Submit the new leg first, between the same parties.",
    "leg-signature-invalid": "Sign exactly the digest of this leg, chain and contract.",
    "leg-signer-unauthorized": "Sign with a key of the acting organization that is in force for "
    "this purpose.",
    "leg-terms-invalid": "Give an arrival time to come, a window to answer and at least one "
    "attempt.",
    "leg-unknown": "Check sender, recipient and salt.",
    "leg-withdrawn": "Do not use the document: its sender withdrew it before it arrived.",
    "mandate-malformed": "Compare the mandate with docs/formats/exchange.md.",
    "mandate-nonce-taken": "Read how many mandates there are between the two, and sign anew.",
    "message-differs": "Submit changed content as a new version, and sign the commitment of the "
    "very message handed in.",
    "message-unknown": "Check sender, documentId and version.",
    "month-malformed": "Give the month as year and month, for example 2026-03.",
    "month-not-over": "Sign the month an hour after its end in Vietnam; read it at any time.",
    "retention-not-over": "Erase it when the time is over; only a competent authority's order "
    "comes before.",
    "statistics-differ": "Do not rely on the record: its numbers are not those of the events on "
    "the chain. Ask its organization, and an auditor.",
    "statistics-malformed": "Compare the record with docs/formats/statistics.md.",
    "statistics-too-large": "Ask the operator to raise the limit; so many legs need more memory.",
    "statistics-unknown": "Check organization and month; nobody signed these statistics.",
}
