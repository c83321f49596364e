"""`newsarchive doctor` finds what is wrong, says what it means, and puts right what can be made again."""

import json
import os
import re
import shutil
import sqlite3
from pathlib import Path

import pytest
from archive_records import EMBEDDER, SUMMARIZER, TAGGER, save, summary_of
from click.testing import CliRunner
from serve_archive import META, ZUCKERBERG
from sqlite_utils import Database

from archive import Archive, Article, Mention
from archive import database as archive_file
from archive.doctor import CHECKS
from archive.migrations import migrations
from archive.records import Salience, Tagging, WorkItem
from newsarchive import main

ROOT = Path(__file__).parent.parent
LEAD = "Meta went dark, Mark Zuckerberg said."
TEXT = f"{LEAD} {{}} did not."
TAGGING = Tagging(
    (
        Mention(0, 4, "Meta", "organization", "Meta", 0.9),
        Mention(16, 31, "Mark Zuckerberg", "person", "Mark Zuckerberg", 0.9),
    ),
    (Salience(META, 1, 0.6), Salience(ZUCKERBERG, 1, 0.4)),
    ("Meta",),
)


def add(archive, number, word):
    article = Article(
        url=f"https://news.example/{number}",
        title=f"Outage {number}",
        text=TEXT.format(word),
        site="news.example",
        authors=("Ada Writer",),
        language="en",
    )
    saved = save(archive, article)
    task = frozenset()
    item = WorkItem(saved.article_id, article.title, article.text, None, "en",
                    article.content_hash, task)  # fmt: skip
    keep = archive.enrichments
    with archive.transaction():
        summary = summary_of(article.text, LEAD)
        keep.save_summaries(item, [summary], keep.model_id(SUMMARIZER))
        keep.save_tagging(item, TAGGING, keep.model_id(TAGGER))
        keep.save_vector(item, b"\0<" * 8, keep.model_id(EMBEDDER))


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    """An archive with something in every table, of which nothing is wrong."""
    path = tmp_path_factory.mktemp("sound") / "news.db"
    with Archive(path) as archive:
        for number, word in enumerate(("Boats", "Ferries", "Trains"), 1):
            add(archive, number, word)
        changed = Article(url="https://news.example/3", title="Outage 3", text="It is over now.",
                          site="news.example")  # fmt: skip
        save(archive, changed)
        archive.ledger.ask("https://news.example/gone", None)
        archive.save_refusal("https://news.example/gone", "failed", "http_404", "gone")
        archive.ledger.ask("https://news.example/next", None)
        archive.following.follow("https://news.example/feed", "News")
        archive.compact()
    return path


@pytest.fixture
def news(sound, tmp_path, monkeypatch):
    """A copy of it, called news.db, in the present folder."""
    shutil.copy(sound, tmp_path / "news.db")
    monkeypatch.chdir(tmp_path)
    return tmp_path / "news.db"


def doctor(*options):
    return CliRunner().invoke(main, ["--db", "news.db", "doctor", *options])


def change(*statements):
    """Change the archive as a program does that knows nothing of it."""
    connection = sqlite3.connect("news.db", isolation_level=None)
    for statement in statements:
        connection.execute(statement)
    connection.close()


def found(result):
    """(check, number, subjects) of what --json tells."""
    findings = json.loads(result.stdout)["findings"]
    return [(one["check"], one["count"], one["subjects"]) for one in findings]


#: A row that an index lacks: it was said to be of no rows while the row was written.
UNINDEXED = (
    "pragma writable_schema = on",
    "update sqlite_master set sql = sql || ' where 0' where name = 'articles_first_seen_at'",
)
INDEXED = (
    "pragma writable_schema = on",
    "update sqlite_master set sql = rtrim(sql, ' where0') where name = 'articles_first_seen_at'",
)
LEARN = "insert into articles_fts(rowid, title, summary, text)"
FORGET = """
    insert into articles_fts(articles_fts, rowid, title, summary, text)
    select 'delete', id, title, summary, text from articles where id = 2
"""

