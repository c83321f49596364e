"""Sources that name addresses: feeds of every form, sitemaps, OPML, bookmarks, a site's home page."""

import gzip
import json

import fault_server
import pytest
from fault_server import HTML, SITE, UTF8, article, page
from ingest_command import ingest, ledger, rows, totals

from ingest.errors import SourceError
from ingest.feeds import read_feed
from ingest.kinds import kind_of
from ingest.link_files import read_bookmarks
from ingest.listing import Limits
from ingest.packed import inflate
from ingest.sitemaps import MAX_ENTRIES, read_sitemap

XML = "application/xml"
TITLES = ["Ferry café swaps paper timetables for a screen", "Another boat turns up"]


@pytest.fixture
def serve(monkeypatch):
    """Put something at a path of the site."""

    def put(path, body, content_type=XML):
        body = body if isinstance(body, bytes) else body.encode()
        monkeypatch.setitem(fault_server.ANSWERS, path, (200, content_type, body, {}))
        return SITE + path

    return put


def titles(db):
    return [row["title"] for row in rows(db, "select title from articles order by id")]


def sitemap(*addresses, root="urlset", entry="url", extra=""):
    entries = "".join(f"<{entry}><loc>{a}</loc>{extra}</{entry}>" for a in addresses)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<?xml-stylesheet type="text/xsl" href="/s.xsl"?>\n'
        f'<{root} xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" '
        'xmlns:news="http://www.google.com/schemas/sitemap-news/0.9" '
        'xmlns:image="http://www.google.com/schemas/sitemap-image/1.1">\n'
        f"{entries}</{root}>"
    ).encode()


def index(*addresses, extra=""):
    return sitemap(*addresses, root="sitemapindex", entry="sitemap", extra=extra)


# Sitemaps.


@pytest.mark.parametrize("form", ["xml", "gzip", "text"])
def test_sitemap(site, db, serve, form):
    addresses = (f"{SITE}/article", f"{SITE}/other")
    body = {
        "xml": sitemap(*addresses),
        "gzip": gzip.compress(sitemap(*addresses)),
        "text": ("\ufeff" + "\r\n".join(addresses)).encode(),
    }[form]
    url = serve("/sitemap", body, "application/octet-stream" if form == "gzip" else XML)
    result = ingest(db, *site.options, url)
    assert (result.exit_code, result.stderr, titles(db)) == (0, "", TITLES)
    assert rows(db, "select kind, url from sources") == [{"kind": "sitemap", "url": url}]
    assert ledger(db, url) == ("source", None, 200)


def test_sitemap_file(site, db, tmp_path):
    path = tmp_path / "whatever.bin"
    path.write_bytes(gzip.compress(sitemap(f"{SITE}/article")))
    assert ingest(db, *site.options, path).exit_code == 0
    assert titles(db) == TITLES[:1]


def test_news_sitemap():
    extra = (
        "<lastmod>2024-05-06</lastmod><image:image><image:loc>http://q.example/i.jpg</image:loc>"
        "<image:title>A picture</image:title></image:image>"
        "<news:news><news:publication><news:name>Quay</news:name></news:publication>"
        "<news:publication_date>2024-03-05T08:30+01:00</news:publication_date>"
        "<news:title>Tide &amp; time</news:title></news:news>"
    )
    (entry,) = read_sitemap(sitemap("http://q.example/1?a=1&b=2", extra=extra), "u").entries
    assert entry.url == "http://q.example/1?a=1&b=2"  # the ampersand is a frequent fault
    assert (entry.date.isoformat(), entry.title) == ("2024-03-05T08:30:00+01:00", "Tide & time")
    (entry,) = read_sitemap(sitemap("/2", extra="<lastmod>2024-05-06</lastmod>"), SITE).entries
    assert (entry.url, entry.date.isoformat()) == (f"{SITE}/2", "2024-05-06T00:00:00+00:00")


def test_sitemap_index_is_followed_once_and_not_in_circles(site, db, serve):
    root = serve("/index.xml", index(f"{SITE}/index.xml", f"{SITE}/s1.xml", f"{SITE}/in.xml"))
    serve("/in.xml", index(f"{SITE}/index.xml", f"{SITE}/s1.xml", f"{SITE}/s2.xml"))
    serve("/s1.xml", sitemap(f"{SITE}/article"))
    serve("/s2.xml", sitemap(f"{SITE}/article", f"{SITE}/other"))
    site.hits.clear()
    result = ingest(db, *site.options, root)
    assert (result.exit_code, result.stderr, titles(db)) == (0, "", TITLES)
    assert set(site.hits.values()) == {1}


