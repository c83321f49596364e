"""`/-/changes`: what publishers changed lately, and the same as a feed."""

from datetime import UTC, datetime
from xml.etree import ElementTree

import pytest
from new_archive import new_archive
from serve_archive import build, opened, page, story, texts, words

from archive import Archive, Page
from archive.records import RECORD_TYPE
from serve.paging import PAGE_SIZE

BELL, QUAY = "https://bell.example/1", "https://quay.example/1"
ATOM = "{http://www.w3.org/2005/Atom}"


def save(archive, title, text, day, url=BELL, number=0, headers=(), **fields):
    """An article as it was seen at noon of a day of March."""
    article = story(title, text, "2024-03-01T09:00:00", url=url, **fields).article
    moment = datetime(2024, 3, day, 12, tzinfo=UTC)
    body = f"{day} {number} {title} {text}".encode()
    archive.ledger.ask(url, None)
    archive.save_article(article, Page(url, url, moment, body, 200, headers), url)


def filled(path):
    """One article of Bell, changed on the 3rd, 5th and 6th; one of Quay, changed on the 4th with a new date."""
    later = datetime(2024, 3, 4, 8, tzinfo=UTC)
    bell = {"site": "bell.example", "site_name": "The Bell"}
    with Archive(new_archive(path)) as archive:
        save(archive, "Ferry stops", "It stops for 20 days.", 2, **bell)
        save(archive, "Ferry stops", "It stops for 30 days.", 3, **bell)
        save(archive, "Tram runs", "It runs.", 2, url=QUAY, site="quay.example")
        save(
            archive,
            "Tram runs",
            "It runs again.",
            4,
            url=QUAY,
            site="quay.example",
            modified_at=later,
        )
        save(archive, "Ferry stopped", "It stops for 30 days.", 5, **bell)
        save(archive, "Ferry stopped", "It stops for 30 days.", 6, authors=("Ada",), **bell)
    return path  # fmt: skip


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return filled(tmp_path_factory.mktemp("edits") / "a.db")


@pytest.fixture(scope="module")
def reader(path):
    with opened(path) as datasette:
        yield datasette


def listed(found):
    """What each change of a page says, and where it leads."""
    return [
        (words(card), card.xpath("string(.//h2/a/@href)"))
        for card in found.xpath("//article[@class='card']")
    ]


def _between(day, later):
    return f"between {day} March 2024, 12:00 UTC and {later} March 2024, 12:00 UTC"


FERRY = "/-/article/1/changes#2024-03-0{}T12:00:00Z"
_STEALTH = "no new date of modification"
EDITS = [
    (f"Ferry stopped The Bell {_between(5, 6)} {_STEALTH} Authors: none Ada", FERRY.format(6)),
    (f"Ferry stopsstopped The Bell {_between(3, 5)} {_STEALTH}", FERRY.format(5)),
    (
        f"Tram runs quay.example {_between(2, 4)} Text changed",
        "/-/article/2/changes#2024-03-04T12:00:00Z",
    ),
    (
        f"Ferry stopped The Bell {_between(2, 3)} {_STEALTH} Text changed Numbers: 20 30",
        FERRY.format(3),
    ),
]


async def test_the_latest_first_each_with_what_changed(reader):
    found = await page(reader, "/-/changes")
    assert listed(found) == EDITS
    assert texts(found, "//article[2]//h2//*[self::del or self::ins]") == ["stops", "stopped"]
    assert found.xpath("//nav[@class='pager']") == []
    target = await page(reader, "/-/article/1/changes")
    assert target.xpath("//section/@id") == [f"2024-03-0{day}T12:00:00Z" for day in (6, 5, 3)]


@pytest.mark.parametrize(
    ("asked", "wanted"),
    [
        ("site=quay.example", [2]),
        ("site=https://www.Quay.example/x", [2]),
        ("stealth=1", [0, 1, 3]),
        ("site=bell.example&stealth=1", [0, 1, 3]),
        ("site=quay.example&stealth=1", []),
    ],
)
async def test_filters(reader, asked, wanted):
    found = await page(reader, f"/-/changes?{asked}")
    assert listed(found) == [EDITS[number] for number in wanted]
    if not wanted:
        assert texts(found, "//section[@class='empty']") == ["There is no such change."]


async def test_a_site_that_is_not_known_is_told_with_what_is_near(reader):
    found = await page(reader, "/-/changes?site=bel.example")
    assert texts(found, "//section[@class='empty']") == [
        "No article is of the site “bel.example”. Near to it: bell.example."
    ]
    assert found.xpath("//section[@class='empty']//a/@href") == ["/-/changes?site=bell.example"]


async def test_where_nothing_has_changed(tmp_path):
    with opened(build(tmp_path / "a.db", story("One", "Text."))) as datasette:
        (told,) = texts(await page(datasette, "/-/changes"), "//section[@class='empty']")
    assert told.startswith("No article has changed since it was first seen.")


async def test_between_a_page_and_a_record_it_is_no_stealth_edit(tmp_path):
    with Archive(new_archive(tmp_path / "a.db")) as archive:
        save(archive, "One", "Text.", 2, headers=(("content-type", RECORD_TYPE),))
        save(archive, "Two", "Text.", 3)
    with opened(tmp_path / "a.db") as datasette:
        every = await page(datasette, "/-/changes")
        stealth = await page(datasette, "/-/changes?stealth=1")
    assert texts(every, "//article/p[@class='note']") == [
        "One of the two is a record of JSON Lines: what differs may be how another program read the page."
    ]
    assert listed(stealth) == []


