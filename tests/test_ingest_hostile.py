"""Pages, feeds and answers that are made to exhaust the reader: each costs itself alone."""

import pytest
from fault_server import HOST, SITE, rss
from ingest_command import ingest, ledger, rows, totals
from wall_pages import MORE_PROSE, PROSE

from archive.addresses import normalize_url
from archive.url_forms import article_key
from ingest import IngestError, NotAnArticle, parse_article
from ingest.document import MAX_ATTRIBUTES, MAX_ELEMENTS, Document
from ingest.feeds import read_feed
from ingest.link_files import read_bookmarks, read_opml
from ingest.sitemaps import read_sitemap

URL = "http://quay.example/2024/05/a-story"
TITLE = "<title>The queue on the quay</title><h1>The queue on the quay</h1>"
BODY = f"<p>{PROSE}</p><p>{MORE_PROSE}</p>"
MILLION = 1_000_000


def attributes(number, form='a{}="<"'):
    return " ".join(form.format(n) for n in range(number))


#: Pages on which the libraries would spend a minute or more, and what is wrong with them.
TOO_COMPLEX = {
    "elements": (BODY + "<i></i>" * (MAX_ELEMENTS + 1), "elements"),
    "breaks": (BODY + "<br>" * 250_000, "elements"),
    "paragraphs that stay open": (BODY + "<p>" * 300_000, "elements"),
    "table": (BODY + "<table>" + "<tr><td>a<td>b<td>c" * 50_000, "elements"),
    "links": (BODY + "<a href=x>b</a>" * 100_000, "elements"),
    "attributes": (f"<p {attributes(100_000)}>{BODY}", "attributes"),
    "attributes without a value": (f"<p {attributes(100_000, 'a{}')}>{BODY}", "attributes"),
    "attributes without an end": (f"{BODY}<p {attributes(100_000)}", "attributes"),
    "attributes of a script": (f"<script {attributes(50_000)}></script>{BODY}", "attributes"),
    "markup in data": (
        BODY
        + '<script type="application/ld+json">{"@type":"Article","articleBody":"'
        + "<" * MILLION
        + '"}</script>',
        "data",
    ),
    "nesting": ("<div>" * 100_000 + BODY, "nested"),
    "nested lists": ("<ul><li>" * 50_000 + BODY, "nested"),
    "nested tables": ("<table><tr><td>" * 20_000 + BODY, "nested"),
}


@pytest.mark.parametrize(("html", "what"), TOO_COMPLEX.values(), ids=TOO_COMPLEX.keys())
def test_page_that_would_take_minutes(html, what):
    with pytest.raises(NotAnArticle, match=what) as error:
        parse_article((TITLE + html).encode(), URL)
    assert error.value.reason == "too_complex"


#: Pages that look as bad, and are articles.
STILL_READ = {
    "nesting after the text": BODY + "<div>" * 100_000,
    "a table with endless spans": BODY
    + "<table>"
    + "<tr><td colspan=1000000000 rowspan=1000000000>a<td>b" * 3000
    + "</table>",
    "a table with many spans": BODY + "<table>" + "<tr><td colspan=99>a" * 2000 + "</table>",
    "spans that are no numbers": BODY
    + "<table><tr><td colspan=²>a<td rowspan=-1>b<td colspan='1e9'></table>",
    "a long class": f"<p class='{'x ' * 500_000}'>" + BODY,
    "data in a URL": BODY + f"<img src='data:image/png;base64,{'QUFB' * 250_000}'>",
    "a long script": f"<script>for (i=0;i<a;{'a = b ' * 100_000})</script>" + BODY,
    "a long comment": f"<!-- <p {attributes(50_000)} -->" + BODY,
    "a quote too many": f'<p class="a"" title=it\'s>{BODY}' + f"<p>{PROSE}" * 20,
    "a long word": BODY + f"<p>{'a' * MILLION}</p>",
    "many siblings": BODY + f"<p>{MORE_PROSE}</p>" * 1500,
    "spaces in the title": f"<title>a{' ' * MILLION}b</title>" + BODY,
    "digits beside an offer": f"<h1>Subscribe</h1><button>Agree</button><i>{'1' * MILLION}</i>" + BODY,
    "one word again and again": f"<button>Agree</button><i>{'verifica' * 125_000}</i>" + BODY,
    "a long address": f"<link rel=canonical href='/{'a' * MILLION}'>" + BODY,
    "tags that never close": BODY + "<p" * 50_000,
}  # fmt: skip


@pytest.mark.parametrize("html", STILL_READ.values(), ids=STILL_READ.keys())
def test_page_that_is_only_strange(html):
    found = parse_article((TITLE + html).encode(), URL)
    assert (found.title, PROSE in found.text) == ("The queue on the quay", True)


