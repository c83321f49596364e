"""`newsarchive remove`: what an article said goes, it stays out, and it can be let in again."""

import json

import pytest
from archive_records import ARTICLE, EMBEDDER, SUMMARIZER, TAGGER, TAGGING, save, summary_of
from feed_server import SITE, FeedServer, article, rss
from ingest_command import ingest, ledger, rows, run, totals

from archive import Archive, Entity
from archive.records import Salience, Tagging, WorkItem

GONE_AT = "2024-03-06T09:00:00Z"
OTHER = ARTICLE.replace(
    url="https://news.example/quiet", title="A quiet week", text="Nothing happened. It rained."
)
NOBODY = Entity("Ada Nobody", "person")
#: Tables whose rows are of an article, or of what was made of one.
OF_ARTICLES = (
    "articles", "pages", "revisions", "field_votes", "summaries", "summary_sentences", "mentions",
    "article_entities", "vectors", "vector_codes", "enrichments", "taggings", "entity_timeline",
    "article_authors", "articles_fts_docsize", "unsigned",
)  # fmt: skip


def counts(db):
    return {table: rows(db, f"select count(*) as n from {table}")[0]["n"] for table in OF_ARTICLES}


def enrich(archive, number, tagging):
    item = WorkItem(
        number, ARTICLE.title, ARTICLE.text, ARTICLE.published_at, "en",
        archive.db.execute("select content_hash from articles where id = ?", [number]).fetchone()[0],
        frozenset({"summary", "tags", "vector"}),
    )  # fmt: skip
    with archive.transaction():
        made = archive.enrichments
        first = summary_of(ARTICLE.text, "Meta went dark on Tuesday.")
        made.save_summaries(item, [first], made.model_id(SUMMARIZER))
        made.save_tagging(item, tagging, made.model_id(TAGGER))
        made.save_vector(item, bytes(range(8)), made.model_id(EMBEDDER))


@pytest.fixture
def filled(db, clock):
    """An archive of two articles; the second has an earlier text, models' work, and a name of its own."""
    with Archive(db) as archive:
        save(archive, OTHER, b"<html>other</html>")
        save(
            archive, ARTICLE.replace(text="An earlier text."), asked="https://news.example/o?amp=1"
        )
        number = save(archive).article_id
        named = (
            *TAGGING.mentions,
            TAGGING.mentions[0].__class__(28, 34, "People", "person", "Ada Nobody", 1.0),
        )
        salience = (*TAGGING.entities, Salience(NOBODY, 1, 0.1))
        enrich(archive, number, Tagging(named, salience, TAGGING.tags))
    return db


@pytest.fixture
def site():
    with FeedServer() as running:
        running.set("/feed.xml", rss("/1", "/2"))
        running.set_articles("/1", "/2")
        yield running


# What goes, and what stays


def test_all_of_an_article_goes_and_nothing_of_others(filled):
    result = run(filled, "remove", 2, "--by", "Ada", "--note", "withdrawn")
    assert (result.exit_code, result.stdout) == (
        0,
        "Removed 2: Meta goes dark\n    https://news.example/outage\n    https://news.example/o?amp=1\n",
    )
    one = {"articles": 1, "pages": 1, "field_votes": 2, "article_authors": 2,
           "articles_fts_docsize": 1, "unsigned": 1}  # fmt: skip
    assert counts(filled) == {table: one.get(table, 0) for table in OF_ARTICLES}
    assert rows(filled, "select url, article_url, article_id, removed_at, removed_by, note from removals") == [
        {"url": url, "article_url": "https://news.example/outage", "article_id": 2,
         "removed_at": GONE_AT, "removed_by": "Ada", "note": "withdrawn"}
        for url in ("https://news.example/outage", "https://news.example/o?amp=1")
    ]  # fmt: skip
    said = (
        "https://news.example/outage: Ada has removed it at 2024-03-06T09:00:00Z (withdrawn). "
        "To let it in again: newsarchive remove --undo https://news.example/outage"
    )
    assert rows(filled, "select url, reason, error from skipped order by url") == [
        {"url": url, "reason": "removed", "error": said}
        for url in ("https://news.example/o?amp=1", "https://news.example/outage")
    ]
    assert run(filled, "doctor").exit_code == 0


