"""Counts that pages show are what counting would give, whatever was written, changed or deleted."""

from datetime import UTC, datetime

import pytest
from archive_records import ARTICLE, save
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from new_archive import new_archive

from archive import Archive, Entity
from archive.records import Mention, Model, Salience, Tagging, WorkItem

#: For each table, what it has to hold, counted from the tables that people write to.
COUNTED = {
    "site_days": """
        select coalesce(site, ''), coalesce(date(published_at), ''), count(*) from articles
        group by 1, 2""",
    "site_totals": "select coalesce(site, ''), count(*) from articles group by 1",
    "article_authors": """
        select distinct value, coalesce(published_at, ''), articles.id
        from articles, json_each(authors)""",
    "author_totals": """
        select value, count(distinct articles.id) from articles, json_each(authors) group by 1""",
    "entity_timeline": """
        select entity_id, coalesce(published_at, ''), article_id, coalesce(site, ''), mention_count
        from article_entities join articles on id = article_id""",
    "entity_days": """
        select entity_id, coalesce(date(published_at), ''), count(*), sum(mention_count)
        from article_entities join articles on id = article_id group by 1, 2""",
    "entity_site_months": """
        select entity_id, coalesce(site, ''),
               coalesce(strftime('%Y-%m', published_at), ''), count(*), sum(mention_count)
        from article_entities join articles on id = article_id group by 1, 2, 3""",
    "entity_site_totals": """
        select entity_id, coalesce(site, ''), count(*), sum(mention_count)
        from article_entities join articles on id = article_id group by 1, 2""",
    "entity_totals": """
        select entity_id, count(*), sum(mention_count) from article_entities group by 1""",
    "article_blocks": "select id / 1024, count(*) from articles group by 1",
    "enrichment_blocks": """
        select task, model_id, article_id / 1024, count(*), sum(e.content_hash = a.content_hash)
        from enrichments e join articles a on a.id = article_id group by 1, 2, 3""",
    "unsigned": """
        select id from articles where id not in (select article_id from signatures)""",
}


def assert_counted(archive):
    for table, query in COUNTED.items():
        held = archive.db.execute(f"select * from {table}").fetchall()
        assert sorted(held) == sorted(archive.db.execute(query).fetchall()), table


ENTITIES = [Entity("Meta", "organization"), Entity("X", "product"), Entity("Ada", "person")]
DAYS = [None, *(datetime(2024, month, 5, 12, tzinfo=UTC) for month in (1, 1, 2))]

save_one = st.tuples(
    st.just("save"),
    st.integers(1, 4),
    st.sampled_from([None, "a.example", "b.example"]),
    st.sampled_from(DAYS),
    st.lists(st.sampled_from(["Ada", "Ben", "Cy"]), max_size=3),
    st.sampled_from(["One text.", "Another text."]),
)
tag_one = st.tuples(
    st.just("tag"), st.integers(1, 4), st.lists(st.sampled_from(ENTITIES), max_size=3, unique=True)
)
stale_one = st.tuples(
    st.just("rehash"), st.integers(1, 4), st.sampled_from(["sha256:1", "sha256:2"])
)
delete_one = st.tuples(st.just("delete"), st.integers(1, 4))


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40
)
@given(steps=st.lists(save_one | tag_one | tag_one | stale_one | delete_one, max_size=12))
def test_counts_follow_whatever_happens(tmp_path_factory, steps):
    with Archive(new_archive(tmp_path_factory.mktemp("counts") / "a.db")) as archive:
        for kind, number, *given_ in steps:
            url = f"https://news.example/{number}"
            if kind == "save":
                site, day, authors, text = given_
                save(archive, ARTICLE.replace(url=url, site=site, published_at=day,
                                              authors=tuple(authors), text=text))  # fmt: skip
            elif kind == "tag":
                tag(archive, url, given_[0])
            elif kind == "rehash":
                archive.db.execute(
                    "update articles set content_hash = ? where url = ?", [given_[0], url]
                )
            else:
                archive.db.execute("delete from articles where url = ?", [url])
        assert_counted(archive)


def tag(archive, url, entities):
    row = archive.articles.find(url)
    if row is None:
        return
    item = WorkItem(
        row["id"], row["title"], row["text"], None, None, row["content_hash"], frozenset()
    )
    mentions = tuple(Mention(0, 3, "One", entity.type, entity.name) for entity in entities)
    salient = tuple(Salience(entity, 1 + n, 0.5) for n, entity in enumerate(entities))
    model_id = archive.enrichments.model_id(Model("tags", "test", "1"))
    with archive.transaction():
        archive.enrichments.save_tagging(item, Tagging(mentions, salient, ()), model_id)


@pytest.mark.parametrize("authors", ['"Ada"', "5", '{"a": "Ada"}', '["Ada", 7, null, ["Ben"], ""]'])
def test_authors_that_are_no_list_of_names(archive, authors):
    article_id = save(archive).article_id
    archive.db.execute("update articles set authors = ? where id = ?", [authors, article_id])
    held = archive.db.execute("select author from article_authors").fetchall()
    assert held == ([] if authors == "5" else [("Ada",)])


def test_what_was_not_taken_is_counted_by_site_and_reason(archive):
    for path in ("a", "b?x=/", "c"):
        archive.ledger.ask(f"https://www.News.example/{path}", None)
    archive.ledger.ask("file:///tmp/x.html", None)
    archive.save_refusal("https://www.News.example/a", "failed", "http_404", "gone")
    archive.save_refusal("https://www.News.example/b?x=/", "failed", "http_404", "gone")
    archive.save_refusal("https://www.News.example/b?x=/", "skipped", "too_short", "short")
    totals = "select site, state, reason, entries from ledger_totals order by 1, 2, 3"
    assert archive.db.execute(totals).fetchall() == [
        ("", "pending", "", 1),
        ("news.example", "failed", "http_404", 1),
        ("news.example", "pending", "", 1),
        ("news.example", "skipped", "too_short", 1),
    ]
    archive.db.execute("delete from ledger")
    assert archive.db.execute(totals).fetchall() == []


def test_what_is_to_do_is_found_in_any_block(archive):
    # Ids that lie as far apart as in an archive of a million articles, at the ends of blocks.
    numbers = [1, 1023, 1024, 2047, 1_000_000]
    for number in numbers:
        archive.db.execute(
            "insert into articles (id, url, title, text, word_count, content_hash, first_seen_at, "
            "updated_at) values (?, ?, 'Title', 'Text', 1, ?, '2024', '2024')",
            [number, f"https://news.example/{number}", f"sha256:{number}"],
        )
    store = archive.enrichments
    models = {"vector": store.model_id(Model("vector", "test", "1"))}

    def to_do():
        found = [item.article_id for item in store.work(models)]
        assert store.count_work(models) == len(found)
        return found

    assert to_do() == numbers
    for item in list(store.work(models)):
        if item.article_id != 1024:
            store.save_vector(item, b"", models["vector"])
    assert to_do() == [1024]
    archive.db.execute("update articles set content_hash = 'sha256:new' where id = 1000000")
    assert to_do() == [1024, 1_000_000]
    archive.db.execute("delete from articles where id = 1024")
    assert to_do() == [1_000_000]
    (done,) = archive.models.counts()
    assert (done["articles"], done["up_to_date"]) == (4, 3)
