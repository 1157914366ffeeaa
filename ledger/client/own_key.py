"""An organization that signs for itself: everything a custodial one does, under a key of its own.

The key stays on this machine. What is signed is made and checked here, for the chain and contracts
that the trust file names; the server can refuse it, and nothing else.

::

    own = OwnKey(ledger, org=org, signer=KeySigner(key), trust=parse_trust(trust_file))
    product = own.put_item(Kind.PRODUCT, "ST25", {"name": "Gạo ST25"})
    stored = own.capture_event(event)
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import quote

import orjson

from ledger import canonical
from ledger.client.connection import JSON
from ledger.client.drafting import EVENT, Draft, check_own_events, draft_version, sign_drafts
from ledger.client.ledger_client import LedgerClient, StoredEvent
from ledger.clock import Clock, SystemClock, format_time
from ledger.epcis.context import STANDARD
from ledger.epcis.document import EpcisDocument, check_events
from ledger.epcis.event import Event
from ledger.errors import Conflict, InvalidInput, NotFound
from ledger.identity.eip712 import Domain
from ledger.identity.organization import OrgId
from ledger.identity.personal_id import PersonalId
from ledger.identity.signer import DigestSigner
from ledger.masterdata.code import Code
from ledger.masterdata.item import ItemVersion, content_digest, item_of_body, read_item
from ledger.masterdata.kind import Kind
from ledger.proof.trust import TrustAnchors

_COLLECTIONS = {Kind.PARTY: "parties", Kind.PLACE: "places", Kind.PRODUCT: "products"}
_PROOF = re.compile(r"</records/([^>]*)/proof>")
_AS_STORED = {"GS1-EPC-Format": "Never_Translates"}


class StoredItem(NamedTuple):
    """A version of a party, place or product. `changed` is False where it said the same before:
    then the record is the one that was there. `warnings` of this change."""

    code: str
    version: int
    record_id: str
    changed: bool
    warnings: tuple[str, ...]


class OwnKey:
    """One organization, the key it signs with and the server it hands in to."""

    def __init__(
        self,
        ledger: LedgerClient,
        *,
        org: OrgId,
        signer: DigestSigner,
        trust: TrustAnchors,
        clock: Clock | None = None,
    ) -> None:
        self.org = org
        self.ledger = ledger
        self.signer = signer
        self.clock = clock or SystemClock()
        self.trust = trust
        self._registry = Domain(trust.chain_id, trust.organization_registry)

    def capture_event(self, event: Mapping[str, Any]) -> StoredEvent:
        """Sign and store one EPCIS event; see `capture_events`."""
        (stored,) = self.capture_events([event])
        return stored

    def capture_events(
        self, events: Sequence[Mapping[str, Any]], *, context: Sequence[Any] = (STANDARD,)
    ) -> list[StoredEvent]:
        """Sign events once and store them all, durably when this returns.

        May be called again with the same events, also after a crash: those that are stored answer
        with their first record. Raises InvalidInput whose pointer begins with the event's index,
        Conflict `event-id-taken` where an eventID stands for other content, Unavailable when the
        patience ran out.
        """
        return self._capture(check_own_events(events, context, self.clock.now()))

    def capture_document(self, document: EpcisDocument) -> list[StoredEvent]:
        """The same with a whole document, read from JSON or XML (`ledger.epcis`)."""
        checked: list[Event] = []
        for one in check_events(document, self.clock.now()):
            if isinstance(one, InvalidInput):
                raise one
            checked.append(one)
        return self._capture(checked)

    def _capture(self, checked: Sequence[Event]) -> list[StoredEvent]:
        now = self.clock.now()
        drafts = [Draft.new(self.org, EVENT, event.body, now) for event in checked]
        found: dict[str, str] = {}
        try:
            self._submit(drafts)
        except Conflict as conflict:
            if conflict.code != "event-id-taken":
                raise
            found = self._find_stored(checked)
            fresh = [
                draft for draft, event in zip(drafts, checked, strict=True) if not _is(event, found)
            ]
            if len(fresh) == len(drafts):
                raise
            if fresh:
                self._submit(fresh)
        return [
            StoredEvent(event.event_id, found.get(_identity(event.body), draft.record.id.text))
            for event, draft in zip(checked, drafts, strict=True)
        ]

    def declare_error(
        self, event: Mapping[str, Any], reason: str, corrective_event_ids: Sequence[str] = ()
    ) -> StoredEvent:
        """Declare a recorded event to be in error (EPCIS 2.0, 7.4.1.2); both stay recorded.

        `event` as it was captured, with its eventID; `reason` a CBV error reason or a URI; the
        corrective events are captured by themselves.
        """
        declaration: dict[str, Any] = {
            "declarationTime": format_time(self.clock.now()),
            "reason": reason,
        }
        if corrective_event_ids:
            declaration["correctiveEventIDs"] = list(corrective_event_ids)
        return self.capture_event({**event, "errorDeclaration": declaration})

    def put_item(self, kind: Kind, code: str, value: Mapping[str, Any]) -> StoredItem:
        """Sign and store what the organization says about a party, place or product; durable when
        this returns. The same said again writes no record.

        Raises InvalidInput with a pointer, Superseded `masterdata-superseded` where somebody else
        of the organization was first: read the item again. Conflict `masterdata-key-taken`.
        """
        item = read_item(Code.parse(kind, code), canonical.parse(orjson.dumps(value)))
        newest = self._find_item(item.code)
        said = ItemVersion(item, 1, None)
        if newest is not None:
            record_id = str(newest["recordID"])
            version = int(newest["version"])
            if content_digest(item_of_body(kind, newest["item"])) == content_digest(item):
                return StoredItem(item.code.text, version, record_id, changed=False, warnings=())
            said = ItemVersion(item, version + 1, record_id)
        draft = draft_version(self.org, said, self.clock.now())
        (told,) = self._submit([draft])
        return StoredItem(
            code=item.code.text,
            version=said.version,
            record_id=draft.record.id.text,
            changed=True,
            warnings=tuple(told["warnings"]),
        )

    def personal_id_digest(self, number: str, key: bytes) -> str:
        """`personalIdDigest` for a party, under 32 secret bytes that the organization keeps; number
        and key stay on this machine. Raises InvalidInput `personal-id-malformed`."""
        return PersonalId.parse(number).digest(key, self.org).hex()

    def _submit(self, drafts: Sequence[Draft]) -> list[dict[str, Any]]:
        """One signed submission. The very bytes are sent again where the answer gets lost, and a
        repeat is answered as the first."""
        body = sign_drafts(self.org, drafts, self.signer, self._registry, self.clock.now())
        told = self.ledger.connection.ask("POST", "/submissions", body, JSON).json()
        records: list[dict[str, Any]] = told["records"]
        return records

    def _find_stored(self, events: Sequence[Event]) -> dict[str, str]:
        """The records of those of these events that are stored, by what the events say."""
        found: dict[str, str] = {}
        for event_id in dict.fromkeys(event.event_id for event in events):
            path = f"/epcis/events/{quote(event_id, safe='')}"
            try:
                answer = self.ledger.connection.ask("GET", path, headers=_AS_STORED)
            except NotFound:
                continue
            document = answer.json()
            listed = document["epcisBody"]["queryResults"]["resultsBody"]["eventList"]
            records = _PROOF.findall(answer.headers.get("link", ""))
            found |= {
                _identity(event): record
                for event, record in zip(listed, records, strict=True)
                if self._is_own(record)
            }
        return found

    def _is_own(self, record_id: str) -> bool:
        """An event with that id may be another organization's; then it is not stored for us."""
        path = f"/records/{quote(record_id, safe='')}"
        return str(self.ledger.connection.ask("GET", path).json()["org"]) == self.org.text

    def _find_item(self, code: Code) -> dict[str, Any] | None:
        path = f"/masterdata/{_COLLECTIONS[code.kind]}/{quote(code.text, safe='')}"
        try:
            told: dict[str, Any] = self.ledger.connection.ask("GET", path).json()
        except NotFound:
            return None
        # A GTIN or GLN also finds the item that has it beside a code of its own.
        return told if told["code"] == code.text else None


def _identity(event: Mapping[str, Any]) -> str:
    """What an event says, wherever its context is written."""
    kept = {name: value for name, value in event.items() if name not in ("@context", "recordTime")}
    return canonical.encode(kept).decode()


def _is(event: Event, found: Mapping[str, str]) -> bool:
    return _identity(event.body) in found
