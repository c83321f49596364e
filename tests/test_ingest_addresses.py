"""Addresses that may not be connected to, in every notation, after redirects, and on the second look."""

import re
import socket

import httpcore
import pytest
from fault_server import ANSWERS, HOST, REDIRECTS, SITE, rss
from ingest_command import OWN_SERVER, ingest, ledger
from new_archive import new_archive

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
    "loopback, padded": "127.000.000.001",
    "loopback, padded octal": "00000177.0.0.1",
    "loopback, hexadecimal in capitals": "0X7F000001",
    "loopback, dot at the end": "127.0.0.1.",
    "loopback, decimal and dot": "2130706433.",
    "loopback, wide digits": "１２７.０.０.１",
    "loopback, digits in circles": "①②⑦.⓪.⓪.①",
    "loopback, ideographic dots": "127。0。0。1",
    "loopback, wide dots": "127．0．0．1",
    "loopback, escaped": "%31%32%37.0.0.1",
    "loopback, escaped dots": "127%2e0%2e0%2e1",
    "loopback by name": "localhost",
    "loopback by name in capitals": "LocalHost",
    "loopback by name, dot at the end": "localhost.",
    "loopback by name, letters in circles": "ⓛⓞⓒⓐⓛⓗⓞⓢⓣ",
    "loopback by name, wide letters": "ｌｏｃａｌｈｏｓｔ",
    "loopback, IPv6": "::1",
    "loopback, IPv6 in full": "0:0:0:0:0:0:0:1",
    "loopback, mapped": "::ffff:127.0.0.1",
    "loopback, mapped in hexadecimal": "::ffff:7f00:1",
    "loopback, mapped in full": "0:0:0:0:0:ffff:7f00:0001",
    "loopback, translated": "::ffff:0:127.0.0.1",
    "loopback, compatible": "::127.0.0.1",
    "loopback, Teredo client": "2001:0:808:808::80ff:fffe",
    "loopback, 6to4": "2002:7f00:1::",
    "loopback, NAT64": "64:ff9b::7f00:1",
    "loopback, NAT64 local use": "64:ff9b:1::7f00:1",
    "this network": "0.0.0.0",
    "this network, short": "0",
    "this network, hexadecimal": "0x0",
    "this network, another": "0.1.2.3",
    "this network, mapped": "::ffff:0.0.0.0",
    "unspecified, IPv6": "::",
    "unspecified, IPv6 in full": "0:0:0:0:0:0:0:0",
    "private, 10/8": "10.0.0.1",
    "private, 10/8 decimal": "167772161",
    "private, 10/8 octal": "012.0.0.1",
    "private, two parts": "10.1",
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
    "cloud metadata, octal": "0251.0376.0251.0376",
    "cloud metadata, two parts": "169.16689662",
    "cloud metadata, NAT64": "64:ff9b::a9fe:a9fe",
    "cloud metadata, 6to4": "2002:a9fe:a9fe::",
    "cloud metadata, compatible": "::a9fe:a9fe",
    "cloud metadata, Alibaba": "100.100.100.200",
    "cloud metadata, Oracle": "192.0.0.192",
    "cloud metadata, Azure": "168.63.129.16",
    "cloud metadata, Azure, mapped": "::ffff:168.63.129.16",
    "cloud metadata, mapped": "::ffff:169.254.169.254",
    "cloud metadata, IPv6": "fd00:ec2::254",
    "link-local, IPv6": "fe80::1",
    "link-local, IPv6 with a zone": "fe80::1%25lo",
    "link-local, IPv6 with a bare zone": "fe80::1%lo",
    "loopback, IPv6 with a zone": "::1%25lo",
    "link-local, ISATAP": "fe80::5efe:7f00:1",
    "unique local, IPv6": "fc00::1",
    "site-local, IPv6": "fec0::1",
    "documentation": "192.0.2.1",
    "documentation, IPv6": "2001:db8::1",
    "documentation, IPv6 of 2024": "3fff::1",
    "discard, IPv6": "100::1",
    "ORCHID": "2001:10::1",
    "benchmarking, IPv6": "2001:2::1",
    "relay of 6to4": "192.88.99.1",
    "benchmarking": "198.18.0.1",
    "multicast": "224.0.0.1",
    "multicast, IPv6": "ff02::1",
    "reserved": "240.0.0.1",
    "broadcast": "255.255.255.255",
    "protocol assignments": "192.0.0.1",
}


#: Whole URLs in which one reader may see another host than the next.
REFUSED_URLS = {
    "a host as user name": "http://quay.example@127.0.0.1/",
    "host and port as user name": "http://quay.example:80@127.0.0.1/",
    "two at signs": "http://a@quay.example@127.0.0.1/",
    "at sign in the fragment": "http://127.0.0.1#@quay.example/",
    "at sign in the query": "http://127.0.0.1?@quay.example/",
    "at sign in the path": "http://127.0.0.1/@quay.example/",
    "backslash and at sign": "http://127.0.0.1\\@quay.example/",
    "at sign and backslash": "http://quay.example\\@127.0.0.1/",
    "three slashes": "http:///127.0.0.1/",
    "tab in the host": "http://127.0.0.1\t/",
    "line break in the host": "http://127.0.\n0.1/",
    "NUL in the host": "http://127.0.0.1\x00.quay.example/",
    "space in the host": "http://127.0.0.1 .quay.example/",
    "port zero": "http://127.0.0.1:0/",
    "AMP cache": "https://www.google.com/amp/s/127.0.0.1/",
    "AMP cache in an AMP cache": "https://x.cdn.ampproject.org/c/x.cdn.ampproject.org/c/169.254.169.254/",
}  # fmt: skip
FORMS = {
    **{name: f"http://[{host}]/" if ":" in host else f"http://{host}/" for name, host in REFUSED.items()},
    **REFUSED_URLS,
}  # fmt: skip


