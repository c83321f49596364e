"""The MCP endpoint, asked by a real client over HTTP: what it can do, what it may see, what it is told."""

import json
import threading
import time
from contextlib import asynccontextmanager, contextmanager

import pytest
import uvicorn
from mcp import ClientSession
from mcp.client.streamable_http import streamable_http_client
from serve_archive import STORIES, build, opened

from serve.mcp_tools import NOTICE


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return build(tmp_path_factory.mktemp("mcp") / "a.db", *STORIES)


@contextmanager
def served(path, **options):
    """A Datasette of the archive on a loopback port."""
    with opened(path, **options) as datasette:
        config = uvicorn.Config(datasette.app(), port=0, log_level="warning", lifespan="on")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        while not server.started and thread.is_alive():
            time.sleep(0.01)
        host, port = server.servers[0].sockets[0].getsockname()[:2]
        try:
            yield f"http://{host}:{port}/-/mcp"
        finally:
            server.should_exit = True
            thread.join()


@asynccontextmanager
async def session(address):
    """A session of the MCP client."""
    async with (
        streamable_http_client(address) as streams,
        ClientSession(*streams[:2]) as opened_session,
    ):
        await opened_session.initialize()
        yield opened_session


async def ask(address, tool, **arguments):
    """The texts that a tool answers."""
    async with session(address) as client:
        answer = await client.call_tool(tool, arguments)
    return [part.text for part in answer.content]


@pytest.fixture(scope="module")
def address(path):
    with served(path) as found:
        yield found


async def test_all_tools_only_read(address):
    async with session(address) as client:
        tools = (await client.list_tools()).tools
    assert sorted(tool.name for tool in tools) == [
        "execute_sql", "get_database_schema", "list_databases", "read_article", "search_articles",
    ]  # fmt: skip
    assert all(tool.annotations.read_only_hint for tool in tools)


async def test_search_ranks_as_the_page_does(path, address):
    notice, found = await ask(address, "search_articles", words="meta")
    assert notice == NOTICE
    with opened(path) as datasette:
        page = (await datasette.client.get("/-/search?q=meta")).text
    answer = json.loads(found)
    ids = [article["article_id"] for article in answer["articles"]]
    assert (answer["total"], len(ids)) == (2, 2)
    assert page.index(f"/-/article/{ids[0]}") < page.index(f"/-/article/{ids[1]}")


async def test_the_text_of_an_article_is_marked_as_untrusted(address):
    notice, found = await ask(address, "read_article", article_id=4)
    assert notice == NOTICE
    article = json.loads(found)
    assert (article["title"], article["tags"]) == (
        "Musk mocks Meta’s outage",
        '["Meta", "Threads", "Elon Musk", "Mark Zuckerberg", "X"]',
    )
    assert (await ask(address, "execute_sql", database="a", sql="select text from articles"))[
        0
    ] == NOTICE


async def test_what_is_not_there(address):
    _, said = await ask(address, "read_article", article_id=99)
    assert said.endswith("Article 99: there is none of that number.")
    _, said = await ask(address, "search_articles", words="meta", archive="b")
    assert said.endswith("b: there is none of that name that you may read.")


async def test_search_by_any_spelling_and_what_asks_nothing(address):
    _, found = await ask(
        address,
        "search_articles",
        site="www.daily.example",
        author="ada writer",
        entity="Elon Musk",
    )
    assert [one["title"] for one in json.loads(found)["articles"]] == ["Musk mocks Meta’s outage"]
    _, said = await ask(address, "search_articles", words="-meta", site="daily.example")
    assert said.endswith("Say as well what an article must hold, as in “phone -apple”.")
    _, said = await ask(address, "search_articles")
    assert said.endswith("Name words to look for, or a filter.")


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        (
            {"site": "dayly.example"},
            "dayly.example: no article is of that site. Near to it: daily.example.",
        ),
        ({"author": "Writer"}, "Writer: no article names that author. Near to it: Ada Writer."),
        ({"entity": "Nobody"}, "Nobody: no entity of this archive has that name."),
    ],
)
async def test_a_filter_that_the_archive_does_not_know(address, asked, told):
    _, said = await ask(address, "search_articles", words="meta", **asked)
    assert said.endswith(told)


async def test_a_filter_of_white_space_is_none(address):
    _, found = await ask(address, "search_articles", words="meta", site="", author=" ", entity="")
    assert json.loads(found)["total"] == 2


async def test_nothing_can_be_written(address):
    _, said = await ask(address, "execute_sql", database="a", sql="delete from articles")
    assert "SELECT" in said
    _, count = await ask(address, "execute_sql", database="a", sql="select count(*) from articles")
    assert json.loads(count)["rows"] == [{"count(*)": 5}]


async def test_who_may_not_read_articles_gets_none(path):
    hidden = {"databases": {"a": {"allow": False}}}
    with served(path, metadata=hidden) as address:
        for tool, arguments in (
            ("search_articles", {"words": "meta"}),
            ("read_article", {"article_id": 4}),
            ("execute_sql", {"database": "a", "sql": "select text from articles"}),
        ):
            texts = await ask(address, tool, **arguments)
            assert not any("Meta" in text for text in texts)


async def test_where_strangers_may_ask_no_sql_search_works_all_the_same(path):
    with served(path, metadata={"allow_sql": False}) as address:
        _, said = await ask(address, "execute_sql", database="a", sql="select 1")
        assert "You do not have permission" in said
        _, found = await ask(address, "search_articles", entity="meta", newest_first=True)
    assert [one["title"] for one in json.loads(found)["articles"]] == [
        "An evening edition",
        "Musk mocks Meta’s outage",
    ]


async def test_found_words_are_marked_in_sql(address):
    sql = """
        select highlight(articles_fts, 0, '[', ']') as title from articles_fts
        where articles_fts match 'outage' order by bm25(articles_fts, 10, 4, 1) limit 1
    """
    _, found = await ask(address, "execute_sql", database="a", sql=sql)
    assert json.loads(found)["rows"] == [{"title": "Musk mocks Meta’s [outage]"}]
