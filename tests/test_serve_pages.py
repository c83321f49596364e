"""What stands on each page, by the in-process client."""

import re
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from ingest_command import change
from serve_archive import (
    META,
    OUTAGE_TEXT,
    STORIES,
    WRITTEN,
    add,
    build,
    opened,
    page,
    parsed,
    story,
    texts,
    words,
)

from archive import Alias, Archive, Entity


@pytest.fixture
def reader(tmp_path):
    with opened(build(tmp_path / "some name.db", *STORIES)) as datasette:
        yield datasette


async def test_front_newest_first_by_day(reader):
    front = await page(reader, "/")
    assert texts(front, "//h2[@class='day']") == [
        "Tuesday, 5 March 2024",
        "Monday, 4 March 2024",
        "Monday, 24 July 2023",
        "No date given",
    ]
    assert texts(front, "//h3") == [
        "An evening edition",
        "Musk mocks Meta’s outage",
        "Threads passes 100 million",
        "Der Tag, an dem Twitter X wurde",
        "A note without a date",
    ]
    assert front.xpath("//h3/a/@href") == [f"/-/article/{n}" for n in (5, 4, 3, 2, 1)]


async def test_front_card(reader):
    card = (await page(reader, "/")).xpath("//article")[1]
    assert words(card.find("p[@class='meta']")) == "daily.example17:041 min · 43 wordspaywall"
    assert words(card.find("p[@class='blurb']")).startswith("Meta went dark on Tuesday. “If")
    assert [(a.text, a.get("class"), a.get("href")) for a in card.xpath(".//ul//a")] == [
        ("Meta", "name organization", "/-/entity/meta"),
        ("Threads", "name product", "/-/entity/threads"),
        ("Elon Musk", "name person", "/-/entity/elon-musk"),
        ("Mark Zuckerberg", "name person", "/-/entity/mark-zuckerberg"),
        ("X", "name organization", "/-/entity/x"),
    ]


LONG_READ = story(
    "A long read",
    "The first fact stands here. The second fact follows it.\n\nA third fact ends the read.",
    summary=("The first fact stands here.", "The second fact follows it."),
    dek=("The second fact follows it.",),
    points=("The second fact follows it.", "A third fact ends the read."),
)


async def test_lists_show_the_dek(tmp_path):
    with opened(build(tmp_path / "a.db", LONG_READ)) as datasette:
        front = await page(datasette, "/")
        feed = (await datasette.client.get("/-/feed.json")).json()
    assert texts(front, "//p[@class='blurb']") == ["The second fact follows it."]
    assert [item["content_text"] for item in feed["items"]] == ["The second fact follows it."]


async def test_front_says_what_language_a_title_is_in(reader):
    front = await page(reader, "/")
    assert front.xpath("//h3/@lang") == ["en", "en", "en", "de"]


async def test_front_without_summary_shows_description_or_beginning(tmp_path):
    path = build(
        tmp_path / "a.db",
        story("One", "Text of one.", description="Described."),
        story("Two", "word " * 200),
    )
    with opened(path) as datasette:
        blurbs = texts(await page(datasette, "/"), "//p[@class='blurb']")
    assert blurbs == ["word " * 47 + "word …", "Described."]


async def test_names_are_counted_from_the_newest_article(reader):
    rail = (await page(reader, "/")).xpath("//aside")[0]
    assert texts(rail, ".//h2") == ["Names of the year"]
    assert [tuple(words(li).split(" ")) for li in rail.xpath(".//ol/li")] == [
        ("Meta", "3", "mentions"),
        ("X", "3", "mentions"),
        ("Elon", "Musk", "2", "mentions"),
        ("Mark", "Zuckerberg", "2", "mentions"),
        ("Threads", "2", "mentions"),
    ]


async def test_names_of_a_full_day(tmp_path):
    old = story("Old", "Meta was here. Meta.", "2024-03-01T00:00:00", names={"Meta": META})
    day = [
        story(f"New {n}", "X it is.", f"2024-03-05T0{n}:00:00", names={"X": Entity("X", "product")})
        for n in range(5)
    ]
    with opened(build(tmp_path / "a.db", old, *day)) as datasette:
        rail = (await page(datasette, "/")).xpath("//aside")[0]
    assert texts(rail, ".//h2 | .//p") == ["Names of the day", "Most mentioned, 5 March 2024"]
    assert texts(rail, ".//ol/li") == ["X 5 mentions"]


