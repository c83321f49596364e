"""Datasette underneath stays what it was."""

import sqlite3

import pytest
from serve_archive import ROOMS, STORIES, build, opened, parsed, story, texts, words

from archive.descriptions import INTERNAL_TABLES, TABLES, VIEWS


@pytest.fixture
def reader(tmp_path):
    with opened(build(tmp_path / "a.db", *STORIES)) as datasette:
        yield datasette


async def test_internal_tables_are_hidden(reader):
    tables = (await reader.client.get("/a.json")).json()["tables"]
    hidden = {table["name"] for table in tables if table["hidden"]}
    assert hidden == {
        *INTERNAL_TABLES,
        "articles_fts_config",
        "articles_fts_data",
        "articles_fts_docsize",
        "articles_fts_idx",
    }
    assert {table["name"] for table in tables if not table["hidden"]} >= {
        "articles",
        "ledger",
        "entities",
    }


async def test_tables_views_and_columns_are_described(reader):
    for name, about in {**TABLES, **VIEWS}.items():
        page = parsed((await reader.client.get(f"/a/{name}")).text)
        descriptions = page.xpath("//div[@class='metadata-description']")
        assert [words(element) for element in descriptions] == [about.text]
        shown = zip(
            texts(page, "//dl[@class='column-descriptions']/dt"),
            texts(page, "//dl[@class='column-descriptions']/dd"),
            strict=True,
        )
        assert dict(shown) == dict(about.columns)


async def test_own_table_metadata_for_all_databases_still_counts(tmp_path):
    metadata = {"tables": {"articles": {"description": "Our news"}}}
    with opened(build(tmp_path / "a.db", *STORIES), metadata=metadata) as datasette:
        articles = parsed((await datasette.client.get("/a/articles")).text)
    assert texts(articles, "//div[@class='metadata-description']") == ["Our news"]
    assert texts(articles, "//dl[@class='column-descriptions']/dt")[0] == "id"


async def test_own_metadata_still_counts(tmp_path):
    metadata = {
        "title": "The Daily",
        "databases": {"a": {"tables": {"pages": {"hidden": False}, "articles": {"title": "News"}}}},
    }
    with opened(build(tmp_path / "a.db", *STORIES), metadata=metadata) as datasette:
        tables = (await datasette.client.get("/a.json")).json()["tables"]
        front = parsed((await datasette.client.get("/")).text)
    hidden = {table["name"]: table["hidden"] for table in tables}
    assert (hidden["pages"], hidden["vectors"]) == (False, True)
    assert front.xpath("string(//p[@class='nameplate'])") == "The Daily"


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/a", "text/html"),
        ("/a/articles", "text/html"),
        ("/a/articles/4", "text/html"),
        ("/a/articles.json", "application/json"),
        ("/a/articles.json?_shape=array&_facet=site", "application/json"),
        ("/a/articles.csv", "text/plain"),
        ("/a/latest", "text/html"),
        ("/a?sql=select+count(*)+from+articles", "text/html"),
        ("/a.json?sql=select+count(*)+from+articles", "application/json"),
        ("/-/databases-index", "text/html"),
        ("/-/databases-index.json", "application/json"),
        ("/.json", "application/json"),
        ("/-/plugins", "text/html"),
        ("/-/static-plugins/newsarchive/newsarchive.css", "text/css"),
    ],
)
async def test_plain_pages(reader, path, kind):
    response = await reader.client.get(path)
    assert response.status_code == 200
    assert response.headers["content-type"].startswith(kind)
    assert "content-security-policy" not in response.headers


async def test_rows_as_json(reader):
    path = "/a/articles.json?_shape=array&_col=title&_sort_desc=published_at&_size=2"
    assert [row["title"] for row in (await reader.client.get(path)).json()] == [
        "An evening edition",
        "Musk mocks Meta’s outage",
    ]


async def test_own_index_is_reachable_and_lists_the_archive(reader):
    index = parsed((await reader.client.get("/-/databases-index")).text)
    assert "/a" in index.xpath("//h2/a/@href")
    front = parsed((await reader.client.get("/")).text)
    assert {"/-/databases-index", "/a"} <= set(front.xpath("//footer//a/@href"))


