"""What programs ask of the reader: feeds, sitemaps, the description of the search, CSV, queries."""

import csv
import io
import json
import re
import sqlite3
from xml.etree import ElementTree

import feedparser
import pytest
from hypothesis import given
from hypothesis import strategies as st
from serve_archive import STORIES, build, opened, parsed, story, texts

from archive import Archive
from archive.vector_index import similar
from serve.canned import QUERIES
from serve.cli import PRIVATE_TABLES, public_options
from serve.csv_cells import _rewritten, inert

PUBLIC = {"plugins": {"newsarchive": {"public": True, "robots": "allow"}}}


@pytest.fixture
def reader(tmp_path):
    with opened(build(tmp_path / "a.db", *STORIES)) as datasette:
        yield datasette


async def test_the_front_page_as_atom(reader):
    response = await reader.client.get("/-/feed.atom")
    assert response.headers["content-type"] == "application/atom+xml; charset=utf-8"
    feed = feedparser.parse(response.content)
    assert not feed.bozo
    assert feed.version == "atom10"
    assert feed.feed.title == "newsarchive"
    assert {link.rel: link.href for link in feed.feed.links} == {
        "self": "http://localhost/-/feed.atom",
        "alternate": "http://localhost/",
    }
    assert [entry.title for entry in feed.entries][:2] == [
        "An evening edition",
        "Musk mocks Meta’s outage",
    ]
    entry = feed.entries[1]
    assert entry.id == entry.link == "http://localhost/-/article/4"
    assert [link.href for link in entry.links if link.rel == "via"] == [
        "https://news.example/musk-mocks-meta-s-outage"
    ]
    assert entry.published == "2024-03-05T17:04:00Z"
    assert [author.name for author in entry.authors] == ["Ada Writer", "Ben Scribe"]
    assert [tag.term for tag in entry.tags][:2] == ["Meta", "Threads"]
    assert entry.summary.startswith("Meta went dark on Tuesday.")


@pytest.mark.parametrize(
    ("query", "title", "page", "titles"),
    [
        (
            "entity=threads",
            "Threads · newsarchive",
            "/-/search?entity=threads",
            ["Musk mocks Meta’s outage", "Threads passes 100 million"],
        ),
        (
            "site=daily.example",
            "daily.example · newsarchive",
            "/-/search?site=daily.example",
            ["An evening edition", "Musk mocks Meta’s outage"],
        ),
        (
            "q=threads&until=2024-03-04",
            "threads · newsarchive",
            "/-/search?q=threads&until=2024-03-04",
            ["Threads passes 100 million"],
        ),
        (
            "author=Ada+Writer",
            "Ada Writer · newsarchive",
            "/-/search?author=Ada+Writer",
            ["Musk mocks Meta’s outage"],
        ),
        # What must not occur is no question: its feed is not that of the front page.
        ("q=-meta", "-meta · newsarchive", "/-/search?q=-meta", []),
        ("q=nothing+at+all", "nothing at all · newsarchive", "/-/search?q=nothing+at+all", []),
    ],
)
async def test_any_search_can_be_followed(reader, query, title, page, titles):
    feed = (await reader.client.get(f"/-/feed.json?{query}")).json()
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert feed["title"] == title
    assert feed["home_page_url"] == f"http://localhost{page}"
    assert feed["feed_url"] == f"http://localhost/-/feed.json?{query}"
    assert [item["title"] for item in feed["items"]] == titles
    atom = feedparser.parse((await reader.client.get(f"/-/feed.atom?{query}")).content)
    assert not atom.bozo
    assert [entry.title for entry in atom.entries] == titles


async def test_a_feed_of_no_question_says_what_to_add(reader):
    told = (
        "There is no word to look for in “-meta”. "
        "Say as well what an article must hold, as in “phone -apple”."
    )
    feed = (await reader.client.get("/-/feed.json?q=-meta")).json()
    atom = feedparser.parse((await reader.client.get("/-/feed.atom?q=-meta")).content)
    assert (feed["description"], atom.feed.subtitle) == (told, told)
    assert "description" not in (await reader.client.get("/-/feed.json?q=meta")).json()


async def test_a_feed_in_another_spelling_is_the_same(reader):
    typed = "site=https://www.Daily.example/&author=ADA+writer&entity=elon%20musk"
    feed = (await reader.client.get(f"/-/feed.json?{typed}")).json()
    assert feed["home_page_url"] == (
        "http://localhost/-/search?site=daily.example&author=Ada+Writer&entity=elon-musk"
    )