@pytest.fixture
def long_reader(tmp_path):
    """70 dated articles, two of them at the same moment, and 5 without a date."""
    start = datetime(2024, 1, 1, tzinfo=UTC)
    dated = [
        story(
            f"Dated {n}",
            f"Meta, {n}.",
            (start + timedelta(hours=n - n % 2)).strftime("%Y-%m-%dT%H:%M:%S"),
            names={"Meta": META},
        )
        for n in range(70)
    ]
    undated = [story(f"Undated {n}", f"Meta, {n}.", names={"Meta": META}) for n in range(5)]
    with opened(build(tmp_path / "a.db", *undated, *dated)) as datasette:
        yield datasette


@pytest.mark.parametrize("start", ["/", "/-/entity/meta"])
async def test_paging_goes_through_everything_once_and_back(long_reader, start):
    expected = [f"Dated {n}" for n in range(69, -1, -1)] + [
        f"Undated {n}" for n in range(4, -1, -1)
    ]
    pages = []
    path = start
    while path:
        current = await page(long_reader, path)
        pages.append(texts(current, "//h3"))
        path = next(iter(current.xpath("//a[@rel='next']/@href")), None)
    assert [title for titles in pages for title in titles] == expected
    assert [len(titles) for titles in pages] == [30, 30, 15]
    for titles in reversed(pages[:-1]):
        current = await page(long_reader, current.xpath("//a[@rel='prev']/@href")[0])
        assert texts(current, "//h3") == titles
        assert current.xpath("//a[@rel='next']")


async def test_paging_holds_its_place_when_articles_come_in(tmp_path):
    stories = [story(f"A {n}", "text", f"2024-01-01T00:{n:02}:00") for n in range(40)]
    path = build(tmp_path / "a.db", *stories)
    with opened(path) as datasette:
        first = await page(datasette, "/")
        with Archive(path) as archive:
            add(archive, story("Late", "text", "2024-01-02T00:00:00"))
        second = await page(datasette, first.xpath("//a[@rel='next']/@href")[0])
        assert texts(second, "//h3") == [f"A {n}" for n in range(9, -1, -1)]
        assert texts(await page(datasette, "/"), "//h3")[0] == "Late"


async def test_beyond_the_last_page(reader):
    assert "nothing older" in words(await page(reader, "/?before=_1"))


async def test_empty_archive(tmp_path):
    with opened(build(tmp_path / "a.db")) as datasette:
        assert "holds no articles" in words(await page(datasette, "/"))
        assert "No article holds" in words(await page(datasette, "/-/search?q=x"))


async def test_by_meaning_where_no_vectors_are_made_yet(tmp_path):
    path = build(tmp_path / "a.db", story("Meta goes dark", "Text.", "2024-01-01T00:00:00"))
    with opened(path) as datasette:
        told = words(await page(datasette, "/-/search?q=meta&by=meaning"))
    assert "No article has a vector yet, by which they are compared." in told


async def test_article_head(reader):
    article = await page(reader, "/-/article/4")
    assert texts(article, "//h1") == ["Musk mocks Meta’s outage"]
    assert texts(article, "//p[@class='byline']") == ["By Ada Writer and Ben Scribe1 min read"]
    facts = dict(
        zip(texts(article, "//dt"), texts(article, "//dd"), strict=True),
    )
    assert facts.pop("In the archive since")
    assert facts == {
        "Published": "5 March 2024, 17:04 UTC",
        "Modified": "5 March 2024, 19:30 UTC",
        "Captured": "1 June 2024",
        "Language": "English",
        "Length": "43 words",
        "Address": "https://news.example/musk-mocks-meta-s-outage",
        "Picture": "at the publisher",
    }
    assert "paywall" in words(article.xpath("//p[@class='notice']")[0])
    assert article.xpath("//div[@class='text']/@lang") == ["en"]


