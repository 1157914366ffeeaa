"""The door to subscribers, against real sockets."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Sequence

import pytest

from ledger.errors import InvalidInput, Unavailable
from ledger.services.webhook import Webhook, is_loopback, is_public
from tests.support.receiver import receiver


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("8.8.8.8", True),
        ("2606:4700::1111", True),
        ("127.0.0.1", False),
        ("127.8.8.8", False),
        ("10.1.2.3", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("100.64.0.1", False),
        ("169.254.169.254", False),
        ("0.0.0.0", False),
        ("224.0.0.1", False),
        ("239.255.255.250", False),
        ("255.255.255.255", False),
        ("192.0.2.1", False),
        ("::", False),
        ("::1", False),
        ("fe80::1", False),
        ("fe80::1%eth0", False),
        ("fd00::1", False),
        ("ff02::1", False),
        ("::ffff:10.0.0.1", False),
        ("::ffff:8.8.8.8", True),
        ("64:ff9b::a00:1", False),
        ("2002:a00:1::1", False),
        ("2001:0:4136:e378:8000:63bf:3fff:fdd2", False),
        ("2001:db8::1", False),
    ],
)
def test_address_public_only_on_the_internet(address: str, public: bool) -> None:
    assert is_public(address) is public


def test_address_loopback_in_every_spelling() -> None:
    assert all(map(is_loopback, ["127.0.0.1", "::1", "::ffff:127.0.0.1"]))
    assert not any(map(is_loopback, ["8.8.8.8", "::2", "::ffff:10.0.0.1"]))


def resolving_to(*addresses: str) -> Webhook:
    def resolve(_: str, __: int) -> Sequence[str]:
        return addresses

    return Webhook(resolve=resolve)


@pytest.mark.parametrize(
    ("addresses", "dest"),
    [
        (["10.0.0.1"], "https://inside.example/"),
        (["8.8.8.8", "10.0.0.1"], "https://mixed.example/"),
        (["127.0.0.1"], "http://localhost/"),
        (["8.8.8.8"], "http://plain.example/"),
    ],
)
def test_destination_inside_or_in_the_clear_refused(addresses: list[str], dest: str) -> None:
    webhook = resolving_to(*addresses)
    with pytest.raises(InvalidInput) as raised:
        webhook.check(dest)
    assert raised.value.code == "webhook-address-refused"
    with pytest.raises(InvalidInput) as raised:
        webhook.post(dest, b"", {})
    assert raised.value.code == "webhook-address-refused"


@pytest.mark.parametrize(
    "dest",
    [
        "https://127.0.0.1/", "https://[::1]/", "https://2130706433/", "https://0x7f.1/",
        "https://[::ffff:127.0.0.1]/", "https://localhost/", "https://169.254.169.254/latest",
    ],
)  # fmt: skip
def test_destination_inside_by_its_number_refused(dest: str) -> None:
    with pytest.raises(InvalidInput) as raised:
        Webhook().check(dest)
    assert raised.value.code == "webhook-address-refused"
    assert raised.value.detail.endswith("is not on the internet")
    assert "127.0.0.1, at 127.0.0.1" not in raised.value.detail


def test_destination_that_does_not_resolve_may_be_subscribed_and_not_reached() -> None:
    def resolve(_: str, __: int) -> Sequence[str]:
        raise socket.gaierror(-2, "Name or service not known")

    webhook = Webhook(resolve=resolve)
    webhook.check("https://client.example.com/")
    with pytest.raises(InvalidInput):  # told now, as no answer of the name server could mend it
        webhook.check("http://client.example.com/")
    with pytest.raises(Unavailable) as raised:
        webhook.post("https://client.example.com/", b"{}", {})
    assert raised.value.code == "webhook-unreachable"


def test_post_goes_to_the_address_that_was_checked_under_the_name_given() -> None:
    """The name is asked for once: a second answer cannot lead elsewhere."""
    asked = []

    def resolve(host: str, _: int) -> Sequence[str]:
        asked.append(host)
        return ["127.0.0.1"]

    with receiver() as received:
        port = received.url.rpartition(":")[2]
        webhook = Webhook(allow_loopback=True, resolve=resolve)
        webhook.post(f"http://never-registered.example:{port}?a=b", b"{}", {"X-Given": "1"})
    assert asked == ["never-registered.example"]
    (told,) = received.taken
    assert told.path == "/notify?a=b"
    assert told.headers["host"] == f"never-registered.example:{port.partition('/')[0]}"
    assert (told.headers["x-given"], told.body) == ("1", b"{}")


def test_post_follows_no_redirect() -> None:
    with receiver() as elsewhere, receiver() as received:
        received.location = elsewhere.url
        received.statuses = [302, 307]
        for _ in range(2):
            with pytest.raises(Unavailable):
                Webhook(allow_loopback=True).post(received.url, b"{}", {})
        assert elsewhere.taken == []


@pytest.mark.parametrize("status", [199 + 201, 404, 410, 500, 503])
def test_post_refused_by_status_is_not_taken(status: int) -> None:
    with receiver() as received:
        received.statuses = [status]
        with pytest.raises(Unavailable, match=str(status)):
            Webhook(allow_loopback=True).post(received.url, b"{}", {})


def test_post_to_one_who_trickles_ends_in_time() -> None:
    """Each byte comes in time; the whole does not."""
    listener = socket.create_server(("127.0.0.1", 0))
    stop = threading.Event()

    def trickle() -> None:
        peer, _ = listener.accept()
        with peer:
            peer.recv(65536)
            while not stop.wait(0.1):
                try:
                    peer.send(b"H")
                except OSError:
                    return

    thread = threading.Thread(target=trickle)
    thread.start()
    started = time.monotonic()
    try:
        with pytest.raises(Unavailable):
            Webhook(allow_loopback=True, total_seconds=1.0).post(
                f"http://127.0.0.1:{listener.getsockname()[1]}/", b"{}", {}
            )
        assert time.monotonic() - started < 5
    finally:
        stop.set()
        thread.join()
        listener.close()


def test_post_over_https_checks_the_certificate() -> None:
    with receiver() as received:
        port = received.url.rpartition(":")[2].partition("/")[0]
        with pytest.raises(Unavailable) as raised:
            Webhook(allow_loopback=True).post(f"https://127.0.0.1:{port}/", b"{}", {})
    assert "SSL" in raised.value.detail
