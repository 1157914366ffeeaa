"""Routes whose JSON bodies are read by the strict reader before a model sees them.

FastAPI reads a body with Python's own `json`: it takes the last of two members of one name, and how
deep it goes before it gives up differs between versions of Python. Here the same bytes get the same
answer on every route, whether it takes a model or reads the body itself.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from email.message import Message
from typing import Any

from fastapi import Request, Response
from fastapi.params import Form
from fastapi.routing import APIRoute

from ledger import canonical


class JsonRoute(APIRoute):
    """A route that refuses what `ledger.canonical` refuses, with its code and JSON pointer.

    Raises InvalidInput `json-malformed`, `json-duplicate-key`, `json-number-out-of-range`,
    `json-surrogate`, `json-depth-exceeded`. A body of another media type is left to the model.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler, behind the strict reader where the route takes a model."""
        handle = super().get_route_handler()
        if self.body_field is None or isinstance(self.body_field.field_info, Form):
            return handle

        async def read_strictly(request: Request) -> Response:
            if _is_json(request.headers.get("content-type", "")):
                body = await request.body()
                if body:
                    canonical.parse(body)
            return await handle(request)

        return read_strictly


def _is_json(content_type: str) -> bool:
    message = Message()
    message["content-type"] = content_type
    subtype = message.get_content_subtype()
    is_json = subtype == "json" or subtype.endswith("+json")
    return is_json and message.get_content_maintype() == "application"
