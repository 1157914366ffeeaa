"""An agency's desk: what clerks do, the axis behind it, what signatures are worth."""

from __future__ import annotations

DESK: dict[str, str] = {
    "axis-answer-lost": "Look on the axis whether it was taken before sending it again.",
    "axis-answer-malformed": "Check the address: what answers there is no axis, or a newer one.",
    "axis-credentials-refused": "Ask the operator of the axis for a valid SystemId and SecretKey.",
    "axis-recipient-unknown": "Check the recipients' codes against the list of the axis.",
    "axis-refused": "Mend what the axis names, then send it again.",
    "axis-unavailable": "Try again later; nothing was taken.",
    "desk-ambiguous": "Give more digits of the leg's id: `provenance desk search` lists them.",
    "desk-bundle-missing": "Wait until the chain has every event, or reach the server once.",
    "desk-busy": "Wait until the other process of this desk has finished, or stop it.",
    "desk-certificate-missing": "See with `provenance desk show` how far its erasure is.",
    "desk-chunk-misplaced": "Ask how much of the file is there and go on from that place.",
    "desk-content-differs": "Do not use the file: it is not what the sender committed to. Tell "
    "the sender.",
    "desk-content-missing": "Fetch it again with `provenance desk work`, or look whether the "
    "copy was destroyed.",
    "desk-copy-destroyed": "Accept the recall: that attests to what was destroyed.",
    "desk-document-running": "Let it be settled, refused, withdrawn or called back first: what is "
    "still running is not erased.",
    "desk-document-unknown": "Look it up with `provenance desk search`.",
    "desk-draft-unfinished": "Wait until every file has been taken over, or leave it out.",
    "desk-draft-unknown": "Begin the message anew.",
    "desk-envelope-malformed": "Ask the sender to send it anew: what came with it cannot be "
    "opened.",
    "desk-erasure-same-person": "Let somebody else approve too: two people do, and one is a "
    "leader.",
    "desk-event-invalid": "Do not trust this leg: what the server says of it cannot be true. Ask "
    "the other party and an auditor.",
    "desk-exists": "Choose another folder; a desk is never overwritten.",
    "desk-file-outdated": "Do not use the file: look at the document that replaced it, or at its "
    "recall.",
    "desk-file-too-large": "Send files of at most 8 GiB.",
    "desk-head-differs": "Do not trust this leg: the chain holds other events. Ask the other "
    "party and an auditor.",
    "desk-key-missing": "Give the file with the API key, or put the key into PROVENANCE_KEY.",
    "desk-key-unknown": "Name a chain node you trust with --rpc at `desk init`, or get a newer "
    "trust file.",
    "desk-leg-doubtful": "Nothing is done about this leg any more: what the server said of it "
    "cannot be true.",
    "desk-malformed": "Correct desk.json; ledger/desk/settings.py lists its members.",
    "desk-mandate-unchecked": "Name a chain node you trust with --rpc at `desk init`: mandates "
    "stand on the chain alone.",
    "desk-mandate-unfit": "Let the agency do it itself, or choose an action that docs/desk.md "
    "lists.",
    "desk-missing": "Make the desk with `provenance desk init`, or name its folder with --desk.",
    "desk-not-ours": "Only the agency that sent a document replaces it.",
    "desk-number-taken": "Take a number after the last one of the register, or let the desk take "
    "the next.",
    "desk-partner-taken": "Compare code and id with the agency's own; each stands for one "
    "organization.",
    "desk-partner-unknown": "Enter the agency with `provenance desk partner add`.",
    "desk-password-wrong": "Check sign-in and password; `provenance desk person` sets them anew.",
    "desk-person-unknown": "List them with `provenance desk person list`.",
    "desk-request-foreign": "Open the portal's own page and send the form from there.",
    "desk-role-missing": "Ask somebody whose role allows it.",
    "desk-signatures-missing": "Have it signed by the competent person and by the agency, or "
    "refuse it: `provenance desk refuse DOCUMENT --reason rules-violated`. Certificates to trust "
    "go into roots/. Where the desk's rule is advisory, --despite REASON goes on and is recorded.",
    "desk-signatures-unchecked": "Try again; see `provenance document inspect` for why. It says "
    "nothing about the document.",
    "desk-signed-out": "Sign in first.",
    "desk-store-unusable": "Restore the desk's folder from its backup, or use the version it was "
    "made with.",
    "desk-text-malformed": "Correct the value the pointer names.",
    "desk-tries-exhausted": "Wait some minutes before the next attempt.",
    "desk-version-known": "Send it as an update: --replaces with --update makes the next version.",
    "edoc-request-malformed": "Send it as docs/formats/edxml.md describes for the door.",
    "edoc-secret-refused": "Give the software the SystemId and SecretKey that the desk was set "
    "up with.",
    "edoc-sender-foreign": "Send documents from the agency's own software only; From names "
    "another.",
    "inspection-crashed": "Try again; if it stays, the document breaks a reader: say nothing "
    "about its signatures, and report it.",
    "inspection-out-of-memory": "The document was not judged. Ask its sender for a smaller one.",
    "inspection-profile-unknown": "Use one of the profiles named.",
    "inspection-timed-out": "The document was not judged. Try again when the machine has less to "
    "do.",
}
