"""`newsarchive watch`: each feed in its own rhythm, for days, and a clean end."""

import json
import signal
import subprocess
import sys
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from feed_server import HOST, SITE, FeedServer, rss
from ingest_command import rows

from archive import Archive, times
from ingest.fetch import Fetcher, FetchOptions
from ingest.following import Poll, Poller
from ingest.watching import watch

ROOT = Path(__file__).resolve().parent.parent
FEED = f"{SITE}/feed.xml"
NOW = datetime(2024, 3, 6, 9, 0, tzinfo=UTC)


@pytest.fixture
def site():
    with FeedServer() as running:
        running.set("/feed.xml", rss("/1", "/2"))
        running.set_articles("/1", "/2", "/3")
        yield running


class Clock:
    """A time that passes only while somebody waits; at(moment) says what happens meanwhile."""

    def __init__(self, end):
        self.now, self.end = NOW, end
        self.waits, self.events = [], []

    def at(self, moment, action):
        self.events.append((moment, action))

    def wait(self, seconds):
        self.waits.append(seconds)
        self.now += timedelta(seconds=seconds)
        due = [event for event in self.events if event[0] <= self.now]
        self.events = [event for event in self.events if event[0] > self.now]
        for _, action in due:
            action()

    def is_stopped(self):
        return self.now >= self.end

    def tell(self, action):
        self.stop_poll = action


@pytest.fixture
def watched(archive, site, monkeypatch):
    """Watches until a clock is over; returns what came of each reading, with its time."""
    monkeypatch.setattr("random.random", lambda: 0.5)
    monkeypatch.setattr(times, "now", lambda: NOW)
    options = FetchOptions(
        connect_to={HOST: ("127.0.0.1", site.port)}, allow_private=True, delay_s=0, retries=0
    )
    fetchers = []

    def new_fetcher():
        fetchers.append(Fetcher(options))
        return fetchers[-1]

    def run_until(clock, is_new_only=True):
        monkeypatch.setattr(times, "now", lambda: clock.now)
        with archive.runs.record("watch") as run:

            def new_poller(fetcher, workers):
                return Poller(archive, fetcher, run, is_new_only, workers)

            results = watch(archive, new_fetcher, new_poller, clock)
            return [(clock.now, poll) for poll in results if isinstance(poll, Poll)]

    run_until.fetchers = fetchers
    return run_until


def at(**after):
    return NOW + timedelta(**after)


def test_each_feed_has_its_own_rhythm(archive, site, watched):
    """In two days a feed with news every quarter of an hour is read a lot, a silent one seldom."""
    clock = Clock(at(days=2))
    site.set("/silent.xml", rss("/1", title="Silent"))
    site.set("/busy.xml", rss("/2", title="Busy"))
    for number in range(1, 192):
        body = rss(f"/{1 + number % 3}?{number}", title="Busy")
        clock.at(at(minutes=15 * number), lambda body=body: site.set("/busy.xml", body))
    archive.following.follow(f"{SITE}/silent.xml")
    archive.following.follow(f"{SITE}/busy.xml")
    polls = Counter(poll.title for _, poll in watched(clock))
    assert 180 <= polls["Busy"] <= 288
    assert 5 <= polls["Silent"] <= 9
    assert max(clock.waits) <= 60
    busy, silent = (feed.poll_interval_s for feed in archive.following.feeds())
    assert busy <= 900
    assert silent >= 12 * 3600


def test_a_feed_that_is_added_meanwhile_is_read_within_a_minute(archive, site, watched):
    clock = Clock(at(hours=1))
    clock.at(at(minutes=30), lambda: archive.following.follow(FEED))
    ((moment, poll),) = watched(clock)
    assert at(minutes=30) <= moment <= at(minutes=31)
    assert poll.counts == {"added": 2}


def test_a_feed_that_is_removed_meanwhile_is_left_alone(archive, site, watched):
    clock = Clock(at(days=1))
    archive.following.follow(FEED)
    clock.at(at(minutes=30), lambda: archive.following.unfollow(archive.following.get(FEED)))
    assert len(watched(clock)) == 1


def test_a_feed_that_fails_recovers(archive, site, watched):
    clock = Clock(at(hours=5))
    site.set("/feed.xml", status=500)
    archive.following.follow(FEED)
    clock.at(at(hours=1), lambda: site.set("/feed.xml", rss("/1")))
    assert [(moment - NOW, poll.result) for moment, poll in watched(clock)] == [
        (timedelta(), "failed"),
        (timedelta(minutes=10), "failed"),
        (timedelta(minutes=30), "failed"),
        (timedelta(minutes=70), "read"),
        (timedelta(minutes=130), "unchanged"),
        (timedelta(minutes=220), "unchanged"),
    ]


def test_a_robots_file_that_could_not_be_read_is_asked_for_again(archive, site, watched):
    site.set("/robots.txt", status=503)
    archive.following.follow(FEED)
    clock = Clock(at(minutes=30))
    clock.at(at(minutes=1), lambda: site.set("/robots.txt", b"", Content_Type="text/plain"))
    assert [poll.result for _, poll in watched(clock)] == ["failed", "read"]


def test_articles_are_looked_at_again_between_the_news(archive, site, watched):
    archive.following.follow(FEED)
    polls = watched(Clock(at(days=6)), is_new_only=False)
    # Five times where the feed is read often; this one, which is silent, is read seldom.
    assert sum(poll.counts.get("unchanged", 0) for _, poll in polls) == 2 * 4
    assert archive.status()["articles"] == 2


