"""Several archives are read as one: lists by day, a search by rank, a page for each name, site, author."""

from xml.etree import ElementTree

import pytest
from serve_archive import META, STORIES, THREADS, build, opened, page, parsed, story, texts

from archive import Alias, Archive, Entity
from archive.records import Model
from serve.cli import public_options
from serve.room import names_of
from serve.several import Commonness, factors

MUSK = Entity("Elon Musk", "person", None, (Alias("Elon Musk"), Alias("Musk")))
#: What the second archive holds; the first holds STORIES.
LATER = (
    story(
        "Threads grows on",
        "Threads grew again. Meta is glad.",
        "2024-04-02T10:00:00",
        names={"Threads": THREADS, "Meta": META},
        site="wire.example",
        language="en",
    ),
    story(
        "Musk leaves the outage alone",
        "Elon Musk said nothing of the outage at Meta.",
        "2024-03-05T17:04:00",
        names={"Elon Musk": MUSK, "Meta": META},
        site="daily.example",
        language="en",
        authors=("Ada Writer",),
    ),
    story("Another note without a date", "Nothing is known of it.", site=None),
)


@pytest.fixture
def paths(tmp_path):
    return build(tmp_path / "march.db", *STORIES), build(tmp_path / "april.db", *LATER)


@pytest.fixture
def reader(paths):
    with opened(*paths) as datasette:
        yield datasette


def cards(whole):
    """(address, title, archive) of each article of a list."""
    return [
        (card.xpath(".//h3/a/@href | .//h2/a/@href")[0],
         card.xpath("string(.//h3/a | .//h2/a)"),
         card.xpath("string(.//span[@class='archive'])"))
        for card in whole.xpath("//article[@class='card']")
    ]  # fmt: skip


async def test_the_latest_of_all_by_day(reader):
    front = await page(reader, "/")
    assert texts(front, "//h2[@class='day']") == [
        "Tuesday, 2 April 2024",
        "Tuesday, 5 March 2024",
        "Monday, 4 March 2024",
        "Monday, 24 July 2023",
        "No date given",
    ]
    assert cards(front) == [
        ("/-/article/april/1", "Threads grows on", "april"),
        ("/-/article/march/5", "An evening edition", "march"),
        ("/-/article/march/4", "Musk mocks Meta’s outage", "march"),
        ("/-/article/april/2", "Musk leaves the outage alone", "april"),
        ("/-/article/march/3", "Threads passes 100 million", "march"),
        ("/-/article/march/2", "Der Tag, an dem Twitter X wurde", "march"),
        ("/-/article/march/1", "A note without a date", "march"),
        ("/-/article/april/3", "Another note without a date", "april"),
    ]
    assert texts(front, "//ol[@class='counted']/li")[:2] == [
        "Meta 5 mentions",
        "Threads 3 mentions",
    ]


@pytest.mark.parametrize("order", [1, -1])
async def test_a_list_is_walked_to_its_end_and_back(tmp_path, order):
    """Articles of the same times in three archives, and some without: each once, and in one order."""
    files = [
        build(
            tmp_path / f"{name}.db",
            *(story(f"{name} {n}", "t", f"2024-03-{n % 4 + 1:02}T00:00:00") for n in range(count)),
            *(story(f"{name} undated {n}", "t") for n in range(9)),
        )
        for name, count in (("one", 40), ("two", 25), ("three", 31))
    ][::order]
    with opened(*files) as datasette:
        seen, address = [], "/"
        while address:
            whole = await page(datasette, address)
            seen.append(cards(whole))
            address = next(iter(whole.xpath("//a[@rel='next']/@href")), None)
        back, address = [seen[-1]], whole.xpath("//a[@rel='prev']/@href")[0]
        while address:
            whole = await page(datasette, address)
            back.append(cards(whole))
            address = next(iter(whole.xpath("//a[@rel='prev']/@href")), None)
    walked = [card for some in seen for card in some]
    assert len(walked) == len(set(walked)) == 40 + 25 + 31 + 27
    assert [len(some) for some in seen] == [30, 30, 30, 30, 3]
    # From the end back the pages are the same, but for the cut between the last two.
    assert {card for some in back for card in some} == set(walked)


async def test_an_article_is_found_by_the_name_of_its_archive(reader):
    article = await page(reader, "/-/article/april/2")
    assert texts(article, "//h1") == ["Musk leaves the outage alone"]
    facts = dict(zip(texts(article, "//dl/div/dt"), texts(article, "//dl/div/dd"), strict=True))
    assert facts["Archive"] == "april"
    changes = await page(reader, "/-/article/april/2/changes")
    assert changes.xpath("//h1/a/@href") == ["/-/article/april/2"]
    assert (await reader.client.get("/-/article/april/2/page")).status_code == 200
    for missing in ("/-/article/april/5", "/-/article/may/1"):
        await page(reader, missing, 404)


