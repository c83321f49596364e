"""`newsarchive summarize`: an archive before and after, through the real command and the real model."""

import json
import re
import signal
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime

import numpy as np
import pytest
from archive_records import ARTICLE, rows, save
from click.testing import CliRunner
from new_archive import new_archive

from archive import Archive, Summary
from archive.records import Model, Tagging
from newsarchive import main
from summarize import defaults, pipeline
from summarize.enrich import Enricher, Enrichment
from summarize.errors import ModelError
from summarize.pipeline import summarize_archive
from summarize.vectors import unpack

LEAD = "Meta went dark on Tuesday, and Facebook and Instagram stopped for two hours."
REPLY = "Elon Musk mocked the company on X, the platform formerly known as Twitter."
OUTAGE = ARTICLE.replace(title="Meta goes dark", text=f"{LEAD}\n\nThat was all.\n\n{REPLY}")
CHIPS = ARTICLE.replace(
    url="https://news.example/chips",
    title="Chips are scarce",
    text="Nvidia cannot make enough chips, Jensen Huang told investors on Wednesday.",
    published_at=None,
)
TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)?"


@pytest.fixture
def path(tmp_path):
    """An archive of two articles, without summaries."""
    with Archive(new_archive(tmp_path / "a.db")) as archive:
        save(archive, OUTAGE)
        save(archive, CHIPS)
    return tmp_path / "a.db"


def run(path, *arguments, code=0):
    result = CliRunner().invoke(main, ["--db", str(path), "summarize", *arguments])
    assert (result.exit_code, result.exception is None or code > 0) == (code, True), result.output
    return re.sub(r"\d+\.\d", "N", result.stdout), result.stderr


def table(path, query):
    with Archive(path, "read") as archive:
        return archive.db.execute(query).fetchall()


class QuickEnricher:
    """Stands in for the models where the point is the archive: it copies the first ten characters."""

    articles_at_once = 16

    def __init__(self, fails_at=()):
        self.fails_at = fails_at

    def model(self, task):
        return Model(task, "quick", "1")

    def enrich(self, items):
        if any(item.article_id in self.fails_at for item in items):
            raise ZeroDivisionError("no\nway")
        return [
            Enrichment((Summary((), 1, 1),), Tagging((), (), (item.title,)), b"\0\0", 1)
            for item in items
        ]


@pytest.fixture
def quick(monkeypatch):
    """The command with stand-in models, which fail at the articles whose ids are put in `fails_at`."""
    enricher = QuickEnricher(fails_at=set())
    monkeypatch.setattr(defaults, "enricher_for", lambda _: enricher)
    return enricher


# With the real model


def test_what_is_made(path):
    assert run(path, "--precision", "float32") == ("done 2, failed 0 in N s (N articles/s)\n", "")
    with Archive(path, "read") as archive:
        stored = rows(archive, "articles")
        assert [(row["summary"], json.loads(row["tags"])) for row in stored] == [
            (f"{LEAD} {REPLY}", ["Meta", "X", "Facebook", "Instagram", "Elon Musk"]),
            (CHIPS.text, ["Nvidia", "Jensen Huang"]),
        ]
        summaries = rows(archive, "summaries")
        assert all(re.fullmatch(TIME, row.pop("created_at")) for row in summaries)
        assert summaries == [
            {
                "id": number,
                "article_id": article_id,
                "model_id": 1,
                "kind": kind,
                "text": text,
                "tokens_read": tokens,
                "tokens_total": tokens,
                "is_current": 1,
            }
            for number, article_id, kind, text, tokens in (
                (1, 1, "paragraph", f"{LEAD} {REPLY}", 37),
                (2, 1, "dek", LEAD, 37),
                (3, 2, "paragraph", CHIPS.text, 15),
                (4, 2, "dek", CHIPS.text, 15),
            )
        ]
        start = OUTAGE.text.index(REPLY)
        assert table(path, "select * from summary_sentences") == [
            (1, 0, LEAD, 1.0, 0, len(LEAD), "quoted", "[]"),
            (1, 1, REPLY, 1.0, start, start + len(REPLY), "quoted", "[]"),
            (2, 0, LEAD, 1.0, 0, len(LEAD), "quoted", "[]"),
            (3, 0, CHIPS.text, 1.0, 0, len(CHIPS.text), "quoted", "[]"),
            (4, 0, CHIPS.text, 1.0, 0, len(CHIPS.text), "quoted", "[]"),
        ]