def test_an_address_that_was_never_asked_for_is_kept_out_as_well(db):
    with Archive(db) as archive:
        save(archive, ARTICLE, asked="https://news.example/amp/outage")
    run(db, "remove", "1", "--by", "Ada")
    assert rows(db, "select url, state, reason from ledger") == [
        {"url": "https://news.example/amp/outage", "state": "skipped", "reason": "removed"}
    ]
    assert [row["url"] for row in rows(db, "select url from removals order by url")] == [
        "https://news.example/amp/outage",
        "https://news.example/outage",
    ]
    assert run(db, "doctor").exit_code == 0


def test_a_name_that_no_other_article_has_goes_too(filled):
    assert "Ada Nobody" in {row["name"] for row in rows(filled, "select name from entities")}
    run(filled, "remove", 2)
    assert [row["name"] for row in rows(filled, "select name from entities order by name")] == [
        "Meta"
    ]


def test_erased_no_word_of_it_is_left_in_the_file(db):
    word = "zymurgologist"
    with Archive(db) as archive:
        for n in range(40):
            save(
                archive,
                OTHER.replace(url=f"https://news.example/{n}", text=f"Number {n}. It rained."),
            )
        save(archive, ARTICLE.replace(text=f"The {word} of Unst went dark."))
        assert word.encode() in db.read_bytes() + db.with_name(f"{db.name}-wal").read_bytes()
    assert run(db, "remove", ARTICLE.url, "--erase").exit_code == 0
    left = b"".join(path.read_bytes() for path in db.parent.iterdir())
    assert [part for part in (word.encode(), b"Unst", b"unst") if part in left] == []


def test_a_wrong_name_among_several_removes_nothing(filled):
    before = counts(filled)
    result = run(filled, "remove", 1, 99)
    assert (result.exit_code, result.stderr) == (
        1,
        (
            "Error: 99: there is no such article; nothing was removed. "
            "Find its number with: newsarchive search WORDS\n"
        ),
    )
    assert counts(filled) == before


def test_the_way_back_is_told_for_all_of_them(filled):
    assert run(filled, "remove", 2).stderr == (
        "Let it in again with: newsarchive remove --undo https://news.example/outage\n"
    )
    with Archive(filled) as archive:
        urls = [f"https://news.example/?n={n}" for n in range(8)]
        ids = [save(archive, OTHER.replace(url=url)).article_id for url in urls]
    assert run(filled, "remove", *ids[:2]).stderr == (
        "Let them in again with: newsarchive remove --undo "
        "'https://news.example/?n=0' 'https://news.example/?n=1'\n"
    )
    assert run(filled, "remove", "--undo", *urls[:2]).exit_code == 0
    assert run(filled, "remove", *ids[2:]).stderr == (
        "Let each in again with its address: newsarchive remove --undo URL\n"
    )


def test_its_number_is_never_given_again(filled):
    run(filled, "remove", 2)
    with Archive(filled) as archive:
        assert save(archive, OTHER.replace(url="https://news.example/new")).article_id == 3


def test_who_looks_for_it_is_told(filled):
    run(filled, "remove", 2, "--by", "Ada")
    for command, name in (("show", "https://news.example/o?amp=1"), ("remove", "2")):
        result = run(filled, command, name)
        assert (result.exit_code, result.stderr) == (
            1,
            (
                f"Error: {name}: Ada has removed it at 2024-03-06T09:00:00Z. "
                "To let it in again: newsarchive remove --undo https://news.example/outage\n"
            ),
        )


