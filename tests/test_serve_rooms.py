"""Sites, authors, coverage, health, what rises, copies and related articles: what stands on each page."""

import json
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from serve_archive import META, MUSK, STORIES, THREADS, X, build, opened, page, story, texts, words

from archive import Archive
from archive.records import Model, Source
from serve.changes import steps
from serve.citation import apa, bibtex


@pytest.fixture
def reader(tmp_path):
    with opened(build(tmp_path / "a.db", *STORIES)) as datasette:
        yield datasette


def counted(element):
    """The lines of a counted list, as text."""
    return [words(li) for li in element.xpath(".//ol[contains(@class, 'counted')]/li")]


async def test_site(reader):
    site = await page(reader, "/-/site/daily.example")
    assert texts(site, "//h1") == ["daily.example"]
    assert texts(site, "//header[@class='head']/p") == ["Site2 articles"]
    assert texts(site, "//article/h3") == ["An evening edition", "Musk mocks Meta’s outage"]
    assert texts(site, "//figure//rect/title") == ["5 March 2024: 2"]
    assert counted(site.xpath("//aside")[0]) == [
        "Meta 2 articles",
        "Elon Musk 1 article",
        "Mark Zuckerberg 1 article",
        "Threads 1 article",
        "X 1 article",
        "Ada Writer 1 article",
        "Ben Scribe 1 article",
    ]


async def test_a_site_tells_what_was_not_taken_of_it(tmp_path):
    path = build(tmp_path / "a.db", *STORIES)
    with Archive(path) as archive:
        archive.ledger.ask("https://www.daily.example/x", None)
        archive.save_refusal("https://www.daily.example/x", "failed", "http_404", "gone")
    with opened(path) as datasette:
        site = await page(datasette, "/-/site/daily.example")
    assert counted(site)[-1] == "http_404 1"


async def test_sites_and_names_by_number_of_articles(reader):
    assert counted(await page(reader, "/-/sites")) == [
        "daily.example 2 articles",
        "zeitung.example 1 article",
        "wire.example 1 article",
        "site not known 1 article",
    ]
    assert counted(await page(reader, "/-/entities"))[0] == "Elon Musk 2 articles"


@pytest.mark.parametrize("name", ["Ada Writer", "Ä/ B?c#d%e", "a b", "%2F", "🐧"])
async def test_author_by_any_name(tmp_path, name):
    told = [
        story(
            "One", "Meta.", "2024-03-05T00:00:00", names={"Meta": META}, authors=(name,), site="a"
        ),
        story("Two", "Text.", "2024-03-06T00:00:00", authors=("Other", name), site="b/c"),
        story("Three", "Text.", authors=("Other",)),
    ]
    with opened(build(tmp_path / "a.db", *told)) as datasette:
        article = await page(datasette, "/-/article/1")
        (link,) = article.xpath("//p[@class='byline']/a/@href")
        author = await page(datasette, link)
        site = await page(datasette, author.xpath("//aside//ol[1]/li[2]/a/@href")[0])
    assert texts(author, "//h1") == [name]
    assert texts(author, "//article/h3") == ["Two", "One"]
    assert counted(author) == ["a 1 article", "b/c 1 article", "Meta 1 article"]
    assert texts(site, "//h1") == ["b/c"]


@pytest.mark.parametrize(
    "path", ["/-/site/nowhere", "/-/site/%20", "/-/author/Nobody", "/-/coverage/nobody"]
)
async def test_nobody(reader, path):
    await page(reader, path, 404)


async def test_an_article_that_was_taken_out_is_gone_and_not_lost(tmp_path):
    file = build(tmp_path / "a.db", story("One", "Meta."), story("Two", "Text."))
    with Archive(file) as archive, archive.transaction():
        archive.removals.remove(2, "Ada", "withdrawn")
        archive.db.execute("update removals set removed_at = '2024-03-06T09:00:00Z'")
    with opened(file) as datasette:
        told = await page(datasette, "/-/article/2", 410)
        await page(datasette, "/-/article/3", 404)
    assert texts(told, "//main//h1 | //main//p[1]")[:2] == [
        "Taken out",
        "This article was taken out of the archive on 6 March 2024.",
    ]
    assert "Ada" not in told.text_content()
    closed = {"databases": {"a": {"tables": {"removals": {"allow": False}}}}}
    with opened(file, metadata=closed) as datasette:
        await page(datasette, "/-/article/2", 404)


