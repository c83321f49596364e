"""Asking again: sources that have not changed, and what failed (`ingest --retry-failed`)."""

import gzip
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from feed_server import HOST, SITE, FeedServer, article, rss
from ingest_command import change, ingest, ledger, rows, totals

from archive import Archive
from archive.records import Source
from ingest.fetch import Fetcher, FetchOptions
from ingest.listing import Limits
from ingest.pipeline import Ingester

FEED = f"{SITE}/feed.xml"
NOW = datetime(2024, 3, 6, 9, 0, tzinfo=UTC)
SITEMAP = f"""<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">
<url><loc>{SITE}/1</loc></url><url><loc>{SITE}/2</loc></url></urlset>""".encode()
INDEX = f"<sitemapindex><sitemap><loc>{SITE}/map.xml</loc></sitemap></sitemapindex>".encode()


@pytest.fixture
def site():
    with FeedServer() as running:
        running.set("/feed.xml", rss("/1", "/2"), ETag='"v1"')
        running.set("/map.xml", SITEMAP, Content_Type="application/xml")
        running.set_articles("/1", "/2")
        yield running


@pytest.fixture
def clock(clock, monkeypatch):
    """The time, to be set; chance moves nothing."""
    monkeypatch.setattr("random.random", lambda: 0.5)
    return clock


@pytest.fixture
def run(db, site):
    return lambda *arguments: ingest(db, *site.options, "--recheck", "24", *arguments)


# A source that has not changed


@pytest.mark.parametrize("path", ["/feed.xml", "/map.xml"])
def test_a_source_that_has_not_changed_is_not_read_again(run, db, site, path):
    assert totals(run(f"{SITE}{path}")) == {"added": 2}
    etag = site.answers[path].headers["ETag"]
    site.requests.clear()
    assert totals(run(f"{SITE}{path}")) == {"unchanged": 1}
    assert site.requests == [(path, etag)]
    assert ledger(db, f"{SITE}{path}") == ("source", None, 304)


def test_a_source_that_has_changed_is_read(run, site):
    run(FEED)
    site.set("/feed.xml", rss("/3", "/1"), ETag='"v2"')
    site.set_articles("/3")
    assert totals(run(FEED)) == {"added": 1, "unchanged": 1}
    assert totals(run(FEED)) == {"unchanged": 1}


def test_a_source_in_gzip(run, site):
    site.set("/map.xml.gz", gzip.compress(SITEMAP), Content_Type="application/gzip")
    assert totals(run(f"{SITE}/map.xml.gz")) == {"added": 2}
    assert totals(run(f"{SITE}/map.xml.gz")) == {"unchanged": 1}


def test_the_sitemaps_of_an_unchanged_index_are_asked_for(run, site):
    site.set("/index.xml", INDEX)
    run(f"{SITE}/index.xml")
    site.asked()
    assert totals(run(f"{SITE}/index.xml")) == {"unchanged": 1}
    assert site.asked() == ["/index.xml", "/map.xml"]


@pytest.mark.parametrize(
    "part", [("--limit", "1"), ("--since", "2020-01-01"), ("--include", "/1"), ("--exclude", "/1")]
)
def test_after_a_part_of_it_was_taken_a_source_is_read_again(run, db, site, part):
    run(FEED, *part)
    site.requests.clear()
    run(FEED)
    assert site.requests[0] == ("/feed.xml", None)
    assert len(rows(db, "select * from articles")) == 2


def test_a_source_that_leads_too_far_is_read_again(run, site, archive):
    options = FetchOptions(
        connect_to={HOST: ("127.0.0.1", site.port)}, allow_private=True, delay_s=0, retries=0
    )
    for number in (1, 2):
        with Fetcher(options) as fetcher, archive.runs.record("ingest") as record:
            ingester = Ingester(
                archive, fetcher, record, limits=Limits(urls=number), recheck=timedelta(days=1)
            )
            list(ingester.ingest([FEED]))
    assert archive.status()["articles"] == 2