def test_sitemap_index_too_deep(site, db, serve):
    for level in range(6):
        serve(f"/level/{level}", index(f"{SITE}/level/{level + 1}"))
    result = ingest(db, *site.options, f"{SITE}/level/0")
    assert result.stderr == (
        f"{SITE}/level/3: it leads to more than 3 levels of sitemaps, the rest was left out. "
        "Ingest the sitemaps that you want by their own addresses.\n"
    )
    assert ledger(db, f"{SITE}/level/3")[:2] == ("failed", "too_many")
    assert ledger(db, f"{SITE}/level/4") is None


@pytest.mark.parametrize(
    ("limits", "what", "added"),
    [
        (Limits(sources=1), "1 sitemaps or feeds", 1),
        (Limits(urls=1), "1 addresses", 1),
        (Limits(sources=2, urls=2), None, 2),
    ],
)
def test_limits_of_one_source(site, db, serve, monkeypatch, limits, what, added):
    monkeypatch.setattr("ingest.pipeline.Limits", lambda: limits)
    root = serve("/index.xml", index(f"{SITE}/s1.xml", f"{SITE}/s2.xml"))
    serve("/s1.xml", sitemap(f"{SITE}/article"))
    serve("/s2.xml", sitemap(f"{SITE}/other"))
    result = ingest(db, *site.options, root)
    assert len(titles(db)) == added
    if what:
        assert f"leads to more than {what}, the rest was left out" in result.stderr
    assert result.exit_code == (1 if what else 0)


def test_sitemap_index_on_the_web_cannot_name_files(site, db, serve):
    url = serve("/index.xml", index("file:///etc/hostname"))
    result = ingest(db, *site.options, url)
    assert "cannot name files on this machine" in result.stderr
    assert ledger(db, "file:///etc/hostname") == ("failed", "bad_url", None)


def test_damaged_sitemap_gives_what_stands_before(site, db, serve):
    body = sitemap(f"{SITE}/article", f"{SITE}/other")
    url = serve("/cut.xml", body[: body.index(b"other") + 3])
    result = ingest(db, *site.options, url)
    assert titles(db) == TITLES[:1]
    assert result.stderr == (
        f"{url}: the sitemap cannot be read to its end (it ends too early). "
        "What stands before was taken; the site's feed may have the rest.\n"
    )
    assert (result.exit_code, totals(result)) == (1, {"added": 1, "failed": 1})
    assert ledger(db, url) == ("failed", "malformed_sitemap", 200)


def test_sitemap_cut_anywhere_never_gives_half_an_address():
    whole = sitemap("http://q.example/one", "http://q.example/two")
    wanted = {entry.url for entry in read_sitemap(whole, "u").entries}
    reasons = set()
    for body in (whole, gzip.compress(whole)):
        for at in range(len(body)):
            try:
                listing = read_sitemap(body[:at], "u")
            except SourceError as error:
                reasons.add(error.reason)
            else:
                assert {entry.url for entry in listing.entries} <= wanted
                assert listing.damage or body is not whole or at > whole.rindex(b"</")
    assert reasons == {"malformed_sitemap"}


def test_sitemap_with_too_many_entries_and_with_entities():
    listing = read_sitemap(sitemap(*(f"http://q.example/{n}" for n in range(MAX_ENTRIES + 5))), "u")
    assert len(listing.entries) == MAX_ENTRIES
    assert "more than 50,000 entries" in str(listing.damage)
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>' + sitemap(
        "http://q.example/&b;"
    )
    assert all("aaaa" not in entry.url for entry in read_sitemap(bomb, "u").entries)


def test_gzip_of_several_members_and_a_bomb():
    assert inflate(gzip.compress(b"one ") + gzip.compress(b"two") + b"\0\0", 99) == (
        b"one two",
        None,
    )
    found, cause = inflate(gzip.compress(bytes(50_000_000)), 2**20)
    assert (len(found), cause) == (2**20, "it is larger than 1 MB")
    assert inflate(b"plain", 99) == (b"plain", None)


# Feeds.

