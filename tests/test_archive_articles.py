"""Articles, their pages and revisions, and the full-text index that follows them."""

import json
import os
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
import zstandard
from archive_records import (
    ARTICLE,
    BODY,
    EMBEDDER,
    SUMMARIZER,
    TAGGER,
    TAGGING,
    URL,
    page_of,
    rows,
    save,
    summary_of,
)

from archive.articles import Saved

NOW = datetime(2024, 3, 6, 9, 0, tzinfo=UTC)
LATER = NOW + timedelta(days=1)
CHANGED = ARTICLE.replace(text=ARTICLE.text + "\n\nService came back.")

ROW = {
    "id": 1,
    "url": URL,
    "site": "news.example",
    "title": "Meta goes dark",
    "description": "An outage",
    "authors": '["Ada Writer", "José Peñaloza"]',
    "published_at": "2024-03-05T16:42:00Z",
    "modified_at": "2024-03-05T21:34:00Z",
    "language": "en",
    "section": "Technology",
    "text": ARTICLE.text,
    "word_count": 13,
    "image_url": "https://img.example/a.jpg",
    "is_paywalled": 1,
    "summary": None,
    "tags": "[]",
    "content_hash": ARTICLE.content_hash,
    "duplicate_of": None,
    "page_id": 1,
    "first_seen_at": "2024-03-06T09:00:00Z",
    "updated_at": "2024-03-06T09:00:00Z",
    "duplicate_share": None,
    "keywords": '["outage", "Zuckerberg"]',
    "site_name": "The News",
    "last_seen_at": "2024-03-06T08:00:00Z",
}


@pytest.fixture(autouse=True)
def index_is_sound(archive):
    """After every test the full-text index agrees with the articles, and keys with what they name."""
    yield
    archive.db.execute("insert into articles_fts(articles_fts, rank) values ('integrity-check', 1)")
    assert archive.db.execute("pragma foreign_key_check").fetchall() == []


def enrich(archive):
    """Everything that models make, for every article."""
    enrichments = archive.enrichments
    with archive.transaction():
        models = {m.task: enrichments.model_id(m) for m in (SUMMARIZER, TAGGER, EMBEDDER)}
        for item in list(enrichments.work(models)):
            summary = summary_of(item.text, "Meta went dark on Tuesday.")
            enrichments.save_summaries(item, (summary,), models["summary"])
            enrichments.save_tagging(item, TAGGING, models["tags"])
            enrichments.save_vector(item, b"\x00\x3c", models["vector"])
    return models


DERIVED = ("summaries", "summary_sentences", "vectors", "mentions", "article_entities")


def test_a_new_article(archive, clock):
    assert save(archive) == Saved(1, 1, "added")
    assert rows(archive, "articles") == [ROW]
    assert rows(archive, "field_votes") == [
        {
            "article_id": 1,
            "field": "title",
            "extractor": extractor,
            "value": value,
            "is_chosen": is_chosen,
        }
        for extractor, value, is_chosen in (
            ("jsonld", "Meta goes dark", 1),
            ("newspaper3k", "News: Meta goes dark", 0),
        )
    ]
    assert rows(archive, "revisions") == []


def test_what_is_unknown_is_null_and_what_is_none_is_empty(archive, clock):
    bare = type(ARTICLE)(url=URL, title="T", text="One two")
    save(archive, bare)
    unknown = ("site", "description", "published_at", "modified_at", "language", "section")
    assert rows(archive, "articles") == [
        ROW
        | dict.fromkeys((*unknown, "image_url", "site_name"))
        | {
            "keywords": "[]",
            "title": "T",
            "text": "One two",
            "word_count": 2,
            "authors": "[]",
            "is_paywalled": 0,
        }
        | {"content_hash": bare.content_hash}
    ]


def test_the_same_again_changes_nothing(archive, clock):
    save(archive)
    enrich(archive)
    tables = ("articles", "pages", "field_votes", "revisions", "enrichments", *DERIVED)
    before = {table: rows(archive, table) for table in tables}
    clock[0] = LATER
    assert save(archive) == Saved(1, 1, "unchanged")
    assert {table: rows(archive, table) for table in tables} == before


def test_other_bytes_that_say_the_same_are_not_kept(archive):
    save(archive)
    assert save(archive, body=b"another advertisement") == Saved(1, 1, "unchanged")
    assert len(rows(archive, "pages")) == 1


