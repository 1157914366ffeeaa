"""What an organization has to know at once: recalls of goods it had, broken cold chains.

The body is made once, when the alert is; whatever is sent later, and however often, are these
bytes under this id. Format: docs/formats/alert.md.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import orjson

from ledger.clock import format_time
from ledger.identity.organization import OrgId

_NAMESPACE = uuid.UUID("9f4c7c4e-0c0f-5f52-9a3e-5c0b5d9d1d0a")


class AlertKind(StrEnum):
    """What an alert is about."""

    RECALL = "recall"
    RECALL_EXTENDED = "recall-extended"
    RECALL_LIFTED = "recall-lifted"
    COLD_CHAIN = "cold-chain"


@dataclass(frozen=True, slots=True)
class Alert:
    """One thing to be told. `about` names it: an organization is told of it once. `content` is
    what stands in the body under the kind's member, plain JSON."""

    kind: AlertKind
    about: str
    content: Mapping[str, Any]

    def id_for(self, org: OrgId) -> str:
        """The id of this alert for one organization; the same whenever it is asked for."""
        return str(uuid.uuid5(_NAMESPACE, f"{org.text}/{self.about}"))

    def body_for(self, org: OrgId, at: datetime) -> bytes:
        """What that organization is sent, as JSON."""
        return orjson.dumps(
            {
                "v": 1,
                "id": self.id_for(org),
                "kind": self.kind.value,
                "createdAt": format_time(at),
                "organization": org.text,
                self.member: self.content,
            }
        )

    @property
    def member(self) -> str:
        """The member of the body that holds the content."""
        return "coldChain" if self.kind is AlertKind.COLD_CHAIN else "recall"