RSS_091 = """<?xml version="1.0"?>
<!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN" "http://q.example/rss-0.91.dtd">
<rss version="0.91"><channel><title>Quay</title><link>http://q.example/</link>
<item><title>One</title><link>http://q.example/1</link><description>First</description></item>
</channel></rss>"""
RSS_10 = """<?xml version="1.0" encoding="UTF-8"?>
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
 xmlns:dc="http://purl.org/dc/elements/1.1/">
<channel rdf:about="http://q.example/"><title>Quay</title><link>http://q.example/</link>
<items><rdf:Seq><rdf:li rdf:resource="http://q.example/1"/></rdf:Seq></items></channel>
<item rdf:about="http://q.example/1"><title>One</title><link>http://q.example/1</link>
<dc:date>2024-03-05T08:30:00+01:00</dc:date><dc:creator>Ada</dc:creator></item></rdf:RDF>"""
RSS_20 = """<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"
 xmlns:atom="http://www.w3.org/2005/Atom" xmlns:media="http://search.yahoo.com/mrss/">
<channel><title><![CDATA[Quay]]></title><link>http://q.example/</link>
<atom:link href="http://q.example/feed" rel="self" type="application/rss+xml"/>
<item><title>One</title><guid isPermaLink="true">http://q.example/1</guid>
<pubDate>Tue, 05 Mar 2024 08:30:00 +0100</pubDate>
<media:content url="http://q.example/1.jpg" medium="image"/></item>
<item><title>No link</title><guid isPermaLink="false">tag:2</guid></item></channel></rss>"""
ATOM = """<?xml version="1.0" encoding="utf-8"?>
<a:feed xmlns:a="http://www.w3.org/2005/Atom"><a:title type="html">Quay</a:title>
<a:link rel="self" href="http://q.example/feed"/><a:id>urn:q</a:id>
<a:entry><a:title>One</a:title><a:link rel="edit" href="http://q.example/edit/1"/>
<a:link rel="alternate" type="text/html" href="/1"/><a:updated>2024-03-05T07:30:00Z</a:updated>
</a:entry></a:feed>"""
JSON_FEED = {
    "version": "https://jsonfeed.org/version/1.1",
    "title": "Quay",
    "items": [
        {"id": "1", "url": "/1", "title": "One", "date_published": "2024-03-05T08:30:00+01:00"},
        {"id": "1b", "external_url": "http://q.example/1"},
        {"id": "http://q.example/3", "content_text": "Three"},
        {"id": "4", "content_text": "a note without an address"},
        "no object",
    ],
}


@pytest.mark.parametrize(
    ("body", "date"),
    [(RSS_091, None), (RSS_10, "2024-03-05T07:30:00"), (RSS_20, "2024-03-05T07:30:00"),
     (ATOM, "2024-03-05T07:30:00"), (json.dumps(JSON_FEED), "2024-03-05T08:30:00"),
     (json.dumps(JSON_FEED, indent=2).replace("1.1", "1"), "2024-03-05T08:30:00")],
    ids=["rss 0.91", "rss 1.0", "rss 2.0", "atom", "json feed 1.1", "json feed 1"],
)  # fmt: skip
@pytest.mark.parametrize("is_packed", [False, True])
def test_forms_of_feeds(body, date, is_packed):
    raw = gzip.compress(body.encode()) if is_packed else body.encode()
    assert kind_of(raw) == "feed"
    listing = read_feed(raw, "http://q.example/feed")
    first = listing.entries[0]
    assert (listing.title, first.url, first.title) == ("Quay", "http://q.example/1", "One")
    assert (first.date and first.date.isoformat()[:19]) == date
    assert listing.damage is None


def test_feed_in_utf_16():
    body = RSS_091.replace('"1.0"', '"1.0" encoding="utf-16"').encode("utf-16")
    assert kind_of(body) == "feed"
    assert read_feed(body, "u").entries[0].url == "http://q.example/1"


def test_json_feed_addresses():
    listing = read_feed(json.dumps(JSON_FEED).encode(), "http://q.example/feed")
    assert [entry.url for entry in listing.entries] == ["http://q.example/1", "http://q.example/3"]
    assert listing.without_link == 2


@pytest.mark.parametrize("body", ['{"version": "https://jsonfeed.org/version/1", "items": 1}',
                                  '{"version": "https://jsonfeed.org/version/1", '])  # fmt: skip
