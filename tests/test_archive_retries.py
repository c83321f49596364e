"""When what failed is asked for again: the next try of the ledger, and what is due."""

from datetime import UTC, datetime, timedelta

import pytest
from archive_records import rows, save
from hypothesis import given
from hypothesis import strategies as st
from sqlite_utils import Database

from archive import Archive
from archive.migrations import migrations
from archive.records import DueEntry, Source
from archive.retries import MAX_FAILURES, next_try

NOW = datetime(2024, 3, 6, 9, 0, tzinfo=UTC)
FEED = Source("feed", "https://a.example/feed.xml", "The A")
URL = "https://a.example/1"
MINUTE, HOUR, DAY = 60, 3_600, 86_400
EVEN = 0.5


def wait_s(reason, failures=1, spread=EVEN, retry_after_s=None, url=URL):
    moment = next_try(url, reason, failures, NOW, spread, retry_after_s)
    return None if moment is None else (moment - NOW).total_seconds()


# When


@pytest.mark.parametrize(
    "reason",
    ["timeout", "connection", "refused", "dns", "encoding", "empty", "http_408", "http_429",
     "http_500", "http_502", "http_503", "http_504", "http_522"],
)  # fmt: skip
def test_what_passes_is_tried_again_soon_and_ever_more_seldom(reason):
    assert [wait_s(reason, n) for n in range(1, 9)] == [
        10 * MINUTE, 30 * MINUTE, 90 * MINUTE, 4.5 * HOUR, 13.5 * HOUR, DAY, DAY, None,
    ]  # fmt: skip


@pytest.mark.parametrize("reason", ["robots", "tls", "malformed_feed", "empty_sitemap"])
def test_what_a_person_has_to_put_right_is_tried_again_late(reason):
    assert [wait_s(reason, n) for n in range(1, 6)] == [DAY, 2 * DAY, 4 * DAY, 7 * DAY, 7 * DAY]


@pytest.mark.parametrize(
    "reason",
    [None, "", "http_400", "http_401", "http_403", "http_404", "http_410", "http_451", "http_501",
     "http_505", "not_html", "binary", "too_large", "bad_url", "private_address", "crash",
     "redirect_loop", "missing_file", "malformed_warc"],
)  # fmt: skip
def test_an_answer_is_not_asked_for_again(reason):
    assert wait_s(reason) is None


def test_no_file_is_waited_for():
    assert wait_s("empty", url="file:///news/page.html") is None


def test_the_server_is_left_alone_as_long_as_it_asks_within_a_week():
    assert wait_s("http_503", retry_after_s=5 * HOUR) == 5 * HOUR
    assert wait_s("http_503", retry_after_s=1.0) == 10 * MINUTE
    assert wait_s("http_429", retry_after_s=1e9) == 7 * DAY


@given(st.floats(0, 1), st.integers(1, MAX_FAILURES - 1))
def test_what_failed_together_does_not_return_together(spread, failures):
    even = wait_s("timeout", failures)
    assert 0.75 * even <= wait_s("timeout", failures, spread) <= 1.25 * even


# In the ledger


def fail(archive, url=URL, reason="timeout", source=FEED):
    archive.ledger.ask(url, archive.ledger.register(source) if source else None)
    archive.save_refusal(url, "failed", reason, f"{url}: {reason}.")


def skipped(archive):
    return [
        (row["failures"], row["next_try_at"] is not None, row["retry"])
        for row in rows(archive, "skipped")
    ]


def test_a_failure_gets_its_next_try_and_a_success_takes_it_away(archive):
    fail(archive)
    fail(archive)
    assert skipped(archive) == [(2, True, "waiting")]
    save(archive, asked=URL)
    row = rows(archive, "ledger")[0]
    assert (row["failures"], row["next_try_at"], row["tries"]) == (0, None, 3)


def test_the_view_says_whether_and_when(archive):
    fail(archive)
    assert skipped(archive) == [(1, True, "waiting")]
    archive.db.execute("update ledger set next_try_at = '2020-01-01T00:00:00Z'")
    assert skipped(archive) == [(1, True, "due")]
    for _ in range(MAX_FAILURES - 1):
        fail(archive)
    assert skipped(archive) == [(8, False, "given up")]
    archive.save_refusal(URL, "skipped", "not_html", "a PDF")
    assert skipped(archive) == [(0, False, "no")]