async def test_entity_tells_where_it_is_written_about(reader):
    entity = await page(reader, "/-/entity/threads")
    assert texts(entity, "//aside/h2") == [
        "Mentioned with",
        "Where it is written about",
        "Follow and use",
    ]
    assert counted(entity)[-2:] == ["daily.example 1 article", "wire.example 1 article"]
    data = [link for link in entity.xpath("//aside//a/@href") if "article_tags" in link]
    assert [link.partition("?")[0] for link in data] == [
        "/a/article_tags.csv",
        "/a/article_tags.json",
    ]
    rows = json.loads((await reader.client.get(data[1])).text)
    assert sorted(row["title"] for row in rows) == [
        "Musk mocks Meta’s outage",
        "Threads passes 100 million",
    ]


async def test_coverage(reader):
    coverage = await page(reader, "/-/coverage/x")
    assert texts(coverage, "//ol[@class='plain']/li") == [
        "24 July 2023, 08:00 UTC zeitung.example Der Tag, an dem Twitter X wurde",
        "5 March 2024, 17:04 UTC daily.example Musk mocks Meta’s outage",
    ]
    assert texts(coverage, "//ul[@class='sides']/li/p[1]") == [
        "daily.example 1 article",
        "zeitung.example 1 article",
    ]
    table = coverage.xpath("//table")[0]
    assert texts(table, ".//thead//th") == ["Period", "daily.example", "zeitung.example"]
    rows = [texts(row, ".//th | .//td") for row in table.xpath(".//tbody/tr")]
    assert (rows[0], rows[1], rows[-1]) == (
        ["2024-03", "1", "0"],
        ["2024-02", "0", "0"],
        ["2023-07", "0", "1"],
    )
    assert len(rows) == 9


async def test_coverage_of_many_years_is_by_year(tmp_path):
    told = [
        story(f"S {year}", "X.", f"{year}-05-01T00:00:00", names={"X": X}, site="a.example")
        for year in (2019, 2021, 2024)
    ]
    with opened(build(tmp_path / "a.db", *told)) as datasette:
        coverage = await page(datasette, "/-/coverage/x")
    assert texts(coverage, "//tbody/tr") == ["20241", "20230", "20220", "20211", "20200", "20191"]


async def test_coverage_without_dates(tmp_path):
    with opened(build(tmp_path / "a.db", story("S", "X.", names={"X": X}))) as datasette:
        coverage = await page(datasette, "/-/coverage/x")
    assert texts(coverage, "//ul[@class='sides']/li/p[1]") == ["site not known 1 article"]
    assert not coverage.xpath("//table")


def weekly(name, entity, before, now):
    """Articles of eight weeks with so many mentions in each, and then of one with so many."""
    start = datetime(2024, 1, 1, 12, tzinfo=UTC)
    for week in range(9):
        for n in range(now if week == 8 else before):
            moment = start + timedelta(weeks=week, hours=n)
            yield story(f"{name} {week} {n}", f"{name}.", f"{moment:%Y-%m-%dT%H:%M:%S}",
                        names={name: entity})  # fmt: skip


async def test_who_rises_against_the_usual_level(tmp_path):
    told = [*weekly("Meta", META, 2, 9), *weekly("X", X, 5, 6), *weekly("Threads", THREADS, 0, 3)]
    with opened(build(tmp_path / "a.db", *told)) as datasette:
        front = await page(datasette, "/")
        second = await page(datasette, front.xpath("//a[@rel='next']/@href")[0])
    assert texts(front, "//ol[contains(@class, 'rising')]/li") == [
        "Meta 9 articles, usually 2",
        "Threads 3 articles, rarely before",
    ]
    assert not second.xpath("//ol[contains(@class, 'rising')]")