def test_malformed_json_feed(site, db, serve, body):
    url = serve("/feed.json", body, "application/feed+json")
    assert ingest(db, *site.options, url).exit_code == 1
    assert ledger(db, url) == ("failed", "malformed_feed", 200)


def test_entries_without_link_are_said(site, db, serve):
    items = [{"url": f"{SITE}/article"}, {"id": "2"}, {"id": "3"}]
    feed = {"version": "https://jsonfeed.org/version/1.1", "title": "Quay", "items": items}
    url = serve("/feed.json", json.dumps(feed), "application/feed+json")
    result = ingest(db, *site.options, url)
    assert (result.exit_code, totals(result)) == (0, {"added": 1})
    assert result.stderr == f"{url}: 2 of its entries have no link; they are passed over.\n"
    assert [row["reason"] for row in rows(db, "select reason from errors")] == ["no_link"]
    url = serve("/none.json", json.dumps({**feed, "items": items[1:]}), "application/json")
    assert "none of the feed's 2 entries has a link" in ingest(db, *site.options, url).stderr


# OPML and bookmarks.

OPML = """<?xml version="1.0" encoding="UTF-8"?>
<opml version="2.0"><head><title>My feeds</title></head><body>
<outline text="Harbour"><outline type="rss" text="Quay & Pier" xmlUrl="{0}/feed?a=1&b=2" htmlUrl="{0}/"/>
<outline type="rss" text="Quay again" xmlUrl="{0}/feed?a=1&amp;b=2"/></outline>
<outline type="rss" text="Atom" xmlURL="{0}/atom"/><outline text="a note"/>
<outline type="rss" text="a file" xmlUrl="file:///etc/hostname"/></body></opml>"""
BOOKMARKS = """<!DOCTYPE NETSCAPE-Bookmark-file-1>
<!-- This is an automatically generated file. -->
<META HTTP-EQUIV="Content-Type" CONTENT="text/html; charset=UTF-8">
<TITLE>Bookmarks</TITLE><H1>Bookmarks Menu</H1><DL><p>
<DT><H3 ADD_DATE="1">Harbour</H3><DL><p>
<DT><A HREF="{0}/article" ADD_DATE="1709625600" TAGS="a,b">Ferry café</A>
<DT><A HREF="{0}/other?x=1&amp;y=2" ADD_DATE="1709625601">Another &amp; boat</A>
<DT><A HREF="javascript:alert(1)">a bookmarklet</A><DT><A HREF="place:sort=8">Recent</A></DL><p></DL>"""


def test_opml(site, db, tmp_path):
    path = tmp_path / "feeds.txt"
    path.write_text(OPML.format(SITE))
    result = ingest(db, *site.options, path)
    assert (result.exit_code, sorted(titles(db))) == (0, sorted(TITLES))
    assert result.stderr.endswith("2 of its entries have no link; they are passed over.\n")
    assert [tuple(row.values()) for row in rows(db, "select kind, url, title from sources")] == [
        ("opml", path.as_uri(), "My feeds"),
        ("feed", f"{SITE}/feed?a=1&b=2", "Quay"),
        ("feed", f"{SITE}/atom", "Quay"),
    ]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ('<opml version="2.0"><body><outline text="x"/></body></opml>', "empty_opml"),
        ("<opml", "malformed_opml"),
        (
            '<opml version="2.0"><body><outline text="&#xD800;" xmlUrl="&#0;"/></body></opml>',
            "empty_opml",
        ),
        ('<opml version="2.0"><body><outline text="x"', "malformed_opml"),
        ("<!DOCTYPE NETSCAPE-Bookmark-file-1><DL></DL>", "empty_bookmarks"),
    ],
)
def test_lists_that_hold_nothing(db, tmp_path, body, reason):
    path = tmp_path / "list"
    path.write_text(body)
    result = ingest(db, path)
    assert (result.exit_code, len(result.stderr.splitlines())) == (1, 1)
    assert ledger(db, path.as_uri()) == ("failed", reason, None)


def test_opml_that_is_cut_off_gives_what_stands_before(site, db, tmp_path):
    path = tmp_path / "feeds.opml"
    path.write_text(OPML.format(SITE).partition('<outline type="rss" text="Atom"')[0])
    result = ingest(db, *site.options, path)
    assert (result.exit_code, sorted(titles(db))) == (1, sorted(TITLES))
    assert "the OPML file cannot be read (" in result.stderr