#: For each fault: how it is planted, and what is found.
REPAIRED = {
    "trigger": (
        ["drop trigger articles_fts_update"],
        [("schema", 1, ["trigger articles_fts_update is missing"])],
    ),
    "index and view": (
        ["drop index articles_site", "drop view latest", "create view latest as select 1"],
        [("schema", 2, ["index articles_site is missing", "view latest is another"])],
    ),
    "orphans": (
        [
            "insert into field_votes values (99, 'title', 'x', 'y', 1)",
            "update ledger set page_id = 77 where id = 1",
        ],
        [("orphans", 2, ["field_votes.article_id 99", "ledger.page_id 77"])],
    ),
    "unknown model": (
        ["update summaries set model_id = 99 where article_id = 1"],
        [("models", 1, ["1 summary"])],
    ),
    "model of another task": (
        ["update enrichments set model_id = 2 where article_id = 1 and task = 'vector'"],
        [("models", 1, ["1 vector"])],
    ),
    "no current model": (
        ["update models set is_current = 0"],
        [("current", 1, ["3"])],
    ),
    "work on an earlier text": (
        ["update enrichments set content_hash = 'sha256:0' where article_id = 2"],
        [("stale", 3, ["2 summary", "2 tags", "2 vector"])],
    ),
    "receipts and mentions elsewhere": (
        [
            "update summary_sentences set source_end = 400",
            'update mentions set start = 1, "end" = 5 where article_id = 1 and start = 0',
        ],
        [("places", 3, ["1 summary", "1 tags", "2 summary"])],
    ),
    "further receipts elsewhere": (
        [
            "update summary_sentences set other_sources = '[[0, 4], [5, 4000]]' where summary_id = 1",
            """update summary_sentences set other_sources = '["x"]' where summary_id = 2""",
        ],
        [("places", 2, ["1 summary", "2 summary"])],
    ),
    "title": (
        [
            "update articles set title = char(10) || ' ' where id < 3",
            "insert or replace into field_votes values (1, 'title', 'a', 'Another', 0)",
            "insert or replace into field_votes values (1, 'title', 'b', 'Outage 1', 1)",
            """
            insert into revisions (article_id, seen_at, title, text, content_hash)
            values (2, '2024-01-01T00:00:00Z', 'Outage 2', 'Before.', 'x')
            """,
        ],
        [("titles", 2, ["1", "2"]), ("texts", 2, ["1", "2"])],
    ),
    "length": (
        ["update articles set word_count = 99 where id = 1"],
        [("words", 1, ["1"])],
    ),
    "lists of other than texts": (
        [
            """update articles set authors = '[1, null, "Ada", {"name": "José"}]' where id = 1""",
            """update articles set keywords = '"Boats"' where id = 2""",
            "update articles set tags = '{}' where id = 3",
        ],
        [("lists", 3, ["1", "2", "3"])],
    ),
    "language": (
        [
            "update articles set language = 'EN' where id = 1",
            "update articles set language = 'pt_BR' where id = 2",
            "update articles set language = 'zho-Hans-CN' where id = 3",
        ],
        [("languages", 3, ["1", "2", "3"])],
    ),
    "vector": (
        ["update vectors set vector = x'00' where article_id = 2"],
        [("vectors", 1, ["2 vector"])],
    ),
    "summary": (
        [
            "update articles set summary = 'Another' where id = 1",
            "update articles set summary = null where id = 2",
            "update articles set summary = 'Of nobody' where id = 3",
        ],
        [("summaries", 3, ["1", "2", "3"])],
    ),
    "tags": (
        ["""update articles set tags = '["Nobody"]' where id = 1"""],
        [("tags", 1, ["1"])],
    ),
    "states of the ledger": (
        [
            "update ledger set next_try_at = '2024-01-01T00:00:00Z' where id = 1",
            "update ledger set tries = 0 where id = 2",
            "update ledger set reason = null where state = 'failed'",
            "update ledger set tries = 2 where state = 'pending'",
        ],
        [
            (
                "ledger",
                4,
                [f"https://news.example/{name}" for name in ("1", "2", "gone", "next")],
            )
        ],
    ),
    "article that is there": (
        ["update ledger set article_id = null where id = 2"],
        [("gone", 1, ["https://news.example/2"])],
    ),
    "turns that never come": (
        [
            "update sources set next_poll_at = null",
            "update ledger set next_try_at = '2999-01-01T00:00:00Z' where state = 'failed'",
        ],
        [("waiting", 2, ["https://news.example/feed", "https://news.example/gone"])],
    ),
    "copies in a ring": (
        [
            "update articles set duplicate_of = 2 where id = 1",
            "update articles set duplicate_of = 1 where id = 2",
            "update articles set duplicate_of = 3 where id = 3",
        ],
        [("copies", 3, ["1", "2", "3"])],
    ),
    "date": (
        ["update articles set published_at = '2024-03-05 10:00' where id = 1"],
        [("dates", 1, ["1"])],
    ),
    "names": (
        ["update aliases set folded = 'x' where alias = 'Zuckerberg'"],
        [("names", 1, ["Zuckerberg"])],
    ),
    "text of which no page is stored": (
        [
            "update articles set text = replace(text, 'Boats', 'Ships') where id = 1",
            "update articles set page_id = null where id = 1",
        ],
        [("texts", 1, ["1"])],
    ),
    "index without an article": (
        [
            FORGET,
        ],
        [("search", 1, ["2"])],
    ),
    "index with other words": (
        [
            FORGET,
            f"{LEARN} select id, title, summary, replace(text, 'Zuckerberg', 'Somebody') from articles where id = 2",
        ],
        [("search", 1, ["2"])],
    ),
    "index with more words": (
        [f"{LEARN} values (2, 'Outage 2', '', 'more words')"],
        [("search", 1, ["2"])],
    ),
    "index of a table": (
        [*UNINDEXED],
        [("structure", 1, ["row 1 missing from index articles_first_seen_at"])],
    ),
    "authors": (
        ["delete from article_authors where article_id = 1"],
        [("counts.article_authors", 1, ["Ada Writer"])],
    ),
    "author counts": (
        ["update author_totals set articles = 9"],
        [("counts.author_totals", 1, ["Ada Writer"])],
    ),
    "days of a site": (
        ["update site_days set articles = 9"],
        [("counts.site_days", 1, ["news.example"])],
    ),
    "counts of a site": (
        ["delete from site_totals", "insert into site_totals values ('other.example', 1)"],
        [("counts.site_totals", 2, ["news.example", "other.example"])],
    ),
    "timeline": (
        ["update entity_timeline set site = 'other.example' where article_id = 1"],
        [
            ("counts.entity_timeline", 2, ["1", "2"]),
            ("counts.entity_site_months", 2, ["1", "2"]),
            ("counts.entity_site_totals", 2, ["1", "2"]),
        ],
    ),
    "days of an entity": (
        ["update entity_days set mentions = 9 where entity_id = 1"],
        [("counts.entity_days", 1, ["1"])],
    ),
    "months of an entity": (
        ["update entity_site_months set articles = 9 where entity_id = 1"],
        [("counts.entity_site_months", 1, ["1"])],
    ),
    "sites of an entity": (
        ["delete from entity_site_totals"],
        [("counts.entity_site_totals", 2, ["1", "2"])],
    ),
    "counts of an entity": (
        ["insert into entity_totals values (99, 1, 1)"],
        [("counts.entity_totals", 1, ["99"])],
    ),
    "counts of addresses": (
        ["update ledger_totals set entries = 9 where state = 'failed'"],
        [("counts.ledger_totals", 1, ["news.example"])],
    ),
    "counts of articles by block": (
        ["update article_blocks set articles = 9"],
        [("counts.article_blocks", 1, ["0"])],
    ),
    "counts of what is made": (
        ["update enrichment_blocks set up_to_date = 9 where task = 'tags'"],
        [("counts.enrichment_blocks", 1, ["tags"])],
    ),
    "a decision that was stopped half-way": (
        ["insert into undecided values (2, 0)"],
        [("undecided", 1, ["2"])],
    ),
    "articles to be looked at for copies": (
        ["delete from unsigned"],
        [("counts.unsigned", 3, ["1", "2", "3"])],
    ),
}


