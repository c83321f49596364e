"""The ledger and its sources; runs and their errors; what `status` says."""

import sqlite3
from datetime import UTC, datetime

import pytest
from archive_records import page_of, rows, save

from archive.records import LedgerEntry, Source

A, B, C = "https://a.example/", "https://b.example/", "https://c.example/"
TRIED = "2024-03-06T09:00:00Z"
FEED = Source("feed", "https://a.example/feed.xml", "The A", '"1"', "Monday")


pytestmark = pytest.mark.usefixtures("clock")


def test_a_source_keeps_its_id(archive, clock):
    first = archive.ledger.register(FEED)
    second = archive.ledger.register(Source("page", A))
    clock[0] = datetime(2024, 3, 7, tzinfo=UTC)
    assert archive.ledger.register(Source("feed", FEED.url, None, '"2"')) == first != second
    assert rows(archive, "sources")[0] == {
        "id": first,
        "kind": "feed",
        "url": FEED.url,
        "title": "The A",  # known before, and not withdrawn
        "etag": '"2"',
        "last_modified": None,  # belonged to the answer before
        "first_seen_at": "2024-03-06T09:00:00Z",
        "last_read_at": "2024-03-07T00:00:00Z",
        "is_followed": 0,
        "followed_at": None,
        "next_poll_at": None,
        "poll_interval_s": None,
        "poll_hints": "{}",
        "last_polled_at": None,
        "last_changed_at": None,
        "failures": 0,
        "last_status": None,
        "last_error": None,
    }


def test_asking_is_pending_once(archive, clock):
    source_id = archive.ledger.register(FEED)
    entry = archive.ledger.ask(A, source_id)
    assert entry == LedgerEntry(A, "pending", 0)
    clock[0] = datetime(2024, 3, 7, tzinfo=UTC)
    assert archive.ledger.ask(A, None) == entry
    (row,) = rows(archive, "ledger")
    assert (row["source_id"], row["first_seen_at"]) == (source_id, "2024-03-06T09:00:00Z")
    assert row["last_tried_at"] is None


def test_never_asked(archive):
    assert archive.ledger.get(A) is None


def test_a_saved_article_settles_its_entry(archive):
    saved = save(archive, asked=B)
    assert archive.ledger.get(B) == LedgerEntry(
        B, "article", 1, None, None, 200, saved.article_id, '"abc"', "yesterday", TRIED
    )
    (row,) = rows(archive, "ledger")
    assert row["page_id"] == saved.page_id
    assert row["last_tried_at"] == "2024-03-06T09:00:00Z"


def test_a_refusal_keeps_the_page_and_the_reason(archive):
    archive.ledger.ask(A, None)
    archive.save_refusal(A, "skipped", "too_short", f"{A}: too short.", page_of(url=A))
    assert archive.ledger.get(A) == LedgerEntry(
        A, "skipped", 1, "too_short", f"{A}: too short.", 200, last_tried_at=TRIED
    )
    (row,) = rows(archive, "ledger")
    assert archive.articles.get_page(row["page_id"]) == page_of(url=A)


def test_a_refusal_without_a_page(archive):
    archive.ledger.ask(A, None)
    archive.save_refusal(A, "failed", "http_503", f"{A}: busy.", http_status=503)
    assert archive.ledger.get(A) == LedgerEntry(
        A, "failed", 1, "http_503", f"{A}: busy.", 503, last_tried_at=TRIED
    )


def test_each_try_counts_and_tells_only_of_itself(archive):
    archive.ledger.ask(A, None)
    archive.save_refusal(A, "failed", "timeout", "slow")
    save(archive, asked=A)
    entry = archive.ledger.get(A)
    assert (entry.state, entry.tries, entry.reason, entry.error) == ("article", 2, None, None)
    # A later failure does not take away the article that once came from there.
    archive.save_refusal(A, "failed", "http_404", "gone", http_status=404)
    entry = archive.ledger.get(A)
    assert (entry.state, entry.tries, entry.article_id, entry.etag) == ("failed", 3, 1, None)
    assert rows(archive, "ledger")[0]["page_id"] == 1


def test_settling_what_was_never_asked_for_writes_nothing(archive):
    archive.ledger.settle(A, "skipped", reason="x")
    assert rows(archive, "ledger") == []


def test_a_state_that_does_not_exist(archive):
    archive.ledger.ask(A, None)
    with pytest.raises(sqlite3.IntegrityError):
        archive.ledger.settle(A, "lost")
    assert archive.ledger.get(A).state == "pending"


def test_a_source_that_goes_leaves_the_entries(archive):
    archive.ledger.ask(A, archive.ledger.register(FEED))
    archive.db.execute("delete from sources")
    assert rows(archive, "ledger")[0]["source_id"] is None