def test_what_is_remembered_is_forgotten_after_some_hours(archive, site, watched):
    archive.following.follow(FEED)
    watched(Clock(at(days=1)))
    assert len(watched.fetchers) == 6


def test_a_stop_between_two_articles_leaves_the_rest_for_the_next_time(archive, site, watched):
    archive.following.follow(FEED)
    clock = Clock(at(hours=1))
    real_save = archive.save_article

    def save(*arguments):
        clock.end = clock.now
        clock.stop_poll()
        return real_save(*arguments)

    archive.save_article = save
    ((_, poll),) = watched(clock)
    assert (poll.result, poll.counts) == ("stopped", {"added": 1})
    assert [feed.url for feed in archive.following.due()] == [FEED]
    archive.save_article = real_save
    site.asked()
    clock.end = at(minutes=1)
    ((_, poll),) = watched(clock)
    assert (poll.result, poll.counts) == ("read", {"added": 1})
    assert site.asked() == ["/feed.xml", "/2"]


# The command


def start(db, site, *options):
    return subprocess.Popen(
        [sys.executable, "-m", "newsarchive", "--db", str(db), "watch", *site.options, *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )


def wait_for(site, process, path):
    while path not in [asked for asked, _ in list(site.requests)]:
        assert process.poll() is None, process.communicate()
        time.sleep(0.01)


def ended(process):
    out, errors = process.communicate(timeout=60)
    return process.returncode, out.splitlines(), errors.splitlines()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_at_once_while_it_waits(db, site, number):
    with Archive(db) as archive:
        archive.following.follow(FEED)
    process = start(db, site)
    line = process.stdout.readline()
    process.send_signal(number)
    code, out, errors = ended(process)
    assert line.partition("  ")[2] == "Quay News: 2 added\n"
    assert (code, out[0].partition(" in ")[0]) == (
        0,
        "feeds: 1 read; articles: added 2, updated 0, unchanged 0, skipped 0, failed 0",
    )
    assert errors[0].startswith("Watching 1 feed, the next at ")
    assert len(errors) == 1
    assert rows(db, "select command, counts, is_complete from runs") == [
        {"command": "watch", "counts": '{"added": 2, "feeds_read": 1}', "is_complete": 1}
    ]


def test_a_signal_amid_the_articles_ends_it_without_waiting_for_a_slow_server(db, site):
    with Archive(db) as archive:
        archive.following.follow(FEED)
    site.hold("/2")
    process = start(db, site)
    while rows(db, "select count(*) as number from articles") == [{"number": 0}]:
        assert process.poll() is None, process.communicate()
        time.sleep(0.01)
    process.send_signal(signal.SIGTERM)
    code, out, _ = ended(process)
    assert code == 0
    assert out[0].partition("  ")[2] == "Quay News: 1 added; stopped"
    assert rows(db, "select is_complete from runs") == [{"is_complete": 0}]
    assert rows(db, "select url, state from ledger where url like '%/2'") == [
        {"url": f"{SITE}/2", "state": "pending"}
    ]
    with Archive(db, "read") as archive:
        assert [feed.url for feed in archive.following.due()] == [FEED]


def test_without_feeds_it_waits_for_some(db, site):
    Archive(db).close()
    process = start(db, site)
    line = process.stderr.readline()
    process.send_signal(signal.SIGTERM)
    assert ended(process)[0] == 0
    assert line == ("No feed is followed yet. Add one with: newsarchive feeds add URL. Waiting.\n")


def record(line):
    """A line of the log in JSON, without its time, and without how long it took."""
    found = json.loads(line)
    assert datetime.fromisoformat(found.pop("time")).tzinfo
    if "seconds" in found:
        assert found.pop("seconds") >= 0
        found["message"] = found["message"].partition(" in ")[0]
    return found


def test_its_log_in_json(db, site):
    with Archive(db) as archive:
        archive.following.follow(FEED)
    site.set_articles("/1")
    site.set("/2", b"<p>too short")
    process = start(db, site, "--log-format", "json", "--verbose")
    lines = [process.stdout.readline() for _ in range(2)]
    process.send_signal(signal.SIGTERM)
    code, out, errors = ended(process)
    assert code == 0
    article, feed, end = map(record, [*lines, *out])
    url = article["url"]
    title = article["title"]
    assert article == {
        "level": "info", "command": "watch", "event": "input", "message": f"added  {url}  {title}",
        "result": "added", "url": f"{SITE}/1", "article_id": 1, "title": title,
    }  # fmt: skip
    assert feed == {
        "level": "info", "command": "watch", "event": "feed",
        "message": "Quay News: 1 added, 1 skipped", "title": "Quay News", "url": FEED,
        "result": "read", "added": 1, "updated": 0, "unchanged": 0, "skipped": 1, "failed": 0,
    }  # fmt: skip
    assert end == {
        "level": "info", "command": "watch", "event": "ended",
        "message": "feeds: 1 read; articles: added 1, updated 0, unchanged 0, skipped 1, failed 0",
        "added": 1, "skipped": 1, "feeds_read": 1,
    }  # fmt: skip
    opening, refusal = map(record, errors)
    assert opening.pop("message").startswith("Watching 1 feed, the next at ")
    assert opening == {"level": "info", "command": "watch", "event": "started", "feeds": 1}
    assert refusal.pop("message").startswith(f"{SITE}/2: ")
    reason = refusal.pop("reason")
    assert refusal == {
        "level": "warning", "command": "watch", "event": "input", "result": "skipped",
        "url": f"{SITE}/2", "title": "One",
    }  # fmt: skip
    assert rows(db, "select reason from ledger where url like '%/2'") == [{"reason": reason}]