async def test_receipts_lead_to_their_source_and_back(reader):
    article = await page(reader, "/-/article/4")
    summary = [
        "Meta went dark on Tuesday.",
        "“If you’re reading this post, it’s because our servers are working,” Musk wrote on X.",
    ]
    receipts = article.xpath("//section[@class='brief']//a")
    assert [(a.get("id"), a.get("href"), a.text) for a in receipts] == [
        ("summary-1", "#source-1", summary[0]),
        ("summary-2", "#source-2", summary[1]),
    ]
    for number, sentence in enumerate(summary, 1):
        (source,) = article.xpath(f"//*[@id='source-{number}']")
        (back,) = source.xpath("a[@class='back']")
        assert back.get("href") == f"#summary-{number}"
        back.drop_tree()
        assert source.text_content() == sentence


async def test_a_written_sentence_leads_to_all_its_sources(tmp_path):
    with opened(build(tmp_path / "a.db", WRITTEN)) as datasette:
        article = await page(datasette, "/-/article/1")
    links = article.xpath("//section[@class='brief']//a")
    assert [(a.get("href"), words(a), a.get("title")) for a in links] == [
        ("#source-1", "The harbour was dark for a night.1", "To its source in the text"),
        (
            "#source-2",
            "A cut cable, found under a wreck, was mended at dawn.2a",
            "To its first source in the text (support 84%)",
        ),
        ("#source-2-2", "Another source: 2b", "To another source of this sentence"),
        ("#source-2-3", "Another source: 2c", "To another source of this sentence"),
    ]
    assert words(article.xpath("//section[@class='brief']/p[@class='note']")[0]).endswith(
        "Each sentence leads to its sources below."
    )
    marked = article.xpath("//div[@class='text']//span[contains(@class, 'source')]")
    assert [(one.get("id"), one.get("class"), words(one)) for one in marked] == [
        ("source-1", "source s1",
         "The harbour was dark for a night.Back to sentence 1 of the summary"),
        ("source-2-2", "source s2",
         "A cable had been cut on Monday morning.Back to sentence 2b of the summary"),
        ("source-2", "source s2",
         "Engineers found the cable under a wreck.Back to sentence 2a of the summary"),
        ("source-2-3", "source s2",
         "They mended it at dawn.Back to sentence 2c of the summary"),
    ]  # fmt: skip
    backs = article.xpath("//a[@class='back']/@href")
    assert backs == ["#summary-1", "#summary-2", "#summary-2", "#summary-2"]


async def test_a_source_outside_the_text_is_left_out(tmp_path):
    path = build(tmp_path / "a.db", WRITTEN)
    with Archive(path) as archive:
        archive.db.execute(
            "update summary_sentences set other_sources = '[[-4, 9], [34, 9999]]' where position = 1"
        )
    with opened(path) as datasette:
        article = await page(datasette, "/-/article/1")
    assert article.xpath("//section[@class='brief']//a/@href") == ["#source-1", "#source-2"]


async def test_key_points_of_a_long_read_lead_to_their_source_and_back(tmp_path):
    with opened(build(tmp_path / "a.db", LONG_READ)) as datasette:
        article = await page(datasette, "/-/article/1")
    points = article.xpath("//section[@class='brief']//li/a")
    assert [(a.get("id"), a.get("href"), a.text) for a in points] == [
        ("summary-3", "#source-3", "The second fact follows it."),
        ("summary-4", "#source-4", "A third fact ends the read."),
    ]
    backs = article.xpath("//div[@class='text']//a[@class='back']/@href")
    assert sorted(backs) == [f"#summary-{n}" for n in (1, 2, 3, 4)]
    (third,) = article.xpath("//*[@id='source-4']")
    assert third.text_content().startswith("A third fact ends the read.")


async def test_a_repaired_sentence_says_so(tmp_path):
    text = "Ada Lee (right) wrote the first program. The rest is known."
    path = build(tmp_path / "a.db", story("Ada", text, summary=("Ada Lee (right) wrote",)))
    with Archive(path) as archive:
        archive.db.execute(
            "update summary_sentences set text = 'Ada Lee wrote', origin = 'repaired'"
        )
    with opened(path) as datasette:
        article = await page(datasette, "/-/article/1")
    (receipt,) = article.xpath("//a[contains(@class, 'receipt')]")
    assert (receipt.text, receipt.get("title")) == (
        "Ada Lee wrote",
        "To its source in the text (there in full)",
    )


