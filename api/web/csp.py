"""What the pages may load, run and ask: nothing but ours, and the chain nodes that are named.

No inline script or style, no foreign font or image, and no way for text to become markup
(Trusted Types): whoever gets a sentence into a record gets no more than that sentence.
"""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import ip_address
from urllib.parse import urlsplit

PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; "
    "connect-src 'self'{nodes}; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
"""Content-Security-Policy of every page; `{nodes}` is replaced by what `page_policy` was given;
`blob:` shows a photo whose digest was checked on the device."""

PORTAL_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; "
    "connect-src 'self'; worker-src 'self'; manifest-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types portal-worker"
)
"""The producer's portal: it asks no chain and sends no form; `blob:` shows a photo before it is
sent, and the one trusted type names the worker that keeps the portal usable offline."""

WORKER_POLICY = "default-src 'none'; connect-src 'self'"
"""That worker, which only fetches and keeps what the portal is made of."""


def page_policy(nodes: Sequence[str] = ()) -> str:
    """The header's value; `nodes` are the http(s) URLs of chain nodes a page may ask.

    Nodes on the server's own loopback are left out: on the visitor's machine that address is
    somebody else.
    """
    origins = dict.fromkeys(filter(None, map(_origin, nodes)))
    return PAGE_POLICY.format(nodes="".join(f" {origin}" for origin in origins))


def _origin(url: str) -> str | None:
    """Scheme, host and port alone: a path would be another thing to get wrong, and userinfo
    would be told to everyone."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return None
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    if any(char in host for char in " ;,'\"*") or _is_loopback(parts.hostname):
        return None
    return f"{parts.scheme}://{host}" + (f":{parts.port}" if parts.port else "")


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