def test_after_a_failure_that_may_pass_the_same_command_takes_the_rest(run, site):
    site.set("/2", status=503)
    assert totals(run(FEED)) == {"added": 1, "failed": 1}
    site.set_articles("/2")
    assert totals(run(FEED)) == {"added": 1, "unchanged": 1}
    assert totals(run(FEED)) == {"unchanged": 1}


def test_after_an_answer_that_stays_a_source_need_not_be_read_again(run, site):
    site.set("/2", status=404)
    assert totals(run(FEED)) == {"added": 1, "failed": 1}
    assert totals(run(FEED)) == {"unchanged": 1}


def test_a_run_that_was_killed_amid_a_source_takes_the_rest(run, db, site):
    gate = site.hold("/2")
    command = [sys.executable, "-m", "newsarchive", "--db", str(db), "ingest", *site.options, FEED]
    process = subprocess.Popen(command, cwd=Path(__file__).parent.parent)
    while ("/2", None) not in list(site.requests):
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait(60)
    gate.set()
    site.asked()
    assert totals(run(FEED))["added"] >= 1  # /1 may not have been saved yet
    assert "/feed.xml" in site.asked()
    assert [row["title"] for row in rows(db, "select title from articles order by url")] == [
        "News of 1",
        "News of 2",
    ]


def test_with_recheck_0_an_unchanged_source_is_read_and_each_of_its_articles_asked_for(
    run, db, site
):
    run(FEED)
    site.set("/1", article("News of 1, corrected", "It was said otherwise."))
    site.asked()
    assert totals(run(FEED)) == {"unchanged": 1}
    assert site.asked() == ["/feed.xml"]
    assert totals(run(FEED, "--recheck", "0")) == {"updated": 1, "unchanged": 1}
    assert rows(db, "select title from revisions") == [{"title": "News of 1"}]


def test_what_is_due_of_an_unchanged_source_is_asked_for(run, db, site):
    run(FEED)
    with Archive(db) as archive:
        archive.db.execute("update ledger set state = 'pending' where url like '%/2'")
    site.asked()
    assert totals(run(FEED)) == {"unchanged": 2}
    assert site.asked() == ["/feed.xml", "/2"]


# What failed


def test_what_failed_is_asked_for_again_when_it_is_due(run, db, site, clock):
    site.set("/2", status=503)
    run(FEED, f"{SITE}/gone")
    site.set_articles("/2")
    site.asked()
    result = run("--retry-failed")
    assert (result.exit_code, totals(result)) == (0, {})
    assert result.stderr == (
        "Nothing is due to be asked for again; 1 wait, the first until 2024-03-06T09:10:00Z.\n"
    )
    assert site.asked() == []
    clock[0] = NOW + timedelta(minutes=10)
    result = run("--retry-failed")
    assert (result.exit_code, totals(result), result.stderr) == (0, {"added": 1}, "")
    assert site.asked() == ["/2"]
    # It is still the feed's, and no source of its own.
    assert rows(db, "select kind, url from sources") == [{"kind": "feed", "url": FEED}]
    assert rows(db, "select distinct source_id from ledger where url like '%/2'") == [
        {"source_id": 1}
    ]


def test_a_feed_that_failed_is_read_with_its_articles(run, site, clock):
    site.set("/feed.xml", status=503)
    run(FEED)
    site.set("/feed.xml", rss("/1", "/2"))
    clock[0] = NOW + timedelta(minutes=10)
    assert totals(run("--retry-failed")) == {"added": 2}


