"""Events: captured, from devices, searched for, told to subscribers."""

from __future__ import annotations

EVENTS: dict[str, str] = {
    "alert-address-unknown": "Set an address first: PUT /alerts/address.",
    "alert-unknown": "List your alerts and use the id given there.",
    "capture-behaviour-unknown": "Set GS1-Capture-Error-Behaviour to rollback or proceed.",
    "capture-claim-lost": "Nothing to do: another worker has taken the job over.",
    "capture-event-too-large": "Split the event, or leave out what is no part of it.",
    "capture-job-unknown": "Use the address given when the document was accepted.",
    "capture-overloaded": "Send the event again after a moment; nothing of it was stored.",
    "capture-too-large": "Send the document in several captures.",
    "capture-too-many-events": "Send the events in several captures.",
    "cold-chain-rule-malformed": "Give minCelsius, maxCelsius or both, and allowedMinutes.",
    "cold-chain-rule-unknown": "Set a rule for this product first.",
    "dead-letter-unknown": "List the dead letters of the subscription; this one is none.",
    "device-key-malformed": "Give the 32 bytes of the Ed25519 public key in base64url.",
    "device-proof-foreign": "Let the device sign its own id and the id of your organization.",
    "device-reading-malformed": "Compare the reading with docs/formats/device-readings.md.",
    "device-revoked": "Register the device with a new key.",
    "device-signature-invalid": "Do not trust the reading, or register the device's new key.",
    "device-taken": "Give the device a key of its own.",
    "device-unknown": "Register the device first; kid is the thumbprint of its key.",
    "digital-link-malformed": "Compare the path with GS1 Digital Link: "
    "/01/{gtin}/10/{lot}/21/{serial}.",
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
    "event-id-taken": "Give a changed event an eventID of its own, or declare the first one "
    "erroneous.",
    "event-unknown": "Check the eventID; percent-encode it whole in the path.",
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
    "mqtt-url-malformed": "Give mqtt://user:password@host:1883 or mqtts://host.",
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
    "submission-malformed": "Compare the submission with docs/formats/submission.md.",
    "submission-root-mismatch": "Commit and sign again; docs/formats/submission.md has a worked "
    "example.",
    "submission-unknown": "Use the number of a submission that was accepted here.",
    "subscription-controls-malformed": "Give dest and either stream: true or a schedule.",
    "subscription-unknown": "List the subscriptions of the query.",
    "term-unknown": "List the collection and use a value given there.",
    "trace-overloaded": "Ask again after the seconds in Retry-After.",
    "webhook-address-refused": "Name an https address on the internet.",
    "webhook-unreachable": "Look at the receiver: events wait for it and are sent again.",
    "xml-depth-exceeded": "Flatten the extension; its levels are limited.",
    "xml-doctype-refused": "Leave the DOCTYPE out; entities are not read.",
    "xml-element-order": "Write the elements in the order of the EPCIS 2.0 XML schema.",
    "xml-encoding-unsupported": "Encode the document as UTF-8.",
    "xml-malformed": "Send well-formed XML 1.0 with namespaces.",
    "xml-namespaces-too-many": "Declare only the namespaces that are used.",
}