async def test_nobody_rises_where_nothing_came_before(tmp_path):
    told = [story(f"S {n}", "X.", f"2024-03-05T0{n}:00:00", names={"X": X}) for n in range(6)]
    with opened(build(tmp_path / "a.db", *told)) as datasette:
        assert not (await page(datasette, "/")).xpath("//ol[contains(@class, 'rising')]")


async def test_a_date_in_the_future_is_not_the_news(tmp_path):
    told = [
        *(story(f"S {n}", "X.", f"2024-03-05T0{n}:00:00", names={"X": X}) for n in range(6)),
        story("Typo", "Meta.", "2924-03-05T00:00:00", names={"Meta": META}),
    ]
    with opened(build(tmp_path / "a.db", *told)) as datasette:
        front = await page(datasette, "/")
    assert texts(front, "//aside//h2") == ["Names of the day"]
    assert texts(front, "//aside//ol/li") == ["X 6 mentions"]


async def test_copies_stand_under_their_original(tmp_path):
    told = [
        story(f"Wire {n}", "Text.", f"2024-03-0{n + 1}T00:00:00", site=f"s{n}.example")
        for n in range(7)
    ]
    path = build(tmp_path / "a.db", *told)
    with Archive(path) as archive:
        archive.db.execute(
            "update articles set duplicate_of = 1, duplicate_share = 0.876 where id between 2 and 6"
        )
    with opened(path) as datasette:
        front = await page(datasette, "/")
        original = await page(datasette, "/-/article/1")
        copy = await page(datasette, "/-/article/3")
        site = await page(datasette, "/-/site/s2.example")
    assert texts(front, "//article/h3") == ["Wire 6", "Wire 0"]
    assert texts(front, "//p[@class='copies']") == [
        "Also at s1.example, s2.example, s3.example, s4.example and 1 more site"
    ]
    assert texts(original, "//ul[@class='plain']/li")[0] == (
        "Wire 1 s1.example, 2 March 2024, 88% in common"
    )
    assert len(original.xpath("//ul[@class='plain']/li")) == 5
    assert texts(copy, "//ul[@class='plain']/li")[0].startswith("Wire 1 ")
    assert len(copy.xpath("//ul[@class='plain']/li")) == 4
    assert texts(copy, "//p[@class='notice']") == ["This is a copy of Wire 0 (s0.example)."]
    assert site.xpath("//article//p[@class='meta']/a[text()='copy']/@href") == ["/-/article/1"]


async def test_copies_of_one_site_are_named_once(tmp_path):
    hosts = ("wire", "daily", "post", "daily", "daily", None)
    told = [
        story(
            f"Wire {n}",
            "Text.",
            f"2024-03-0{n + 1}T00:00:00",
            site=host and f"{host}.example",
            site_name="The Daily" if host == "daily" else None,
        )
        for n, host in enumerate(hosts)
    ]
    path = build(tmp_path / "a.db", *told)
    with Archive(path) as archive:
        archive.db.execute("update articles set duplicate_of = 1 where id > 1")
    with opened(path) as datasette:
        front = await page(datasette, "/")
    assert texts(front, "//p[@class='copies']") == [
        "Also at The Daily (3 copies), post.example, a file"
    ]
    assert front.xpath("//p[@class='copies']/a/@href") == [f"/-/article/{n}" for n in (2, 3, 6)]