def test_entities_and_their_mentions(path):
    run(path, "--precision", "float32")
    mentions = table(
        path,
        "select m.article_id, e.name, e.type, m.start, m.end, m.surface, m.type, m.model_id "
        "from mentions m join entities e on e.id = m.entity_id order by m.id",
    )
    texts = {1: OUTAGE.text, 2: CHIPS.text}
    names = [
        (1, "Meta", "organization", "Meta"),
        (1, "Facebook", "product", "Facebook"),
        (1, "Instagram", "product", "Instagram"),
        (1, "Elon Musk", "person", "Elon Musk"),
        (1, "X", "product", "X"),
        (1, "X", "product", "Twitter"),
        (2, "Nvidia", "organization", "Nvidia"),
        (2, "Jensen Huang", "person", "Jensen Huang"),
    ]
    assert mentions == [
        (article, name, kind, at, at + len(surface), surface, kind, 2)
        for article, name, kind, surface in names
        for at in [texts[article].index(surface)]
    ]
    assert table(
        path,
        "select article_id, entity, type, mention_count, salience from article_tags "
        "order by article_id, salience desc, entity_id",
    ) == [
        (1, "Meta", "organization", 1, 1.0),
        (1, "X", "product", 2, 0.5283),
        (1, "Facebook", "product", 1, 0.5),
        (1, "Instagram", "product", 1, 0.3333),
        (1, "Elon Musk", "person", 1, 0.3333),
        (2, "Nvidia", "organization", 1, 1.0),
        (2, "Jensen Huang", "person", 1, 0.6667),
    ]
    assert table(
        path,
        "select e.slug, a.alias, a.valid_from, a.valid_until, a.origin from aliases a "
        "join entities e on e.id = a.entity_id where e.name = 'X' order by a.id",
    ) == [
        ("x", "X", "2023-07-23", None, "gazetteer"),
        ("x", "X.com", "2023-07-23", None, "gazetteer"),
        ("x", "Twitter", None, "2023-07-23", "gazetteer"),
        ("x", "Twitter.com", None, "2023-07-23", "gazetteer"),
    ]


def test_vectors_models_and_what_was_done(path):
    run(path, "--precision", "float32")
    vectors = [unpack(blob) for (blob,) in table(path, "select vector from vectors")]
    assert [vector.shape for vector in vectors] == [(384,), (384,)]
    np.testing.assert_allclose([np.linalg.norm(vector) for vector in vectors], 1, atol=1e-3)
    enricher = defaults.default_enricher("float32")
    assert [(*row[:3], json.loads(row[3])) for row in table(
        path, "select task, name, revision, parameters from models order by id")] == [
        (model.task, model.name, model.revision, dict(model.parameters))
        for model in map(enricher.model, pipeline.TASKS)
    ]  # fmt: skip
    hashes = (OUTAGE.content_hash, CHIPS.content_hash)
    assert table(path, "select article_id, task, model_id, content_hash from enrichments") == [
        (article, task, model, hashes[article - 1])
        for article in (1, 2)
        for task, model in (("summary", 1), ("tags", 2), ("vector", 3))
    ]
    ((command, arguments, counts, complete),) = table(
        path, "select command, arguments, counts, is_complete from runs"
    )
    assert (command, json.loads(arguments)) == ("summarize", ["--precision", "float32"])
    assert (json.loads(counts), complete) == ({"tokens": 58, "done": 2}, 1)


def test_a_second_run_does_nothing(path):
    run(path, "--precision", "float32")
    before = table(path, "select * from summaries") + table(path, "select * from mentions")
    assert run(path, "--precision", "float32") == ("done 0, failed 0 in N s; nothing to do\n", "")
    assert table(path, "select * from summaries") + table(path, "select * from mentions") == before


def test_force_makes_everything_again_and_entities_keep_their_ids(path):
    run(path, "--precision", "float32")
    query = "select id, name, slug from entities"
    entities = table(path, query)
    with sqlite3.connect(path) as db:
        db.execute("update articles set summary = 'x', tags = '[]' where id = 1")
    db.close()
    stdout, _ = run(path, "--force", "--precision", "float32")
    assert stdout == "done 2, failed 0 in N s (N articles/s)\n"
    assert table(path, query) == entities
    assert table(path, "select summary from articles where id = 1") == [(f"{LEAD} {REPLY}",)]
    assert table(path, "select count(*) from summaries") == [(4,)]


def test_json(path):
    result = CliRunner().invoke(main, ["--db", str(path), "summarize", "--json"])
    found = json.loads(result.stdout)
    assert isinstance(found.pop("seconds"), float)
    assert found == {"done": 2, "failed": 0, "tokens": 58}


# What the archive makes of it, with stand-in models