async def test_mentions_are_linked_where_they_stand(reader):
    article = await page(reader, "/-/article/4")
    mentions = article.xpath("//div[@class='text']//a[contains(@class, 'mention')]")
    assert [(a.text, a.get("class").split()[1], a.get("href")) for a in mentions] == [
        ("Meta", "organization", "/-/entity/meta"),
        ("Threads", "product", "/-/entity/threads"),
        ("Musk", "person", "/-/entity/elon-musk"),
        ("X", "organization", "/-/entity/x"),
        ("Mark Zuckerberg", "person", "/-/entity/mark-zuckerberg"),
        ("Meta", "organization", "/-/entity/meta"),
    ]


async def test_the_text_is_whole(reader):
    article = await page(reader, "/-/article/4")
    for back in article.xpath("//a[@class='back']"):
        back.drop_tree()
    paragraphs = [p.text_content() for p in article.xpath("//div[@class='text']/p")]
    assert "\n\n".join(paragraphs) == OUTAGE_TEXT


async def test_crossing_marks_in_html(tmp_path):
    text = "One two three four."
    with Archive(tmp_path / "a.db") as archive:
        number = add(
            archive, story("T", text, names={"two three": META}, summary=("One two", "two"))
        )
        archive.db.execute(
            "update summary_sentences set source_start = 4, source_end = 18 where position = 1"
        )
    with opened(tmp_path / "a.db") as datasette:
        article = await page(datasette, f"/-/article/{number}")
    html = article.xpath("//div[@class='text']/p")[0]
    for back in html.xpath(".//a[@class='back']"):
        back.drop_tree()
    assert html.text_content() == text
    assert [a.text for a in html.xpath(".//a")] == ["two", " three"]
    assert [e.text_content() for e in html.xpath(".//*[contains(@class, 's1')]")] == ["One ", "two"]
    assert [e.text_content() for e in html.xpath(".//*[contains(@class, 's2')]")] == [
        "two",
        " three four",
    ]
    assert sorted(html.xpath(".//@id")) == ["source-1", "source-2"]


async def test_votes_and_the_way_to_the_data(reader):
    article = await page(reader, "/-/article/4")
    assert texts(article, "//tbody/tr") == [
        "titlejson-ldMusk mocks Meta’s outage✓ yes",
        "titlenewspaper3kDaily: Musk mocksno",
    ]
    stored, row = article.xpath("//section[@class='record']/p/a/@href")
    assert (stored, row) == ("/-/article/4/page", "/some+name/articles/4")
    await page(reader, row)


async def test_revisions(tmp_path):
    first = story(
        "First title",
        "First text.\n\nTwo paragraphs.",
        "2024-01-01T00:00:00",
        url="https://a.example/1",
    )
    second = story("Second title", "Second text.", "2024-01-01T00:00:00", url="https://a.example/1")
    path = build(tmp_path / "a.db", first, second)
    change(path, "update revisions set last_seen_at = '2024-05-31T08:00:00Z'")
    with opened(path) as datasette:
        article = await page(datasette, "/-/article/1")
        changes = await page(datasette, "/-/article/1/changes")
    assert article.xpath("//p[@class='changed']/a/@href") == ["/-/article/1/changes"]
    assert texts(article, "//p[@class='changed']") == ["Changed once: what was changed"]
    assert texts(changes, "//h1") == ["Second title"]
    assert texts(changes, "//p[@class='diff title']/*") == ["First", "Second"]
    assert [e.tag for e in changes.xpath("//p[@class='diff title']/*")] == ["del", "ins"]
    assert texts(changes, "//div[@class='text diff']//del") == ["First", ". Two paragraphs"]
    assert texts(changes, "//div[@class='text diff']//ins") == ["Second"]
    assert texts(changes, "//h2")[0] == (
        "Between 31 May 2024, 08:00 UTC and 1 June 2024 with no new date of modification"
    )