def test_nothing_is_wrong(news):
    before = news.read_bytes()
    for options in ((), ("--quick",), ("--fix",)):
        result = doctor(*options)
        assert (result.exit_code, result.stderr) == (0, "")
        number = 18 if "--quick" in options else 42
        assert result.stdout == f"news.db: sound. {number} checks found nothing.\n"
    assert sqlite3.connect("news.db").execute("pragma integrity_check").fetchone() == ("ok",)
    assert news.read_bytes()[100:] == before[100:]  # the journal mode stands in the header


@pytest.mark.parametrize("fault", REPAIRED)
def test_a_fault_is_found_and_put_right(news, fault):
    planted, expected = REPAIRED[fault]
    change(*planted)
    if planted[0] == UNINDEXED[0]:
        change("update articles set first_seen_at = '2024-01-01T00:00:00Z' where id = 1")
        change(*INDEXED)
    assert found(doctor("--json")) == expected
    mended = doctor("--fix", "--json")
    assert json.loads(mended.stdout)["is_sound"], mended.stdout
    assert doctor().stdout == "news.db: sound. 42 checks found nothing.\n"


NOT_TOGETHER = (
    "index of a table", "trigger", "index with more words", "counts of articles by block",
    "counts of what is made", "articles to be looked at for copies",
    "a decision that was stopped half-way", "further receipts elsewhere", "title", "length", "language",
    "lists of other than texts",
)  # fmt: skip
ALL = [
    statement
    for name, (planted, _) in REPAIRED.items()
    if name not in NOT_TOGETHER
    for statement in planted
]
#: What cannot be put right without a person.
LASTING = [
    "delete from articles where id = 3",
    "update pages set body = x'00' where id = 1",
    "update pages set body_sha256 = 'x' where id = 2",
]


