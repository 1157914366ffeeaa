"""How a wire model is spelled: camelCase names, nothing unknown taken in, nothing coerced."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, field_validator
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError


class Answer(BaseModel):
    """A JSON body we send."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, frozen=True)


class Request(BaseModel):
    """A JSON body we take: unknown members and wrong types are refused."""

    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, frozen=True, extra="forbid", strict=True
    )

    @field_validator("*")
    @classmethod
    def _refuse_nul(cls, value: Any) -> Any:
        """What is signed is signed for ever, and one of the databases keeps no U+0000 in a text:
        refused here, both databases take the same."""
        if isinstance(value, str) and "\0" in value:
            raise PydanticCustomError("text_nul", "the text holds the character U+0000")
        return value