def test_what_is_due_is_what_waited_long_enough_and_what_was_left_undone(archive, clock):
    fail(archive)
    archive.ledger.ask("https://a.example/pending", 1)
    archive.ledger.ask("https://b.example/by-hand", None)
    fail(archive, "https://a.example/gone", "http_404")
    pending = DueEntry("https://a.example/pending", 1, FEED)
    by_hand = DueEntry("https://b.example/by-hand", None, None)
    assert archive.ledger.due() == [by_hand, pending]
    clock[0] = NOW + timedelta(minutes=13)
    assert archive.ledger.due() == [by_hand, DueEntry(URL, 1, FEED), pending]
    assert archive.ledger.due(FEED.url) == [DueEntry(URL, 1, FEED), pending]
    assert archive.ledger.due("https://other.example/") == []


def test_what_a_file_of_many_holds_is_not_asked_for_on_the_web(archive):
    number = archive.ledger.register(Source("warc", "file:///news.warc.gz"))
    archive.ledger.ask(URL, number)
    assert archive.ledger.due() == []


def test_a_feed_that_is_followed_has_its_own_rhythm(archive, clock):
    archive.following.follow(FEED.url)
    fail(archive, FEED.url)
    clock[0] = NOW + timedelta(days=2)
    assert archive.ledger.due() == []
    archive.following.unfollow(archive.following.get(FEED.url))
    assert archive.ledger.due() == []


def test_whether_one_address_is_due(archive, clock):
    assert archive.ledger.is_due(URL)
    archive.ledger.ask(URL, None)
    assert archive.ledger.is_due(URL)
    fail(archive)
    assert not archive.ledger.is_due(URL)
    clock[0] = NOW + timedelta(minutes=13)
    assert archive.ledger.is_due(URL)
    save(archive, asked=URL)
    assert not archive.ledger.is_due(URL)


def test_articles_are_looked_at_again_ever_more_seldom_for_a_week(archive, clock):
    archive.ledger.ask(URL, archive.ledger.register(FEED))
    looked_at = []
    save(archive, asked=URL)
    for hours in range(1, 24 * 14):
        clock[0] = NOW + timedelta(hours=hours)
        if archive.ledger.due(FEED.url, with_articles=True):
            looked_at.append(hours)
            save(archive, asked=URL)
        assert archive.ledger.due(FEED.url) == []
    assert looked_at == [1, 3, 9, 27, 81]


def test_status_tells_how_many_are_due_wait_or_were_given_up(archive, clock):
    nothing = {"due": 0, "waiting": 0, "given_up": 0, "next_try_at": None}
    assert archive.status()["retries"] == nothing
    fail(archive)
    archive.ledger.ask("https://a.example/pending", 1)
    for _ in range(MAX_FAILURES):
        fail(archive, "https://a.example/down")
    fail(archive, "https://a.example/gone", "http_404")
    found = archive.status()["retries"]
    assert "2024-03-06T09:07:30Z" <= found.pop("next_try_at") <= "2024-03-06T09:12:30Z"
    assert found == {"due": 1, "waiting": 1, "given_up": 1}


# Archives of before


def test_what_failed_before_there_was_a_next_try_is_due(tmp_path):
    path = tmp_path / "old.db"
    database = Database(path)
    migrations.apply(database, stop_before="m010_feeds_that_are_followed")
    for number, (url, state, reason) in enumerate(
        [(URL, "failed", "http_503"), ("https://a.example/2", "failed", "http_404"),
         ("https://a.example/3", "failed", "dns"), ("file:///x", "failed", "empty"),
         ("https://a.example/4", "skipped", "too_short")]
    ):  # fmt: skip
        database.execute(
            "insert into ledger (id, url, state, reason, tries, first_seen_at, last_tried_at) "
            "values (?, ?, ?, ?, 3, '2024-01-01T00:00:00Z', '2024-01-02T00:00:00Z')",
            [number, url, state, reason],
        )
    database.conn.commit()
    database.close()
    with Archive(path) as archive:
        assert [entry.url for entry in archive.ledger.due()] == [URL, "https://a.example/3"]
        assert [row["failures"] for row in rows(archive, "ledger")] == [1, 1, 1, 1, 0]
        assert archive.following.feeds() == []
