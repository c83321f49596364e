"""Whatever comes in: an article, or an error of ours; never another exception."""

import codecs
import gzip
import io
import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from mutations import JUNK
from parsing import outcome, parse

from archive.addresses import normalize_url
from archive.records import Source
from ingest import IngestError, NotAPage, SourceError
from ingest.canonical import canonical_url
from ingest.clean import clean_title, one_line
from ingest.dates import parse_date
from ingest.decode import decode
from ingest.feeds import read_feed
from ingest.json_lines import read_json_lines
from ingest.kinds import KINDS, kind_of
from ingest.link_files import read_bookmarks, read_opml
from ingest.names import clean_authors
from ingest.sitemaps import read_sitemap
from ingest.sources import Candidate
from ingest.warc import read_warc
from samples.server import FOLDER

PAGES = [path.read_bytes() for path in sorted(FOLDER.rglob("*.html"))]

#: No deadline: the first call of each imports the extractors.
calm = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


@st.composite
def mutations(draw):
    """A sample page, damaged."""
    html = bytearray(draw(st.sampled_from(PAGES)))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(html)))
        match draw(st.sampled_from(["cut", "flip", "junk", "drop", "double"])):
            case "cut":
                del html[at:]
            case "flip" if at < len(html):
                html[at] ^= draw(st.integers(1, 255))
            case "junk":
                html[at:at] = draw(st.sampled_from(JUNK) | st.binary(max_size=20))
            case "drop":
                del html[at : at + draw(st.integers(1, 400))]
            case "double":
                html[at:at] = html[at : at + draw(st.integers(1, 400))]
    return bytes(html)


@settings(calm, max_examples=30)
@given(mutations())
def test_damaged_pages(html):
    parse(html)


@settings(calm, max_examples=40)
@example(b"<A\x01property=\x01article:published_time\x01content=\x01\x01\x0101T0:1+77\x017:>")
@given(st.binary(max_size=300) | st.lists(st.sampled_from(JUNK), max_size=12).map(b"".join))
def test_any_bytes(html):
    parse(html)


BODY = (
    b"<p>" + b"Every morning the ferry takes the post across the bay to the island. " * 20 + b"</p>"
)
TITLE = b"<title>The ferry takes the post</title>"


@pytest.mark.parametrize(
    "html",
    [
        TITLE + b"<div>" * 5000 + BODY + b"</div>" * 5000,
        TITLE + BODY + b"<div><span>" * 5000,
        TITLE + BODY + b"<b>" * 5000 + b"x",
        TITLE + b"<table><tr><td>" * 2000 + BODY,
        TITLE + b"<ul><li>" * 2000 + BODY,
        TITLE + BODY + b"<p>" * 20_000,
        TITLE + BODY + b"<br>" * 20_000,
        TITLE + BODY + b"<a href='/x'>four words in it</a>" * 5000,
        TITLE + b'<p class="' + b"x " * 500_000 + b'">' + BODY,
        TITLE + b'<link rel="canonical" href="http://quay.example/' + b"y" * 500_000 + b'">' + BODY,
        TITLE + b'<meta name="author" content="' + b"By Ann, " * 50_000 + b'">' + BODY,
        b"<title>" + b"The ferry | " * 20_000 + b"</title>" + BODY,
        b"<title>" + b"<" * 100_000 + b"</title>" + BODY,
        TITLE + b"\x00".join([BODY[:200]]) + b"\x00" * 5000 + BODY,
        TITLE + b'<script type="application/ld+json">' + b'{"name":' * 5000 + b"</script>" + BODY,
        TITLE + b'<script type="application/ld+json">{"@type":"Article","author":'
        + b'{"name":' * 900 + b'"x"' + b"}" * 901 + b"</script>" + BODY,
        TITLE + b'<script type="application/ld+json">{"@type":"Article","author":'
        + b"[" * 900 + b'"x"' + b"]" * 900 + b"}</script>" + BODY,
        TITLE + b'<script type="application/ld+json">' + b"9" * 50_000 + b"</script>" + BODY,
        TITLE + BODY + b"<!--" * 20_000,
        TITLE + BODY + b"&" * 50_000,
    ],
    ids=[
        "nested div", "unclosed div", "nested inline", "nested tables", "nested lists", "open p",
        "breaks", "links", "huge class", "huge canonical", "huge author", "huge title",
        "brackets in title", "NULs", "open JSON", "deep author", "deep list of authors",
        "huge number", "open comments", "ampersands",
    ],
)  # fmt: skip
def test_extreme_pages(html):
    parse(html)