async def test_changes_beside_title_and_text(tmp_path):
    address = "https://a.example/1"
    first = story("Title", "Text.", "2024-01-01T00:00:00", url=address)
    second = story("Title", "Text.", "2024-03-05T09:00:00", url=address, authors=("Ada <b>",))
    path = build(tmp_path / "a.db", first, second)
    with opened(path) as datasette:
        article = await page(datasette, "/-/article/1")
        changes = await page(datasette, "/-/article/1/changes")
    assert texts(article, "//p[@class='changed']") == ["Changed once: what was changed"]
    assert texts(changes, "//section//p") == [
        "Authors: none Ada <b>",
        "Published: 1 January 2024 5 March 2024, 09:00 UTC",
    ]
    assert texts(changes, "//section//del") == ["none", "1 January 2024"]
    assert texts(changes, "//section//ins") == ["Ada <b>", "5 March 2024, 09:00 UTC"]


async def test_a_copy_names_its_original(tmp_path):
    path = build(
        tmp_path / "a.db", story("Wire", "text"), story("Copy", "text", url="https://b.example/")
    )
    with Archive(path) as archive:
        archive.db.execute("update articles set duplicate_of = 1 where id = 2")
    with opened(path) as datasette:
        notice = (await page(datasette, "/-/article/2")).xpath("//p[@class='notice']")[0]
    assert words(notice) == "This is a copy of Wire."
    assert notice.xpath("a/@href") == ["/-/article/1"]


async def test_article_without_anything(tmp_path):
    with opened(build(tmp_path / "a.db", story("Bare", "Only text."))) as datasette:
        article = await page(datasette, "/-/article/1")
        await page(datasette, "/-/search?q=text")
    assert not article.xpath(
        "//section[@class='brief'] | //ul[@class='tags'] | //p[@class='notice']"
    )
    assert texts(article, "//div[@class='text']/p") == ["Only text."]


async def test_entity_head(reader):
    entity = await page(reader, "/-/entity/meta")
    assert texts(entity, "//h1") == ["Meta"]
    assert texts(entity, "//header[@class='head']/p") == [
        "organization2 articles5 March 2024",
        "Owner of Facebook, Instagram and WhatsApp",
        "Also known as Meta Platforms, since 28 October 2021; Facebook, Inc., until 28 October 2021",
    ]


async def test_entity_with_an_alias_for_some_time(tmp_path):
    held = Entity("Y", "product", None, (Alias("Z", "2020-01-01", "2021-02-03"), Alias("Y")))
    with opened(build(tmp_path / "a.db", story("T", "Y.", names={"Y": held}))) as datasette:
        entity = await page(datasette, "/-/entity/y")
    assert texts(entity, "//p[@class='aliases']") == [
        "Also known as Z, 1 January 2020 to 3 February 2021"
    ]


async def test_entity_chart(reader):
    entity = await page(reader, "/-/entity/threads")
    assert texts(entity, "//h2[@id='mentions']") == ["Mentions by day"]
    (svg,) = entity.xpath("//svg")
    assert svg.get("role") == "img"
    assert svg.get("aria-labelledby") == "chart-title chart-desc"
    assert texts(svg, "rect/title") == ["4 March 2024: 1", "5 March 2024: 1"]
    assert texts(entity, "//table[@class='numbers']/tbody/tr") == ["5 March 20241", "4 March 20241"]


async def test_entity_company_and_articles(reader):
    entity = await page(reader, "/-/entity/x")
    assert (
        texts(entity, "//aside//li")
        == [
            "Elon Musk 2 articles",
            "Meta 1 article",
            "Mark Zuckerberg 1 article",
            "Threads 1 article",
        ]
        or texts(entity, "//aside//li")[0] == "Elon Musk 2 articles"
    )
    assert texts(entity, "//h3") == ["Musk mocks Meta’s outage", "Der Tag, an dem Twitter X wurde"]


async def test_entity_that_is_mentioned_nowhere_now(reader, tmp_path):
    with Archive(tmp_path / "b.db") as archive:
        archive.enrichments.entity_id(META)
    with opened(tmp_path / "b.db") as datasette:
        entity = await page(datasette, "/-/entity/meta")
    assert "No article mentions Meta" in words(entity)
    assert not entity.xpath("//svg")


async def test_search_has_the_order_of_the_archive(reader, tmp_path):
    with Archive(tmp_path / "some name.db", "read") as archive:
        expected = [result.title for result in archive.search("meta")]
    found = await page(reader, "/-/search?q=meta")
    assert texts(found, "//article/h2") == expected
    assert len(expected) == 2
    assert texts(found, "//h1") == ["2 articles for meta"]


