"""Every stable error code with what its reader should do.

A code never changes its meaning; one that is no longer raised leaves the table.
"""

from __future__ import annotations

CODES: dict[str, str] = {
    "address-malformed": "Give the address as 0x and 40 hex digits, in lower case or with its "
    "EIP-55 checksum.",
    "alert-address-unknown": "Set an address first: PUT /alerts/address.",
    "alert-unknown": "List your alerts and use the id given there.",
    "already-running": "Stop the other process, or give this one a directory of its own.",
    "already-sequenced": "Run `provenance audit`: a submission was about to get a second place in "
    "the log.",
    "anchor-conflict": "Run `provenance audit`: two roots were computed for one tree size.",
    "anchor-missing": "Do not trust the record: the chain has no such head. If the bundle is "
    "minutes old, try again.",
    "anchor-other-chain": "Check the bundle with the trust file of the chain it names.",
    "anchor-other-contract": "Check the bundle with the trust file of the contracts it names.",
    "anchor-root-differs": "Do not trust the record: the chain holds another history. Tell the "
    "operator and an auditor.",
    "anchor-unknown": "Run `provenance audit`: a head was confirmed that was never to be anchored.",
    "api-key-missing": "Send the header Authorization: Bearer and an API key.",
    "api-key-refused": "Ask an administrator of your organization for a valid key.",
    "api-key-unknown": "List the organization's keys and use the id given there.",
    "axis-answer-lost": "Look on the axis whether it was taken before sending it again.",
    "axis-answer-malformed": "Check the address: what answers there is no axis, or a newer one.",
    "axis-credentials-refused": "Ask the operator of the axis for a valid SystemId and SecretKey.",
    "axis-recipient-unknown": "Check the recipients' codes against the list of the axis.",
    "axis-refused": "Mend what the axis names, then send it again.",
    "axis-unavailable": "Try again later; nothing was taken.",
    "blob-digest-mismatch": "Begin the upload again: what arrived is not what was announced.",
    "blob-range-unsatisfiable": "Ask for bytes that the blob has; Content-Range says how many "
    "there are.",
    "blob-store-unavailable": "Look at the bucket's server and the keys of PROVENANCE_BLOBS_URL; "
    "then try again.",
    "blob-too-large": "Send less; the operator's PROVENANCE_BLOB_BYTES says how much is taken.",
    "blob-unknown": "Ask for the blob that the manifest names; erased content is gone for "
    "everybody.",
    "blobs-url-malformed": "Give PROVENANCE_BLOBS_URL as https://KEY:SECRET@host/bucket.",
    "block-differs": "Do not trust the bundle: the chain has another block there. Tell an auditor.",
    "block-header-malformed": "Fetch the bundle again, or compare it with docs/formats/leg- "
    "undle.md.",
    "block-headers-unlinked": "Do not trust the bundle: its blocks do not follow each other.",
    "body-too-large": "Send less at once; the limits stand in the OpenAPI description.",
    "bundle-checksum-mismatch": "Fetch the file again; this one was damaged or changed on the way.",
    "bundle-malformed": "Fetch the file again, or compare it with docs/formats/bundle.md.",
    "bundle-not-canonical": "Fetch the file again and do not reformat it.",
    "bundle-too-large": "Fetch the file again; a proof bundle is far smaller.",
    "bundle-version-unknown": "Use a newer verifier.",
    "calendar-malformed": "Compare the calendar with docs/formats/deadlines.md.",
    "calendar-unknown": "Choose a calendar that docs/formats/deadlines.md lists.",
    "calendar-year-unknown": "Use a calendar that knows the year; nobody guesses which days are "
    "off.",
    "capture-behaviour-unknown": "Set GS1-Capture-Error-Behaviour to rollback or proceed.",
    "capture-claim-lost": "Nothing to do: another worker has taken the job over.",
    "capture-event-too-large": "Split the event, or leave out what is no part of it.",
    "capture-job-unknown": "Use the address given when the document was accepted.",
    "capture-overloaded": "Send the event again after a moment; nothing of it was stored.",
    "capture-too-large": "Send the document in several captures.",
    "capture-too-many-events": "Send the events in several captures.",
    "chain-answer-malformed": "Ask another node: this one answers in a form the protocol does not "
    "allow.",
    "chain-behind": "Try again when the node has caught up.",
    "chain-identity-changed": "Point the settings at the chain this installation was set up on; it "
    "pinned that chain's id and genesis at first contact.",
    "chain-node-error": "Look into the chain node's own log; it answers with an error.",
    "chain-nodes-disagree": "Try again in a few seconds; if it stays, one of the nodes lies or is "
    "stuck.",
    "chain-other-genesis": "Point the trust file at nodes of the trusted chain; these are on "
    "another one.",
    "chain-unavailable": "Start the chain nodes or correct their addresses, then try again.",
    "checkpoint-malformed": "Compare the checkpoint with C2SP tlog-checkpoint v1.0.0.",
    "checkpoint-origin-foreign": "Use the checkpoint of the log that the trust file names.",
    "checkpoint-size-differs": "Do not trust the record: the path was made for another tree.",
    "cold-chain-rule-malformed": "Give minCelsius, maxCelsius or both, and allowedMinutes.",
    "cold-chain-rule-unknown": "Set a rule for this product first.",
    "consistency-proof-invalid": "Do not trust the larger tree: it is not shown to contain the "
    "smaller one.",
    "container-entry-differs": "Fetch the file again; an entry was damaged or changed on the way.",
    "container-entry-unsigned": "Do not rely on the file: somebody has added an entry to it.",
    "container-malformed": "Fetch the file again; this is no bundle of a leg.",
    "container-not-canonical": "Fetch the file again and do not pack it anew.",
    "container-too-large": "Ask for the bundle without the documents' content.",
    "content-digest-mismatch": "Refuse the document: what was sent is not what its manifest "
    "names. Tell the sender.",
    "contract-call-malformed": "Give the arguments the contract's interface asks for.",
    "contract-missing": "Compare the contract addresses with the deployment; no code stands there.",
    "contract-reverted": "Mend what the contract's error names, then ask again.",
    "data-key-malformed": "Give the 32 bytes of the data key as they were drawn.",
    "database-not-durable": "Switch the named setting of PostgreSQL on; captures could be lost.",
    "database-not-writable": "Choose a directory that this user may write.",
    "database-url-malformed": "Give sqlite:///path/to/file or postgresql://user@host/database.",
    "dead-letter-unknown": "List the dead letters of the subscription; this one is none.",
    "deadline-profile-unknown": "Choose a profile that docs/formats/deadlines.md lists.",
    "declaration-deadline": "Sign again with a deadline between one minute and 31 days from now.",
    "declaration-malformed": "Compare the declaration with docs/formats/recall.md.",
    "declaration-nonce-used": "Draw a new random nonce and sign again; what was declared stands.",
    "deployment-incomplete": "Run the deployment again; it goes on where it stopped.",
    "deployment-mismatch": "The contracts on chain are not the ones of this installation; do not "
    "go on.",
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
    "device-key-malformed": "Give the 32 bytes of the Ed25519 public key in base64url.",
    "device-proof-foreign": "Let the device sign its own id and the id of your organization.",
    "device-reading-malformed": "Compare the reading with docs/formats/device-readings.md.",
    "device-revoked": "Register the device with a new key.",
    "device-signature-invalid": "Do not trust the reading, or register the device's new key.",
    "device-taken": "Give the device a key of its own.",
    "device-unknown": "Register the device first; kid is the thumbprint of its key.",
    "digest-malformed": "Give the digest as 64 lower-case hexadecimal digits.",
    "digital-link-malformed": "Compare the path with GS1 Digital Link: "
    "/01/{gtin}/10/{lot}/21/{serial}.",
    "document-malformed": "Compare the member with docs/formats/exchange.md.",
    "document-secret-refused": "Send it on the way that the law of state secrets prescribes; it "
    "must not travel here.",
    "document-too-large": "Inspect the parts of the document one by one.",
    "due-date-past": "Give a due date after the latest arrival, or send it as urgent.",
    "edoc-request-malformed": "Send it as docs/formats/edxml.md describes for the door.",
    "edoc-secret-refused": "Give the software the SystemId and SecretKey that the desk was set "
    "up with.",
    "edoc-sender-foreign": "Send documents from the agency's own software only; From names "
    "another.",
    "edxml-malformed": "Mend the element at the path given; docs/formats/edxml.md says what is "
    "read.",
    "edxml-other-document": "Hand the status to the leg of the document and agency that it names.",
    "edxml-status-missing": "Hand the evidence on as ERDS JSON; edXML has no code for this event.",
    "edxml-too-large": "Send large files as parts of a message; edXML holds them in its text.",
    "encryption-key-malformed": "Compare the key and its statement with docs/formats/envelope.md.",
    "encryption-key-unauthorized": "Encrypt nothing to this key: ask the organization to publish "
    "one, signed by an ADMIN or LEADER key in force.",
    "encryption-key-unknown": "Ask the organization to publish an encryption key; nothing can be "
    "sent to it before.",
    "engine-binary-missing": "Install the local chain: npm ci --ignore-scripts in hardhat-node/.",
    "engine-start-failed": "Read the chain engine's log in its data directory.",
    "engine-unsupported": "Run chain engines on Linux, or point the settings at a running node.",
    "entries-malformed": "Fetch the bundle of entries again; it is damaged.",
    "envelope-damaged": "Fetch the content again; if that does not help, it was changed, cut, or "
    "encrypted under another key.",
    "envelope-malformed": "Compare the bytes with docs/formats/envelope.md.",
    "epc-urn-malformed": "Compare the EPC URN with the GS1 EPC Tag Data Standard, or send the "
    "Digital Link.",
    "epcis-action-conflict": "Use action ADD where ILMD describes new items; leave ILMD out "
    "otherwise.",
    "epcis-attribute-repeated": "State the attribute once: in sensorMetadata if it holds for all "
    "reports, else in each report.",
    "epcis-children-missing": "List the children in childEPCs or childQuantityList.",
    "epcis-class-in-epc-list": "Move ids of classes and lots to the quantity list; EPC lists name "
    "single items.",
    "epcis-context-malformed": "Give @context as the EPCIS context URL and, after it, objects "
    "mapping prefixes to URIs.",
    "epcis-document-unsupported": "Send an EPCISDocument or EPCISQueryDocument in JSON, JSON-LD or "
    "XML.",
    "epcis-field-malformed": "Compare the field with the EPCIS 2.0 standard; the detail says what "
    "stands there and what may.",
    "epcis-field-missing": "Add the field; EPCIS 2.0 requires it here.",
    "epcis-field-unknown": "Remove the field, or make it an extension with a prefix declared in "
    "@context.",
    "epcis-item-in-quantity-list": "Move ids of single items to the EPC list; quantity lists name "
    "classes and lots.",
    "epcis-item-repeated": "List each item once.",
    "epcis-items-missing": "Say what the event is about: items, quantities, or sensor data with a "
    "read point.",
    "epcis-parent-missing": "Name the parent in parentID; only OBSERVE may leave it out.",
    "epcis-prefix-undeclared": "Declare the prefix in @context of the document or of the event.",
    "epcis-quantity-negative": "Give a quantity of zero or more; leave it out if it is not known.",
    "epcis-sensor-time-late": "Set eventTime to when the last reading was taken, or correct the "
    "sensor's time.",
    "epcis-time-malformed": "Give the time in RFC 3339 form with a zone, for example "
    "2026-03-01T08:00:00.000+07:00.",
    "epcis-uri-malformed": "Give an absolute URI in ASCII; escape other characters with %.",
    "epcis-word-unknown": "Use a word of the Core Business Vocabulary 2.0, or a full URI of your "
    "own.",
    "erasure-certificate-invalid": "Do not take it as erased at the server: ask its operator, and "
    "compare the log's key with the trust file.",
    "erasure-held": "Wait until the hold is lifted, or ask whoever placed it.",
    "erasure-malformed": "Compare the approval or hold with docs/formats/erasure.md.",
    "erasure-not-approved": "Have two people approve the same reason and retention, each with a "
    "key of their own.",
    "erasure-step-missing": "Let the organization's leader sign the step ERASE first.",
    "event-id-taken": "Give a changed event an eventID of its own, or declare the first one "
    "erroneous.",
    "event-unknown": "Check the eventID; percent-encode it whole in the path.",
    "evidence-differs": "Make the evidence of exactly this opening or step, then sign its "
    "commitment.",
    "evidence-malformed": "Compare the evidence with docs/formats/evidence.md.",
    "evidence-unknown": "Read the events of the leg; evidence has the number of its event.",
    "exchange-diverged": "Run `provenance audit`: the chain holds other events of a leg than those "
    "relayed.",
    "exchange-reason-unknown": "Choose a reason of this action from docs/formats/evidence.md.",
    "exchange-webhook-unknown": "Set a webhook first: PUT /exchange/webhook.",
    "expiry-past": "Give a time to come, or none.",
    "fact-changed": "This database belongs to another chain, log or contract; use its own "
    "settings.",
    "file-too-large": "Send a smaller file: photos and certificates have at most 10 MB.",
    "file-unknown": "Check the SHA-256; no such file is kept here.",
    "file-unreadable": "Check the path and that this user may read the file.",
    "file-unwritable": "Free disk space or correct the permissions of the data directory.",
    "foreign-organization": "Use a key of the organization concerned.",
    "grant-unknown": "List the record's grants; that organization has none.",
    "gs1-cbv-format-unsupported": "Ask for Always_URN, Always_Web_URI or No_Preference, or "
    "leave the header out.",
    "gs1-check-digit-wrong": "Read the number again from its source; the last digit shows that one "
    "digit is wrong.",
    "gs1-elements-conflict": "Leave out the element that cannot stand there, or add the one it "
    "needs.",
    "gs1-epc-format-unsupported": "Ask for No_Preference, Always_GS1_Digital_Link, Always_EPC_URN "
    "or Never_Translates.",
    "gs1-key-malformed": "Give the key with its exact number of digits, 0-9 only.",
    "gs1-link-malformed": "Write the Digital Link as https://domain/01/GTIN with 14 digits, then "
    "/22/, /10/, /21/ in this order.",
    "gs1-value-malformed": "Give the value in the format that the GS1 General Specifications "
    "prescribe for its AI.",
    "gs1-version-unsupported": "Ask for EPCIS 2.0 and CBV 2.0.",
    "identifier-too-long": "Use an identifier of at most 1024 characters.",
    "inclusion-proof-invalid": "Do not trust the entry: it is not shown to be in the log.",
    "inspection-crashed": "Try again; if it stays, the document breaks a reader: say nothing "
    "about its signatures, and report it.",
    "inspection-out-of-memory": "The document was not judged. Ask its sender for a smaller one.",
    "inspection-profile-unknown": "Use one of the profiles named.",
    "inspection-timed-out": "The document was not judged. Try again when the machine has less to "
    "do.",
    "internal-error": "Report the request id to the operator.",
    "issuer-saw-no-block": "Ask the chain, or get a trust file issued after the bundle.",
    "issuer-saw-no-head": "Ask the chain, or get a newer trust file.",
    "issuer-saw-no-key": "Ask the chain, or get a newer trust file.",
    "issuer-saw-no-organization": "Ask the chain, or get a newer trust file.",
    "json-depth-exceeded": "Flatten the document: at most 64 levels of nesting are read.",
    "json-duplicate-key": "Remove one of the members with the same name.",
    "json-malformed": "Send well-formed JSON encoded as UTF-8.",
    "json-not-normalised": "Normalise every string to Unicode NFC before signing.",
    "json-number-out-of-range": "Send integers beyond ±(2^53-1) and non-finite numbers as strings.",
    "json-surrogate": "Remove the unpaired surrogate; it is not a Unicode character.",
    "key-foreign": "Ask the operator to record your GS1 company prefix, or leave the key alone.",
    "key-not-custodial": "Sign with the organization's own key; the platform does not hold it.",
    "key-not-registered": "Wait until the chain has confirmed the organization's key.",
    "key-purpose-unknown": "Use submit, status, admin, clerk, gateway or leader.",
    "keystore-exists": "Choose another path; a keystore is never overwritten.",
    "keystore-malformed": "Restore the keystore file from its backup.",
    "keystore-missing": "Run `provenance init`, or point the settings at the keystore file.",
    "keystore-password-missing": "Put keystore.password back or set PROVENANCE_KEYSTORE_PASSWORD.",
    "keystore-password-wrong": "Give the password the keystore was made with.",
    "keystore-unwritable": "Make the folder writable for this user, or free some space.",
    "label-form-unknown": "Name the file .pdf, .svg or .png.",
    "label-layout-unknown": "Ask for one of the layouts the detail names.",
    "label-malformed": "Give a label of 1 to 100 characters.",
    "label-numbering-impossible": "Give a serial number ending in digits, and a key without one.",
    "label-too-small": "Choose a layout with larger labels, or a lower error correction level.",
    "labels-busy": "Ask again after the seconds in Retry-After; other sheets are being drawn.",
    "labels-too-many": "Ask for the labels in several sheets.",
    "lease-lost": "Nothing to do: another worker has taken over.",
    "ledger-foreign": "Check the bundle with the trust file of the ledger it names.",
    "leg-action-illegal": "Read the leg again: it is in a state in which this cannot be done.",
    "leg-action-repeated": "Nothing to do: it stands in the leg already.",
    "leg-already-opened": "Use a new salt for a new leg, or read the leg: your submission was "
    "taken in before.",
    "leg-attempts-exhausted": "Submit the document anew: this leg used up its attempts.",
    "leg-bundle-malformed": "Fetch the bundle again, or compare it with docs/formats/leg- "
    "undle.md.",
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
    "link-missing": "Ask for a link type that ?linkType=linkset lists.",
    "link-target-refused": "Give an http or https address of a public site, without a user name.",
    "link-type-unknown": "Use a link type of the GS1 Web Vocabulary, for example gs1:pip.",
    "links-malformed": "Correct the member the pointer names.",
    "links-unknown": "Register links for this anchor first, or ask for the linkset.",
    "listening-refused": "Choose an address of this machine with --host, and a port this user may "
    "open.",
    "log-diverged": "Run provenance audit: database and chain tell different histories.",
    "log-empty": "Wait for the first checkpoint.",
    "lot-unknown": "Check the code on the pack; nothing is recorded under it.",
    "mandate-malformed": "Compare the mandate with docs/formats/exchange.md.",
    "mandate-nonce-taken": "Read how many mandates there are between the two, and sign anew.",
    "masterdata-key-taken": "Change the item that has this GTIN or GLN, or take it off there "
    "first.",
    "masterdata-malformed": "Correct the member the pointer names; docs/formats/masterdata.md "
    "lists them all.",
    "masterdata-superseded": "Read the item again, put your change into it and send that with its "
    "ETag in If-Match.",
    "masterdata-unchanged": "Nothing to do: what you say is recorded already.",
    "masterdata-unknown": "Check code and organization; nothing is recorded under them.",
    "media-type-not-acceptable": "Ask for one of the media types the OpenAPI description lists.",
    "media-type-unsupported": "Send one of the media types the OpenAPI description lists.",
    "message-differs": "Submit changed content as a new version, and sign the commitment of the "
    "very message handed in.",
    "message-unknown": "Check sender, documentId and version.",
    "method-not-allowed": "Use one of the methods in the Allow header.",
    "month-malformed": "Give the month as year and month, for example 2026-03.",
    "month-not-over": "Sign the month an hour after its end in Vietnam; read it at any time.",
    "mqtt-url-malformed": "Give mqtt://user:password@host:1883 or mqtts://host.",
    "not-initialised": "Run provenance init or provenance up first.",
    "note-key-malformed": "Give the verifier key as name+keyid+base64, as the log's operator "
    "published it.",
    "note-malformed": "Compare the note with C2SP signed-note v1.0.0.",
    "note-signature-invalid": "Do not trust the note: it was changed after it was signed.",
    "note-unsigned": "Do not trust the note: no key you know has signed it.",
    "opendata-not-ready": "Ask an hour after the day (UTC) has ended; if it stays, look why "
    "records are not anchored.",
    "opendata-unknown": "Compare with the catalogue at /opendata/; that day or file is not there.",
    "operator-only": "Ask the operator of this installation.",
    "org-id-malformed": "Give the organization id as it was issued: 0x and 64 hex digits.",
    "organization-registering": "Try again in a few seconds.",
    "organization-suspended": "Ask the operator of this installation.",
    "organization-unknown": "Use the organization id as it was issued.",
    "output-binary": "Write it to a file with --output, or pipe it somewhere.",
    "output-missing": "Say with --output where the proof shall go.",
    "page-token-malformed": "Follow the link of the previous page unchanged.",
    "page-token-revoked": "Ask for the first page again.",
    "page-token-unknown": "Give the nextPageToken of a `next` link, unchanged.",
    "path-unknown": "Compare the path with /openapi.json.",
    "personal-id-malformed": "Give the 12 digits on the identity card; the number is not kept.",
    "photo-malformed": "Save the picture anew as JPEG, PNG or WebP, or make it smaller, and send "
    "that.",
    "port-in-use": "Choose another port with --port, or stop what uses it.",
    "prefix-malformed": "Give the company prefix as GS1 issued it: 4 to 12 digits, or a whole key.",
    "prefix-taken": "Compare the certificates; end the other grant first if it is wrong.",
    "prefix-unknown": "List the organization's prefixes and use one that is in force.",
    "private-key-malformed": "Give a secp256k1 private key of 32 bytes.",
    "profile-malformed": "Compare the profile with docs/formats/identity.md.",
    "proof-range": "Ask for an index below the size, and for sizes in growing order.",
    "qr-level-unknown": "Use L, M, Q or H.",
    "qr-too-large": "Shorten the text, or choose a lower error correction level.",
    "query-limits-conflict": "Give eventCountLimit or maxEventCount, not both.",
    "query-malformed": "Give the query as a JSON object of parameters.",
    "query-name-malformed": "Name the query with letters, digits and dashes.",
    "query-name-taken": "Choose another name, or delete the query that has it.",
    "query-parameter-repeated": "Give the parameter once; separate its values by | in an address.",
    "query-parameter-unknown": "Compare the name with docs/epcis-queries.md.",
    "query-too-complex": "Ask for less: fewer values, a shorter time, or a thing, place or step.",
    "query-too-large": "Raise maxEventCount, or ask for less.",
    "query-unknown": "List the named queries of your organization at /epcis/queries.",
    "query-value-malformed": "Correct the value the pointer names; docs/epcis-queries.md tells the "
    "form of each.",
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
    "receipt-key-foreign": "Use the key of the log that issued the receipt.",
    "receipt-malformed": "Compare the receipt with RFC 9942 and docs/formats/cose-receipt.md.",
    "receipt-not-expressible": "Ask for a tlog-proof, or wait until the log has a second leaf.",
    "receipt-signature-invalid": "Do not trust the entry: the log has not signed it in.",
    "record-erased": "Nothing to do: the record was erased; its place in the log stays.",
    "record-id-malformed": "Give the record id as it was issued: urn:uuid: and the UUID in lower "
    "case.",
    "record-id-taken": "Give every record a random id of its own and sign again.",
    "record-malformed": "Compare the record with docs/formats/record.md.",
    "record-member-false": "Do not trust the record: a member contradicts the proof it came with.",
    "record-member-missing": "Ask for a bundle that discloses version, id and organization of the "
    "record.",
    "record-not-sequenced": "Ask again after a second; the record has no place in the log yet.",
    "record-recalled": "Do not use the goods; follow the recall notice.",
    "record-unknown": "Check the record id; it stands in the answer to the capture.",
    "record-withdrawn": "Do not rely on this record; its issuer or an authority has withdrawn it.",
    "request-malformed": "Correct the member or parameter the pointer names.",
    "retention-not-over": "Erase it when the time is over; only a competent authority's order "
    "comes before.",
    "rlp-malformed": "Fetch the file again; its chain data are not in the one spelling of RLP.",
    "rpc-refused": "Only reading calls to the anchoring contracts are relayed.",
    "rpc-urls-missing": "Set PROVENANCE_RPC_URLS to the nodes of the network.",
    "schema-newer": "Start the version of the program that migrated this database, or a newer one.",
    "schema-outdated": "Run `provenance migrate`.",
    "schema-revision-unknown": "Name `base` or a revision listed in docs/operations/storage.md.",
    "scope-missing": "Use a key with the scope the detail names.",
    "scope-unknown": "Use the scopes capture, read, status and admin.",
    "secret-unreadable": "Delete the subscription and subscribe again; its secret cannot be read.",
    "sender-quarantined": "Somebody else used this account: find out who holds its key, then "
    "release or replace it.",
    "server-answer-malformed": "Check the address: something else than a ledger answers there.",
    "server-refused": "Use a command line of the server's version; this one does not know its "
    "code.",
    "server-unreachable": "Start it with `provenance up`, or give its address with --url.",
    "server-url-malformed": "Give the address as http://host:port.",
    "settings-invalid": "Correct the setting; docs/settings.md lists them all.",
    "sharing-link-ended": "Ask whoever gave you the link for a new one.",
    "sharing-link-unknown": "Open the link as it was given, to its last letter.",
    "sharing-malformed": "Compare with the limits in the OpenAPI description.",
    "sheet-archive-refused": "Download a new template, paste the data as values and save it as "
    ".xlsx.",
    "sheet-cell-error": "Clear the error and type the value.",
    "sheet-choice-unknown": "Choose from the drop-down list.",
    "sheet-code-malformed": "Compare each digit with the code on the package or the certificate.",
    "sheet-code-rounded": "Format the cell as text and type the code again.",
    "sheet-column-missing": "Download a new template and keep its headings.",
    "sheet-column-repeated": "Remove one of the columns.",
    "sheet-column-unknown": "Remove the column, or write its heading as in the template.",
    "sheet-date-future": "Check the date; leave it if it is a plan.",
    "sheet-date-malformed": "Write day/month/year, for example 25/11/2026.",
    "sheet-empty": "Fill in at least one row, from row 3 on.",
    "sheet-encoding-unknown": "Save it as CSV UTF-8, or hand in the .xlsx.",
    "sheet-event-refused": "Check the cells of the row; if nothing is wrong there, tell the "
    "operator.",
    "sheet-file-unknown": "Open the file and save it as .xlsx without a password.",
    "sheet-formula": "Copy the cell and paste it as a value.",
    "sheet-isolation-running": "Check the dates and the isolation days.",
    "sheet-item-missing": "Fill in the container, or the product and its lot.",
    "sheet-item-repeated": "Add the two rows up to one, or give the times if there were two "
    "occasions.",
    "sheet-job-unknown": "Use the address given when the sheet was accepted.",
    "sheet-lot-malformed": "Use 1 to 20 letters without accents, digits and - . / _, no spaces.",
    "sheet-name-repeated": "Give the two entries different names.",
    "sheet-name-unknown": "Add the name with its code to the list, or write the code itself.",
    "sheet-number-ambiguous": "Write it without separators of thousands, for example 1234,5.",
    "sheet-number-malformed": "Write digits with one decimal comma; the unit has a column of "
    "its own.",
    "sheet-row-differs": "Write the same in all rows of one occasion, or leave later rows empty.",
    "sheet-row-repeated": "Remove the row; if there were two occasions, give their times.",
    "sheet-template-unknown": "Download a new template and keep its first row.",
    "sheet-text-too-long": "Write less.",
    "sheet-time-malformed": "Write hours and minutes, for example 05:40.",
    "sheet-too-large": "Hand the data in in several files.",
    "sheet-value-missing": "Fill the cell in.",
    "shutting-down": "Send the request again; the service is restarting.",
    "signature-invalid": "Sign again with the organization's key; this signature is not its own.",
    "signature-malformed": "Give 65 bytes r, s, v with s in the lower half and v 27 or 28.",
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
    "signing-key-known": "Use the key as it is, or enter another address.",
    "signing-key-unknown": "List the organization's signing keys and use an address given there.",
    "state-proof-invalid": "Do not trust the bundle: the state it names does not hold this leg.",
    "statistics-differ": "Do not rely on the record: its numbers are not those of the events on "
    "the chain. Ask its organization, and an auditor.",
    "statistics-malformed": "Compare the record with docs/formats/statistics.md.",
    "statistics-too-large": "Ask the operator to raise the limit; so many legs need more memory.",
    "statistics-unknown": "Check organization and month; nobody signed these statistics.",
    "status-kind-unknown": "Use a newer verifier: this one does not understand a declaration.",
    "status-not-checked": "Ask the chain before relying on this record.",
    "storage-busy": "Try again; if it stays, look for a program that holds the database.",
    "storage-damaged": "Stop writing, restore the last backup and run `provenance audit`.",
    "storage-duplicate": "Try again: another writer recorded the same first.",
    "storage-full": "Free space on the database's disk; nothing acknowledged was lost.",
    "storage-read-only": "Make the database and its directory writable for this user.",
    "storage-unavailable": "Check that the database runs and can be reached, then try again.",
    "subject-unknown": "Check the code; nothing is registered or recorded under it.",
    "submission-malformed": "Compare the submission with docs/formats/submission.md.",
    "submission-root-mismatch": "Commit and sign again; docs/formats/submission.md has a worked "
    "example.",
    "submission-unknown": "Use the number of a submission that was accepted here.",
    "subscription-controls-malformed": "Give dest and either stream: true or a schedule.",
    "subscription-unknown": "List the subscriptions of the query.",
    "term-unknown": "List the collection and use a value given there.",
    "text-nul": "Remove the character U+0000 (%00); no name or text here has it.",
    "tile-missing": "Run `provenance audit`: the stored log is incomplete.",
    "tile-path-malformed": "Compare the path with C2SP tlog-tiles v0.1.0.",
    "tile-unknown": "Ask for tiles within the size of the newest checkpoint.",
    "time-authority-roots-unreadable": "Put the authority's root certificates, PEM or DER, where "
    "the setting time_authority_roots points.",
    "time-authority-unavailable": "Nothing to do: it is asked again, and one later time-stamp "
    "covers all that waits.",
    "time-malformed": "Give the time in RFC 3339 form with a zone, for example "
    "2026-03-01T08:00:00.000Z.",
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
    "trace-overloaded": "Ask again after the seconds in Retry-After.",
    "transaction-malformed": "Give either gas_price or both EIP-1559 fees, and numbers that are "
    "not negative.",
    "transaction-refused": "Look at the node's reason: gas limit, funds or permission of the "
    "sending account.",
    "transaction-unknown": "Run `provenance audit`: the journal lacks a transaction.",
    "trust-file-missing": "Name the trust file with --trust; get it from whom you trust.",
    "trust-malformed": "Get the trust file again from whom you trust, or compare it with "
    "docs/formats/trust.md.",
    "trust-names-no-exchange": "Get a newer trust file from whoever issued this one.",
    "trust-roots-empty": "Put the certificates you trust into the folder, as .pem, .crt, .cer or "
    ".der.",
    "trust-roots-too-large": "Give only the certificates you trust.",
    "upload-incomplete": "Ask which chunks are there, send the others, then complete it.",
    "upload-malformed": "Compare size and number of the chunk with what beginning the upload "
    "answered.",
    "upload-size-differs": "Use the size with which the upload was begun.",
    "upload-too-slow": "Send it again over a faster line.",
    "upload-unknown": "Begin the upload again; what nobody goes on with is let go of.",
    "uri-too-long": "Ask for fewer values at once.",
    "view-malformed": "Compare the disclosed view with docs/formats/record.md.",
    "webhook-address-refused": "Name an https address on the internet.",
    "webhook-unreachable": "Look at the receiver: events wait for it and are sent again.",
    "wrapped-key-gone": "Leave it: nobody is to read that leg any more.",
    "wrapped-key-malformed": "Give keyId and wrapped as docs/formats/envelope.md has them.",
    "wrapped-key-unpublished": "Wrap to a key that the recipient states, now or from later on.",
    "wrapped-key-unreadable": "Use the key that keyId names, and the wrap of this leg of this "
    "message.",
    "xml-depth-exceeded": "Flatten the extension; its levels are limited.",
    "xml-doctype-refused": "Leave the DOCTYPE out; entities are not read.",
    "xml-element-order": "Write the elements in the order of the EPCIS 2.0 XML schema.",
    "xml-encoding-unsupported": "Encode the document as UTF-8.",
    "xml-malformed": "Send well-formed XML 1.0 with namespaces.",
    "xml-namespaces-too-many": "Declare only the namespaces that are used.",
}
"""Code → advice to whoever can mend it, sorted by code."""
