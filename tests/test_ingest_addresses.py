"""Addresses that may not be connected to, in every notation, after redirects, and on the second look."""

import re
import socket

import httpcore
import pytest
from fault_server import HOST, SITE
from ingest_command import OWN_SERVER, ingest, ledger

from ingest import FetchError
from ingest.addresses import resolve
from ingest.fetch import Fetcher, FetchOptions

#: The host of a URL, as a person or a page may write it, and why it is refused.
REFUSED = {
    "loopback": "127.0.0.1",
    "loopback, another": "127.8.9.10",
    "loopback, decimal": "2130706433",
    "loopback, hexadecimal": "0x7f000001",
    "loopback, octal": "017700000001",
    "loopback, dotted octal": "0177.0.0.1",
    "loopback, dotted hexadecimal": "0x7f.0x0.0x0.0x1",
    "loopback, mixed": "0x7f.0.1",
    "loopback, two parts": "127.1",
    "loopback, three parts": "127.0.1",
    "loopback by name": "localhost",
    "loopback, IPv6": "::1",
    "loopback, IPv6 in full": "0:0:0:0:0:0:0:1",
    "loopback, mapped": "::ffff:127.0.0.1",
    "loopback, mapped in hexadecimal": "::ffff:7f00:1",
    "loopback, compatible": "::127.0.0.1",
    "loopback, 6to4": "2002:7f00:1::",
    "loopback, NAT64": "64:ff9b::7f00:1",
    "loopback, NAT64 local use": "64:ff9b:1::7f00:1",
    "this network": "0.0.0.0",
    "this network, short": "0",
    "unspecified, IPv6": "::",
    "private, 10/8": "10.0.0.1",
    "private, 10/8 decimal": "167772161",
    "private, 172.16/12": "172.16.0.1",
    "private, 172.31": "172.31.255.254",
    "private, 192.168/16": "192.168.1.1",
    "private, mapped": "::ffff:192.168.1.1",
    "private, 6to4": "2002:c0a8:101::1",
    "private, NAT64": "64:ff9b::c0a8:101",
    "private, Teredo": "2001:0:c0a8:101::1",
    "carrier-grade NAT": "100.64.0.1",
    "link-local": "169.254.0.1",
    "cloud metadata": "169.254.169.254",
    "cloud metadata, decimal": "2852039166",
    "cloud metadata, hexadecimal": "0xa9fea9fe",
    "cloud metadata, mapped": "::ffff:169.254.169.254",
    "cloud metadata, IPv6": "fd00:ec2::254",
    "link-local, IPv6": "fe80::1",
    "unique local, IPv6": "fc00::1",
    "site-local, IPv6": "fec0::1",
    "documentation": "192.0.2.1",
    "documentation, IPv6": "2001:db8::1",
    "benchmarking": "198.18.0.1",
    "multicast": "224.0.0.1",
    "multicast, IPv6": "ff02::1",
    "reserved": "240.0.0.1",
    "broadcast": "255.255.255.255",
    "protocol assignments": "192.0.0.1",
}


@pytest.mark.parametrize("host", REFUSED.values(), ids=REFUSED.keys())
def test_private_addresses_are_refused(db, host):
    url = f"http://[{host}]/" if ":" in host else f"http://{host}/"
    result = ingest(db, url, "--retries", "0", options=())
    assert result.exit_code == 1
    # httpx has no notation for some of these; what is no URL is not connected to either.
    assert re.search(r"not on the open internet.*--allow-private|is no URL", result.stderr)


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700:4700::1111", "134744072"])
def test_public_addresses_are_taken(address):
    assert resolve("http://x/", address, 80, allow_private=False) in ("8.8.8.8", address)


def test_private_is_taken_where_it_is_allowed():
    assert resolve("http://x/", "127.1", 80, allow_private=True) == "127.0.0.1"


def test_one_private_address_among_public_ones_is_refused(monkeypatch):
    answers = [(0, 0, 0, "", ("8.8.8.8", 80)), (0, 0, 0, "", ("10.0.0.1", 80))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: answers)
    with pytest.raises(FetchError, match=r"at 10\.0\.0\.1"):
        resolve("http://mixed.example/", "mixed.example", 80, allow_private=False)


def test_the_address_that_was_checked_is_the_one_connected_to(monkeypatch):
    """A name server that answers otherwise the second time (rebinding) is not asked a second time."""
    asked, connected = [], []

    def answer(host, *args, **kwargs):
        asked.append(host)
        address = "8.8.8.8" if len(asked) == 1 else "127.0.0.1"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 80))]

    def connect(backend, host, *args, **kwargs):
        connected.append(host)
        raise httpcore.ConnectError("far enough")

    monkeypatch.setattr(socket, "getaddrinfo", answer)
    monkeypatch.setattr(httpcore.SyncBackend, "connect_tcp", connect)
    with Fetcher(FetchOptions(retries=0)) as fetcher, pytest.raises(FetchError):
        fetcher.get("http://rebinding.example/article")
    assert (asked, connected) == (["rebinding.example"], ["8.8.8.8"])


@pytest.mark.parametrize("path", ["/to-loopback", "/to-loopback-6", "/to-metadata", "/to-decimal"])
def test_a_redirect_does_not_lead_inside(site, path, monkeypatch):
    """The first host counts as public here; where it sends us does not."""
    monkeypatch.setattr("ingest.transport.check_address", lambda *args: None)
    options = FetchOptions(connect_to={HOST: ("127.0.0.1", site.port)}, delay_s=0, retries=0)
    with Fetcher(options) as fetcher, pytest.raises(FetchError) as caught:
        fetcher.get(f"{SITE}{path}")
    assert caught.value.reason == "private_address"


def test_connect_to_needs_the_permission_too(site, db):
    result = ingest(db, *site.options, f"{SITE}/article", options=())
    assert ledger(db, f"{SITE}/article") == ("failed", "private_address", None)
    assert result.exit_code == 1
    assert ingest(db, *site.options, f"{SITE}/article", options=OWN_SERVER).exit_code == 0


def test_proxies_of_the_environment_are_not_used(site, db, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    assert ingest(db, *site.options, f"{SITE}/article").exit_code == 0