def test_a_changed_text_becomes_the_article_and_the_old_one_a_revision(archive, clock):
    save(archive)
    clock[0] = LATER
    assert save(archive, CHANGED, body=b"new", minutes=10) == Saved(1, 2, "updated")
    assert rows(archive, "articles") == [
        ROW
        | {"text": CHANGED.text, "word_count": 16, "content_hash": CHANGED.content_hash}
        | {"page_id": 2, "updated_at": "2024-03-07T09:00:00Z"}
        | {"last_seen_at": "2024-03-06T08:10:00Z"}
    ]
    assert rows(archive, "revisions") == [
        {
            "id": 1,
            "article_id": 1,
            "seen_at": "2024-03-06T08:10:00Z",
            "title": ARTICLE.title,
            "text": ARTICLE.text,
            "content_hash": ARTICLE.content_hash,
            "modified_at": "2024-03-05T21:34:00Z",
            "last_seen_at": "2024-03-06T08:00:00Z",
            "is_read_otherwise": 0,
        }
    ]


def test_until_when_it_was_seen_is_kept(archive):
    """Of the text by any page that says it, of a page by its bytes alone; neither ever goes back."""
    save(archive)
    save(archive, minutes=20)
    save(archive, body=b"another advertisement", minutes=30)
    save(archive, minutes=10)
    (article,), (page,) = rows(archive, "articles"), rows(archive, "pages")
    assert article["last_seen_at"] == "2024-03-06T08:30:00Z"
    assert (page["fetched_at"], page["last_seen_at"]) == (
        "2024-03-06T08:00:00Z",
        "2024-03-06T08:20:00Z",
    )


def test_a_text_that_came_back_has_replaced_what_stood_in_between(archive):
    save(archive)
    save(archive, CHANGED, minutes=10)
    save(archive, CHANGED, minutes=15)
    assert save(archive, minutes=20) == Saved(1, 1, "updated")
    (article,) = rows(archive, "articles")
    assert (article["text"], article["last_seen_at"]) == (ARTICLE.text, "2024-03-06T08:20:00Z")
    assert [(r["text"], r["last_seen_at"][11:16], r["seen_at"][11:16]) for r in rows(archive, "revisions")] == [
        (ARTICLE.text, "08:00", "08:10"),
        (CHANGED.text, "08:15", "08:20"),
    ]  # fmt: skip


def test_of_an_archive_that_did_not_write_it_down_the_page_tells(archive):
    save(archive)
    archive.db.execute("update articles set last_seen_at = null")
    save(archive, CHANGED, minutes=10)
    (revision,) = rows(archive, "revisions")
    assert revision["last_seen_at"] == "2024-03-06T08:00:00Z"


def test_the_same_bytes_read_otherwise_are_no_revision(archive):
    save(archive)
    enrich(archive)
    assert save(archive, CHANGED, body=BODY) == Saved(1, 1, "updated")
    assert rows(archive, "articles")[0]["text"] == CHANGED.text
    assert rows(archive, "revisions") == rows(archive, "summaries") == []


def test_revisions_are_in_order(archive):
    for n in range(4):
        save(archive, ARTICLE.replace(title=f"Title {n}"))
    assert [revision["title"] for revision in archive.articles.revisions(1)] == [
        "Title 0",
        "Title 1",
        "Title 2",
    ]
    assert archive.articles.revisions(2) == []


def test_what_was_made_from_the_old_text_goes_with_it(archive):
    save(archive)
    other = save(archive, ARTICLE.replace(url="https://news.example/other"))
    models = enrich(archive)
    assert archive.enrichments.count_work(models) == 0
    save(archive, CHANGED)
    for table in ("summaries", "vectors", "mentions", "article_entities", "enrichments"):
        assert {row["article_id"] for row in rows(archive, table)} == {other.article_id}
    assert {row["summary_id"] for row in rows(archive, "summary_sentences")} == {2}
    changed, kept = rows(archive, "articles")
    assert (changed["summary"], changed["tags"]) == (None, "[]")
    assert (kept["summary"], kept["tags"]) == ("Meta went dark on Tuesday.", '["Meta", "X"]')
    assert [item.article_id for item in archive.enrichments.work(models)] == [1]
    assert {row["name"] for row in rows(archive, "entities")} == {"Meta", "X"}