@pytest.mark.parametrize("asked", ["", "stealth=1&"])
async def test_older_ones_page_by_page(tmp_path, monkeypatch, asked):
    """Of one second too; and where only some of those that were looked through are wanted."""
    monkeypatch.setattr("serve.edits._LOOKED_THROUGH", PAGE_SIZE + 5)
    with Archive(new_archive(tmp_path / "a.db")) as archive:
        for number in range(2 * PAGE_SIZE + 3):
            url = f"https://bell.example/{number}"
            save(archive, "One", "Text.", 2, url=url, number=number)
            fields = {"authors": ("Ada",)} if number % 2 else {}
            save(archive, "One", "Text." if number % 2 else "Texts.", 3, url=url, number=number, **fields)  # fmt: skip
    seen, address = [], f"/-/changes?{asked}"
    with opened(tmp_path / "a.db") as datasette:
        for _ in range(6):
            found = await page(datasette, address)
            seen += [href for _, href in listed(found)]
            further = found.xpath("//nav[@class='pager']//a[@rel='next']/@href")
            if not further:
                break
            address = further[0]
    assert seen == [
        f"/-/article/{number}/changes#2024-03-03T12:00:00Z"
        for number in range(2 * PAGE_SIZE + 3, 0, -1)
    ]
    assert found.xpath("//nav[@class='pager']//a/@href") == [f"/-/changes?{asked}".rstrip("?&")]


async def test_of_many_names_some_are_told(tmp_path):
    with Archive(new_archive(tmp_path / "a.db")) as archive:
        save(archive, "One", "it was quiet.", 2)
        save(archive, "One", f"There came {', '.join(f'Ada{n} and' for n in range(15))} others.", 3)
    told = [f"Ada{number}" for number in range(12)]
    with opened(tmp_path / "a.db") as datasette:
        found = await page(datasette, "/-/changes")
        (item,) = (await datasette.client.get("/-/changes.json")).json()["items"]
    assert texts(found, "//p[starts-with(., 'Names')]") == [f"Names: {' '.join(told)} and others"]
    assert f"Names: {', '.join(f'+{name}' for name in told)}, and others." in item["content_text"]


async def test_of_several_archives(path, tmp_path):
    other = tmp_path / "b.db"
    with Archive(new_archive(other)) as archive:
        save(archive, "Bus waits", "It waits.", 1)
        save(archive, "Bus waits", "It goes.", 4)
    with opened(path, other) as datasette:
        found = await page(datasette, "/-/changes")
        older = await page(datasette, "/-/changes?before=2024-03-04T12:00:00Z_2@a")
    assert [href for _, href in listed(found)] == [
        "/-/article/a/1/changes#2024-03-06T12:00:00Z",
        "/-/article/a/1/changes#2024-03-05T12:00:00Z",
        "/-/article/a/2/changes#2024-03-04T12:00:00Z",
        "/-/article/b/1/changes#2024-03-04T12:00:00Z",
        "/-/article/a/1/changes#2024-03-03T12:00:00Z",
    ]
    assert listed(older) == listed(found)[3:]


async def test_feeds(reader):
    response = await reader.client.get("/-/changes.json?site=quay.example")
    found = response.json()
    (item,) = found["items"]
    assert (found["title"], item["title"], item["content_text"], item["date_published"]) == (
        "Changes · quay.example · newsarchive",
        "Tram runs",
        "Text changed.",
        "2024-03-04T12:00:00Z",
    )
    assert item["url"].endswith("/-/article/2/changes#2024-03-04T12:00:00Z")
    atom = ElementTree.fromstring((await reader.client.get("/-/changes.atom?stealth=1")).text)
    assert [entry.findtext(f"{ATOM}summary") for entry in atom.iter(f"{ATOM}entry")] == [
        "Authors: none → Ada. No new date of modification.",
        "Title: Ferry stops → Ferry stopped. No new date of modification.",
        "Text changed. Numbers: -20, +30. No new date of modification.",
    ]
    unknown = (await reader.client.get("/-/changes.json?site=nowhere")).json()
    assert (unknown["items"], unknown["description"]) == (
        [],
        "No article is of the site “nowhere”.",
    )


async def test_a_page_of_the_list_that_is_none(reader):
    assert (await reader.client.get("/-/changes?before=yesterday")).status_code == 400


async def test_who_may_not_read_earlier_texts(path):
    for table in ("revisions", "field_changes"):
        metadata = {"databases": {"a": {"tables": {table: {"allow": False}}}}}
        with opened(path, metadata=metadata) as datasette:
            assert (await datasette.client.get("/-/changes")).status_code == 403
            assert (await datasette.client.get("/-/changes.atom")).status_code == 403
            site = await page(datasette, "/-/site/bell.example")
            assert site.xpath("//a[contains(@href, '/-/changes?')]") == []


async def test_ways_there(reader):
    site = await page(reader, "/-/site/bell.example")
    assert site.xpath("//aside//a/@href[contains(., 'changes')]") == ["/-/changes?site=bell.example"]  # fmt: skip
    assert site.xpath("//footer//a/@href[contains(., 'changes')]") == ["/-/changes"]
    stealth = await reader.client.get("/a/stealth_edits")
    assert '<a href="/-/article/1">Ferry stopped</a>' in stealth.text