async def test_table_cells_lead_to_the_reader(reader):
    articles = parsed((await reader.client.get("/a/articles")).text)
    assert "/-/article/4" in articles.xpath("//td[contains(@class, 'col-title')]/a/@href")
    entities = parsed((await reader.client.get("/a/entities")).text)
    assert "/-/entity/meta" in entities.xpath("//td[contains(@class, 'col-name')]/a/@href")
    latest = parsed((await reader.client.get("/a/latest")).text)
    assert "/-/article/4" in latest.xpath("//td[contains(@class, 'col-title')]/a/@href")


READER_PAGES = [
    "/",
    *ROOMS,
    "/-/search?q=meta",
    "/-/search?q=meta&site=daily.example&type=person",
    "/-/search?q=no",
]


async def test_base_url(tmp_path):
    path = build(tmp_path / "a.db", *STORIES)
    with opened(path, settings={"base_url": "/prefix/"}) as datasette:
        for address in READER_PAGES:
            response = await datasette.client.get(address)
            assert response.status_code == 200
            whole = parsed(response.text)
            for link in whole.xpath("//@href | //@action | //@src"):
                assert link.startswith(("/prefix/", "#", "https://")), (address, link)


async def test_table_cells_under_a_prefix(tmp_path):
    path = build(tmp_path / "a.db", *STORIES)
    with opened(path, settings={"base_url": "/prefix/"}) as datasette:
        articles = parsed((await datasette.client.get("/a/articles")).text)
    links = articles.xpath("//td[contains(@class, 'col-title')]/a/@href")
    assert links[0].startswith("/prefix/-/article/")


async def test_paging_links_under_a_prefix(tmp_path):
    path = build(tmp_path / "a.db", *(story(f"S {n}", "word") for n in range(40)))
    with opened(path, settings={"base_url": "/prefix/"}) as datasette:
        for address in ("/", "/-/search?q=word"):
            whole = parsed((await datasette.client.get(address)).text)
            (link,) = whole.xpath("//a[@rel='next']/@href")
            assert link.startswith("/prefix/")
            following = await datasette.client.request(
                "GET", f"http://localhost{link}", avoid_path_rewrites=True
            )
            assert parsed(following.text).xpath("//a[@rel='prev']")


def other_database(path):
    connection = sqlite3.connect(path)
    connection.execute("create table articles (id integer primary key, title text)")
    connection.execute("create table pages (id integer primary key)")
    connection.commit()
    connection.close()
    return path


@pytest.mark.parametrize("with_file", [True, False], ids=["another database", "nothing"])
async def test_without_an_archive_datasette_is_itself(tmp_path, with_file):
    files = [other_database(tmp_path / "other.db")] if with_file else []
    with opened(*files) as datasette:
        index = await datasette.client.get("/")
        assert index.status_code == 200
        assert "newsarchive.css" not in index.text
        assert "Latest articles" not in index.text
        for path in ("/-/search", "/-/article/1", "/-/entity/meta"):
            assert (await datasette.client.get(path)).status_code == 404
        if with_file:
            tables = (await datasette.client.get("/other.json")).json()["tables"]
            assert not any(table["hidden"] for table in tables)


async def test_archives_are_found_among_others(tmp_path):
    other = other_database(tmp_path / "a-other.db")
    archive = build(tmp_path / "whatever.sqlite", *STORIES)
    second = build(tmp_path / "zz.db", story("Second archive", "text"))
    with opened(other, archive, second) as datasette:
        front = (await datasette.client.get("/")).text
        assert "Musk mocks" in front
        assert "Second archive" in front
        tables = (await datasette.client.get("/a-other.json")).json()["tables"]
        assert not any(table["hidden"] for table in tables)
        assert (await datasette.client.get("/a-other/articles")).status_code == 200


async def test_an_archive_attached_later_is_found(tmp_path):
    with opened(memory=True) as datasette:
        assert "newsarchive.css" not in (await datasette.client.get("/")).text
        from datasette.database import Database

        datasette.add_database(Database(datasette, str(build(tmp_path / "a.db", *STORIES))))
        assert "Musk mocks" in (await datasette.client.get("/")).text


async def test_immutable_archive(tmp_path):
    path = build(tmp_path / "a.db", *STORIES)
    with opened(immutables=[str(path)]) as datasette:
        assert "Musk mocks" in (await datasette.client.get("/")).text