async def test_outlets_go_by_the_name_that_they_give_themselves(tmp_path):
    slogan = "The Daily, all the news of the whole world and more"
    told = [
        story("Old", "X.", "2024-03-01T00:00:00", site="daily.example", site_name="Daily", names={"X": X}),
        story("New", "X.", "2024-03-02T00:00:00", site="daily.example", site_name="The Daily", names={"X": X}),
        story("Bare", "X.", "2024-03-03T00:00:00", site="bare.example", names={"X": X}),
        story("Loud", "X.", "2024-03-04T00:00:00", site="loud.example", site_name=slogan, names={"X": X}),
        story("Own", "X.", "2024-03-05T00:00:00", site="own.example", site_name="own.example", names={"X": X}),
    ]  # fmt: skip
    lists = {}
    with opened(build(tmp_path / "a.db", *told)) as datasette:
        for address in ("/", "/-/search?q=x&sort=date", "/-/entity/x", "/-/coverage/x"):
            lists[address] = await page(datasette, address)
        sites = await page(datasette, "/-/sites")
        site = await page(datasette, "/-/site/daily.example")
        article = await page(datasette, "/-/article/2")
    for address in ("/", "/-/search?q=x&sort=date", "/-/entity/x"):
        assert texts(lists[address], "//article//a[@class='site']") == [
            "own.example", "loud.example", "bare.example", "The Daily", "Daily",
        ]  # fmt: skip
        assert lists[address].xpath("//article//a[@class='site']//@title") == ["daily.example"] * 2
    assert texts(lists["/-/entity/x"], "//aside//a[@class='site']") == [
        "The Daily", "bare.example", "loud.example", "own.example",
    ]  # fmt: skip
    assert texts(lists["/-/coverage/x"], "//ul[@class='sides']//a[@class='site']")[0] == "The Daily"
    assert texts(sites, "//a[@class='site']")[0] == "The Daily"
    assert texts(site, "//header/p/span") == ["Site", "The Daily", "2 articles"]
    assert texts(site, "//h1") == ["daily.example"]
    assert texts(article, "//header/p[@class='meta']/*")[:2] == ["The Daily", "daily.example"]


@pytest.fixture
def related(tmp_path):
    """Six articles: 2 near to 1, 3 a copy of 1, 4 the very same vector, 5 far off, 6 without one."""
    path = build(tmp_path / "a.db", *(story(f"Story {n}", f"Text {n}.") for n in range(1, 7)))
    random = np.random.default_rng(3)
    base, other = random.standard_normal((2, 384))
    with Archive(path) as archive:
        model = archive.enrichments.model_id(Model("vector", "test", "1"))
        archive.models.make_current("vector", model)
        for number, made in (
            (1, base),
            (2, base + 0.5 * other),
            (3, base + 0.4 * other),
            (4, base),
            (5, -base),
        ):
            packed = (made / np.linalg.norm(made)).astype("<f2").tobytes()
            archive.db.execute("insert into vectors values (?, ?, ?)", [number, model, packed])
        archive.db.execute("update articles set duplicate_of = 1 where id = 3")
    return path


async def test_related_articles_are_near_but_not_the_same(related):
    with opened(related) as datasette:
        article = await page(datasette, "/-/article/1")
        bare = await page(datasette, "/-/article/6")
        alike = await page(datasette, "/-/search?like=1")
    assert texts(article, "//ul[@class='related']/li/a") == ["Story 2"]
    assert article.xpath("//a[text()='More like this']/@href") == ["/-/search?like=1"]
    assert not bare.xpath("//ul[@class='related']")
    assert texts(alike, "//h1") == ["3 articles like Story 1"]


async def test_without_vectors_to_see_nothing_is_related(related):
    denied = {"databases": {"a": {"tables": {"vectors": {"allow": False}}}}}
    with opened(related, metadata=denied) as datasette:
        article = await page(datasette, "/-/article/1")
        search = await page(datasette, "/-/search?like=1")
    assert not article.xpath("//ul[@class='related']")
    assert not search.xpath("//article | //select[@name='by']")