async def test_a_feed_that_has_not_changed_is_not_sent_again(reader):
    first = await reader.client.get("/-/feed.atom")
    again = await reader.client.get(
        "/-/feed.atom", headers={"if-none-match": first.headers["etag"]}
    )
    assert (first.status_code, again.status_code, again.content) == (200, 304, b"")


async def test_what_xml_cannot_hold_does_not_break_a_feed(tmp_path):
    odd = story("Bell \x07 & <b>", "Text \x00\ufffe \x1b[31m & <script>", authors=("A \x08",))
    with opened(build(tmp_path / "a.db", odd)) as datasette:
        response = await datasette.client.get("/-/feed.atom")
    root = ElementTree.fromstring(response.content)
    assert root.find("{*}entry/{*}title").text == "Bell � & <b>"


async def test_pages_name_their_feeds(reader):
    page = parsed((await reader.client.get("/-/entity/meta")).text)
    assert page.xpath("//link[@rel='alternate']/@href") == [
        "/-/feed.atom",
        "/-/feed.json",
        "/-/feed.atom?entity=meta",
    ]
    assert "/-/feed.json?entity=meta" in page.xpath("//aside//a/@href")
    page = parsed((await reader.client.get("/-/search?q=meta&site=daily.example")).text)
    assert "/-/feed.atom?q=meta&site=daily.example" in page.xpath("//main//a/@href")


async def test_feeds_under_a_prefix(tmp_path):
    path = build(tmp_path / "a.db", *STORIES)
    with opened(path, settings={"base_url": "/prefix/"}) as datasette:
        feed = (await datasette.client.get("/-/feed.json?entity=meta")).json()
    assert feed["feed_url"] == "http://localhost/prefix/-/feed.json?entity=meta"
    assert feed["items"][0]["url"] == "http://localhost/prefix/-/article/5"


async def test_a_browser_can_add_the_search(reader):
    front = parsed((await reader.client.get("/")).text)
    (address,) = front.xpath("//link[@rel='search']/@href")
    response = await reader.client.get(address)
    assert response.headers["content-type"].startswith("application/opensearchdescription+xml")
    root = ElementTree.fromstring(response.content)
    name = "{http://a9.com/-/spec/opensearch/1.1/}"
    assert root.findtext(f"{name}ShortName") == "newsarchive"
    url = root.find(f"{name}Url[@type='text/html']").get("template")
    assert url == "http://localhost/-/search?q={searchTerms}"
    path = url.removeprefix("http://localhost").replace("{searchTerms}", "threads")
    found = await reader.client.get(path)
    assert "Threads passes" in re.sub("</?mark>", "", found.text)


async def test_the_sitemap_has_every_article_but_copies(tmp_path):
    path = build(tmp_path / "a.db", *STORIES)
    with Archive(path) as archive:
        archive.db.execute("update articles set duplicate_of = 4 where id = 5")
        archive.db.execute(
            "insert into articles (id, url, title, text, word_count, content_hash, first_seen_at, "
            "updated_at) values (2345, 'x', 'Far', 'Far on.', 2, 'h', '', '')"
        )
    with opened(path) as datasette:
        index = ElementTree.fromstring((await datasette.client.get("/sitemap.xml")).content)
        parts = [loc.text for loc in index.iterfind(".//{*}loc")]
        assert parts == [f"http://localhost/sitemap-{n}.xml" for n in (1, 2, 3)]
        found = []
        for part in parts:
            urls = ElementTree.fromstring(
                (await datasette.client.get(part.removeprefix("http://localhost"))).content
            )
            found += [loc.text.rpartition("/")[2] for loc in urls.iterfind(".//{*}loc")]
    assert found == ["1", "2", "3", "4", "2345"]


@pytest.mark.parametrize(
    ("metadata", "is_open"),
    [(None, False), (PUBLIC, True), ({**PUBLIC, "allow": False}, False)],
    ids=["as it comes", "let in", "let in where nobody may read"],
)
async def test_robots(tmp_path, metadata, is_open):
    with opened(build(tmp_path / "a.db", *STORIES), metadata=metadata) as datasette:
        lines = (await datasette.client.get("/robots.txt")).text.splitlines()
    assert lines[0] == "User-agent: *"
    if is_open:
        assert lines[1:] == [
            "Disallow: /-/search",
            "Disallow: /-/feed.",
            "Disallow: /-/changes",
            "Disallow: /-/health",
            "Disallow: /-/coverage/",
            "Disallow: /a",
            "Sitemap: http://localhost/sitemap.xml",
        ]
    else:
        assert lines[1:] == ["Disallow: /"]


