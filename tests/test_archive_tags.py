"""Tags: mentions, the entities that they mean, and their slugs."""

import dataclasses
import sqlite3

import pytest
from archive_records import ARTICLE, META, TAGGER, TAGGING, X, rows, save
from sqlite_utils import Database

from archive import Alias, Archive, Entity, Mention
from archive.entities import slugify
from archive.migrations import migrations
from archive.names import fold
from archive.records import EntityContext, Salience, Tagging


@pytest.fixture
def enrichments(archive):
    return archive.enrichments


@pytest.fixture
def tagger(enrichments):
    """The id of the tagger."""
    return enrichments.model_id(TAGGER)


def item_of(archive, tagger, article_id=1):
    """A work item for an article, as `work` gives it."""
    everything = archive.enrichments.work({"tags": tagger}, force=True)
    return next(item for item in everything if item.article_id == article_id)


def test_a_tagging(archive, enrichments, tagger):
    save(archive)
    enrichments.save_tagging(item_of(archive, tagger), TAGGING, tagger)
    assert rows(archive, "mentions") == [
        {
            "id": number,
            "article_id": 1,
            "entity_id": entity_id,
            "start": mention.start,
            "end": mention.end,
            "surface": mention.surface,
            "type": mention.type,
            "score": mention.score,
            "model_id": tagger,
            "tagged_entity_id": None,
            "tagged_type": None,
            "decision_id": None,
            "reason": "[]",
        }
        for number, (mention, entity_id) in enumerate(
            zip(TAGGING.mentions, (1, 2, 1, None), strict=True), start=1
        )
    ]
    assert all(ARTICLE.text[m.start : m.end] == m.surface for m in TAGGING.mentions)
    assert rows(archive, "entities") == [
        {
            "id": 1,
            "name": "Meta",
            "type": "organization",
            "slug": "meta",
            "description": "Owner of Facebook",
            "merged_into": None,
            "tagged_name": None,
            "tagged_type": None,
        },
        {
            "id": 2,
            "name": "X",
            "type": "organization",
            "slug": "x",
            "description": None,
            "merged_into": None,
            "tagged_name": None,
            "tagged_type": None,
        },
    ]
    assert rows(archive, "aliases")[:2] == [
        {
            "id": 1,
            "entity_id": 1,
            "alias": "Meta",
            "valid_from": None,
            "valid_until": None,
            "origin": "name",
            "folded": "meta",
        },
        {
            "id": 2,
            "entity_id": 1,
            "alias": "Facebook",
            "valid_from": None,
            "valid_until": "2021-10-28",
            "origin": "gazetteer",
            "folded": "facebook",
        },
    ]
    assert rows(archive, "article_entities") == [
        {"article_id": 1, "entity_id": 1, "mention_count": 2, "salience": 0.75},
        {"article_id": 1, "entity_id": 2, "mention_count": 1, "salience": 0.25},
    ]
    assert rows(archive, "articles")[0]["tags"] == '["Meta", "X"]'
    assert archive.articles.find("1")["tags"] == ["Meta", "X"]


def test_tagging_again_takes_the_place_of_the_first_and_ids_stay(archive, enrichments, tagger):
    save(archive)
    item = item_of(archive, tagger)
    enrichments.save_tagging(item, TAGGING, tagger)
    before = rows(archive, "entities"), rows(archive, "aliases")
    other = Tagging((Mention(42, 43, "X", "organization", "X"),), (Salience(X, 1, 1.0),), ("X",))
    enrichments.save_tagging(item, other, tagger)
    assert [row["entity_id"] for row in rows(archive, "mentions")] == [2]
    assert [row["entity_id"] for row in rows(archive, "article_entities")] == [2]
    assert rows(archive, "articles")[0]["tags"] == '["X"]'
    assert (rows(archive, "entities"), rows(archive, "aliases")) == before


def test_no_tags_at_all(archive, enrichments, tagger):
    save(archive)
    item = item_of(archive, tagger)
    enrichments.save_tagging(item, TAGGING, tagger)
    enrichments.save_tagging(item, Tagging((), (), ()), tagger)
    assert rows(archive, "mentions") == rows(archive, "article_entities") == []
    assert rows(archive, "articles")[0]["tags"] == "[]"


def test_other_articles_keep_their_tags(archive, enrichments, tagger):
    save(archive)
    save(archive, ARTICLE.replace(url="https://news.example/2"))
    enrichments.save_tagging(item_of(archive, tagger), TAGGING, tagger)
    enrichments.save_tagging(item_of(archive, tagger, 2), TAGGING, tagger)
    enrichments.save_tagging(item_of(archive, tagger, 2), Tagging((), (), ()), tagger)
    assert {row["article_id"] for row in rows(archive, "mentions")} == {1}


def test_an_entity_keeps_its_id(archive, enrichments):
    first = enrichments.entity_id(META)
    assert enrichments.entity_id(META) == first
    assert enrichments.entity_id(dataclasses.replace(META, description="Other words")) == first
    assert len(rows(archive, "entities")) == 1
    assert [row["alias"] for row in rows(archive, "aliases")] == ["Meta", "Facebook"]


def test_later_aliases_are_added_to_those_it_has(archive, enrichments):
    enrichments.entity_id(META)
    more = dataclasses.replace(
        META, aliases=(Alias("Facebook"), Alias("Meta Inc.", None, None, "article"))
    )
    enrichments.entity_id(more)
    assert [(row["alias"], row["origin"]) for row in rows(archive, "aliases")] == [
        ("Meta", "name"),
        ("Facebook", "gazetteer"),
        ("Meta Inc.", "article"),
    ]