async def test_addresses_of_one_archive_hold_where_another_comes_behind_it(reader, paths):
    assert texts(await page(reader, "/-/article/4"), "//h1") == ["Musk mocks Meta’s outage"]
    with opened(paths[0]) as alone:
        assert texts(await page(alone, "/-/article/march/4"), "//h1") == [
            "Musk mocks Meta’s outage"
        ]
        assert (await page(alone, "/")).xpath("//article//h3/a/@href")[0] == "/-/article/5"
        assert not (await page(alone, "/-/search?q=meta")).xpath("//select[@name='archive']")


async def test_a_search_of_all(reader):
    found = await page(reader, "/-/search?q=outage")
    assert texts(found, "//h1") == ["2 articles for outage"]
    assert {archive for _, _, archive in cards(found)} == {"march", "april"}
    newest = await page(reader, "/-/search?q=meta&sort=date")
    assert [title for _, title, _ in cards(newest)] == [
        "Threads grows on",
        "An evening edition",
        "Musk mocks Meta’s outage",
        "Musk leaves the outage alone",
    ]
    site = await page(reader, "/-/search?site=daily.example")
    assert [archive for _, _, archive in cards(site)] == ["march", "march", "april"]
    none = await page(reader, "/-/search?q=outage+penguins")
    assert texts(none, "//ul[contains(@class, 'words-found')]/li") == ["outage 2", "penguins none"]


async def test_a_search_of_one_of_them(reader):
    form = (await page(reader, "/-/search")).xpath("//select[@name='archive']/option")
    assert [option.text for option in form] == ["all", "march", "april"]
    one = await page(reader, "/-/search?q=outage&archive=april")
    assert cards(one) == [("/-/article/april/2", "Musk leaves the outage alone", "april")]
    links = one.xpath("//nav[@aria-label='Ways to search']//a/@href")
    assert links
    assert all("archive=april" in link for link in links)
    assert texts(
        await page(reader, "/-/search?q=outage&archive=may", 400), "//p[@class='lede']"
    ) == ["There is no archive of that name."]


async def test_filters_mean_in_each_archive_what_it_writes(tmp_path):
    files = (
        build(
            tmp_path / "march.db",
            story("One", "Ferry.", site="amp.daily.example", authors=("ADA WRITER",)),
        ),
        build(
            tmp_path / "april.db",
            story("Two", "Ferry.", site="daily.example", authors=("Ada Writer",)),
        ),
    )
    with opened(*files) as datasette:
        site = await page(datasette, "/-/search?site=https://amp.daily.example/")
        author = await page(datasette, "/-/search?author=ada+writer")
        unknown = await page(datasette, "/-/search?author=writer")
    both = ["/-/article/march/1", "/-/article/april/1"]
    assert sorted(address for address, _, _ in cards(site)) == sorted(both)
    assert sorted(address for address, _, _ in cards(author)) == sorted(both)
    assert [form.get("value") for form in site.xpath("//input[@name='site']")] == [
        "amp.daily.example"
    ]
    assert [form.get("value") for form in author.xpath("//input[@name='author']")] == ["ADA WRITER"]
    assert texts(unknown, "//section[@class='empty']/p") == [
        "No article names an author “writer”. Near to it: ADA WRITER, Ada Writer."
    ]


async def test_the_best_come_first_whichever_archive_they_are_of(tmp_path):
    """A word that is rare in one archive counts there for no more than in all of them."""
    filler = [story(f"Filler {n}", f"plain words {n} " * 9) for n in range(60)]
    weak = story("A long list", "ferry " + "harbour boats quay ropes " * 40)
    strong = [story(f"Ferry {n}", f"ferry {n} ferry ferry") for n in range(25)]
    files = (
        build(tmp_path / "rare.db", weak, *filler),
        build(tmp_path / "full.db", *strong, *filler),
    )
    with opened(*files) as datasette:
        first = await page(datasette, "/-/search?q=ferry")
        second = await page(datasette, first.xpath("//a[@rel='next']/@href")[0])
    assert texts(first, "//h1") == ["26 articles for ferry"]
    assert {archive for _, _, archive in cards(first)} == {"full"}
    assert cards(second)[-1] == ("/-/article/rare/1", "A long list", "rare")
    walked = [address for address, _, _ in cards(first) + cards(second)]
    assert len(set(walked)) == 26


