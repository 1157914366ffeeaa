"""A signed submission's answer on the wire."""

from __future__ import annotations

from api.schemas.capture import StoredEventReference
from api.schemas.wire import Answer


class SubmissionAnswer(Answer):
    """The records of a submission, in its order."""

    events: list[StoredEventReference]