async def test_health(tmp_path):
    silent = [
        story(f"Old {n}", "t", f"2024-02-{n % 28 + 1:02}T00:00:00", site="quiet.example")
        for n in range(60)
    ]
    path = build(tmp_path / "a.db", *silent, *STORIES)
    with Archive(path) as archive:
        archive.ledger.register(Source("feed", "https://a.example/feed", "A feed"))
        archive.ledger.register(Source("folder", "file:///home/news"))
        for n in range(3):
            archive.ledger.ask(f"https://www.b.example/{n}", None)
            archive.save_refusal(f"https://www.b.example/{n}", "failed", "http_404", "gone")
        archive.ledger.ask("https://b.example/s", None)
        archive.save_refusal("https://b.example/s", "skipped", "too_short", "short")
        with archive.runs.record("ingest") as run:
            run.count("added", 2)
            run.error("https://b.example/1", "fetch", "http_404", "https://b.example/1: gone")
    with opened(path) as datasette:
        health = await page(datasette, "/-/health")
    assert texts(health, "//p[@class='lede']") == [
        "The newest article is of 5 March 2024, 21:00 UTC. 61 articles wait for a summary."
    ]
    assert texts(health, "//section[@aria-labelledby='silent']//li") == [
        "quiet.example: 2 articles in the last seven days, usually 7"
    ]
    failed = texts(health, "//section[@aria-labelledby='failed']//tbody/tr/*")
    assert failed[::3] == ["b.example", "3"]
    assert texts(health, "//section[@aria-labelledby='skipped']//tbody/tr/*")[:2] == [
        "b.example",
        "too_short",
    ]
    sources = health.xpath("//section[@aria-labelledby='sources']//tbody/tr")
    assert {(words(row[0]), words(row[1]), *row.xpath(".//a/@href")) for row in sources} == {
        ("A feed", "feed", "https://a.example/feed"),
        ("file:///home/news", "folder"),
    }
    assert texts(health, "//section[@aria-labelledby='runs']//tbody/tr/*")[::3] == [
        "ingest",
        "added 2",
    ]
    assert (
        "https://b.example/1: gone" in texts(health, "//section[@aria-labelledby='errors']//li")[0]
    )


async def test_health_of_an_empty_archive(tmp_path):
    with opened(build(tmp_path / "a.db")) as datasette:
        health = await page(datasette, "/-/health")
        for path in (
            "/",
            "/-/sites",
            "/-/entities",
            "/-/feed.atom",
            "/sitemap.xml",
            "/-/search?q=x",
        ):
            assert (await datasette.client.get(path)).status_code == 200
    assert texts(health, "//p[@class='lede']") == ["Every article has a summary."]


async def test_search_filters_stand_in_the_form_and_in_the_links(tmp_path):
    told = [
        story(f"S {n}", "meta " * (n + 1), "2024-03-05T00:00:00", site="a.example")
        for n in range(45)
    ]
    with opened(build(tmp_path / "a.db", *told)) as datasette:
        found = await page(
            datasette, "/-/search?q=meta&site=a.example&since=2024-03-01&length=short"
        )
        second = await page(datasette, found.xpath("//a[@rel='next']/@href")[0])
        none = await page(datasette, "/-/search?q=meta&site=b.example")
    assert texts(found, "//h1") == ["45 articles for meta"]
    form = found.xpath("//form[@aria-label='Filters']")[0]
    held = {name: form.fields[name] for name in ("q", "site", "since", "until", "length", "sort")}
    assert held == {
        "q": "meta",
        "site": "a.example",
        "since": "2024-03-01",
        "until": "",
        "length": "short",
        "sort": "relevance",
    }
    assert found.xpath("//details[@class='filters']/@open")
    assert len(second.xpath("//article")) == 20
    assert "site=a.example" in second.xpath("//a[@rel='prev']/@href")[0]
    assert texts(none, "//h1") == ["Nothing for meta"]
    assert none.xpath("//section[@class='empty']//a/@href") == [
        "/-/search?q=meta&site=a.example",
        "/-/search?q=meta",
    ]


async def test_search_filters_are_taken_as_people_write_them(tmp_path):
    told = story("One", "Musk.", names={"Musk": MUSK}, authors=("Ada Writer",), site="a.example")
    with opened(build(tmp_path / "a.db", told)) as datasette:
        found = await page(
            datasette, "/-/search?site=http://www.A.example/&author=ada+writer&entity=elon+musk"
        )
        nothing = await page(datasette, "/-/search?q=-musk&site=a.example")
        moved = [
            await datasette.client.get(f"/-/{path}")
            for path in (
                "site/www.a.example",
                "site/https://www.a.example/news/today.html/",
                "site/https:%2F%2Fa.example%2F",
                "author/ADA%20WRITER",
            )
        ]
    assert texts(found, "//h1") == ["1 article"]
    form = found.xpath("//form[@aria-label='Filters']")[0]
    assert {name: form.fields[name] for name in ("site", "author", "entity")} == {
        "site": "a.example",
        "author": "Ada Writer",
        "entity": "elon-musk",
    }
    assert "Say as well what an article must hold" in words(nothing)
    assert [(one.status_code, one.headers["location"]) for one in moved] == [
        *[(302, "/-/site/a.example")] * 3,
        (302, "/-/author/Ada%20Writer"),
    ]


