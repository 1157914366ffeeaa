"""Personal numbers and what stands for them, on the wire."""

from __future__ import annotations

from pydantic import Field

from api.schemas.wire import Answer, Request


class PersonalIdRequest(Request):
    """A personal number; nothing keeps it."""

    personal_id: str = Field(max_length=40, description="12 digits, perhaps in groups.")


class PersonalIdAnswer(Answer):
    """What to put into a party."""

    personal_id_digest: str = Field(pattern="^[0-9a-f]{64}$")