def test_all_at_once_each_told_with_what_it_means_and_what_to_do(news):
    change(*ALL, *LASTING)
    result = doctor()
    assert result.exit_code == 1
    assert result.stdout == EVERYTHING
    assert result.stderr == ""


def test_what_was_put_right_and_what_is_left(news):
    change(*ALL, *LASTING)
    result = doctor("--fix")
    assert result.exit_code == 1
    assert result.stdout == MENDED
    assert found(doctor("--json")) == [
        ("revisions", 1, ["1"]),
        ("changes", 1, ["1"]),
        ("gone", 1, ["https://news.example/3"]),
        ("pages", 2, ["1 https://news.example/1", "2 https://news.example/2"]),
    ]


def test_a_language_that_is_told_of_by_nothing_here_stays_to_be_read(news):
    change(
        "update articles set language = 'English' where id = 1",
        "update articles set language = null, text = text || ' ' || hex(zeroblob(160)), page_id = null "
        "where id = 2",
        "update articles set language = null where id = 3",
    )
    told = found(doctor("--json"))
    assert ("languages", 2, ["1", "2"]) in told
    assert ("words", 1, ["2"]) in told
    assert doctor("--fix").exit_code == 1
    assert found(doctor("--json")) == [("languages", 2, ["1", "2"])]


def test_lists_keep_what_can_be_a_text_and_are_shown_and_exported_again(news):
    change(*REPAIRED["lists of other than texts"][0])
    doctor("--fix")
    with Archive(news, "read") as archive:
        lists = "select authors, keywords, tags from articles order by id"
        assert archive.db.execute(lists).fetchall() == [
            ('["1", "Ada", "José"]', "[]", '["Meta"]'),
            ('["Ada Writer"]', '["Boats"]', '["Meta"]'),
            ("[]", "[]", "[]"),
        ]
    for command in (["show", "1"], ["export", "csv"]):
        shown = CliRunner().invoke(main, ["--db", "news.db", *command])
        assert (shown.exit_code, "1, Ada, José" in shown.stdout.replace("; ", ", ")) == (0, True)


