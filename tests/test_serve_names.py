"""In the reader: decisions about names, names of then, and why a name means what it does."""

import pytest
from naming import fill
from new_archive import new_archive
from serve_archive import opened, page, texts

from archive import Archive, deciding
from archive.deciding import Who

WHO = Who("ana", "see the registry")


@pytest.fixture
def path(tmp_path):
    """The articles of `naming`, tagged."""
    with Archive(new_archive(tmp_path / "a.db")) as archive:
        fill(archive)
    return tmp_path / "a.db"


@pytest.fixture
def reader(path):
    with opened(path) as datasette:
        yield datasette


def decide(path, kind, *arguments):
    with Archive(path) as archive:
        getattr(deciding, kind)(archive, *arguments)


async def test_the_address_of_a_merged_entity_leads_to_the_other(path, reader):
    decide(path, "merge", "facebook", "Meta", WHO)
    for address in ("/-/entity/facebook", "/-/coverage/facebook"):
        response = await reader.client.get(f"{address}?before=2024-01-01T00:00:00Z_9")
        target = address.replace("facebook", "meta")
        assert (response.status_code, response.headers["location"]) == (
            302,
            f"{target}?before=2024-01-01T00:00:00Z_9",
        )
    found = await page(reader, "/-/search?entity=facebook&sort=date")
    assert texts(found, "//article//a[contains(@href, '/-/article/')]") == [
        "Meta grows", "Facebook fined",
    ]  # fmt: skip
    decide(path, "undo", None, "ana")
    assert (await reader.client.get("/-/entity/facebook")).status_code == 200


async def test_an_entity_whose_split_was_undone_leads_to_the_one_it_came_from(path, reader):
    decide(path, "split", "Apple", "Apple Records", None, (), ("3",), WHO)
    assert (await reader.client.get("/-/entity/apple-records")).status_code == 200
    search = "/-/search?q=Apple+Records"
    assert (await page(reader, search)).xpath("//a[@href='/-/entity/apple-records']")
    decide(path, "undo", None, "ana")
    for address in ("/-/entity/apple-records", "/-/coverage/apple-records"):
        response = await reader.client.get(address)
        target = address.replace("-records", "")
        assert (response.status_code, response.headers["location"]) == (302, target)
    assert not (await page(reader, search)).xpath("//a[@href='/-/entity/apple-records']")
    assert "Apple Records" not in (await reader.client.get("/-/entities")).text
    # By then Apple is another too.
    decide(path, "merge", "Apple", "Lumora", WHO)
    response = await reader.client.get("/-/entity/apple-records")
    assert response.headers["location"] == "/-/entity/lumora"
    decide(path, "undo", None, "ana")
    decide(path, "split", "Apple", "Apple Records", None, (), ("3",), WHO)
    assert (await reader.client.get("/-/entity/apple-records")).status_code == 200


async def test_an_entity_has_the_names_of_those_merged_into_it(path, reader):
    decide(path, "merge", "facebook", "Meta", WHO)
    decide(path, "add_alias", "Meta", "Menlo Park", None, None, WHO)
    meta = await page(reader, "/-/entity/meta")
    assert texts(meta, "//span[@class='alias']") == [
        "Menlo Park", "Facebook, since 28 October 2021", "Facebook, until 28 October 2021",
    ]  # fmt: skip
    search = await page(reader, "/-/search?q=facebook")
    assert search.xpath("//a[@href='/-/entity/meta']")
    assert not search.xpath("//a[@href='/-/entity/facebook']")


async def test_an_article_of_then_says_what_a_name_is_now(reader):
    article = await page(reader, "/-/article/1")
    assert texts(article, "//p[contains(@class, 'former')]") == [
        "Facebook is now called Meta (since 28 October 2021)."
    ]
    mention = article.xpath("//div[@class='text']//a[text()='Facebook']")[0]
    assert mention.get("title") == "Meta (organization), then called Facebook"
    assert not (await page(reader, "/-/article/2")).xpath("//p[contains(@class, 'former')]")


async def test_a_name_that_is_ignored_is_plain_text(path, reader):
    marked = "//div[@class='text']//*[contains(@class, 'mention')]"
    assert texts(await page(reader, "/-/article/4"), marked) == ["Apple", "Lumora", "Recall"]
    decide(path, "ignore", "Recall", None, WHO)
    assert texts(await page(reader, "/-/article/4"), marked) == ["Apple", "Lumora"]


async def test_why_these_names(path, reader):
    decide(path, "split", "Apple", "Apple Records", None, (), ("3",), WHO)
    article = await page(reader, "/-/article/3")
    (link,) = article.xpath("//a[text()='Why these names']/@href")
    why = await page(reader, link)
    told = (
        "A name of the list: it has one sense only. Decision 1 by ana: Apple (organization) in "
        "https://news.example/3 is Apple Records (organization) (see the registry); the tagger "
        "said Apple. Also called so: Apple organization."
    )
    rows = [
        [" ".join(cell.text_content().split()) for cell in row] for row in why.xpath("//tbody/tr")
    ]
    assert rows == [
        [
            "Apple 2 times",
            "Apple Records organization",
            told,
            "0.90",
        ]
    ]
    old = await page(reader, "/-/article/1/names")
    assert "called so until 28 October 2021" in " ".join(texts(old, "//td"))


@pytest.mark.parametrize("number", ["99", "x"])
async def test_names_of_no_article(reader, number):
    assert (await reader.client.get(f"/-/article/{number}/names")).status_code == 404


@pytest.mark.parametrize("table", ["mentions", "decisions"])
async def test_who_may_not_see_the_tables_sees_no_reasons(path, table):
    hidden = {"databases": {"a": {"tables": {table: {"allow": False}}}}}
    with opened(path, metadata=hidden) as datasette:
        assert (await datasette.client.get("/-/article/1/names")).status_code == 403
        article = await page(datasette, "/-/article/1")
        assert not article.xpath("//a[text()='Why these names']")