LABELS = st.sampled_from(
    ["utf-8", "latin1", "utf-16", "utf-7", "hex", "idna", "rot13", "unicode_escape", "undefined",
     "shift_jis", "gb2312", "koi8-r", "klingon", "", "a" * 99, "punycode", "cp1252", "utf-8-sig"]
)  # fmt: skip


@settings(calm, max_examples=200)
@given(st.binary(max_size=400), LABELS, LABELS)
@example(b"caf\xe9", "hex", "idna")
@example(b"caf\xe9 \x81\x8d", "undefined", "")
def test_decode_gives_text_or_says_that_it_is_none(body, header, meta):
    html = b'<meta charset="' + meta.encode() + b'">' + body
    decoded = outcome(decode, html, "subject", f"text/html; charset={header}")
    if isinstance(decoded, NotAPage):
        assert decoded.reason in ("binary", "charset")
        return
    codecs.lookup(decoded.charset)
    decoded.text.encode()
    warning = decoded.warning("subject", "Look.")
    assert (warning is None) is not decoded.is_doubtful
    assert warning is None or re.fullmatch(r"subject: it .* was read as \S+\. Look\.", warning)


TEXTS = (
    "“Zoë” trinkt Kaffee für 5 €, naïve façade, señor, Ærø, Üb’ …",
    "Zażółć gęślą jaźń, powiedział prezes spółki w czwartek w Łodzi. Łącznie świętować będą.",
    "Премьер заявил в четверг, что корабль вернётся в порт до конца недели.",
    "島へのフェリーは毎朝九時に港を出て、郵便物を運んでいます。",
    "岛上的渡轮每天早上九点离开港口，把邮件送到对岸。",
)


@pytest.mark.parametrize(
    ("text", "charset"),
    [
        (TEXTS[0], "cp1252"),
        (TEXTS[1], "cp1250"),
        (TEXTS[2], "cp1251"),
        (TEXTS[2], "koi8-r"),
        (TEXTS[3], "shift_jis"),
        (TEXTS[3], "euc_jp"),
        (TEXTS[4], "gb18030"),
        *((text, "utf-8") for text in TEXTS),
        *((text, "utf-16") for text in TEXTS),
    ],
)
def test_charset_that_the_page_does_not_say(text, charset):
    html = f"<title>{text}</title>" + f"<p>{text}</p>\n" * 10
    assert decode(html.encode(charset), "subject").text == html


@settings(calm, max_examples=400)
@given(
    st.text(max_size=40)
    | st.from_regex(r"\A\d{1,4}[-/. ]\d{1,2}[-/. ]\d{1,4}[T ]\d\d:\d\d(:\d\d)?([+-]\d\d:?\d\d|Z| [A-Z]{2,4})?\Z")
    | st.lists(st.sampled_from(["2024", "March", "5", "5th", "10:30", "pm", "XYZ", "+9999", "-2400", "UTC",
                                "e9", "1e400", "1.5", ",", ":", "am", "Z", "nan", "inf"]), max_size=8).map(" ".join)
)  # fmt: skip
@example("2024-01-01 00:00 +9959")
@example("9999-12-31T23:59:59-23:59")
@example("2024 1e999999")
def test_dates_are_aware_and_possible_or_none(text):
    moment = parse_date(text)
    if moment is not None:
        assert moment.utcoffset() is not None
        assert datetime(1991, 1, 1, tzinfo=UTC) <= moment <= datetime.now(UTC) + timedelta(days=1)
        assert moment.astimezone(UTC)