@pytest.mark.parametrize(
    "change",
    [
        {"section": "Business"},
        {"authors": ()},
        {"published_at": None},
        {"is_paywalled": False},
        {"modified_at": datetime(2024, 3, 6, tzinfo=UTC)},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_change_beside_the_text_is_no_revision(archive, clock, change):
    save(archive)
    models = enrich(archive)
    before = {table: rows(archive, table) for table in DERIVED}
    clock[0] = LATER
    assert save(archive, ARTICLE.replace(**change)).outcome == "updated"
    (row,) = rows(archive, "articles")
    assert (row["summary"], row["updated_at"]) == (
        "Meta went dark on Tuesday.",
        "2024-03-07T09:00:00Z",
    )
    assert rows(archive, "revisions") == []
    assert {table: rows(archive, table) for table in DERIVED} == before
    assert archive.enrichments.count_work(models) == 0


def test_white_space_is_no_revision_but_moves_offsets(archive):
    save(archive)
    models = enrich(archive)
    respaced = ARTICLE.replace(text=ARTICLE.text.replace("\n\n", "\n\n\n"))
    assert respaced.content_hash == ARTICLE.content_hash
    assert save(archive, respaced).outcome == "updated"
    assert rows(archive, "revisions") == []
    assert rows(archive, "mentions") == []
    assert archive.enrichments.count_work(models) == 1


def test_votes_are_those_of_the_last_change(archive):
    save(archive)
    save(archive, CHANGED.replace(votes=ARTICLE.votes[:1]))
    assert [vote["extractor"] for vote in rows(archive, "field_votes")] == ["jsonld"]


def test_times_are_kept_in_utc(archive):
    paris = timezone(timedelta(hours=1))
    save(archive, ARTICLE.replace(published_at=datetime(2024, 1, 1, 0, 30, tzinfo=paris)))
    assert rows(archive, "articles")[0]["published_at"] == "2023-12-31T23:30:00Z"


def test_a_time_without_a_zone_is_refused_and_leaves_nothing(archive):
    naive = datetime(2024, 1, 1)  # noqa: DTZ001 - the point of it
    with pytest.raises(ValueError, match="time zone"):
        save(archive, ARTICLE.replace(published_at=naive))
    assert rows(archive, "articles") == rows(archive, "pages") == []


def test_two_urls_are_two_articles(archive):
    ids = [save(archive, ARTICLE.replace(url=f"{URL}/{n}")).article_id for n in range(3)]
    assert ids == [1, 2, 3]
    assert save(archive, CHANGED.replace(url=f"{URL}/1")).article_id == 2
    assert save(archive, ARTICLE.replace(url=f"{URL}/3")).article_id == 4


# Pages


def test_a_page_comes_back_as_it_went_in(archive):
    page = page_of()
    assert archive.articles.get_page(archive.articles.save_page(page)) == page
    (row,) = rows(archive, "pages")
    body = row.pop("body")
    assert row == {
        "id": 1,
        "requested_url": URL,
        "final_url": URL,
        "fetched_at": "2024-03-06T08:00:00Z",
        "http_status": 200,
        "headers": json.dumps(dict(page.headers)),
        "body_bytes": len(BODY),
        "body_sha256": page.body_sha256,
        "last_seen_at": None,
    }
    assert zstandard.ZstdDecompressor().decompress(body) == BODY
    assert len(body) < len(BODY) / 5


@pytest.mark.parametrize("body", [b"", b"\x00\xff" * 9, bytes(range(256)) * 4000])
def test_any_bytes_can_be_kept(archive, body):
    page_id = archive.articles.save_page(page_of(body=body))
    assert archive.articles.get_page(page_id).body == body


def test_the_same_page_is_kept_once(archive):
    first = archive.articles.save_page(page_of())
    assert archive.articles.save_page(page_of()) == first
    assert archive.articles.save_page(page_of(body=b"other")) != first
    assert archive.articles.save_page(page_of(url="https://news.example/?a")) != first
    assert len(rows(archive, "pages")) == 3


def test_no_such_page(archive):
    with pytest.raises(KeyError):
        archive.articles.get_page(1)


# Finding


def test_find_by_id_and_by_every_url_that_led_to_it(archive):
    save(archive)
    save(archive, asked="https://short.example/x")
    found = archive.articles.find("1")
    assert found["authors"] == ["Ada Writer", "José Peñaloza"]
    assert found["tags"] == []
    assert {**found, "authors": ROW["authors"], "tags": "[]"}.keys() == ROW.keys()
    assert archive.articles.find(URL) == found
    assert archive.articles.find("https://short.example/x") == found


@pytest.mark.parametrize("key", ["2", "0", "-1", "", "9" * 40, "²", "https://other.example/", "'"])
def test_find_nothing(archive, key):
    save(archive)
    archive.ledger.ask("https://pending.example/", None)
    assert archive.articles.find(key) is None
    assert archive.articles.find("https://pending.example/") is None


# Transactions


def test_an_error_leaves_nothing_behind(archive):
    with pytest.raises(RuntimeError), archive.transaction():  # noqa: PT012
        archive.articles.save(ARTICLE, page_of())
        raise RuntimeError("on the way")
    for table in ("articles", "pages", "field_votes", "articles_fts"):
        assert rows(archive, table) == []


def test_an_error_leaves_what_was_there(archive):
    save(archive)
    enrich(archive)
    before = {table: rows(archive, table) for table in ("articles", "mentions", "summaries")}
    with pytest.raises(KeyboardInterrupt), archive.transaction():  # noqa: PT012
        archive.articles.save(CHANGED, page_of())
        raise KeyboardInterrupt
    assert {table: rows(archive, table) for table in before} == before
    assert save(archive, CHANGED).outcome == "updated"


def test_a_transaction_within_another_is_a_part_of_it(archive):
    def fail():
        save(archive)
        raise ValueError("the outer one fails")

    with pytest.raises(ValueError, match="the outer one"), archive.transaction():
        fail()
    assert archive.db.execute("select count(*) from articles").fetchone() == (0,)
    assert save(archive).outcome == "added"


# The full-text index


def hits(archive, words):
    return [hit.article_id for hit in archive.search(words)]


def test_the_index_follows_the_articles(archive):
    save(archive)
    assert (hits(archive, "Tuesday"), hits(archive, "came back")) == ([1], [])
    save(archive, CHANGED.replace(text="Service came back."))
    assert (hits(archive, "Tuesday"), hits(archive, "came back")) == ([], [1])
    save(archive, CHANGED.replace(title="Lights on again", text="Service came back."))
    assert (hits(archive, "dark"), hits(archive, "lights")) == ([], [1])
    archive.db.execute("delete from articles where id = 1")
    assert hits(archive, "lights") == []


def test_the_index_follows_summaries(archive):
    save(archive, ARTICLE.replace(text="Nothing here. Meta went dark on Tuesday."))
    enrich(archive)
    archive.db.execute("update articles set summary = 'A lighthouse' where id = 1")
    assert hits(archive, "lighthouse") == [1]
    save(archive, CHANGED)
    assert hits(archive, "lighthouse") == []


def test_deleting_an_article_deletes_what_belongs_to_it(archive):
    save(archive)
    enrich(archive)
    save(archive, CHANGED)
    enrich(archive)
    archive.db.execute("delete from articles")
    for table in ("revisions", "field_votes", "enrichments", *DERIVED):
        assert rows(archive, table) == []
    assert archive.ledger.get(URL).article_id is None
    assert len(rows(archive, "pages")) == 2


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("Meta went dark on Tuesday.", 5),
        ("台風10号が四国に上陸した。", 7),  # 11 signs, and 10
        ("東", 1),
        ("한국어 기사입니다", 2),
        ("", 0),
    ],
)
def test_words_are_counted_in_scripts_without_spaces_too(text, number):
    assert ARTICLE.replace(text=text).word_count == number


@pytest.mark.skipif(
    not Path("/proc/self/fd").exists(), reason="the system does not list open files"
)
def test_what_a_statement_may_take_back_is_not_written_to_disk(archive):
    # SQLite keeps it in a file without a name: as much again as is written to the archive.
    with archive.transaction():
        for n in range(200):
            text = " ".join(f"word{n}x{k}" for k in range(400))
            save(
                archive, ARTICLE.replace(url=f"https://a.example/{n}", title=f"Boat {n}", text=text)
            )
        opened = [os.path.realpath(link) for link in Path("/proc/self/fd").iterdir()]
    assert [path for path in opened if "etilqs" in path] == []


def test_after_a_transaction_what_is_sorted_may_be_larger_than_memory_again(archive):
    save(archive)
    with pytest.raises(ZeroDivisionError), archive.transaction():
        raise ZeroDivisionError
    assert archive.db.execute("pragma temp_store").fetchone() == (0,)