def test_a_word_weighs_what_it_weighs_among_all():
    rare, full = Commonness(1000, (1,)), Commonness(1000, (400,))
    together = Commonness(2000, (401,))
    found = factors([rare, full])
    assert [rare.weight * found[0], full.weight * found[1]] == pytest.approx([together.weight] * 2)
    assert factors([Commonness(10, ()), Commonness(9, ())]) == [1.0, 1.0]


async def test_search_by_meaning_in_all(paths, tmp_path):
    for path, vectors in zip(paths, ({3: 1.0, 4: 0.5}, {1: 0.9}), strict=True):
        with Archive(path) as archive:
            model = archive.enrichments.model_id(Model("vector", "test", "1"))
            archive.models.make_current("vector", model)
            for number in vectors:
                archive.db.execute(
                    "insert into vectors values (?, ?, ?)", [number, model, b"\0<" * 64]
                )
    with opened(*paths) as datasette:
        near = await page(datasette, "/-/search?q=threads&by=meaning")
        both = await page(datasette, "/-/search?q=threads&by=both")
        like = await page(datasette, "/-/search?like=3&archive=march")
        article = await page(datasette, "/-/article/march/3")
    assert {archive for _, _, archive in cards(near)} == {"march", "april"}
    assert {archive for _, _, archive in cards(both)} == {"march", "april"}
    assert [address for address, _, _ in cards(like)] == ["/-/article/march/4"]
    assert texts(article, "//h1") == ["Threads passes 100 million"]


async def test_an_entity_of_all(reader):
    entity = await page(reader, "/-/entity/elon-musk")
    assert texts(entity, "//header[@class='head']/p[@class='meta']/span") == [
        "person",
        "3 articles",
        "24 July 2023 to 5 March 2024",
    ]
    assert texts(entity, "//p[@class='lede']") == ["Entrepreneur"]
    assert texts(entity, "//p[@class='aliases']/span") == ["Musk"]
    assert [address for address, _, _ in cards(entity)] == [
        "/-/article/march/4",
        "/-/article/april/2",
        "/-/article/march/2",
    ]
    company, sites = ([*texts(entity, f"//aside//ol[{n}]/li")] for n in (1, 2))
    assert company[:2] == ["Meta 2 articles", "X 2 articles"]
    assert sites == ["daily.example 2 articles", "zeitung.example 1 article"]
    assert texts(entity, "//aside//p[contains(@class, 'ways')]") == [
        "Atom feed JSON Feed",
        "march: CSV JSON as data",
        "april: CSV JSON as data",
    ]
    links = entity.xpath("//aside//p[contains(@class, 'ways')]/a[text()='as data']/@href")
    for link in links:
        assert (await reader.client.get(link)).status_code == 200


async def test_an_entity_of_one_of_them(reader):
    entity = await page(reader, "/-/entity/x")
    assert [archive for _, _, archive in cards(entity)] == ["march", "march"]
    await page(reader, "/-/entity/nobody", 404)


async def test_coverage_of_all(reader):
    coverage = await page(reader, "/-/coverage/meta")
    first = coverage.xpath("//ol[@class='plain']/li/a[last()]/@href")
    assert first == [
        "/-/article/march/4",
        "/-/article/april/2",
        "/-/article/march/5",
        "/-/article/april/1",
    ]
    assert texts(coverage, "//ul[@class='sides']/li/p[1]") == [
        "daily.example 3 articles",
        "wire.example 1 article",
    ]


async def test_sites_names_and_authors_of_all(reader):
    sites = await page(reader, "/-/sites")
    assert texts(sites, "//ol[@class='counted']/li") == [
        "daily.example 3 articles",
        "site not known 2 articles",
        "wire.example 2 articles",
        "zeitung.example 1 article",
    ]
    names = await page(reader, "/-/entities")
    assert texts(names, "//ol[@class='counted']/li")[:2] == [
        "Meta 4 articles",
        "Elon Musk 3 articles",
    ]
    site = await page(reader, "/-/site/daily.example")
    assert texts(site, "//header/p[@class='meta']/span") == ["Site", "3 articles"]
    assert texts(site, "//aside//ol[2]/li") == ["Ada Writer 2 articles", "Ben Scribe 1 article"]
    author = await page(reader, "/-/author/Ada%20Writer")
    assert [address for address, _, _ in cards(author)] == [
        "/-/article/march/4",
        "/-/article/april/2",
    ]
    assert texts(author, "//aside//ol[1]/li") == ["daily.example 2 articles"]