async def test_open_graph(reader):
    article = parsed((await reader.client.get("/-/article/4")).text)
    held = {
        meta.get("property"): meta.get("content") for meta in article.xpath("//meta[@property]")
    }
    assert held == {
        "og:site_name": "newsarchive",
        "og:url": "http://localhost/-/article/4",
        "og:title": "Musk mocks Meta’s outage",
        "og:type": "article",
        "og:description": (
            "Meta went dark on Tuesday. “If you’re reading this post, it’s because our servers are "
            "working,” Musk wrote on X."
        ),
        "article:published_time": "2024-03-05T17:04:00Z",
    }


FORMULAS = ["=1+1", "@SUM(A1)", "+cmd|'/C calc'!A0", "-2+3", "\t=1", "\r=1", '="a,b"\n=1', '="x"']
HARMLESS = ["-5", "+3.5e7", "-.5", "a=1", "", "Meta\n=1", 'say "=1"', "5-4", "é"]


@pytest.mark.parametrize("cell", FORMULAS, ids=range(len(FORMULAS)))
def test_a_formula_becomes_text(cell):
    assert inert(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", HARMLESS, ids=range(len(HARMLESS)))
def test_what_is_no_formula_stays(cell):
    assert inert(cell) == cell


@given(
    rows=st.lists(st.lists(st.text(st.sampled_from('=+-@,"\n\r\tax1 ')), min_size=2), min_size=1)
)
def test_cells_are_rewritten_one_by_one(rows):
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    written = _rewritten(out.getvalue())
    read = list(csv.reader(io.StringIO(written, newline="")))
    assert read == [[inert(cell) for cell in row] for row in rows]


async def test_csv_carries_no_formulas(tmp_path):
    titles = [*FORMULAS, *HARMLESS[:2]]
    stories = [
        story(title, f"Text {n}.", url=f"https://a.example/{n}") for n, title in enumerate(titles)
    ]
    with opened(build(tmp_path / "a.db", *stories)) as datasette:
        for query in ("_size=max", "_size=3&_stream=on"):
            text = (await datasette.client.get(f"/a/articles.csv?_col=title&{query}")).text
            found = [row[1] for row in csv.reader(io.StringIO(text, newline=""))][1:]
            assert found == [inert(title) for title in titles]
        answer = await datasette.client.get("/a.csv?sql=select+'=1'+as+x")
        assert answer.text.splitlines() == ["x", "'=1"]
        data = (await datasette.client.get("/a/articles.json?_shape=array&_col=title")).json()
        assert data[0]["title"] == "=1+1"


@pytest.mark.parametrize("name", QUERIES)
async def test_canned_queries_run(reader, name):
    assert QUERIES[name].description
    page = await reader.client.get(f"/a/{name}", params=QUERIES[name].example)
    assert page.status_code == 200
    assert QUERIES[name].description in parsed(page.text).text_content()
    assert "Invalid SQL" not in page.text
    named = set(re.findall(r"(?<!:):(\w+)", QUERIES[name].sql))
    assert named == set(QUERIES[name].example)


async def test_canned_queries_answer(reader):
    async def rows(name, **values):
        return (
            await reader.client.get(f"/a/{name}.json", params={**values, "_shape": "array"})
        ).json()

    assert await rows("coverage", entity="threads") == [
        {"site": "daily.example", "articles": 1, "mentions": 1, "first": "2024-03-05T17:04:00Z"},
        {"site": "wire.example", "articles": 1, "mentions": 1, "first": "2024-03-04T09:30:00Z"},
    ]
    assert await rows("search", words='nowhere" AND (') == []
    assert [row["title"] for row in await rows("search", words="unreachable")] == [
        "Musk mocks Meta’s outage"
    ]
    assert len(QUERIES) >= 20


async def test_canned_queries_are_of_archives_alone(tmp_path):
    other = tmp_path / "other.db"
    with sqlite3.connect(other) as connection:
        connection.execute("create table t (x)")
    connection.close()
    with opened(build(tmp_path / "a.db", *STORIES), other) as datasette:
        assert (await datasette.client.get("/other.json")).json()["queries"] == []
        names = {
            query["name"] for query in (await datasette.client.get("/a.json")).json()["queries"]
        }
    assert names == set(QUERIES)


def test_similar_is_the_cosine():
    one, other = b"\x00<\x00\x00", b"\x00\x00\x00<"  # (1, 0) and (0, 1) in float16
    assert (similar(one, one), similar(one, other)) == (1, 0)
    for wrong in (None, "text", 3, b"", b"\x00", one * 2):
        assert similar(one, wrong) is None


@pytest.fixture
def public(tmp_path):
    path = build(tmp_path / "a.db", *STORIES)
    with opened(path, **public_options([path], False, False)) as datasette:
        yield datasette


@pytest.mark.parametrize(
    "path",
    [
        "/a?sql=select+1",
        "/a.json?sql=select+1",
        "/a.db",
        "/-/article/4/page",
        *(f"/a/{table}.json" for table in PRIVATE_TABLES),
    ],
)
async def test_strangers_do_not_get(public, path):
    assert (await public.client.get(path)).status_code in (403, 404)


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/-/article/4",
        "/-/entity/meta",
        "/-/search?q=meta&by=both",
        "/-/feed.atom",
        "/-/health",
        "/a/articles.json",
        "/a/coverage.json?entity=meta",
    ],
)
async def test_strangers_get(public, path):
    assert (await public.client.get(path)).status_code == 200


