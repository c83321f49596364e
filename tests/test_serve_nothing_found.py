"""Where nothing is found, pages and feeds say why, and lead to what may be meant."""

import feedparser
import pytest
from serve_archive import STORIES, build, opened, page, texts


@pytest.fixture(scope="module")
def reader(tmp_path_factory):
    with opened(build(tmp_path_factory.mktemp("nothing") / "a.db", *STORIES)) as datasette:
        yield datasette


@pytest.mark.parametrize(
    ("path", "name", "link"),
    [
        ("/-/site/dayly.example", "daily.example", "/-/site/daily.example"),
        ("/-/author/Ada%20Riter", "Ada Writer", "/-/author/Ada%20Writer"),
    ],
)
async def test_the_page_of_what_is_not_there_leads_to_what_is_near(reader, path, name, link):
    missing = await page(reader, path, 404)
    assert texts(missing, "//main//p")[1] == f"Near to it: {name}."
    assert missing.xpath("//main//p[2]/a/@href") == [link]


DAY = "is a day, such as 2024-03-05."
UNUSED = {
    "since=05.03.2024": f"“05.03.2024” was not used: the beginning {DAY}",
    "until=2024-02-31": f"“2024-02-31” was not used: the end {DAY}",
    "type=people": (
        "“people” was not used: a type of names is person, organization, product, place, work or other."
    ),
    "length=tiny": "“tiny” was not used: a length is short, medium or long.",
    "paywall=maybe": "“maybe” was not used: whether there is a paywall is yes or no.",
    "sort=title": "“title” was not used: an order is relevance or date.",
    "by=magic": "“magic” was not used: the way to search is words, meaning or both.",
    "like=x": "“x” was not used: the article to be like is a number.",
    "shortest=-1": "“-1” was not used: the least number of words is a number.",
}


@pytest.mark.parametrize("asked", UNUSED)
async def test_a_filter_that_cannot_be_understood_is_told(reader, asked):
    found = await page(reader, f"/-/search?q=meta&{asked}")
    assert texts(found, "//h1") == ["2 articles for meta"]
    assert UNUSED[asked] in texts(found, "//p[@class='note']")
    feed = (await reader.client.get(f"/-/feed.json?q=meta&{asked}")).json()
    assert (len(feed["items"]), feed["description"]) == (2, UNUSED[asked])


async def test_filters_that_are_understood_are_passed_over_in_silence(reader):
    asked = "since=2024-01-01&until=2025-01-01&type=organization&length=short&sort=date&by=words&shortest=1"
    feed = (await reader.client.get(f"/-/feed.json?q=meta&{asked}")).json()
    assert "description" not in feed


async def test_a_word_to_be_left_out_that_all_have_is_the_cause(reader):
    """Two articles hold "musk", and both "x" too; one holds "outage", and "meta" too."""
    for asked, told in (
        ("musk+-x", "2 articles hold what is to be found, but each of them holds"),
        ("outage+-meta", "1 article holds what is to be found, but this holds"),
    ):
        found = await page(reader, f"/-/search?q={asked}")
        assert texts(found, "//section[@class='empty']") == [
            f"{told} what is to be left out as well."
        ]


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("author=nobody", "No article names an author “nobody”."),
        ("q=meta&site=nowhere", "No article is of the site “nowhere”."),
    ],
)
async def test_a_feed_of_what_is_not_known_says_so(reader, asked, told):
    feed = (await reader.client.get(f"/-/feed.json?{asked}")).json()
    atom = feedparser.parse((await reader.client.get(f"/-/feed.atom?{asked}")).content)
    assert (feed["items"], feed["description"], atom.feed.subtitle) == ([], told, told)
