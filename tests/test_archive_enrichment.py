"""What models add: which articles are to do, and what is stored of each."""

import dataclasses
import sqlite3
from datetime import UTC, datetime

import pytest
from archive_records import (
    ARTICLE,
    EMBEDDER,
    SUMMARIZER,
    TAGGER,
    TAGGING,
    rows,
    save,
    summary_of,
)

from archive import Summary, times
from archive.records import Model, WorkItem

CHANGED = ARTICLE.replace(text="It is over. Meta is back.")
FIRST, SECOND = "Meta went dark on Tuesday.", "Meta said little."


@pytest.fixture
def enrichments(archive):
    return archive.enrichments


@pytest.fixture
def models(enrichments):
    return {model.task: enrichments.model_id(model) for model in (SUMMARIZER, TAGGER, EMBEDDER)}


def work(enrichments, models, **options):
    """What is to do: (article id, tasks) of each article."""
    found = [(item.article_id, set(item.tasks)) for item in enrichments.work(models, **options)]
    assert enrichments.count_work(models, **options) == len(found)
    return found


def do(archive, models, tasks=("summary", "tags", "vector"), force=False):
    """Do what is to do, some tasks of it, with the same outcome for every article."""
    enrichments = archive.enrichments
    for item in list(enrichments.work(models, force)):
        with archive.transaction():
            if "summary" in tasks:
                summary = summary_of(item.text, item.text.partition("\n")[0].partition(". ")[0])
                enrichments.save_summaries(item, (summary,), models["summary"])
            if "tags" in tasks:
                enrichments.save_tagging(item, TAGGING, models["tags"])
            if "vector" in tasks:
                enrichments.save_vector(item, b"\x00\x3c" * 384, models["vector"])


def item_of(archive, article_id=1):
    """A work item for an article, as `work` gives it."""
    model = archive.enrichments.model_id(SUMMARIZER)
    everything = archive.enrichments.work({"summary": model}, force=True)
    return next(item for item in everything if item.article_id == article_id)


# Models


def test_a_model_keeps_its_id_and_other_parameters_are_another(archive, enrichments):
    assert enrichments.model_id(SUMMARIZER) == enrichments.model_id(SUMMARIZER) == 1
    others = [
        dataclasses.replace(SUMMARIZER, parameters=(("sentences", 2),)),
        dataclasses.replace(SUMMARIZER, revision="2"),
        dataclasses.replace(SUMMARIZER, name="other"),
        dataclasses.replace(SUMMARIZER, task="vector"),
    ]
    assert [enrichments.model_id(other) for other in others] == [2, 3, 4, 5]
    assert rows(archive, "models")[0]["parameters"] == '{"sentences": 3}'


def test_the_order_of_parameters_does_not_matter(enrichments):
    one = Model("tags", "m", "1", (("a", 1), ("b", True)))
    other = Model("tags", "m", "1", (("b", True), ("a", 1)))
    assert enrichments.model_id(one) == enrichments.model_id(other)


# What is to do


def test_nothing_to_do_in_an_empty_archive(enrichments, models):
    assert work(enrichments, models) == []
    assert work(enrichments, {}) == []


def test_a_new_article_needs_everything(archive, enrichments, models):
    save(archive)
    assert list(enrichments.work(models)) == [
        WorkItem(
            1,
            ARTICLE.title,
            ARTICLE.text,
            datetime(2024, 3, 5, 16, 42, tzinfo=UTC),
            "en",
            ARTICLE.content_hash,
            frozenset({"summary", "tags", "vector"}),
        )
    ]
    assert work(enrichments, {"tags": models["tags"]}) == [(1, {"tags"})]
    assert work(enrichments, {}) == []


def test_nothing_is_done_twice(archive, enrichments, models):
    save(archive)
    do(archive, models)
    assert work(enrichments, models) == []


def test_only_what_is_missing_is_asked_for(archive, enrichments, models):
    save(archive)
    save(archive, ARTICLE.replace(url="https://news.example/2"))
    do(archive, models, ("summary",))
    save(archive, ARTICLE.replace(url="https://news.example/3"))
    assert work(enrichments, models) == [
        (1, {"tags", "vector"}),
        (2, {"tags", "vector"}),
        (3, {"summary", "tags", "vector"}),
    ]


def test_a_changed_text_is_to_do_again(archive, enrichments, models):
    save(archive)
    do(archive, models)
    save(archive, CHANGED)
    assert work(enrichments, models) == [(1, {"summary", "tags", "vector"})]


def test_a_text_that_changes_back_is_to_do_again(archive, enrichments, models):
    save(archive)
    do(archive, models)
    save(archive, CHANGED)
    save(archive)
    assert work(enrichments, models) == [(1, {"summary", "tags", "vector"})]


def test_another_model_is_to_do(archive, enrichments, models):
    save(archive)
    do(archive, models)
    newer = enrichments.model_id(dataclasses.replace(SUMMARIZER, revision="2"))
    assert work(enrichments, {**models, "summary": newer}) == [(1, {"summary"})]