def test_a_changed_article_is_done_again(path, quick):
    run(path)
    with Archive(path) as archive:
        save(archive, CHIPS.replace(title="Chips are plenty"))
    assert run(path)[0] == "done 1, failed 0 in N s (N articles/s)\n"
    assert table(path, "select tags from articles order by id") == [
        ('["Meta goes dark"]',),
        ('["Chips are plenty"]',),
    ]


@pytest.fixture
def many(tmp_path):
    """An archive of 40 articles: more than one batch."""
    with Archive(new_archive(tmp_path / "many.db")) as archive:
        for n in range(1, 41):
            save(archive, ARTICLE.replace(url=f"https://news.example/{n}", title=f"Title {n}"))
    return tmp_path / "many.db"


def test_one_that_fails_stops_no_other(many, quick):
    quick.fails_at.add(7)
    assert run(many, code=1) == (
        "done 39, failed 1 in N s (N articles/s)\n",
        "article 7 (Title 7): failed. See: select * from errors\n",
    )
    assert table(many, "select run_id, subject, stage, reason, message from errors") == [
        (
            1,
            "article 7",
            "summarize",
            "crash",
            (
                "article 7: it could not be summarized (ZeroDivisionError: no way). Please report it; "
                "the other articles are not affected."
            ),
        )
    ]
    assert table(many, "select id from articles where tags = '[]'") == [(7,)]
    assert run(many, code=1)[0] == "done 0, failed 1 in N s\n"
    quick.fails_at.clear()
    assert run(many)[0] == "done 1, failed 0 in N s (N articles/s)\n"
    assert table(many, "select id from articles where tags = '[]'") == []


def test_a_broken_model_is_no_fault_of_the_articles(many, quick, monkeypatch):
    def broken(_items):
        raise ModelError("models/x", "the model cannot be loaded", "Check the folder.")

    monkeypatch.setattr(quick, "enrich", broken)
    assert run(many, code=1) == (
        "",
        "Error: models/x: the model cannot be loaded. Check the folder.\n",
    )
    assert table(many, "select count(*) from errors") == [(0,)]


def test_an_article_changed_by_another_process_stays_to_be_done(path, quick, monkeypatch):
    enrich = quick.enrich

    def meanwhile(items):
        with Archive(path) as other:
            save(other, CHIPS.replace(text="New text, saved while the old one was read."))
        return enrich(items)

    monkeypatch.setattr(quick, "enrich", meanwhile)
    with Archive(path) as archive, archive.runs.record("summarize") as under:
        list(summarize_archive(archive, quick, under))
        assert under.counts == {"tokens": 2, "done": 1, "changed": 1}
    assert table(path, "select article_id, task from enrichments where article_id = 2") == []
    monkeypatch.setattr(quick, "enrich", enrich)
    assert run(path)[0] == "done 1, failed 0 in N s (N articles/s)\n"


def test_what_was_changed_meanwhile_is_said(path, quick, monkeypatch):
    monkeypatch.setattr("archive.enrichment.Enrichments.is_current", lambda *_: False)
    assert run(path) == (
        "done 0, failed 0 in N s\n",
        "2 articles were changed by another process meanwhile. Run the same command again.\n",
    )


SLOW = """
import sys, time
from test_summarize_archive import QuickEnricher
from summarize import defaults
import newsarchive

class Slow(QuickEnricher):
    def enrich(self, items):
        print("batch", flush=True)
        if items[0].article_id > 1:
            time.sleep(60)
        return super().enrich(items)

defaults.enricher_for = lambda _: Slow()
newsarchive.main(["--db", sys.argv[1], "summarize"])
"""