async def test_strangers_are_told_nothing_of_the_operator(public):
    health = parsed((await public.client.get("/-/health")).text)
    assert texts(health, "//h2") == ["Sites that have fallen silent"]
    article = parsed((await public.client.get("/-/article/4")).text)
    assert "Who said what" not in texts(article, "//summary")
    assert "/-/article/4/page" not in article.xpath("//@href")
    names = {query["name"] for query in (await public.client.get("/a.json")).json()["queries"]}
    assert names == {name for name, query in QUERIES.items() if not query.is_private}


async def test_searches_of_strangers_wait_for_their_turn(public, monkeypatch):
    import asyncio
    import threading

    from archive.search import search

    held = threading.Event()
    under_way = []

    def slow(*arguments):
        under_way.append(1)
        held.wait(10)
        return search(*arguments)

    monkeypatch.setattr("serve.pages.search.find", slow)
    monkeypatch.setattr("serve.visit._PATIENCE_S", 0.05)
    waiting = [asyncio.create_task(public.client.get("/-/search?q=meta")) for _ in range(2)]
    while len(under_way) < 2:
        await asyncio.sleep(0.01)
    third = await public.client.get("/-/search?q=meta")
    held.set()
    assert (third.status_code, third.headers["retry-after"]) == (503, "5")
    assert [answer.status_code for answer in await asyncio.gather(*waiting)] == [200, 200]
    assert (await public.client.get("/-/search?q=meta")).status_code == 200


async def test_the_stored_page_is_a_download(reader):
    response = await reader.client.get("/-/article/4/page")
    assert response.status_code == 200
    assert response.content.startswith(b"<html>sha256:")
    headers = response.headers
    assert headers["content-type"] == "application/octet-stream"
    assert headers["content-disposition"] == 'attachment; filename="daily.example-4.html"'
    assert headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert headers["x-content-type-options"] == "nosniff"
    assert (await reader.client.get("/-/article/99/page")).status_code == 404


async def test_a_damaged_page_is_no_download(tmp_path):
    path = build(tmp_path / "a.db", *STORIES)
    with Archive(path) as archive:
        archive.db.execute("update pages set body = x'00'")
    with opened(path) as datasette:
        response = await datasette.client.get("/-/article/4/page")
    assert response.status_code == 500
    assert "its stored page is damaged" in response.text


async def test_an_article_without_a_page_has_none_to_download(tmp_path):
    path = build(tmp_path / "a.db", *STORIES)
    with Archive(path) as archive:
        archive.db.execute("update articles set page_id = null")
    with opened(path) as datasette:
        assert (await datasette.client.get("/-/article/4/page")).status_code == 404
        assert "/-/article/4/page" not in (await datasette.client.get("/-/article/4")).text


async def test_json_of_everything(reader):
    rows = json.loads((await reader.client.get("/a/article_tags.json?_shape=array")).text)
    assert {"title", "entity", "salience"} <= set(rows[0])