async def test_health_of_all(paths):
    for path, command in zip(paths, ("ingest", "watch"), strict=True):
        with Archive(path) as archive:
            archive.ledger.ask(f"https://daily.example/{command}", None)
            archive.save_refusal(f"https://daily.example/{command}", "failed", "http_404", "gone")
            with archive.runs.record(command) as run:
                run.count("added", 1)
    with opened(*paths) as datasette:
        health = await page(datasette, "/-/health")
    assert texts(health, "//p[@class='lede']") == [
        "The newest article is of 2 April 2024, 10:00 UTC. 4 articles wait for a summary."
    ]
    failed = texts(health, "//section[@aria-labelledby='failed']//tbody/tr/th")
    assert sorted(failed) == ["daily.example april", "daily.example march"]
    runs = texts(health, "//section[@aria-labelledby='runs']//tbody/tr/th")
    assert sorted(runs) == ["ingest march", "watch april"]


async def test_feeds_and_sitemap_of_all(reader):
    feed = (await reader.client.get("/-/feed.json")).json()
    assert [item["url"] for item in feed["items"][:2]] == [
        "http://localhost/-/article/april/1",
        "http://localhost/-/article/march/5",
    ]
    one = (await reader.client.get("/-/feed.json?q=outage&archive=april")).json()
    assert [item["title"] for item in one["items"]] == ["Musk leaves the outage alone"]
    assert one["feed_url"] == "http://localhost/-/feed.json?q=outage&archive=april"
    found = {}
    for part in ("", "-1", "-2", "-3"):
        root = ElementTree.fromstring((await reader.client.get(f"/sitemap{part}.xml")).text)
        found[part] = [element.text.removeprefix("http://localhost") for element in root.iter()
                       if element.tag.endswith("loc")]  # fmt: skip
    assert found == {
        "": ["/sitemap-1.xml", "/sitemap-2.xml"],
        "-1": [f"/-/article/march/{n}" for n in range(1, 6)],
        "-2": [f"/-/article/april/{n}" for n in range(1, 4)],
        "-3": [],
    }


async def test_tables_lead_to_the_reader(reader):
    articles = await page(reader, "/april/articles")
    assert "/-/article/april/2" in articles.xpath("//td[contains(@class, 'col-title')]/a/@href")


async def test_what_may_not_be_seen_is_not_read(paths):
    metadata = {"databases": {"march": {"allow": False}}}
    with opened(*paths, metadata=metadata) as datasette:
        front = await page(datasette, "/")
        await page(datasette, "/-/article/4", 403)
        await page(datasette, "/-/article/march/4", 403)
        await page(datasette, "/-/search?q=meta&archive=march", 400)
        await page(datasette, "/-/entity/x", 404)
    assert {archive for _, _, archive in cards(front)} == {"april"}
    # One archive's tags are hidden: none is linked, of whichever archive.
    metadata = {"databases": {"march": {"tables": {"entities": {"allow": False}}}}}
    with opened(*paths, metadata=metadata) as datasette:
        front = await page(datasette, "/")
        entity = await page(datasette, "/-/entity/meta")
    assert not front.xpath("//a[contains(@href, '/-/entity/')]")
    assert {archive for _, _, archive in cards(entity)} == {"april"}


async def test_odd_names(tmp_path):
    names = ("news of 2024", "Zürich/№1".replace("/", "~"), "a.b", "page")
    files = [build(tmp_path / f"{name}.db", story(f"In {name}", "text")) for name in names]
    with opened(*files, settings={"base_url": "/n/"}) as datasette:
        front = await page(datasette, "/")
        for address, title, _ in cards(front):
            response = await datasette.client.request(
                "GET", f"http://localhost{address}", avoid_path_rewrites=True
            )
            assert texts(parsed(response.text), "//h1") == [title]


def test_names_of_files(tmp_path):
    paths = [tmp_path / "2023/news.db", tmp_path / "2024/news.db", tmp_path / "news_2.db"]
    assert names_of(paths) == ["news", "news_2", "news_2_2"]
    options = public_options(paths, False, False)
    assert set(options["metadata"]["databases"]) == {"news", "news_2", "news_2_2"}


async def test_strangers_see_private_tables_of_none(paths):
    with opened(*paths, **public_options(paths, False, True)) as datasette:
        assert (await datasette.client.get("/march/ledger")).status_code == 403
        assert (await datasette.client.get("/april/ledger")).status_code == 403
        robots = (await datasette.client.get("/robots.txt")).text
        health = await page(datasette, "/-/health")
    assert "Disallow: /march\n" in robots
    assert "Disallow: /april\n" in robots
    assert not health.xpath("//section[@aria-labelledby='runs']")