def test_a_large_log_is_written_back(news):
    with Archive(news) as archive, Archive(news) as other:
        other.articles.find("1")
        archive.ledger.ask("https://news.example/late", None)
        log = news.with_name("news.db-wal")
        # As it is left where it once grew: what is behind the last change counts for nothing.
        os.truncate(log, 300_000_000)
        assert found(doctor("--json")) == [("log", 1, ["news.db-wal: 300 MB"])]
        assert doctor("--fix").exit_code == 0
        assert log.stat().st_size == 0
        assert archive.ledger.get("https://news.example/late").state == "pending"


def test_a_disk_that_is_nearly_full(news, monkeypatch):
    usage = shutil.disk_usage(news)._replace(free=5_000_000)
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage)
    result = doctor("--fix")
    assert (result.exit_code, result.stdout) == (
        1,
        f"""\
disk: disks that are nearly full: 1 ({news.parent}: 5 MB free)
    When it is full nothing can be added, and no backup made.
    Fix: Free some space, or move the archive to a larger disk.

news.db: 1 thing is wrong, of 42 that were looked at.
""",
    )


def test_a_damaged_file_is_told_and_left_as_it_is(news):
    connection = sqlite3.connect(news)
    (root,) = connection.execute(
        "select rootpage from sqlite_master where name = 'mentions'"
    ).fetchone()
    (size,) = connection.execute("pragma page_size").fetchone()
    connection.close()
    with news.open("r+b") as file:
        file.seek((root - 1) * size)
        file.write(b"\xff" * size)
    result = doctor("--fix")
    assert result.exit_code == 1
    first = result.stdout.splitlines()[0]
    assert first.startswith("structure: faults in the structure of the file: ")
    assert "places: checks that could not be made: 1 (database disk image is malformed)" in (
        result.stdout
    )


