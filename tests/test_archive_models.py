"""Several models: what each has made stands side by side, and which of it an article shows."""

import dataclasses
import json
from datetime import date

import pytest
from archive_records import (
    ARTICLE,
    EMBEDDER,
    SUMMARIZER,
    TAGGER,
    TAGGING,
    X,
    rows,
    save,
    summary_of,
)
from sqlite_utils import Database

from archive import Archive, Mention, Summary, SummarySentence, taggings
from archive.migrations import migrations
from archive.records import EVERYTHING, Salience, Selection, Tagging
from archive.vector_index import VectorIndex

TEXT = ARTICLE.text
FIRST, SECOND = "Meta went dark on Tuesday.", "Meta said little."
DEK = dataclasses.replace(summary_of(TEXT, SECOND), kind="dek")
POINTS = dataclasses.replace(summary_of(TEXT, FIRST, SECOND), kind="points")
#: What another tagger says of the article.
OTHER = Tagging(
    (Mention(42, 43, "X", "organization", "X", 0.5),), (Salience(X, 1, 1.0),), ("X",)
)  # fmt: skip


@pytest.fixture
def enrichments(archive):
    return archive.enrichments


def model(enrichments, model, revision):
    return enrichments.model_id(dataclasses.replace(model, revision=revision))


@pytest.fixture
def summarizers(enrichments):
    return tuple(model(enrichments, SUMMARIZER, revision) for revision in ("one", "two"))


@pytest.fixture
def taggers(enrichments):
    return tuple(model(enrichments, TAGGER, revision) for revision in ("one", "two"))


@pytest.fixture
def item(archive, enrichments, summarizers):
    """The work item of one saved article."""
    save(archive)
    return next(enrichments.work({"summary": summarizers[0]}))


def shown(archive):
    """(model, kind) of what is shown, and the article's summary."""
    current = archive.db.execute(
        "select model_id, kind from summaries where is_current order by kind"
    ).fetchall()
    return current, rows(archive, "articles")[0]["summary"]


# Summaries


def test_kinds_stand_beside_each_other(archive, enrichments, item, summarizers):
    made = (summary_of(TEXT, FIRST), DEK, POINTS)
    enrichments.save_summaries(item, made, summarizers[0])
    assert [
        (row["kind"], row["text"], row["is_current"]) for row in rows(archive, "summaries")
    ] == [
        ("paragraph", FIRST, 1),
        ("dek", SECOND, 1),
        ("points", f"{FIRST}\n{SECOND}", 1),
    ]
    assert rows(archive, "articles")[0]["summary"] == FIRST


def test_made_again_with_fewer_kinds(archive, enrichments, item, summarizers):
    enrichments.save_summaries(item, (summary_of(TEXT, FIRST), POINTS), summarizers[0])
    enrichments.save_summaries(item, (summary_of(TEXT, SECOND),), summarizers[0])
    assert shown(archive) == ([(summarizers[0], "paragraph")], SECOND)
    assert len(rows(archive, "summaries")) == 1


def test_another_model_takes_the_place_of_all_kinds(archive, enrichments, item, summarizers):
    one, two = summarizers
    enrichments.save_summaries(item, (summary_of(TEXT, FIRST), DEK, POINTS), one)
    enrichments.save_summaries(item, (summary_of(TEXT, SECOND), DEK), two)
    assert shown(archive) == ([(two, "dek"), (two, "paragraph")], SECOND)
    enrichments.show_summaries(1, one)
    assert shown(archive) == ([(one, "dek"), (one, "paragraph"), (one, "points")], FIRST)
    assert len(rows(archive, "summaries")) == 5


def test_beside_shows_nothing_new(archive, enrichments, item, summarizers):
    one, two = summarizers
    enrichments.save_summaries(item, (summary_of(TEXT, FIRST),), one)
    enrichments.save_summaries(item, (summary_of(TEXT, SECOND),), two, beside=True)
    assert shown(archive) == ([(one, "paragraph")], FIRST)
    assert enrichments.kept_summaries(two, EVERYTHING, 10) == [1]
    assert enrichments.kept_summaries(one, EVERYTHING, 10) == []


def test_beside_nothing_is_shown(archive, enrichments, item, summarizers):
    enrichments.save_summaries(item, (summary_of(TEXT, FIRST),), summarizers[0], beside=True)
    assert shown(archive) == ([(summarizers[0], "paragraph")], FIRST)


def test_what_is_shown_and_made_again_beside_stays_shown(archive, enrichments, item, summarizers):
    enrichments.save_summaries(item, (summary_of(TEXT, FIRST),), summarizers[0])
    enrichments.save_summaries(item, (summary_of(TEXT, SECOND),), summarizers[0], beside=True)
    assert shown(archive) == ([(summarizers[0], "paragraph")], SECOND)


def test_where_a_sentence_comes_from(archive, enrichments, item, summarizers):
    origins = ("quoted", "repaired", "written", "replacement")
    sentences = tuple(SummarySentence("Meta.", 0.5, 0, 4, origin) for origin in origins)
    enrichments.save_summaries(item, (Summary(sentences, 1, 1),), summarizers[0])
    assert tuple(row["origin"] for row in rows(archive, "summary_sentences")) == origins