URLS = st.from_regex(r"\A[a-zA-Z]{1,6}://[^\s]{0,30}\Z") | st.builds(
    "{}://{}{}?{}".format,
    st.sampled_from(["http", "HTTPS", "file", "ftp"]),
    st.sampled_from(
        ["", "A.Example", "www.a.example:80", "[::1]:81", "user:pw@a.example", "münchen.example"]
    ),
    st.text("/abc%20.;:@", max_size=12),
    st.text("ab=&utm_source%20+;#", max_size=20),
)


@settings(calm, max_examples=400)
@given(URLS)
@example("http://A.Example..?")
def test_normal_form_of_urls_is_final(url):
    try:
        normal = normalize_url(url)
    except ValueError:
        return
    assert normalize_url(normal) == normal
    assert "#" not in normal
    assert canonical_url(normal, url, None) == canonical_url(
        canonical_url(normal, url, None), url, None
    )


@settings(calm, max_examples=200)
@given(st.lists(st.text(max_size=60), max_size=4), st.text(max_size=20))
@example(["By " + "A" * 10_000], "a")
@example(["\ud800\x00"], "")
def test_cleaning_of_names_and_titles(names, site):
    names_of_site = frozenset({site.lower()})
    authors = clean_authors(tuple(names), names_of_site)
    assert all(author.strip() == author != "" for author in authors)
    assert len(authors) == len(set(authors)) <= 20
    title = clean_title(" - ".join(names), names_of_site)
    assert title is None or title.strip()
    assert one_line(title) == title


@settings(calm, max_examples=60)
@given(st.binary(max_size=200), st.integers(0, 2000))
@example(b"\x80", 30)
@example(b"\x00", 30)
def test_feeds(junk, at):
    for path in ("tidewire.example/feed.xml", "fieldnotes.example/atom.xml"):
        good = (FOLDER / path).read_bytes()
        body = good[:at] + junk + good[at:]
        assert kind_of(body) in KINDS
        feed = outcome(read_feed, body, "http://quay.example/feed")
        if isinstance(feed, SourceError):
            assert feed.reason in ("malformed_feed", "empty_feed")
        else:
            links = [entry.url for entry in feed.entries]
            assert len(set(links)) == len(links) > 0


GOOD_LISTS = (
    (read_sitemap, (FOLDER / "tidewire.example/sitemap.xml").read_bytes()),
    (read_opml, b'<opml version="2.0"><body><outline xmlUrl="http://quay.example/feed"/></body></opml>'),
    (read_bookmarks, b'<!DOCTYPE NETSCAPE-Bookmark-file-1><DL><DT><A HREF="http://quay.example/">Quay</A></DL>'),
    (read_feed, b'{"version": "https://jsonfeed.org/version/1.1", "items": [{"url": "/1"}]}'),
)  # fmt: skip


@settings(calm, max_examples=60)
@given(st.binary(max_size=200), st.integers(0, 2000), st.booleans(), st.integers(0, 40))
@example(b"", 0, True, 3)
@example(b"\0", 0, False, 0)
def test_lists_of_addresses(junk, at, is_packed, cut):
    for read, good in GOOD_LISTS:
        body = good[:at] + junk + good[at:]
        if is_packed:
            body = gzip.compress(body)
        body = body[: len(body) - cut]
        assert kind_of(body) in KINDS
        listing = outcome(read, body, "http://quay.example/list")
        if not isinstance(listing, SourceError):
            entries = listing.entries + listing.sources
            assert len({entry.url for entry in entries}) == len(entries) > 0


@settings(calm, max_examples=100)
@given(st.binary(max_size=300), st.booleans())
def test_streams(junk, is_packed):
    for read, start in (
        (read_warc, b"WARC/1.0\r\nWARC-Type: response\r\n"),
        (read_json_lines, b'{"url": '),
    ):
        body = gzip.compress(start + junk) if is_packed else start + junk
        source = Source("file", "file:///x")
        for item in read(io.BytesIO(body), "file:///x", source):
            assert item is None or isinstance(item, Candidate | IngestError)