def test_what_is_not_in_order_yet_waits_longer_and_is_given_up(run, db, site, clock):
    site.set("/1", status=503)
    run(f"{SITE}/1")
    for number in range(2, 9):
        clock[0] += timedelta(days=1)
        assert totals(run("--retry-failed")) == {"failed": 1}
        (row,) = rows(db, "select tries, failures, next_try_at from ledger")
        assert (row["tries"], row["failures"]) == (number, number)
    clock[0] += timedelta(days=30)
    assert row["next_try_at"] is None
    assert run("--retry-failed").stderr == (
        "Nothing is due to be asked for again; 1 failed too often and were given up.\n"
    )
    # By its name it can always be had.
    site.set_articles("/1")
    assert totals(run(f"{SITE}/1")) == {"added": 1}


def test_the_server_is_given_the_time_it_asks_for(run, db, site, clock):
    site.set("/1", status=429, Retry_After="7200")
    run(f"{SITE}/1")
    assert rows(db, "select next_try_at from ledger") == [{"next_try_at": "2024-03-06T11:00:00Z"}]


def test_together_with_sources(run, site, clock):
    site.set("/1", status=503)
    run(f"{SITE}/1")
    site.set_articles("/1")
    clock[0] = NOW + timedelta(minutes=10)
    site.asked()
    assert totals(run("--retry-failed", f"{SITE}/2", f"{SITE}/1")) == {"added": 2}
    assert site.asked() == ["/2", "/1"]


def test_a_limit_holds_for_both(run, site, clock):
    site.set("/1", status=503)
    run(f"{SITE}/1")
    site.set_articles("/1")
    clock[0] = NOW + timedelta(minutes=10)
    assert totals(run("--retry-failed", "--limit", "1", f"{SITE}/2")) == {"added": 1}
    assert totals(run("--retry-failed", "--limit", "1")) == {"added": 1}


def test_what_a_killed_run_left_is_done(db, run, site, tmp_path):
    """A page of a feed, an address that was named, and a file of a folder."""
    run(FEED)
    (tmp_path / "page.html").write_bytes(article("A page in a folder", "It lay there."))
    folder = tmp_path.as_uri()
    with Archive(db) as archive:
        archive.db.execute("delete from articles")
        archive.db.execute("update ledger set state = 'pending', tries = 0 where url like '%/2'")
        archive.ledger.ask(f"{SITE}/3", None)
        number = archive.ledger.register(Source("folder", folder))
        archive.ledger.ask(f"{folder}/page.html", number)
    site.set_articles("/3")
    site.asked()
    assert totals(run("--retry-failed")) == {"added": 3}
    assert site.asked() == ["/3", "/2"]


def test_a_feed_that_is_followed_is_left_to_its_rhythm(run, db, site, clock):
    with Archive(db) as archive:
        archive.following.follow(FEED)
    site.set("/feed.xml", status=503)
    run(FEED)
    clock[0] = NOW + timedelta(days=1)
    site.asked()
    assert totals(run("--retry-failed")) == {}
    assert site.asked() == []


def test_without_a_source_there_is_nothing_to_do(run):
    result = run()
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.endswith("Error: Missing argument 'SOURCE...'.\n")


@pytest.mark.parametrize("is_changed", [False, True])
def test_what_a_later_parser_reads_otherwise_is_no_change_of_the_publishers(
    run, db, site, is_changed
):
    """The archive holds what an earlier parser has read; then the page comes with another advertisement."""
    run(FEED)
    change(
        db,
        "update articles set text = text || char(10, 10) || 'Share this', title = 'News of 1 | A Site', "
        "content_hash = 'sha256:other', authors = '[\"By Ada\"]' where url like '%/1'",
    )
    title = "News of 1, corrected" if is_changed else "News of 1"
    site.set("/1", article(title, "It was said at /1.") + b"<!-- advertisement 2 -->")
    assert totals(run(f"{SITE}/1")) == {"updated" if is_changed else "unchanged": 1}
    assert rows(db, "select title, authors from articles where url like '%/1'") == [
        {"title": title, "authors": '["Zoë Müller"]'}
    ]
    assert rows(db, "select title from revisions") == [{"title": "News of 1"}] * is_changed
    assert rows(db, "select * from field_changes") == []