def test_counts_and_reasons_and_the_view_of_skipped(archive):
    source_id = archive.ledger.register(FEED)
    for url in (A, B, C):
        archive.ledger.ask(url, source_id)
    archive.save_refusal(A, "skipped", "too_short", "short")
    archive.save_refusal(B, "failed", None, "odd")
    save(archive, asked="https://d.example/")
    assert archive.ledger.counts() == {"pending": 1, "article": 1, "skipped": 1, "failed": 1}
    assert archive.ledger.reasons() == {"too_short": 1, "unknown": 1}
    assert rows(archive, "skipped")[0] == {
        "url": A,
        "state": "skipped",
        "reason": "too_short",
        "error": "short",
        "http_status": None,
        "tries": 1,
        "failures": 0,
        "last_tried_at": "2024-03-06T09:00:00Z",
        "next_try_at": None,
        "retry": "no",
        "source_kind": "feed",
        "source_url": FEED.url,
    }


def test_a_run_with_counts_and_errors(archive, clock):
    with archive.runs.record("ingest", ["feed.xml", "ä"]) as run:
        run.count("added")
        run.count("added", 2)
        run.error(A, "fetch", "timeout", f"{A}: slow.")
        clock[0] = datetime(2024, 3, 6, 9, 5, tzinfo=UTC)
    (row,) = rows(archive, "runs")
    assert '"python"' in row.pop("versions")
    assert row == {
        "id": 1,
        "command": "ingest",
        "arguments": '["feed.xml", "ä"]',
        "started_at": "2024-03-06T09:00:00Z",
        "finished_at": "2024-03-06T09:05:00Z",
        "counts": '{"added": 3}',
        "is_complete": 1,
    }
    assert rows(archive, "errors") == [
        {
            "id": 1,
            "run_id": 1,
            "subject": A,
            "stage": "fetch",
            "reason": "timeout",
            "message": f"{A}: slow.",
            "occurred_at": "2024-03-06T09:00:00Z",
        }
    ]


def test_a_run_tells_its_totals_before_its_end(archive):
    with archive.runs.record("watch") as run:
        run.count("added", 3)
        run.keep()
        (row,) = rows(archive, "runs")
        assert (row["counts"], row["finished_at"], row["is_complete"]) == ('{"added": 3}', None, 0)


def test_a_run_that_ends_early_is_recorded_as_far_as_it_came(archive):
    with pytest.raises(KeyboardInterrupt), archive.runs.record("ingest") as run:  # noqa: PT012
        run.count("added", 7)
        raise KeyboardInterrupt
    (last,) = archive.runs.last()
    assert last["counts"] == {"added": 7}
    assert last["finished_at"] is not None
    assert rows(archive, "runs")[0]["is_complete"] == 0


def test_whether_a_command_was_run_to_its_end(archive):
    assert not archive.runs.has_any("ingest")
    with archive.runs.record("ingest", ["a"]):
        assert archive.runs.has_any("ingest")
        assert not archive.runs.has_finished("ingest", ["a"])
    with archive.runs.record("ingest", ["b"]) as run:
        run.count("interrupted")
    assert archive.runs.has_finished("ingest", ["a"])
    assert not archive.runs.has_finished("ingest", ["b"])
    assert not archive.runs.has_finished("ingest", ["a", "b"])
    assert not archive.runs.has_finished("summarize", ["a"])


def test_the_last_run_of_each_command(archive):
    for command, number in (("ingest", 1), ("summarize", 2), ("ingest", 3)):
        with archive.runs.record(command) as run:
            run.count("n", number)
    last = {run["command"]: run["counts"]["n"] for run in archive.runs.last()}
    assert last == {"ingest": 3, "summarize": 2}


def test_status(archive):
    empty = archive.status()
    assert (empty["articles"], empty["first_published_at"], empty["ledger"]) == (0, None, {})
    save(archive)
    archive.ledger.ask(A, None)
    archive.save_refusal(A, "skipped", "index", "an index")
    status = archive.status()
    size = status.pop("bytes")
    assert size > 0
    assert status == {
        "path": str(archive.path),
        "articles": 1,
        "sites": 1,
        "first_published_at": "2024-03-05T16:42:00Z",
        "last_published_at": "2024-03-05T16:42:00Z",
        "sources": 0,
        "pages": 1,
        "revisions": 0,
        "entities": 0,
        "mentions": 0,
        "ledger": {"article": 1, "skipped": 1},
        "not_taken": {"index": 1},
        "retries": {"due": 0, "waiting": 0, "given_up": 0, "next_try_at": None},
        "feeds": {"followed": 0, "failing": 0, "next_poll_at": None},
        "models": [],
        "runs": [],
    }
