"""`newsarchive summarize` killed at any moment: nothing is lost, nothing is done twice."""

import signal
import subprocess
import sys

import pytest
from archive_records import ARTICLE, rows, save
from test_summarize_models import Stub, all_show, run, shown

from archive import Archive
from summarize import defaults

ARTICLES = 5
#: Kills itself, as the kernel would, when a number of statements that write have been begun.
KILLED = """
import os, signal, sys
from sqlite_utils import Database
from test_summarize_models import Stub
from summarize import defaults
import newsarchive

path, name, statements, arguments = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4:]
left = [statements]

def count(sql):
    if sql.lstrip().lower().startswith(("insert", "update", "delete", "replace", "commit")):
        left[0] -= 1
        if left[0] < 0:
            os.kill(os.getpid(), signal.SIGKILL)

from archive import store
opened = store.open_database
def watched(*arguments):
    db = opened(*arguments)
    db.conn.set_trace_callback(count)
    return db
store.open_database = watched
defaults.enricher_for = lambda _: Stub(name)
newsarchive.main(["--db", path, "summarize", *arguments])
"""
#: What is compared between an archive that was killed over and over and one that was not.
TABLES = (
    "summaries",
    "summary_sentences",
    "mentions",
    "article_entities",
    "entities",
    "taggings",
    "vectors",
)


def archive_of(path):
    with Archive(path) as archive:
        for number in range(1, ARTICLES + 1):
            save(archive, ARTICLE.replace(url=f"https://news.example/{number}"))
    return path


def content(path):
    """All that models have made, without what says when or in which order of rows."""
    drop = ("created_at", "id", "summary_id")
    with Archive(path, "read") as archive:
        found = {
            table: sorted(
                str({k: v for k, v in row.items() if k not in drop}) for row in rows(archive, table)
            )
            for table in TABLES
        }
        found["articles"] = archive.db.execute("select summary, tags from articles").fetchall()
        return found


@pytest.fixture
def models(monkeypatch):
    models = {name: Stub(name) for name in ("aa", "bb")}
    monkeypatch.setattr(defaults, "enricher_for", lambda _: models[models["in use"]])
    return models


def kill_again_and_again(request, path, name, *arguments):
    """Run until it is through, killed ever later; how often it was killed."""
    for kills, statements in enumerate(range(1, 400, 23)):
        done = subprocess.run(
            [sys.executable, "-c", KILLED, str(path), name, str(statements), *arguments],
            env={"PYTHONPATH": f"{request.path.parent}:{request.config.rootpath}"},
            capture_output=True,
            timeout=120,
            check=False,
        )
        if done.returncode == 0:
            return kills
        assert done.returncode == -signal.SIGKILL, done.stderr
    raise AssertionError("it never came to an end")


def test_a_run_that_is_killed_over_and_over_makes_what_one_run_makes(tmp_path, request, models):
    killed, whole = archive_of(tmp_path / "killed.db"), archive_of(tmp_path / "whole.db")
    assert kill_again_and_again(request, killed, "aa") > 1
    run(whole, models, "aa")
    assert content(killed) == content(whole)
    assert run(killed, models, "aa")[0] == []


def test_going_back_to_a_model_killed_over_and_over(tmp_path, request, models):
    path = archive_of(tmp_path / "a.db")
    run(path, models, "aa")
    run(path, models, "bb")
    assert kill_again_and_again(request, path, "aa") > 0
    assert shown(path) == all_show("aa")
    assert run(path, models, "bb")[0] == []
    assert shown(path) == all_show("bb")
