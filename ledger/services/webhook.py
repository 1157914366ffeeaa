"""The door to subscribers: one POST to an address on the internet that we did not choose.

What an attacker gains by naming the destination is a request from inside our network; so the name
is resolved once, every address it has must be public, and the connection goes to just that one. No
redirect is followed, no proxy asked, of the answer only the status is read, and the whole takes a
bounded time however slowly the other side speaks. Loopback can be allowed, for trials.
"""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
import threading
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

from ledger.errors import InvalidInput, Unavailable

Resolve = Callable[[str, int], Sequence[str]]
"""The addresses of a host name; raises OSError."""

_CONNECT_SECONDS = 4.0
_TOTAL_SECONDS = 10.0
_MOST_ADDRESSES = 2
_TRANSLATED = ipaddress.ip_network("64:ff9b::/96")  # NAT64: an IPv4 address in disguise


def resolve_host(host: str, port: int) -> Sequence[str]:
    """The addresses the system's resolver gives, each once."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def is_public(address: str) -> bool:
    """Whether an IP address is one of the internet, whatever it is written as."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped is not None:
            return is_public(str(ip.ipv4_mapped))
        if ip.sixtofour is not None or ip.teredo is not None or ip in _TRANSLATED:
            return False
    return ip.is_global and not ip.is_multicast


def is_loopback(address: str) -> bool:
    """Whether an IP address is this machine's own."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped is not None:
        return ip.ipv4_mapped.is_loopback
    return ip.is_loopback


class Webhook:
    """Calls subscribers. Safe to share among threads."""

    def __init__(
        self,
        *,
        allow_loopback: bool = False,
        resolve: Resolve = resolve_host,
        total_seconds: float = _TOTAL_SECONDS,
    ) -> None:
        self._allow_loopback = allow_loopback
        self._resolve = resolve
        self._total_seconds = total_seconds

    def check(self, dest: str) -> None:
        """Refuse a destination that may never be called, as far as that can be told now: a name
        that does not resolve may do so later, and is judged each time it is called.

        Raises InvalidInput `webhook-address-refused`.
        """
        try:
            self._addresses(dest)
        except Unavailable:
            return

    def post(self, dest: str, body: bytes, headers: Mapping[str, str]) -> None:
        """Hand the body over. Raises InvalidInput `webhook-address-refused`, or Unavailable
        `webhook-unreachable` unless the other side answers with a status of 200 to 299."""
        host, port, addresses = self._addresses(dest)
        failure = "no address answers"
        for address in addresses[:_MOST_ADDRESSES]:
            try:
                raw = socket.create_connection((address, port), timeout=_CONNECT_SECONDS)
            except OSError as error:
                failure = f"{address}: {error.strerror or error}"
                continue
            with raw:
                self._send(raw, dest, host, body, headers)
            return
        raise Unavailable("webhook-unreachable", failure)

    def _addresses(self, dest: str) -> tuple[str, int, Sequence[str]]:
        parts = urlsplit(dest)
        host = parts.hostname or ""
        is_https = parts.scheme.lower() == "https"
        port = parts.port or (443 if is_https else 80)
        if not is_https and not self._allow_loopback:
            _refuse(f"{dest:.120}: events go over https only")
        try:
            addresses = self._resolve(host, port)
        except (OSError, UnicodeError) as error:
            raise Unavailable("webhook-unreachable", f"{host:.120} does not resolve") from error
        if not addresses:
            raise Unavailable("webhook-unreachable", f"{host:.120} has no address")
        for address in addresses:
            if self._allow_loopback and is_loopback(address):
                continue
            if not is_public(address):
                what = f"{host:.120}" if host == address else f"{host:.120}, at {address},"
                _refuse(f"{what} is not on the internet")
            if not is_https:
                _refuse(f"{dest:.120}: events go over https only")
        return host, port, addresses

    def _send(
        self, raw: socket.socket, dest: str, host: str, body: bytes, headers: Mapping[str, str]
    ) -> None:
        # However slowly bytes trickle in, after this time the connection is gone.
        watchdog = threading.Timer(self._total_seconds, _cut, (raw,))
        watchdog.daemon = True
        watchdog.start()
        try:
            raw.settimeout(self._total_seconds)
            status = self._exchange(raw, dest, host, body, headers)
        except (OSError, http.client.HTTPException) as error:
            raise Unavailable(
                "webhook-unreachable", f"{host:.120}: {type(error).__name__}: {error!s:.200}"
            ) from error
        finally:
            watchdog.cancel()
        if not 200 <= status < 300:
            raise Unavailable("webhook-unreachable", f"{host:.120} answers with status {status}")

    def _exchange(
        self, raw: socket.socket, dest: str, host: str, body: bytes, headers: Mapping[str, str]
    ) -> int:
        parts = urlsplit(dest)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection = http.client.HTTPConnection(host, parts.port or 80)
        sock: socket.socket = raw
        if parts.scheme.lower() == "https":
            sock = self._tls.wrap_socket(raw, server_hostname=host)
        connection.sock = sock
        try:
            told = {**headers, "Host": parts.netloc, "Connection": "close"}
            connection.request("POST", target, body=body, headers=told)
            return connection.getresponse().status
        finally:
            connection.close()
            sock.close()

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        return ssl.create_default_context()


def _cut(raw: socket.socket) -> None:
    try:
        raw.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # closed already


def _refuse(detail: str) -> Any:
    raise InvalidInput("webhook-address-refused", detail, pointer="/dest")