def test_force_is_everything(archive, enrichments, models):
    save(archive)
    do(archive, models)
    assert work(enrichments, models, force=True) == [(1, {"summary", "tags", "vector"})]
    assert work(enrichments, {"tags": models["tags"]}, force=True) == [(1, {"tags"})]


def test_more_articles_than_are_read_at_once(archive, enrichments, models, monkeypatch):
    monkeypatch.setattr("archive.work._CHUNK", 3)
    for n in range(10):
        save(archive, ARTICLE.replace(url=f"https://news.example/{n}"))
    assert [article_id for article_id, _ in work(enrichments, models)] == list(range(1, 11))


def test_work_may_be_stored_while_it_is_read(archive, enrichments, models, monkeypatch):
    monkeypatch.setattr("archive.work._CHUNK", 3)
    for n in range(10):
        save(archive, ARTICLE.replace(url=f"https://news.example/{n}"))
    seen = []
    for item in enrichments.work(models):
        seen.append(item.article_id)
        if item.article_id % 2:
            with archive.transaction():
                enrichments.save_vector(item, b"", models["vector"])
    assert seen == list(range(1, 11))


def test_an_item_is_current_until_its_text_changes(archive, enrichments):
    save(archive)
    item = item_of(archive)
    assert enrichments.is_current(item)
    save(archive, ARTICLE.replace(section="Business"))
    assert enrichments.is_current(item)
    save(archive, CHANGED)
    assert not enrichments.is_current(item)
    archive.db.execute("delete from articles")
    assert not enrichments.is_current(item)


# Summaries


def test_a_summary_with_its_receipts(archive, enrichments, models, monkeypatch):
    monkeypatch.setattr(times, "now", lambda: datetime(2024, 3, 6, tzinfo=UTC))
    save(archive)
    enrichments.save_summaries(
        item_of(archive), (summary_of(ARTICLE.text, FIRST, SECOND),), models["summary"]
    )
    assert rows(archive, "summaries") == [
        {
            "id": 1,
            "article_id": 1,
            "model_id": models["summary"],
            "kind": "paragraph",
            "text": f"{FIRST} {SECOND}",
            "tokens_read": 18,
            "tokens_total": 18,
            "is_current": 1,
            "created_at": "2024-03-06T00:00:00Z",
        }
    ]
    assert rows(archive, "summary_sentences") == [
        {
            "summary_id": 1,
            "position": position,
            "text": sentence,
            "support": 1.0,
            "source_start": start,
            "source_end": start + len(sentence),
            "origin": "quoted",
            "other_sources": "[]",
        }
        for position, (sentence, start) in enumerate([(FIRST, 0), (SECOND, 53)])
    ]
    assert rows(archive, "articles")[0]["summary"] == f"{FIRST} {SECOND}"


def test_the_newest_summary_of_a_kind_is_the_current_one(archive, enrichments):
    save(archive)
    item = item_of(archive)
    one, two = (
        enrichments.model_id(dataclasses.replace(SUMMARIZER, revision=revision))
        for revision in ("one", "two")
    )
    current = []
    for model, sentence in ((one, FIRST), (two, SECOND), (one, SECOND), (one, FIRST)):
        enrichments.save_summaries(item, (summary_of(ARTICLE.text, sentence),), model)
        (row,) = archive.db.query("select model_id, text from summaries where is_current")
        current.append((row["model_id"], row["text"]))
        assert rows(archive, "articles")[0]["summary"] == sentence
    assert current == [(one, FIRST), (two, SECOND), (one, SECOND), (one, FIRST)]
    assert len(rows(archive, "summaries")) == 2
    sentences = {row["summary_id"] for row in rows(archive, "summary_sentences")}
    assert sentences == {row["id"] for row in rows(archive, "summaries")}


def test_two_current_summaries_of_a_kind_are_impossible(archive, enrichments, models):
    save(archive)
    do(archive, models)
    other = enrichments.model_id(dataclasses.replace(SUMMARIZER, revision="2"))
    with pytest.raises(sqlite3.IntegrityError):
        archive.db.execute(
            "insert into summaries (article_id, model_id, kind, text, tokens_read, tokens_total,"
            " created_at) values (1, ?, 'paragraph', '', 0, 0, '')",
            [other],
        )


def test_an_empty_summary(archive, enrichments, models):
    save(archive)
    enrichments.save_summaries(item_of(archive), (Summary((), 0, 0),), models["summary"])
    assert rows(archive, "summaries")[0]["text"] == ""
    assert [tasks for _, tasks in work(enrichments, models)] == [{"tags", "vector"}]


# Vectors


def test_vectors_of_two_models_stand_beside_each_other(archive, enrichments, models):
    save(archive)
    item = item_of(archive)
    other = enrichments.model_id(dataclasses.replace(EMBEDDER, revision="2"))
    enrichments.save_vector(item, b"old", models["vector"])
    enrichments.save_vector(item, b"new", models["vector"])
    enrichments.save_vector(item, b"\x00\xff", other)
    assert [(row["model_id"], row["vector"]) for row in rows(archive, "vectors")] == [
        (models["vector"], b"new"),
        (other, b"\x00\xff"),
    ]
