"""`newsarchive demo` and the committed archive.db, which it made."""

import hashlib
import json
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import demo_archive
import pytest
from archive_records import save

from archive import Archive
from samples.demo import digest

COMMITTED = Path(__file__).resolve().parent.parent / "archive.db"
OUTAGE = "%meta-outage-musk-reply%"
SOFT_404S = [
    (
        "http://harborledger.example/business/2024/02/30/withdrawn.html",
        "skipped",
        "soft_404",
    ),
    ("http://oldtown-courier.example/news/240230-gone.html", "skipped", "soft_404"),
]
#: All that the demo says of its articles: what was read, and what was made of it.
CONTENT = {
    "articles": """
        select url, site, title, authors, published_at, language, is_paywalled, text, summary, tags
        from articles order by url""",
    "receipts": """
        select a.url, m.kind, s.position, s.text, s.origin, s.support, s.source_start, s.source_end
        from summary_sentences s join summaries m on m.id = s.summary_id
        join articles a on a.id = m.article_id order by a.url, m.kind, s.position""",
    "mentions": """
        select a.url, m.start, m.end, m.surface, e.name, e.type, m.score
        from mentions m join articles a on a.id = m.article_id
        left join entities e on e.id = m.entity_id order by a.url, m.start""",
    "revisions": """
        select a.url, r.title, r.text from revisions r
        join articles a on a.id = r.article_id order by a.url, r.id""",
    "models": "select task, name, revision, parameters from models order by task",
    "skipped": "select url, state, reason from skipped order by url",
}


def query(path, sql, *parameters):
    """What plain sqlite3, which knows nothing of newsarchive, reads."""
    with closing(sqlite3.connect(path)) as db:
        return db.execute(sql, parameters).fetchall()


def fingerprint(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    return demo_archive.build(tmp_path_factory.getbasetemp())


@pytest.fixture(scope="module")
def demo(built):
    return built[0] / "demo.db"


def test_what_it_prints(built):
    _, result = built
    assert (result.returncode, result.stdout) == (
        0,
        (
            "added 31, updated 1, summarized 31\n"
            "demo.db is ready. Read it with: newsarchive --db demo.db serve\n"
        ),
    )
    assert result.stderr == "".join(
        f"{url}: the page says that the article was not found. Look for its new address.\n"
        for url, _, _ in SOFT_404S
    )


def test_one_file(built):
    folder, _ = built
    assert [path.name for path in folder.iterdir()] == ["demo.db"]
    assert query(folder / "demo.db", "pragma journal_mode") == [("delete",)]
    assert query(folder / "demo.db", "pragma integrity_check") == [("ok",)]
    assert query(folder / "demo.db", "pragma foreign_key_check") == []


def test_what_the_archive_holds(demo):
    assert query(demo, "select site, count(*) from articles group by site") == [
        ("fieldnotes.example", 7),
        ("harborledger.example", 8),
        ("oldtown-courier.example", 8),
        ("tidewire.example", 8),
    ]
    assert query(demo, "select kind, count(*) from sources group by kind") == [("feed", 4)]
    assert query(demo, CONTENT["skipped"]) == SOFT_404S
    assert query(demo, "select language, count(*) from articles group by language") == [
        ("de", 1),
        ("en", 30),
    ]
    assert query(demo, "select url from articles where is_paywalled") == [
        ("http://harborledger.example/business/2023/10/13/microsoft-activision-closes.html",)
    ]
    assert query(demo, "select count(*) from articles where word_count > 2400") == [(1,)]
    assert query(demo, "select a.url from revisions r join articles a on a.id = r.article_id") == [
        ("http://oldtown-courier.example/news/250118-tiktok-dark.html",)
    ]
    assert query(demo, "select command, arguments, is_complete from runs") == [
        ("demo", json.dumps([digest()]), 1)
    ]


def test_every_article_has_summaries_with_receipts_and_tags(demo):
    sentences = query(
        demo,
        "select s.origin, s.text, substr(a.text, s.source_start + 1, s.source_end - s.source_start) "
        "from summary_sentences s join summaries m on m.id = s.summary_id "
        "join articles a on a.id = m.article_id",
    )
    assert [
        text for origin, text, source in sentences if (origin == "quoted") != (text == source)
    ] == []
    assert {origin for origin, _, _ in sentences} == {"quoted", "repaired"}
    counts = query(
        demo,
        "select kind, count(distinct article_id), min(sentences), max(sentences) from ("
        "  select m.kind, m.article_id, count(*) as sentences from summaries m"
        "  join summary_sentences s on s.summary_id = m.id group by m.id"
        ") group by kind order by kind",
    )
    assert counts == [("dek", 31, 1, 1), ("paragraph", 31, 2, 3), ("points", 1, 7, 7)]
    assert query(demo, "select url from articles where tags = '[]'") == []


def test_the_tags_of_the_outage(demo):
    ((tags,),) = query(demo, "select tags from articles where url like ?", OUTAGE)
    wanted = {
        "Elon Musk",
        "Meta",
        "X",
        "Threads",
        "Facebook",
        "Instagram",
        "WhatsApp",
        "Messenger",
    }  # fmt: skip
    assert wanted - set(json.loads(tags)) == set()


def test_a_second_call_does_nothing(built):
    folder, _ = built
    before = fingerprint(folder / "demo.db")
    result = demo_archive.run_demo(folder)
    assert (result.returncode, result.stdout, result.stderr) == (
        0,
        "demo.db is there already. Read it with: newsarchive --db demo.db serve\n",
        "",
    )
    assert fingerprint(folder / "demo.db") == before
    assert [path.name for path in folder.iterdir()] == ["demo.db"]


def test_an_archive_with_other_articles_is_left_alone(tmp_path):
    with Archive(tmp_path / "mine.db") as archive:
        save(archive)
    before = fingerprint(tmp_path / "mine.db")
    result = demo_archive.run_demo(tmp_path, "--db", "mine.db")
    assert (result.returncode, result.stderr) == (0, "")
    assert fingerprint(tmp_path / "mine.db") == before


# The committed archive


@pytest.fixture(scope="module")
def committed():
    command = ["git", "-C", str(COMMITTED.parent), "ls-files", "--error-unmatch", COMMITTED.name]
    try:
        is_tracked = subprocess.run(command, capture_output=True).returncode == 0
    except FileNotFoundError:
        is_tracked = COMMITTED.exists()  # without git, as in an unpacked release
    if not is_tracked:
        pytest.skip("archive.db is not committed yet: make demo-archive && git add archive.db")
    return COMMITTED


@pytest.mark.parametrize("what", CONTENT)
def test_the_committed_archive_is_what_the_samples_give(committed, demo, what):
    # Where this fails after a change of samples or models: make demo-archive
    assert query(committed, CONTENT[what]) == query(demo, CONTENT[what])


def test_reading_the_committed_archive_leaves_it_as_it_is(committed):
    before = fingerprint(committed), sorted(committed.parent.glob("archive.db*"))
    with Archive(committed, "read") as archive:
        assert archive.status()["articles"] == 31
        assert archive.search("musk")
    assert (fingerprint(committed), sorted(committed.parent.glob("archive.db*"))) == before
    assert before[1] == [committed]