def test_an_archive_of_an_earlier_version_is_upgraded(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    database = Database("news.db")
    migrations.apply(database, stop_before="m012_names_are_found_in_any_spelling")
    database.close()
    told = doctor("--json")
    assert told.exit_code == 1
    (check, _, subjects) = found(told)[0]
    assert (check, subjects[0]) == ("version", "m012_names_are_found_in_any_spelling")
    mended = doctor("--fix")
    assert (mended.exit_code, mended.stdout) == (
        0,
        """\
version: schemas of an earlier version: 1
    Fixed: Upgraded it.

news.db: sound now. What was wrong was put right.
""",
    )
    assert doctor().exit_code == 0


def test_an_archive_of_a_later_version_is_not_judged(news):
    change("insert into _sqlite_migrations values (null, 'archive', 'm999_later', '2030-01-01')")
    before = news.read_bytes()
    result = doctor("--fix")
    assert (result.exit_code, result.stdout) == (
        1,
        """\
version: steps of the schema that this version does not know: 1 (m999_later)
    The archive was written by a later version of the program, which alone can judge it.
    Fix: Upgrade with: pip install -U newsarchive

news.db: 1 thing is wrong, of 1 that were looked at.
""",
    )
    assert news.read_bytes()[100:] == before[100:]


def test_others_may_write_while_it_looks(news):
    with Archive(news) as archive, archive.transaction():
        archive.ledger.ask("https://news.example/late", None)
        assert doctor().exit_code == 0


def test_a_busy_archive_is_not_repaired(news, monkeypatch):
    change("update author_totals set articles = 9")
    monkeypatch.setattr(archive_file, "BUSY_TIMEOUT_S", 0.1)
    with Archive(news) as archive, archive.transaction():
        result = doctor("--fix")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("Error: news.db: another process kept it locked for")


def test_every_check_is_told_in_the_documentation():
    page = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    told = set(re.findall(r"^\| `([a-z*.]+)` \|", page, re.M))
    made = {re.sub(r"^counts\..*", "counts.*", check.name) for check in CHECKS}
    assert {*made, "version"} <= told


def test_there_must_be_an_archive(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert "there is no such archive" in doctor().stderr
    assert "there is no such archive" in doctor("--fix").stderr
    assert not list(tmp_path.iterdir())


def test_the_demo_archive_is_sound(tmp_path, monkeypatch):
    shutil.copy(ROOT / "archive.db", tmp_path / "news.db")
    with Archive(tmp_path / "news.db"):  # brought up to date
        monkeypatch.chdir(tmp_path)
    assert doctor().stdout == "news.db: sound. 42 checks found nothing.\n"


EVERYTHING = """\
schema: parts of the schema that are missing or were changed: 2 (index articles_site is missing, view latest is another)
    Without its triggers, searches and counts fall out of step with the articles;
    without its indexes, pages are slow.
    Fix: newsarchive doctor --fix makes triggers, indexes and views as they should be.
    Tables come back with a backup alone.

texts: articles whose text is not the one that their hash was made of: 1 (1)
    The text was changed by another program. What models made of the old one is still
    shown.
    Fix: newsarchive reparse ID brings the true text back from the stored page;
    newsarchive doctor --fix leaves the article as it is until then. Where no page is
    stored, --fix takes the text as it is, makes the hash anew and takes away what was
    made of the old text. newsarchive summarize then makes that anew.

orphans: references to rows that are not there: 4 (field_votes.article_id 99, ledger.article_id 3, ledger.page_id 77, unsigned.article_id 3)
    Rows were deleted by a program that does not keep foreign keys. What belonged to
    them is counted and listed, and cannot be shown.
    Fix: newsarchive doctor --fix does what deleting them would have done.

revisions: earlier texts of articles that are not there: 1 (1)
    The articles were deleted without them. They cannot be had from anywhere else.
    Fix: Restore the articles from a backup; or, if they were deleted on purpose: delete
    from revisions where article_id not in (select id from articles)

changes: changes of articles that are not there: 1 (1)
    The articles were deleted without them. They cannot be had from anywhere else.
    Fix: Restore the articles from a backup; or, if they were deleted on purpose: delete
    from field_changes where article_id not in (select id from articles)

models: articles with work of a model that is not known, or is of another task: 2 (1 summary, 1 vector)
    Nobody can say what made it, nor make it again.
    Fix: newsarchive doctor --fix takes it away; newsarchive summarize then makes it
    anew.

current: archives with vectors of which no model is the current one: 1 (3)
    Search by meaning finds nothing, and no article has related ones.
    Fix: newsarchive doctor --fix makes the latest model the current one.

stale: articles with work of a model on an earlier text: 3 (2 summary, 2 tags, 2 vector)
    A summary, tags or a vector are shown that are not of this text.
    Fix: newsarchive doctor --fix takes it away; newsarchive summarize then makes it
    anew.

places: articles whose receipts or mentions do not stand where they say: 3 (1 summary, 1 tags, 2 summary)
    Links from a summary or a name lead to the wrong place of the text.
    Fix: newsarchive doctor --fix takes it away; newsarchive summarize then makes it
    anew.

vectors: articles with a vector that is none, or of another length than its model makes: 1 (2 vector)
    Search by meaning does not find them.
    Fix: newsarchive doctor --fix takes it away; newsarchive summarize then makes it
    anew.

summaries: articles whose summary is not the one in the table summaries: 2 (1, 2)
    articles.summary, which lists and searches show, is a copy, and was changed by
    itself.
    Fix: newsarchive doctor --fix copies it again.

tags: articles with tags that name no entity of theirs: 1 (1)
    articles.tags, which lists show, is a copy, and was changed by itself.
    Fix: newsarchive doctor --fix takes it away; newsarchive summarize then makes it
    anew.

ledger: addresses in a state that cannot be: 4 (https://news.example/1, https://news.example/2, https://news.example/gone, https://news.example/next)
    They are never asked for again, or too often, and status counts them wrongly.
    Fix: newsarchive doctor --fix sets what follows from their state.

gone: addresses that gave an article which is not there: 1 (https://news.example/2)
    The article was deleted. The address counts as taken and is not asked for again.
    Fix: Take it again with newsarchive ingest URL; or, if it was deleted on purpose:
    delete from ledger where state = 'article' and article_id is null. newsarchive
    doctor --fix finds those again that are there under this address.

waiting: feeds or failures whose next turn never comes: 2 (https://news.example/feed, https://news.example/gone)
    The clock was wrong when it was set, or another program set it.
    Fix: newsarchive doctor --fix lets it come now.

copies: articles that are a copy of themselves or of another copy: 2 (1, 2)
    They are shown nowhere in lists, which show originals.
    Fix: newsarchive doctor --fix makes them originals; the next ingest looks for copies
    again.

dates: articles with a date that is not written as the others are: 1 (1)
    Dates are compared as text: these articles stand in the wrong place, or in none.
    Fix: newsarchive doctor --fix writes those anew that can be understood; newsarchive
    reparse reads them from the pages.

names: names that are not found in other spellings: 1 (Zuckerberg)
    The same person or company may come to stand twice.
    Fix: newsarchive doctor --fix folds them anew.

counts.article_authors: entries in the list of authors' articles that are not what is counted anew: 1 (Ada Writer)
    Pages show wrong numbers, or lists that lack articles.
    Fix: newsarchive doctor --fix counts them anew.

counts.author_totals: counts of articles by author that are not what is counted anew: 1 (Ada Writer)
    Pages show wrong numbers, or lists that lack articles.
    Fix: newsarchive doctor --fix counts them anew.

counts.site_days: counts of articles by site and day that are not what is counted anew: 1 (news.example)
    Pages show wrong numbers, or lists that lack articles.
    Fix: newsarchive doctor --fix counts them anew.

counts.site_totals: counts of articles by site that are not what is counted anew: 2 (news.example, other.example)
    Pages show wrong numbers, or lists that lack articles.
    Fix: newsarchive doctor --fix counts them anew.

counts.entity_timeline: entries in the list of entities' articles that are not what is counted anew: 2 (1, 2)
    Pages show wrong numbers, or lists that lack articles.
    Fix: newsarchive doctor --fix counts them anew.

counts.entity_days: counts of articles by entity and day that are not what is counted anew: 1 (1)
    Pages show wrong numbers, or lists that lack articles.
    Fix: newsarchive doctor --fix counts them anew.

counts.entity_site_months: counts of articles by entity, site and month that are not what is counted anew: 2 (1, 2)
    Pages show wrong numbers, or lists that lack articles.
    Fix: newsarchive doctor --fix counts them anew.

counts.entity_site_totals: counts of articles by entity and site that are not what is counted anew: 2 (1, 2)
    Pages show wrong numbers, or lists that lack articles.
    Fix: newsarchive doctor --fix counts them anew.

counts.entity_totals: counts of articles by entity that are not what is counted anew: 1 (99)
    Pages show wrong numbers, or lists that lack articles.
    Fix: newsarchive doctor --fix counts them anew.

counts.ledger_totals: counts of addresses by site and state that are not what is counted anew: 1 (news.example)
    Pages show wrong numbers, or lists that lack articles.
    Fix: newsarchive doctor --fix counts them anew.

counts.unsigned: entries in the list of articles that are to be looked at for copies that are not what is counted anew: 1 (3)
    Copies of these articles are not looked for, or once more than needed.
    Fix: newsarchive doctor --fix counts them anew.

search: articles that the search does not know as they are: 1 (2)
    It finds them by words that they do not hold, or not at all.
    Fix: newsarchive doctor --fix builds the search index anew; others cannot write
    meanwhile.

pages: stored pages that are not as they came: 2 (1 https://news.example/1, 2 https://news.example/2)
    The page cannot be read, or is not the one whose hash was kept: it cannot be parsed
    again.
    Fix: The same bytes put it right: ingest that file, WARC or export again. Or take
    the page from a backup. The article stays as it is.

news.db: 31 things are wrong, of 42 that were looked at.
"""
MENDED = """\
schema: parts of the schema that are missing or were changed: 2 (index articles_site is missing, view latest is another)
    Fixed: Made triggers, indexes and views as they should be.

texts: articles whose text is not the one that their hash was made of: 1 (1)
    Fixed: Made the hash anew where no page is stored.

orphans: references to rows that are not there: 4 (field_votes.article_id 99, ledger.article_id 3, ledger.page_id 77, unsigned.article_id 3)
    Fixed: Deleted what belonged to rows that are gone, and cleared what pointed to
    them.

revisions: earlier texts of articles that are not there: 1 (1)
    The articles were deleted without them. They cannot be had from anywhere else.
    Fix: Restore the articles from a backup; or, if they were deleted on purpose: delete
    from revisions where article_id not in (select id from articles)

changes: changes of articles that are not there: 1 (1)
    The articles were deleted without them. They cannot be had from anywhere else.
    Fix: Restore the articles from a backup; or, if they were deleted on purpose: delete
    from field_changes where article_id not in (select id from articles)

models: articles with work of a model that is not known, or is of another task: 2 (1 summary, 1 vector)
    Fixed: Took it away. Now run: newsarchive summarize

current: archives with vectors of which no model is the current one: 1 (3)
    Fixed: Made the latest model the current one.

stale: articles with work of a model on an earlier text: 4 (1 tags, 2 summary, 2 tags, 2 vector)
    Fixed: Took it away. Now run: newsarchive summarize

ledger: addresses in a state that cannot be: 4 (https://news.example/1, https://news.example/2, https://news.example/gone, https://news.example/next)
    Fixed: Set what follows from their state.

gone: addresses that gave an article which is not there: 2 (https://news.example/3 ...)
    The article was deleted. The address counts as taken and is not asked for again.
    Fixed, but for 1: Looked for them among the articles.
    Fix: Take it again with newsarchive ingest URL; or, if it was deleted on purpose:
    delete from ledger where state = 'article' and article_id is null. newsarchive
    doctor --fix finds those again that are there under this address.

waiting: feeds or failures whose next turn never comes: 2 (https://news.example/feed, https://news.example/gone)
    Fixed: Their turn is now.

copies: articles that are a copy of themselves or of another copy: 2 (1, 2)
    Fixed: Made them originals. The next ingest looks for copies again.

dates: articles with a date that is not written as the others are: 1 (1)
    Fixed: Wrote them as the others are.

names: names that are not found in other spellings: 1 (Zuckerberg)
    Fixed: Folded them anew.

counts.author_totals: counts of articles by author that are not what is counted anew: 1 (Ada Writer)
    Fixed: Counted them anew.

counts.site_days: counts of articles by site and day that are not what is counted anew: 1 (news.example)
    Fixed: Counted them anew.

counts.site_totals: counts of articles by site that are not what is counted anew: 2 (news.example, other.example)
    Fixed: Counted them anew.

counts.entity_site_months: counts of articles by entity, site and month that are not what is counted anew: 2 (1, 2)
    Fixed: Counted them anew.

counts.entity_totals: counts of articles by entity that are not what is counted anew: 1 (99)
    Fixed: Counted them anew.

counts.ledger_totals: counts of addresses by site and state that are not what is counted anew: 1 (news.example)
    Fixed: Counted them anew.

pages: stored pages that are not as they came: 2 (1 https://news.example/1, 2 https://news.example/2)
    The page cannot be read, or is not the one whose hash was kept: it cannot be parsed
    again.
    Fix: The same bytes put it right: ingest that file, WARC or export again. Or take
    the page from a backup. The article stays as it is.

news.db: 4 things are wrong, of 42 that were looked at.
"""
