"""The pages' scripts, style and words: read once, served for ever under their own digest.

Modules import each other by relative paths, so one digest over all of them stands in front: a page
never mixes files of two releases, and a browser asks for each file once.
"""

from __future__ import annotations

import gzip
import hashlib
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.negotiation import accepts_gzip
from ledger.errors import NotFound

STATIC = Path(__file__).parent / "static"

_MEDIA_TYPES = {
    ".js": "text/javascript",
    ".css": "text/css; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
}
_WORTH_COMPRESSING = 256
_TEMPLATES_ONLY = (
    "kind.", "limits.", "link.", "noscript.", "start.", "trace.", "unknown.", "wrong.",
)  # fmt: skip
"""Words that the server alone says; a page on a slow line does not wait for them."""

router = APIRouter(tags=["consumers"], include_in_schema=False)


@dataclass(frozen=True, slots=True)
class StaticFile:
    """One file as it is sent."""

    content: bytes
    compressed: bytes | None
    media_type: str


@cache
def load_files() -> dict[str, StaticFile]:
    """Every served file by its path below the static directory."""
    return {
        path.relative_to(STATIC).as_posix(): _load(path)
        for path in sorted(STATIC.rglob("*"))
        if path.suffix in _MEDIA_TYPES
    }


@cache
def release() -> str:
    """A name for exactly these files."""
    state = hashlib.sha256()
    for name, file in load_files().items():
        state.update(f"{name}\n{len(file.content)}\n".encode() + file.content)
    return state.hexdigest()[:16]


def static_url(name: str) -> str:
    """Where a file is served. A name that does not exist is a bug."""
    assert name in load_files(), f"no static file {name}"
    return f"/static/{release()}/{name}"


def module_names(folder: str) -> list[str]:
    """The modules in a folder, for preloading: one round trip instead of one per import."""
    return [name for name in load_files() if name.startswith(f"{folder}/") and name.endswith(".js")]


@router.get("/static/{asked}/{name:path}")
def get_static(request: Request, asked: str, name: str) -> Response:
    """One file of this release; files of another are gone."""
    file = load_files().get(name)
    if file is None or asked != release():
        raise NotFound("path-unknown", "no such file in this release")
    headers = {
        "Content-Type": file.media_type,
        "Cache-Control": "max-age=31536000, immutable",
        "Vary": "Accept-Encoding",
    }
    if file.compressed is not None and accepts_gzip(request.headers.get("accept-encoding")):
        return Response(file.compressed, headers={**headers, "Content-Encoding": "gzip"})
    return Response(file.content, headers=headers)


def _load(path: Path) -> StaticFile:
    content = path.read_bytes()
    if path.parent == STATIC / "catalogues":
        words = json.loads(content)
        kept = {key: said for key, said in words.items() if not key.startswith(_TEMPLATES_ONLY)}
        content = json.dumps(kept, ensure_ascii=False, separators=(",", ":")).encode()
    compressed = None
    if len(content) > _WORTH_COMPRESSING:
        compressed = gzip.compress(content, 9, mtime=0)
    return StaticFile(content, compressed, _MEDIA_TYPES[path.suffix])
