"""The page behind a scanned code, rendered on the server.

The facts are shown at once, as this server's claim; what checks them runs on the visitor's device.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from starlette.requests import Request
from starlette.responses import Response

from api.schemas.story import story_answer
from ledger.gs1.digital_link import DigitalLink
from ledger.services.resolving import Story

_TEMPLATES = Path(__file__).parent / "templates"


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
    )


def story_page(request: Request, link: DigitalLink, story: Story | None) -> Response:
    """The story of a lot or an item; without one a 404 page that warns."""
    del request
    facts = story_answer(story).model_dump(by_alias=True) if story is not None else None
    html = _environment().get_template("story.html").render(link=link, story=facts)
    return Response(
        html,
        status_code=200 if story is not None else 404,
        media_type="text/html",
        headers={
            "Cache-Control": "no-store",
            "Vary": "Accept, Authorization",
            "Content-Language": "vi",
        },
    )