def test_ctrl_c_and_the_next_run_goes_on(many, quick, request):
    with subprocess.Popen(
        [sys.executable, "-c", SLOW, str(many)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={"PYTHONPATH": f"{request.path.parent}:{request.config.rootpath}"},
    ) as process:
        try:
            assert [process.stdout.readline() for _ in range(2)] == ["batch\n"] * 2
            process.send_signal(signal.SIGINT)
            stdout, stderr = process.communicate(timeout=30)
        finally:
            process.kill()
    assert (process.returncode, stderr) == (130, "Stopped. Run the same command again to go on.\n")
    assert re.sub(r"\d+\.\d", "N", stdout) == "done 16, failed 0 in N s (N articles/s)\n"
    assert table(many, "select counts, is_complete from runs") == [
        ('{"tokens": 16, "done": 16, "interrupted": 1}', 0)
    ]
    assert table(many, "select id from articles where tags <> '[]'") == [(n,) for n in range(1, 17)]
    assert run(many)[0] == "done 24, failed 0 in N s (N articles/s)\n"
    assert table(many, "select count(*) from vectors") == [(40,)]


# Nothing to work on


def test_no_archive(tmp_path):
    path = tmp_path / "none.db"
    assert run(path, code=1) == (
        "",
        (
            f"Error: {path}: there is no such archive. "
            f"Make one with: newsarchive --db {path} ingest SOURCE\n"
        ),
    )
    assert list(tmp_path.iterdir()) == []


def test_an_empty_archive(tmp_path):
    Archive(tmp_path / "a.db").close()
    assert run(tmp_path / "a.db") == ("done 0, failed 0 in N s; nothing to do\n", "")


def test_wrong_usage(path):
    for arguments in (["--precision", "float16"], ["--nothing"], ["surplus"]):
        assert run(path, *arguments, code=2)[0] == ""


def test_names_are_read_as_of_the_day_of_the_article(path):
    early = ARTICLE.replace(
        url="https://news.example/early",
        text="Facebook Inc. bought WhatsApp, the company said.",
        title="A purchase",
        published_at=datetime(2014, 2, 19, tzinfo=UTC),
    )
    with Archive(path) as archive:
        save(archive, early)
    run(path, "--precision", "float32")
    assert table(path, "select tags from articles where id = 3") == [('["Meta", "WhatsApp"]',)]


def test_the_enricher_is_loaded_once_for_a_process():
    assert isinstance(defaults.default_enricher("float32"), Enricher)
    assert defaults.default_enricher("float32") is defaults.default_enricher("float32")


# Taggers

NEWCOMERS = ARTICLE.replace(
    url="https://news.example/kestrel",
    title="Kestrel Robotics raises $90 million",
    text=(
        "Kestrel Robotics, a startup in Leeds, raised $90 million, its founder Maria Delgado said. "
        "Kestrel Robotics makes arms for warehouses. Delgado wants to sell them to Amazon."
    ),
)
LATER = ARTICLE.replace(
    url="https://news.example/later",
    title="Kestrel Robotics Ltd hires a new chief",
    text="Kestrel Robotics Ltd said that Maria Delgado would leave. Kestrel Robotics Ltd thanked her.",
)


@pytest.fixture
def newcomers(tmp_path):
    """An archive of two articles about a company that no list knows."""
    with Archive(new_archive(tmp_path / "new.db")) as archive:
        save(archive, NEWCOMERS)
        save(archive, LATER)
    return tmp_path / "new.db"


def test_a_later_article_finds_the_entities_of_an_earlier_one(newcomers):
    run(newcomers, "--precision", "float32")
    assert table(newcomers, "select tags from articles order by id") == [
        ('["Kestrel Robotics", "Maria Delgado", "Amazon"]',),
        ('["Kestrel Robotics"]',),
    ]
    assert table(
        newcomers,
        "select m.article_id, m.surface, e.name, e.type from mentions m "
        "join entities e on e.id = m.entity_id where e.type != 'place' order by m.id",
    ) == [
        (1, "Kestrel Robotics", "Kestrel Robotics", "organization"),
        (1, "Maria Delgado", "Maria Delgado", "person"),
        (1, "Kestrel Robotics", "Kestrel Robotics", "organization"),
        (1, "Delgado", "Maria Delgado", "person"),
        (1, "Amazon", "Amazon", "organization"),
        (2, "Kestrel Robotics Ltd", "Kestrel Robotics", "organization"),
        (2, "Maria Delgado", "Maria Delgado", "person"),
        (2, "Kestrel Robotics Ltd", "Kestrel Robotics", "organization"),
    ]
    assert table(
        newcomers,
        "select alias, origin from aliases a join entities e on e.id = a.entity_id "
        "where e.name = 'Kestrel Robotics' order by a.id",
    ) == [("Kestrel Robotics", "name"), ("Kestrel Robotics Ltd", "article")]


def test_the_gazetteer_alone_and_back(newcomers):
    assert run(newcomers, "--tagger", "gazetteer")[0].startswith("done 2,")
    assert table(newcomers, "select tags from articles order by id") == [('["Amazon"]',), ("[]",)]
    assert run(newcomers, "--tagger", "gazetteer")[0].endswith("nothing to do\n")
    assert run(newcomers)[0].startswith("done 2,")
    assert "Kestrel Robotics" in table(newcomers, "select tags from articles order by id")[0][0]


@pytest.mark.parametrize(("language", "people"), [("en", 1), (None, 1), ("en-GB", 1), ("de", 0)])
def test_the_model_reads_english(tmp_path, language, people):
    path = tmp_path / "a.db"
    with Archive(new_archive(path)) as archive:
        save(archive, NEWCOMERS.replace(language=language))
    run(path)
    assert table(path, "select count(*) from entities where type = 'person'") == [(people,)]
    assert table(path, "select count(*) from entities where name = 'Amazon'") == [(1,)]