def test_limits_are_far_above_pages_of_news():
    """A page with as many elements and attributes as the limits allow is read."""
    many = f"<p {attributes(MAX_ATTRIBUTES - 10)}>"
    assert Document(many + "<i></i>" * (MAX_ELEMENTS - 5)).is_cut is False


LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
DECLARED = {
    "a billion laughs": (f'<!DOCTYPE x [<!ENTITY l0 "laughter">{LAUGHS}]>', "&l9;"),
    "a long entity": (f'<!DOCTYPE x [<!ENTITY l "{"laughter" * 20_000}">]>', "&l;" * 3000),
    "a file": ('<!DOCTYPE x [<!ENTITY l SYSTEM "file://{file}">]>', "&l;"),
    "a parameter from a file": ('<!DOCTYPE x [<!ENTITY % l SYSTEM "file://{file}"> %l;]>', ""),
    "an address": ('<!DOCTYPE x [<!ENTITY l SYSTEM "http://127.0.0.1:{port}/article">]>', "&l;"),
    "a DTD": ('<!DOCTYPE x SYSTEM "http://127.0.0.1:{port}/article">', ""),
    "a file by XInclude": ("", '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file://{file}" parse="text"/>'),
}  # fmt: skip
XML = '<?xml version="1.0"?>'
READERS = {
    "RSS": (
        read_feed,
        '<rss version="2.0"><channel><item><title>{0}</title><link>/1</link></item></channel></rss>',
    ),
    "Atom": (
        read_feed,
        '<feed xmlns="http://www.w3.org/2005/Atom"><entry><title>{0}</title><link href="/1"/></entry></feed>',
    ),
    "sitemap": (read_sitemap, "<urlset><url><loc>http://q.example/1?{0}</loc></url></urlset>"),
    "OPML": (
        read_opml,
        "<opml><head><title>{0}</title></head><body><outline xmlUrl='http://q.example/1'/></body></opml>",
    ),
    "bookmarks": (read_bookmarks, "<DL><DT><A HREF='http://q.example/1'>{0}</A></DL>"),
    "page": (
        lambda body, url: parse_article(body, url),
        f"<html><head>{TITLE}</head><body>{BODY}<p>{{0}}</p></body></html>",
    ),
}


@pytest.mark.parametrize("declared", DECLARED.values(), ids=DECLARED.keys())
@pytest.mark.parametrize(("read", "text"), READERS.values(), ids=READERS.keys())
def test_entities_and_dtds(site, tmp_path, read, text, declared):
    """Nothing is expanded, no file is opened and no address asked; what stands beside is read."""
    secret = tmp_path / "secret.txt"
    secret.write_text("laughter")
    before = site.hits.total()
    doctype, reference = (
        part.replace("{file}", str(secret)).replace("{port}", str(site.port)) for part in declared
    )
    try:
        found = repr(read((XML + doctype + text.replace("{0}", reference)).encode(), URL))
    except IngestError as error:
        found = str(error)
    assert "laughter" not in found
    assert len(found) < 40_000
    assert site.hits.total() == before


@pytest.mark.parametrize("path", ["/huge-header", "/many-headers", "/endless-header"])
def test_headers_without_end(site, db, path):
    """HTTP/1.1 headers are limited to 100 KB together; an answer with more is broken off."""
    result = ingest(db, *site.options, f"{SITE}{path}", f"{SITE}/article")
    assert ledger(db, SITE + path) == ("failed", "connection", None)
    assert len(result.stderr.splitlines()) == 1
    assert f"the connection to {HOST} failed" in result.stderr
    assert totals(result) == {"added": 1, "failed": 1}


@pytest.mark.parametrize("part", ["a", "a-", "%41", "/..", "{a", ";sid=", "."])
def test_address_without_end(part):
    """Feeds and sitemaps may name addresses of any length."""
    url = f"http://quay.example/{part * (MILLION // len(part))}"
    assert normalize_url(normalize_url(url)) == normalize_url(url)
    assert article_key(normalize_url(url))


def test_names_from_a_feed_are_never_sql_or_paths(db, tmp_path):
    """Titles and addresses are data, whatever they look like."""
    feed = tmp_path / "feed.xml"
    feed.write_bytes(rss("http://[bad'); drop table articles;--", title="'; drop table ledger; --"))
    ingest(db, feed)
    assert rows(db, "select title from sources") == [{"title": "'; drop table ledger; --"}]
    assert rows(db, "pragma integrity_check") == [{"integrity_check": "ok"}]