def test_the_table_is_not_short():
    assert len(FORMS) == len(set(FORMS.values())) >= 90


@pytest.fixture
def db(db):
    """An archive, made already."""
    return new_archive(db)


@pytest.fixture
def connections(monkeypatch):
    """The addresses to which a connection was tried; none succeeds."""
    tried = []

    def connect(backend, host, *args, **kwargs):
        tried.append(host)
        raise httpcore.ConnectError("far enough")

    monkeypatch.setattr(httpcore.SyncBackend, "connect_tcp", connect)
    return tried


@pytest.mark.parametrize("name", FORMS)
def test_private_addresses_are_refused(db, name, connections):
    result = ingest(db, FORMS[name], "--retries", "0", options=())
    # An address is seen as what it is, however it is written. Some of the others are no notation to
    # httpx, or no name to DNS; they are not connected to either.
    is_seen = name in REFUSED and not re.search("escaped|zone", name)
    why = "not on the open internet.*--allow-private"
    assert re.search(why if is_seen else f"{why}|is no URL|no host|is not known", result.stderr)
    assert (result.exit_code, connections) == (1, [])


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700:4700::1111", "134744072"])
def test_public_addresses_are_taken(address):
    assert resolve("http://x/", address, 80, allow_private=False) in ("8.8.8.8", address)


def test_private_is_taken_where_it_is_allowed():
    assert resolve("http://x/", "127.1", 80, allow_private=True) == "127.0.0.1"


@pytest.mark.parametrize(
    "answers",
    [
        ("8.8.8.8", "10.0.0.1"),
        ("10.0.0.1", "8.8.8.8"),
        ("8.8.8.8", "9.9.9.9", "127.0.0.1"),
        ("2606:4700:4700::1111", "::1"),
        ("8.8.8.8", "fd00:ec2::254"),
        ("8.8.8.8", "::ffff:169.254.169.254"),
        ("8.8.8.8", "fe80::1%eth0"),
    ],
)
def test_one_private_address_among_public_ones_is_refused(monkeypatch, answers):
    """A name may lead, by way of other names, to several addresses."""
    found = [(0, 0, 0, "", (address, 80)) for address in answers]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: found)
    with pytest.raises(FetchError) as error:
        resolve("http://mixed.example/", "mixed.example", 80, allow_private=False)
    assert error.value.reason == "private_address"


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


@pytest.mark.parametrize("path", [path for path in REDIRECTS if path.startswith("/to-inside")])
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


INSIDE = "http://169.254.169.254/latest/meta-data/"
XML = '<?xml version="1.0"?>'

#: Files that name an address inside: name of the file, content, and how it stands in the ledger.
LISTS = {
    "RSS": ("feed.xml", rss(INSIDE)),
    "Atom": ("atom.xml", f'{XML}<feed xmlns="http://www.w3.org/2005/Atom"><entry><link href="{INSIDE}"/></entry></feed>'),
    "JSON Feed": ("feed.json", f'{{"version": "https://jsonfeed.org/version/1.1", "items": [{{"url": "{INSIDE}"}}]}}'),
    "sitemap": ("sitemap.xml", f"{XML}<urlset><url><loc>{INSIDE}</loc></url></urlset>"),
    "sitemap index": ("index.xml", f"{XML}<sitemapindex><sitemap><loc>{INSIDE}</loc></sitemap></sitemapindex>"),
    "text sitemap": ("sitemap.txt", f"{INSIDE}\n"),
    "OPML": ("feeds.opml", f'{XML}<opml version="2.0"><body><outline xmlUrl="{INSIDE}"/></body></opml>'),
    "bookmarks": ("bookmarks.html", f'<!DOCTYPE NETSCAPE-Bookmark-file-1><DL><DT><A HREF="{INSIDE}">x</A></DL>'),
}  # fmt: skip


@pytest.mark.parametrize(("name", "content"), LISTS.values(), ids=LISTS.keys())
def test_lists_do_not_lead_inside(db, tmp_path, name, content, connections):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    result = ingest(db, path, options=())
    assert ledger(db, INSIDE) == ("failed", "private_address", None)
    assert (result.exit_code, connections) == (1, [])


def test_a_list_on_standard_input_does_not_lead_inside(db, connections):
    assert ingest(db, "-", stdin=f"{INSIDE}\n", options=()).exit_code == 1
    assert (ledger(db, INSIDE), connections) == (("failed", "private_address", None), [])


#: robots.txt and home pages that name an address inside.
SITES = {
    "robots.txt names a sitemap": {"/robots.txt": f"Sitemap: {INSIDE}\n", "/": "<a href='/2024/05/a-story-x'>A story</a>"},
    "home page names a feed": {"/": f"<link rel='alternate' type='application/rss+xml' href='{INSIDE}'>"},
}  # fmt: skip


@pytest.mark.parametrize("pages", SITES.values(), ids=SITES.keys())
def test_sites_do_not_lead_inside(site, db, monkeypatch, pages):
    """The site itself counts as public here; where it sends us does not."""
    monkeypatch.setattr("ingest.transport.check_address", lambda *args: None)
    for path, text in pages.items():
        kind = "text/plain" if path == "/robots.txt" else "text/html"
        monkeypatch.setitem(ANSWERS, path, (200, kind, text.encode(), {}))
    result = ingest(db, *site.options, "--delay", "0", "--as", "site", f"{SITE}/", options=())
    assert "169.254.169.254, which is not on the open internet" in result.stderr
    assert ledger(db, INSIDE) == ("failed", "private_address", None)