def test_the_list_tells_what_was_removed_and_why(filled):
    assert (run(filled, "remove", "--list").stderr) == "Nothing was removed.\n"
    run(filled, "remove", 2, "--by", "Ada", "--note", "withdrawn")
    result = run(filled, "remove", "--list")
    assert result.stdout.splitlines() == [
        f"{GONE_AT}  https://news.example/outage  Ada  withdrawn",
        f"{GONE_AT}  https://news.example/o?amp=1  Ada  withdrawn",
    ]
    assert result.stderr == "1 article removed.\n"
    listed = json.loads(run(filled, "remove", "--list", "--json").stdout)
    assert [row["url"] for row in listed] == [
        "https://news.example/outage",
        "https://news.example/o?amp=1",
    ]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "Name articles by number, address or file, or use --list."),
        (["1", "--list"], "Use --list alone, or with --json."),
        (["1", "--undo", "--erase"], "Name --undo or --erase, not both."),
    ],
)
def test_what_is_asked_wrongly_changes_nothing(filled, arguments, said):
    before = counts(filled)
    result = run(filled, "remove", *arguments)
    assert (result.exit_code, result.stderr.splitlines()[-1]) == (2, f"Error: {said}")
    assert counts(filled) == before


# Staying out


def test_no_source_brings_it_in_again(db, site):
    def read(*arguments):
        return ingest(db, *site.options, *arguments)

    assert totals(read(f"{SITE}/feed.xml")) == {"added": 2}
    run(db, "remove", f"{SITE}/1", "--by", "Ada")
    site.requests.clear()
    assert totals(read(f"{SITE}/feed.xml")) == {"unchanged": 1, "passed over": 1}
    assert "/1" not in [path for path, _ in site.requests]
    assert ledger(db, f"{SITE}/1") == ("skipped", "removed", None)


def test_asked_for_by_hand_it_is_refused_with_the_reason(db, site):
    ingest(db, *site.options, f"{SITE}/1")
    run(db, "remove", f"{SITE}/1", "--by", "Ada")
    result = ingest(db, *site.options, f"{SITE}/1")
    assert totals(result) == {"skipped": 1}
    assert f"newsarchive remove --undo {SITE}/1" in result.stdout + result.stderr
    assert rows(db, "select count(*) as n from pages") == [{"n": 0}]


def test_another_address_that_leads_to_it_does_not_bring_it_in(db, site):
    site.set_articles("/ferry-cafe", "/ferry-cafe/")
    ingest(db, *site.options, f"{SITE}/ferry-cafe")
    run(db, "remove", f"{SITE}/ferry-cafe")
    assert totals(ingest(db, *site.options, f"{SITE}/ferry-cafe/")) == {"skipped": 1}
    body = article("One").replace(
        b"<head>", f'<head><link rel="canonical" href="{SITE}/ferry-cafe">'.encode()
    )
    site.set("/amp/ferry-cafe", body)
    assert totals(ingest(db, *site.options, f"{SITE}/amp/ferry-cafe")) == {"skipped": 1}
    assert ledger(db, f"{SITE}/amp/ferry-cafe")[:2] == ("skipped", "removed")
    assert counts(db)["articles"] == counts(db)["pages"] == 0


def test_an_import_does_not_bring_it_in(filled, tmp_path):
    run(filled, "export", "parquet", "-o", tmp_path / "news")
    run(filled, "remove", 2)
    result = run(filled, "import", tmp_path / "news")
    assert result.stdout.startswith("added 0, updated 0, unchanged 1, enriched 0 in ")
    assert counts(filled)["articles"] == 1


# Letting it in again


def test_undone_it_is_read_again(db, site):
    ingest(db, *site.options, f"{SITE}/feed.xml")
    run(db, "remove", f"{SITE}/1")
    result = run(db, "remove", "--undo", f"{SITE}/1")
    assert (result.stdout, result.stderr) == (
        f"Let in again: {SITE}/1\n",
        "Read them now with: newsarchive ingest --retry-failed\n",
    )
    assert run(db, "doctor").exit_code == 0
    assert totals(ingest(db, *site.options, "--retry-failed")) == {"added": 1}
    assert rows(db, "select id, url from articles order by id") == [
        {"id": 2, "url": f"{SITE}/2"},
        {"id": 3, "url": f"{SITE}/1"},
    ]
    assert run(db, "remove", "--list").stdout == ""


def test_what_was_never_removed_cannot_be_let_in(filled):
    result = run(filled, "remove", "--undo", "https://news.example/never")
    assert (result.exit_code, result.stderr) == (
        1,
        (
            "Error: https://news.example/never: no such article was removed. "
            "See all with: newsarchive remove --list\n"
        ),
    )