def test_a_sentence_may_rest_on_several(archive, enrichments, item, summarizers):
    sentence = SummarySentence("Meta.", 0.5, 0, 4, "written", ((53, 57), (60, 64)))
    enrichments.save_summaries(item, (Summary((sentence,), 1, 1),), summarizers[0])
    (row,) = rows(archive, "summary_sentences")
    assert json.loads(row["other_sources"]) == [[53, 57], [60, 64]]


# Tags


def tags_shown(archive):
    """(model, surface) of the mentions, salience of the entities, tags."""
    return (
        [(row["model_id"], row["surface"]) for row in rows(archive, "mentions")],
        archive.db.execute("select salience from article_entities order by 1").fetchall(),
        json.loads(rows(archive, "articles")[0]["tags"]),
    )


def test_another_tagger_takes_the_place_of_the_first_which_is_kept(
    archive, enrichments, item, taggers
):
    one, two = taggers
    enrichments.save_tagging(item, TAGGING, one)
    before = tags_shown(archive)
    enrichments.save_tagging(item, OTHER, two)
    assert tags_shown(archive) == ([(two, "X")], [(1.0,)], ["X"])
    ((article_id, kept),) = enrichments.kept_taggings(one, EVERYTHING, 10)
    # Its aliases are in the archive.
    assert (article_id, kept) == (1, dataclasses.replace(TAGGING, entities=tuple(
        dataclasses.replace(s, entity=dataclasses.replace(s.entity, aliases=()))
        for s in TAGGING.entities
    )))  # fmt: skip
    assert list(enrichments.work({"tags": one})) == list(enrichments.work({"tags": two})) == []
    enrichments.show_tagging(1, kept, one)
    assert tags_shown(archive) == before
    assert enrichments.kept_taggings(one, EVERYTHING, 10) == []
    assert [number for number, _ in enrichments.kept_taggings(two, EVERYTHING, 10)] == [1]


def test_tags_beside_those_that_are_shown(archive, enrichments, item, taggers):
    one, two = taggers
    enrichments.save_tagging(item, OTHER, one)
    before = tags_shown(archive)
    enrichments.save_tagging(item, TAGGING, two, beside=True)
    assert tags_shown(archive) == before
    assert enrichments.kept_taggings(two, EVERYTHING, 10) == [(1, TAGGING)]
    # Nobody knows an entity that no article shows.
    assert [row["name"] for row in rows(archive, "entities")] == ["X"]
    enrichments.save_tagging(item, TAGGING, one, beside=True)
    assert [model for model, _ in tags_shown(archive)[0]] == [one] * 4


def test_an_article_without_names_keeps_that_too(archive, enrichments, item, taggers):
    one, two = taggers
    enrichments.save_tagging(item, Tagging((), (), ()), one)
    enrichments.save_tagging(item, OTHER, two, beside=True)
    assert tags_shown(archive) == ([], [], [])
    enrichments.show_tagging(1, OTHER, two)
    assert enrichments.kept_taggings(one, EVERYTHING, 10) == [(1, Tagging((), (), ()))]


def test_a_tagging_is_stored_whole():
    assert taggings.from_json(taggings.to_json(TAGGING)) == TAGGING


def test_a_changed_text_drops_what_stands_beside(archive, enrichments, item, taggers, summarizers):
    enrichments.save_tagging(item, OTHER, taggers[0])
    enrichments.save_tagging(item, TAGGING, taggers[1], beside=True)
    save(archive, ARTICLE.replace(text="It is over. Meta is back."))
    assert rows(archive, "taggings") == []
    assert [i.article_id for i in enrichments.work({"tags": taggers[1]})] == [1]


# Vectors


def test_vectors_are_of_the_first_model_until_another_is_made_current(archive, enrichments, item):
    one, two = (model(enrichments, EMBEDDER, revision) for revision in ("one", "two"))
    enrichments.save_vector(item, b"\x00\x3c" * 4, one)
    enrichments.save_vector(item, b"\x00\x3c" * 8, two)
    index = VectorIndex()
    index.refresh(archive.db.conn)
    assert (archive.models.current("vector"), len(index.vector(archive.db.conn, 1))) == (one, 8)
    assert enrichments.current_vector(1) == b"\x00\x3c" * 4
    archive.models.make_current("vector", two)
    index.refresh(archive.db.conn)
    assert (archive.models.current("vector"), len(index.vector(archive.db.conn, 1))) == (two, 16)
    assert [row["is_current"] for row in rows(archive, "models") if row["task"] == "vector"] == [
        0,
        1,
    ]


# Which articles


@pytest.fixture
def four(archive):
    """Articles 1 to 4: three sites and days, the last without a date."""
    for number, (site, day) in enumerate(
        [("a.example", 1), ("b.example", 5), ("a.example", 9), ("c.example", None)], 1
    ):
        when = ARTICLE.published_at.replace(day=day) if day else None
        url = f"https://{site}/{number}"
        save(archive, ARTICLE.replace(url=url, site=site, published_at=when))
    return archive


