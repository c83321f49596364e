"""What ingest tells in JSON, for programs that gather logs; in text it is told as it always was."""

import json

import pytest
from fault_server import PAGES, article
from ingest_command import ingest


@pytest.fixture
def folder(tmp_path):
    """A page with an article, one without, and a file that is missing."""
    (tmp_path / "boat.html").write_bytes(article("A boat turns up"))
    (tmp_path / "none.html").write_bytes((PAGES / "no_article.html").read_bytes())
    return tmp_path


def records(text):
    found = [json.loads(line) for line in text.splitlines()]
    for one in found:
        assert one.pop("time").endswith("Z")
        assert one.pop("command") == "ingest"
    return found


@pytest.mark.parametrize("by", ["option", "environment"])
def test_each_line_is_an_object(db, folder, monkeypatch, by):
    options = ["--log-format", "json"] if by == "option" else []
    if by == "environment":
        monkeypatch.setenv("NEWSARCHIVE_LOG_FORMAT", "json")
    names = [folder / name for name in ("boat.html", "none.html", "missing.html")]
    result = ingest(db, "--verbose", *options, *names)
    assert result.exit_code == 1
    boat, none, missing = (f"file://{name}" for name in names)
    *inputs, end = records(result.stdout)
    assert [(one["event"], one["result"], one["url"]) for one in inputs] == [
        ("input", "added", boat),
        ("input", "skipped", none),
        ("input", "failed", missing),
    ]
    assert inputs[0] == {
        "level": "info", "event": "input", "message": f"added  {boat}  A boat turns up",
        "result": "added", "url": boat, "article_id": 1, "title": "A boat turns up",
    }  # fmt: skip
    assert end.pop("seconds") >= 0
    assert end.pop("message").startswith("added 1, updated 0, unchanged 0, skipped 1, failed 1 in ")
    assert end == {
        "level": "info", "event": "ended",
        "added": 1, "updated": 0, "unchanged": 0, "skipped": 1, "failed": 1,
    }  # fmt: skip
    problems = records(result.stderr)
    assert [(one["level"], one["event"], one["result"]) for one in problems] == [
        ("warning", "input", "skipped"),
        ("error", "input", "failed"),
    ]
    assert [one["url"].rpartition("/")[2] in one["message"] for one in problems] == [True, True]
    assert all(one["reason"] for one in problems)


def test_nothing_to_do_is_told_too(db, folder):
    result = ingest(db, "--log-format", "json", "--retry-failed", folder / "boat.html")
    (note,) = records(result.stderr)
    assert note == {
        "level": "info",
        "event": "idle",
        "message": "Nothing is due to be asked for again.",
    }