async def test_search_marks_what_it_found(reader):
    found = await page(reader, "/-/search?q=threads+%22100+million%22")
    assert texts(found, "//article/h2/a/mark") == ["Threads", "100 million"]
    assert texts(found, "//article/p[@class='blurb']/mark") == ["Threads"]
    assert found.xpath("//input[@name='q']/@value") == ['threads "100 million"'] * 2


async def test_search_leads_to_the_entity_of_that_name(reader):
    found = await page(reader, "/-/search?q=twitter")
    assert texts(found, "//p[@class='entities']/a") == ["X"]
    assert found.xpath("//p[@class='entities']/a/@href") == ["/-/entity/x"]


async def test_search_pages(tmp_path):
    path = build(tmp_path / "a.db", *(story(f"Story {n}", "needle") for n in range(45)))
    with opened(path) as datasette:
        found = await page(datasette, "/-/search?q=needle")
        titles = texts(found, "//article/h2")
        for number in (2, 3):
            found = await page(datasette, found.xpath("//a[@rel='next']/@href")[0])
            assert f"Page {number} of 3" in words(found)
            titles += texts(found, "//article/h2")
        assert not found.xpath("//a[@rel='next']")
    assert sorted(titles) == sorted(f"Story {n}" for n in range(45))


async def test_search_without_a_question(reader):
    start = await page(reader, "/-/search")
    assert texts(start, "//h1") == ["Search the archive"]
    assert start.xpath("//ul[@class='tips']")


async def test_search_with_only_an_unwanted_word_asks_for_a_wanted_one(reader):
    start = await page(reader, "/-/search?q=-meta")
    told = (
        "There is no word to look for in “-meta”. "
        "Say as well what an article must hold, as in “phone -apple”."
    )
    assert told in texts(start, "//main//p")


async def test_search_that_finds_nothing_counts_the_words(reader):
    found = await page(reader, "/-/search?q=meta+zebra")
    assert texts(found, "//h1") == ["Nothing for meta zebra"]
    assert texts(found, "//ul[contains(@class, 'words-found')]/li") == ["meta 2", "zebra none"]


@pytest.mark.parametrize(
    "path", ["/", "/-/article/4", "/-/entity/meta", "/-/search?q=meta", "/-/search"]
)
async def test_every_page_has_its_landmarks_and_no_script(reader, path):
    whole = await page(reader, path)
    assert len(whole.xpath("//h1")) == len(whole.xpath("//main[@id='main']")) == 1
    assert whole.xpath("//a[@class='skip']/@href") == ["#main"]
    assert whole.xpath("//form[@role='search']//label/@for") == ["q"]
    assert whole.get("lang") == "en"
    assert not whole.xpath(
        "//script | //style | //img | //@style | //iframe | //@*[starts-with(name(), 'on')]"
    )
    ids = whole.xpath("//@id")
    assert len(ids) == len(set(ids))
    levels = [int(h.tag[1]) for h in whole.xpath("//h1 | //h2 | //h3")]
    assert all(below - above <= 1 for above, below in pairwise(levels))
    prose = whole.xpath("string(//head)") + "".join(whole.xpath("//text()[not(ancestor::pre)]"))
    assert not re.search(r"\{\{|\{%", prose)


async def test_pictures_are_shown_where_the_operator_allows_them(tmp_path, reader):
    assert not (await page(reader, "/-/article/4")).xpath("//img")
    metadata = {"plugins": {"newsarchive": {"remote_images": True}}}
    with opened(build(tmp_path / "a.db", *STORIES), metadata=metadata) as datasette:
        response = await datasette.client.get("/-/article/4")
        without = await datasette.client.get("/-/article/5")
    (image,) = parsed(response.text).xpath("//img")
    assert dict(image.attrib) == {
        "src": "https://img.example/x.jpg",
        "alt": "",
        "loading": "lazy",
        "referrerpolicy": "no-referrer",
    }
    assert "img-src 'self' data: https: http:;" in response.headers["content-security-policy"]
    assert "img-src 'self' data:;" in without.headers["content-security-policy"]