async def test_search_filters_that_the_archive_does_not_know(tmp_path):
    told = story("One", "Musk.", names={"Musk": MUSK}, authors=("Ada Writer",), site="a.example")
    with opened(build(tmp_path / "a.db", told)) as datasette:
        found = {
            query: (await page(datasette, f"/-/search?{query}")).xpath("//section[@class='empty']")[
                0
            ]
            for query in (
                "author=Writer&since=2024-01-01",
                "site=aa.example",
                "q=musk&entity=Nobody",
                "author=Ada+Writer&language=de",
            )
        }
    assert {
        query: (texts(one, "./p"), one.xpath(".//a/@href")) for query, one in found.items()
    } == {
        "author=Writer&since=2024-01-01": (
            ["No article names an author “Writer”. Near to it: Ada Writer."],
            ["/-/search?author=Ada+Writer&since=2024-01-01"],
        ),
        "site=aa.example": (
            ["No article is of the site “aa.example”. Near to it: a.example."],
            ["/-/search?site=a.example"],
        ),
        "q=musk&entity=Nobody": (
            ["There is no entity “Nobody”.", "Look for “musk” without filters."],
            ["/-/search?q=musk"],
        ),
        "author=Ada+Writer&language=de": (["Nothing passes these filters."], []),
    }


def test_apa():
    assert apa(
        ("Ada Writer", "Ben B. Scribe"), "2024-03-05T17:04:00Z", "It broke", "a.example", "u"
    ) == ("Writer, A., & Scribe, B. B. (2024, March 5). It broke. a.example. u")
    assert apa(("Reuters",), None, "Why?", None, "u") == "Reuters (n.d.). Why? u"
    assert apa((), "2024-03-05T00:00:00Z", "Alone", "s", "u") == "Alone. (2024, March 5). s. u"
    assert apa(("Jan van der Berg",), None, "T", None, "u").startswith("van der Berg, J.")
    assert "Name20, . . . Name24, A." not in apa((), None, "T", None, "u")
    many = apa([f"A Name{n}" for n in range(25)], None, "T", None, "u")
    assert "Name18, A., . . . Name24, A. (n.d.)" in many


def test_bibtex():
    entry = bibtex(("Ada Writer",), "2024-03-05T17:04:00Z", "50% & {more}", "a.example",
                   "https://a.example/a b}", "2024-04-01T00:00:00Z")  # fmt: skip
    assert entry.splitlines() == [
        "@online{writer2024more,",
        "  author = {{Ada Writer}},",
        r"  title = {{50\% \& \{more\}}},",
        "  date = {2024-03-05},",
        "  organization = {a.example},",
        "  url = {https://a.example/a%20b%7D},",
        "  urldate = {2024-04-01},",
        "}",
    ]
    assert bibtex((), None, "🐧", None, "u", None).startswith("@online{article,")


def test_a_long_text_that_was_rewritten_is_compared_by_paragraphs():
    old = "\n\n".join(f"Paragraph {n} " + "old words here " * 60 for n in range(12))
    new = old.replace("Paragraph 5 old", "Paragraph 5 new") + "\n\nMore."
    (step,) = steps(
        {"title": "T", "text": new, "modified_at": None},
        [
            {
                "title": "T",
                "text": old,
                "modified_at": None,
                "is_read_otherwise": 0,
                "last_seen_at": None,
                "seen_at": "2024-03-05T00:00:00Z",
            }
        ],
        [],
    )
    assert step.title == ()
    kinds = [run.kind for run in step.text]
    assert kinds == ["equal", "removed", "added", "equal", "added"]
    assert (step.text[1].text[:15], step.text[4].text) == ("Paragraph 5 old", "More.\n\n")
    assert step.is_stealth