@pytest.mark.parametrize("name", ["facebook", "Facebook, Inc.", "FACEBOOK’s", "Meta"])
def test_an_entity_is_found_by_any_spelling_of_its_names(archive, enrichments, name):
    number = enrichments.entity_id(META)
    found = Entity("Meta", "organization", "Owner of Facebook")
    assert enrichments.entities_named(fold(name)) == [(number, found)]
    assert enrichments.entities_named("nobody") == []


def test_in_what_company_an_entity_is_named(archive, enrichments, tagger):
    save(archive)
    enrichments.save_tagging(item_of(archive, tagger), TAGGING, tagger)
    number = enrichments.entity_id(META)
    assert enrichments.company_of(number) == EntityContext(frozenset({("X", "organization")}), ())
    assert enrichments.company_of(99) == EntityContext(frozenset(), ())


@pytest.mark.parametrize(
    ("entities", "slugs"),
    [
        ([("X", "organization"), ("X", "product")], ["x", "x-product"]),
        ([("X", "product"), ("x", "product"), ("X!", "product")], ["x", "x-product", "x-2"]),
        ([("José Peñaloza", "person"), ("Ørsted", "person")], ["jose-penaloza", "rsted"]),
        (
            [("张一鸣", "person"), ("Навальный", "person"), ("字节跳动", "organization")],
            ["person", "person-person", "organization"],
        ),
        (
            [("人", "person"), ("山", "person"), ("水", "person")],
            ["person", "person-person", "person-2"],
        ),
        ([("AT&T", "organization"), ("A-T T", "organization")], ["at-t", "a-t-t"]),
        (
            [("Meta 2", "product"), ("Meta", "product"), ("meta", "product")],
            ["meta-2", "meta", "meta-product"],
        ),
    ],
    ids=lambda value: value[0] if isinstance(value[0], str) else value[0][0],
)
def test_slugs_are_unique(archive, enrichments, entities, slugs):
    ids = [enrichments.entity_id(Entity(name, kind)) for name, kind in entities]
    assert len(set(ids)) == len(entities)
    assert [row["slug"] for row in rows(archive, "entities")] == slugs


def test_slugs_do_not_run_out(archive, enrichments):
    with archive.transaction():
        for n in range(1100):
            enrichments.entity_id(Entity("人" * (n + 1), "person"))
    assert len({row["slug"] for row in rows(archive, "entities")}) == 1100


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Elon Musk", "elon-musk"),
        ("  --X-- ", "x"),
        ("ﬁnance №5", "finance-no5"),
        ("…", ""),
        ("", ""),
    ],
)
def test_slugify(name, slug):
    assert slugify(name) == slug


def test_aliases_of_a_new_entity(archive, enrichments):
    aliases = (Alias("Twitter", None, "2023-07-23"), Alias("X", "2023-07-23", None, "tagger"))
    enrichments.entity_id(Entity("X", "organization", None, aliases))
    assert [tuple(row.values())[2:] for row in rows(archive, "aliases")] == [
        ("Twitter", None, "2023-07-23", "gazetteer", "twitter"),
        ("X", "2023-07-23", None, "tagger", "x"),
    ]


def test_a_failed_enrichment_leaves_the_one_before(archive, enrichments, tagger):
    save(archive)
    enrichments.save_tagging(item_of(archive, tagger), TAGGING, tagger)
    tables = ("mentions", "article_entities", "articles", "enrichments", "entities")
    before = {table: rows(archive, table) for table in tables}
    newcomer = Salience(Entity("New", "person"), 1, 1.0)
    broken = Tagging((Mention(5, 5, "", "person", "New"),), (newcomer,), ("New",))
    with pytest.raises(sqlite3.IntegrityError), archive.transaction():
        enrichments.save_tagging(item_of(archive, tagger), broken, tagger)
    assert {table: rows(archive, table) for table in tables} == before


def test_views_for_people(archive, enrichments, tagger):
    save(archive)
    enrichments.save_tagging(item_of(archive, tagger), TAGGING, tagger)
    assert rows(archive, "latest")[0]["tags"] == '["Meta", "X"]'
    assert [row["entity"] for row in rows(archive, "article_tags")] == ["Meta", "X"]
    assert rows(archive, "entity_mentions_by_day")[0] == {
        "entity_id": 1,
        "entity": "Meta",
        "type": "organization",
        "day": "2024-03-05",
        "articles": 1,
        "mentions": 2,
    }


def test_an_older_archive_finds_its_entities_by_any_spelling(tmp_path):
    path = tmp_path / "old.db"
    db = Database(path)
    migrations.apply(db, stop_before="m012_names_are_found_in_any_spelling")
    db["entities"].insert_all(
        {"id": n, "name": name, "type": "product", "slug": name.lower()}
        for n, name in ((1, "ChatGPT"), (2, "Bard"))
    )
    db["aliases"].insert({"entity_id": 1, "alias": "ChatGPT", "origin": "gazetteer"})
    db["aliases"].insert({"entity_id": 1, "alias": "Chat-GPT Plus", "origin": "gazetteer"})
    db.close()
    with Archive(path) as upgraded:
        assert [
            (row["entity_id"], row["alias"], row["origin"], row["folded"])
            for row in rows(upgraded, "aliases")
        ] == [
            (1, "ChatGPT", "gazetteer", "chatgpt"),
            (1, "Chat-GPT Plus", "gazetteer", "chatgptplus"),
            (2, "Bard", "name", "bard"),
        ]