@pytest.mark.parametrize(
    ("selection", "ids"),
    [
        (EVERYTHING, [1, 2, 3, 4]),
        (Selection(limit=2), [1, 2]),
        (Selection(limit=9), [1, 2, 3, 4]),
        (Selection(site="a.example"), [1, 3]),
        (Selection(site="a.example", limit=1), [1]),
        (Selection(since=date(2024, 3, 5)), [2, 3, 4]),  # the last was first seen later
        (Selection(since=date(2024, 3, 6), site="a.example"), [3]),
        (Selection(site="nowhere.example"), []),
    ],
)
@pytest.mark.parametrize("force", [False, True])
def test_some_articles_alone(four, summarizers, selection, ids, force):
    models = {"summary": summarizers[0]}
    found = four.enrichments.work(models, force, selection)
    assert [item.article_id for item in found] == ids
    assert four.enrichments.count_work(models, force, selection) == len(ids)


def test_what_is_shown_of_some_articles_alone(four, summarizers, taggers):
    enrichments = four.enrichments
    for item in enrichments.work({"summary": summarizers[0]}):
        for number in (0, 1):
            enrichments.save_summaries(
                item, (summary_of(TEXT, FIRST),), summarizers[number], number
            )
            enrichments.save_tagging(item, OTHER, taggers[number], number)
    site = Selection(site="a.example")
    assert enrichments.kept_summaries(summarizers[1], site, 10) == [1, 3]
    assert enrichments.kept_summaries(summarizers[1], site, 1) == [1]
    assert [n for n, _ in enrichments.kept_taggings(taggers[1], site, 10)] == [1, 3]
    assert [n for n, _ in enrichments.kept_taggings(taggers[1], EVERYTHING, 2)] == [1, 2]


# Counts


def test_how_much_is_done_by_which_model(archive, enrichments, summarizers, taggers):
    one, two = summarizers
    vectors = [model(enrichments, EMBEDDER, revision) for revision in ("one", "two")]
    for number in (1, 2, 3):
        save(archive, ARTICLE.replace(url=f"https://news.example/{number}"))
    for item in enrichments.work({"summary": one}):
        enrichments.save_summaries(item, (summary_of(TEXT, FIRST), DEK), one)
        if item.article_id > 1:
            beside = item.article_id == 2
            enrichments.save_summaries(item, (summary_of(TEXT, SECOND), DEK), two, beside)
        enrichments.save_tagging(item, TAGGING, taggers[0])
        for vector in vectors:
            enrichments.save_vector(item, b"\x00\x3c", vector)
    archive.models.make_current("summary", two)
    save(archive, ARTICLE.replace(url="https://news.example/1", text="New text."))
    counts = [
        (
            row["id"],
            row["task"],
            row["is_current"],
            row["articles"],
            row["up_to_date"],
            row["shown"],
        )
        for row in archive.models.counts()
    ]
    assert counts == [
        (one, "summary", 0, 2, 2, 1),
        (two, "summary", 1, 2, 2, 1),
        (taggers[0], "tags", 0, 2, 2, 2),
        (vectors[0], "vector", 1, 2, 2, 2),
        (vectors[1], "vector", 0, 2, 2, 0),
    ]


# Upgrade


def test_an_old_file_shows_what_it_showed(tmp_path):
    path = tmp_path / "old.db"
    database = Database(path)
    migrations.apply(database, stop_before="m019_models_stand_side_by_side")
    for statement in (
        (
            "insert into articles (id, url, title, text, word_count, content_hash, first_seen_at, "
            "updated_at) values (1, 'https://news.example/1', 'T', 'A. B.', 2, 'h', '', '')"
        ),
        (
            "insert into models (id, task, name, revision) values (1, 'summary', 'a', '1'), "
            "(2, 'summary', 'b', '1'), (3, 'vector', 'a', '1'), (4, 'vector', 'b', '1'), "
            "(5, 'vector', 'unused', '1')"
        ),
        "insert into enrichments values (1, 'summary', 1, 'h', ''), (1, 'summary', 2, 'h', '')",
        (
            "insert into summaries (id, article_id, model_id, kind, text, tokens_read, tokens_total, "
            "is_current, created_at) values (1, 1, 1, 'extractive', 'A.', 2, 2, 0, ''), "
            "(2, 1, 2, 'extractive', 'B.', 2, 2, 1, '')"
        ),
        "insert into summary_sentences values (2, 0, 'B.', 1.0, 3, 5)",
        "insert into vectors values (1, 3, x'003c'), (1, 4, x'003c')",
    ):
        database.execute(statement)
    database.conn.commit()
    database.close()
    with Archive(path) as archive:
        assert [(row["kind"], row["is_current"]) for row in rows(archive, "summaries")] == [
            ("paragraph", 0),
            ("paragraph", 1),
        ]
        assert [row["origin"] for row in rows(archive, "summary_sentences")] == ["quoted"]
        assert [row["id"] for row in rows(archive, "models") if row["is_current"]] == [2, 4]
        assert archive.models.current("vector") == 4