def test_bookmarks(site, db, tmp_path):
    path = tmp_path / "bookmarks.html"
    path.write_text(BOOKMARKS.format(SITE))
    result = ingest(db, *site.options, path)
    assert (result.exit_code, sorted(titles(db))) == (0, sorted(TITLES))
    assert "2 of its entries have no link" in result.stderr
    assert rows(db, "select kind, title from sources") == [
        {"kind": "bookmarks", "title": "Bookmarks"}
    ]
    entries = read_bookmarks(path.read_bytes(), "u").entries
    assert entries[1].url == f"{SITE}/other?x=1&y=2"
    assert entries[1].title == "Another & boat"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (OPML, "malformed_opml"),
        (BOOKMARKS, "malformed_bookmarks"),
        ("{0}/article\n{0}/other\n", "malformed_sitemap"),
    ],
)
def test_list_in_gzip_that_is_cut_off_gives_what_stands_before(site, db, tmp_path, body, reason):
    path = tmp_path / "list.gz"
    path.write_bytes(gzip.compress(body.format(SITE).encode())[:-8])
    result = ingest(db, *site.options, path)
    assert (result.exit_code, len(titles(db))) == (1, 2)
    assert " (its gzip is broken: it ends too early). " in result.stderr
    assert ledger(db, path.as_uri()) == ("failed", reason, None)


# A site's home page.


def home(head=""):
    return page("index.html").replace(b"</title>", b"</title>" + head.encode())


def test_home_page_with_feeds(site, db, serve):
    head = (
        '<link rel="alternate" type="application/rss+xml" title="Quay" href="/feed">'
        '<link rel="alternate" type="application/rss+xml" title="Quay » Comments Feed" href="/cf">'
        '<link rel="alternate" hreflang="de" href="/de"><link rel="stylesheet" href="/s.css">'
    )
    url = serve("/", home(head), UTF8)
    site.hits.clear()
    result = ingest(db, *site.options, SITE)
    assert (result.exit_code, sorted(titles(db))) == (0, sorted(TITLES))
    assert set(site.hits) == {"/robots.txt", "/", "/feed", "/article", "/other"}
    assert ledger(db, url) == ("source", None, 200)
    assert [row["kind"] for row in rows(db, "select kind from sources")] == ["site", "feed"]


def test_home_page_with_sitemaps_in_robots(site, db, serve):
    serve("/", home(), UTF8)
    serve(
        "/robots.txt", f"User-agent: *\nDisallow:\n\nSITEMAP: {SITE}/map.xml # all\n", "text/plain"
    )
    serve("/map.xml", sitemap(f"{SITE}/other"))
    result = ingest(db, *site.options, SITE)
    assert (result.exit_code, titles(db)) == (0, TITLES[1:])


def test_home_page_with_links_alone(site, db, serve):
    serve("/", home(), UTF8)
    for name in ("pier", "gulls", "library", "school"):
        serve(f"/news/{name}", article(f"News of the {name} today"), UTF8)
    result = ingest(db, *site.options, "--limit", "3", f"{SITE}/")
    assert (totals(result), titles(db)[:1]) == ({"added": 3}, TITLES[:1])


def test_home_page_leads_to_a_hundred_at_most(site, db, serve, monkeypatch):
    monkeypatch.setattr("ingest.pipeline.MAX_ARTICLES", 2)
    serve("/", home(), UTF8)
    assert sum(totals(ingest(db, *site.options, SITE)).values()) == 2


def test_home_page_that_is_an_article_or_nothing(site, db, serve):
    serve("/", article(), UTF8)
    assert totals(ingest(db, *site.options, SITE)) == {"added": 1}
    serve("/", "<html><body><p>Coming soon.</p></body></html>", HTML)
    result = ingest(db, *site.options, SITE)
    assert totals(result) == {"skipped": 1}
    assert ledger(db, f"{SITE}/")[0] == "skipped"


def test_index_at_another_path_by_word_alone(site, db):
    result = ingest(db, *site.options, "--as", "site", "--limit", "1", f"{SITE}/tag/boats")
    assert titles(db) == TITLES[:1]
    assert totals(result)["added"] == 1
