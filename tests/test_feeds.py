"""`newsarchive feeds`: feeds are found, followed, read, moved, given up; the archive keeps them."""

import json
import ssl
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from click.testing import CliRunner
from feed_server import HOST, SITE, FeedServer, article, rss
from ingest_command import rows
from new_archive import new_archive

from archive import Archive, times
from ingest.errors import FetchError
from ingest.feed_finder import http_instead
from ingest.fetch_errors import network_error
from ingest.link_files import read_opml
from newsarchive import main

FEED = f"{SITE}/feed.xml"
NOW = datetime(2024, 3, 6, 9, 0, tzinfo=UTC)


@pytest.fixture
def db(db):
    """An archive, made already."""
    return new_archive(db)


@pytest.fixture
def site():
    with FeedServer() as running:
        running.set("/feed.xml", rss("/1", "/2"), Content_Type="application/rss+xml")
        running.set_articles("/1", "/2")
        yield running


@pytest.fixture
def clock(clock, monkeypatch):
    """The time, to be set; chance moves nothing."""
    monkeypatch.setattr("random.random", lambda: 0.5)
    return clock


@pytest.fixture
def run(db, site):
    """Runs `newsarchive feeds ...`; what fetches finds the site."""

    def command(name, *arguments, stdin=None):
        options = site.options if name in ("add", "poll", "import") else []
        words = ["--db", str(db), "feeds", name, *options, *arguments]
        result = CliRunner().invoke(main, words, input=stdin)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return command


def said(result):
    return result.exit_code, result.stdout, result.stderr


def followed(db):
    with Archive(db, "read") as archive:
        return archive.following.feeds()


def polled(run, *options):
    """What a poll said, without the seconds."""
    result = run("poll", *options)
    return result.exit_code, result.stdout.partition(" in ")[0], result.stderr


def totals(feeds, **articles):
    names = ("added", "updated", "unchanged", "skipped", "failed")
    return f"feeds: {feeds}; articles: " + ", ".join(f"{n} {articles.get(n, 0)}" for n in names)


# add


def test_a_feed_is_followed_and_says_its_title(run, db, site):
    assert said(run("add", FEED)) == (
        0,
        f"Following Quay News ({FEED}): 2 articles in it now.\n",
        "",
    )
    assert [(feed.url, feed.title) for feed in followed(db)] == [(FEED, "Quay News")]
    assert rows(db, "select * from articles") == []


def test_a_feed_is_followed_once(run, db, site, clock):
    run("add", FEED)
    site.asked()
    assert said(run("add", f"{FEED}#top", f"{FEED}?utm_source=x")) == (
        0,
        "",
        f"Quay News ({FEED}) is followed already, since 2024-03-06.\n" * 2,
    )
    assert site.asked() == []
    assert len(followed(db)) == 1


@pytest.mark.parametrize("path", ["/", "/2024/story"])
def test_the_feed_of_a_page_is_found(run, db, site, path):
    head = (
        '<link rel="alternate" type="application/rss+xml" title="News" href="/feed.xml">'
        '<link rel="alternate" type="application/rss+xml" title="Comments" href="/comments">'
        '<link rel="alternate" type="application/atom+xml" title="Sport" href="/sport.xml">'
    )
    site.set(path, article("Home").replace(b"<title>", head.encode() + b"<title>"))
    assert said(run("add", f"{SITE}{path}")) == (
        0,
        f"Following Quay News ({FEED}): 2 articles in it now.\n",
        f"{SITE}{path} names other feeds too (--all follows them): {SITE}/sport.xml\n",
    )
    site.set("/sport.xml", rss("/3", title="Quay Sport"))
    result = run("add", "--all", f"{SITE}{path}")
    assert said(result) == (
        0,
        f"Following Quay Sport ({SITE}/sport.xml): 1 article in it now.\n",
        f"Quay News ({FEED}) is followed already, since {times.to_text(times.now())[:10]}.\n",
    )
    assert [feed.title for feed in followed(db)] == ["Quay News", "Quay Sport"]


def test_the_address_is_that_where_permanent_redirects_end(run, db, site):
    site.set("/old", status=301, Location="/older")
    site.set("/older", status=308, Location="/feed.xml")
    site.set("/temporary", status=302, Location="/other.xml")
    site.set("/other.xml", rss("/1", title="Other"))
    run("add", f"{SITE}/old", f"{SITE}/temporary")
    assert [feed.url for feed in followed(db)] == [f"{SITE}/temporary", FEED]


def test_a_feed_that_is_empty_as_yet_can_be_followed(run, site):
    site.set("/feed.xml", rss(title="New"))
    assert run("add", FEED).stdout == f"Following New ({FEED}): 0 articles in it now.\n"


REFUSED = {
    "/gone": (
        None,
        "the server answered 404 Not Found. Check the address; the feed may have moved.",
    ),
    "/page": (article("A page"), "this page names no feed."),
    "/sitemap.xml": (b"<urlset></urlset>", "this is no feed (its kind is sitemap)."),
    "/broken.xml": (b"<rss version='2.0'><channel><item><titl", "the feed cannot be read ("),
}


@pytest.mark.parametrize("path", REFUSED)
def test_what_cannot_be_followed_is_said_and_the_others_are(run, db, site, path):
    body, error = REFUSED[path]
    if body:
        site.set(path, body)
    result = run("add", f"{SITE}{path}", FEED)
    assert result.exit_code == 1
    assert result.stderr.startswith(f"{SITE}{path}: {error}")
    assert len(result.stderr.splitlines()) == 1
    assert [feed.url for feed in followed(db)] == [FEED]


@pytest.mark.parametrize("written", ["feed:{}", "feed://quay.example/feed.xml"])
def test_addresses_as_people_write_them(run, db, site, written):
    from ingest.feed_finder import address_of

    assert address_of(written.format(FEED)).endswith("://quay.example/feed.xml")
    assert address_of("quay.example") == "https://quay.example/"
    assert address_of(" https://Quay.example ") == "https://quay.example/"


@pytest.mark.parametrize("written", ["quay.example/feed.xml", "feed:quay.example/feed.xml"])
def test_http_is_tried_where_nothing_answers_by_https(run, db, site, written):
    result = run("add", written)
    assert (result.exit_code, result.stdout) == (
        0,
        f"Following Quay News ({FEED}): 2 articles in it now.\n",
    )
    (line,) = result.stderr.splitlines()
    assert line.startswith(
        "https://quay.example/feed.xml: quay.example gave no secure connection ("
    )
    assert line.endswith(f". Trying {FEED}")
    assert run("add", written).stderr.splitlines()[1].startswith(f"Quay News ({FEED}) is followed")
    assert [feed.url for feed in followed(db)] == [FEED]


def test_where_neither_answers_both_are_told(run, db, site):
    nowhere = ("--connect-to", "nowhere.example:127.0.0.1:1", "nowhere.example")
    result = run("add", *nowhere)
    assert (result.exit_code, result.stdout, result.stderr.splitlines()) == (
        1,
        "",
        [
            "https://nowhere.example/: nowhere.example refused the connection. Trying http://nowhere.example/",
            "http://nowhere.example/: nowhere.example refused the connection. Check the port, or try again later.",
        ],
    )


def test_http_is_not_tried_where_https_was_meant_or_answers():
    url = f"https://{HOST}/"
    no_tls = FetchError(url, "tls", "it gave no secure connection")
    gone = FetchError(url, "http_404", "the server answered 404 Not Found")
    untrusted = network_error(url, url, ssl.SSLCertVerificationError("self-signed"), 1)
    assert http_instead(HOST, url, no_tls) == f"http://{HOST}/"
    assert http_instead(HOST, url, gone) is None
    assert http_instead(HOST, url, untrusted) is None
    assert http_instead(url, url, no_tls) is None


# poll


def test_what_is_new_is_taken_and_nothing_is_asked_for_twice(run, db, site):
    run("add", FEED)
    site.asked()
    assert polled(run) == (0, f"Quay News: 2 added\n{totals('1 read', added=2)}", "")
    assert site.asked() == ["/feed.xml", "/1", "/2"]
    site.set("/feed.xml", rss("/3", "/1", "/2"))
    site.set_articles("/3")
    assert polled(run, "--all") == (0, f"Quay News: 1 added\n{totals('1 read', added=1)}", "")
    assert site.asked() == ["/feed.xml", "/3"]
    assert [feed.articles for feed in followed(db)] == [3]


def test_a_feed_that_has_not_changed_is_not_sent_again(run, db, site):
    site.set(
        "/feed.xml", rss("/1", "/2"), ETag='"v1"', Last_Modified="Wed, 06 Mar 2024 09:00:00 GMT"
    )
    run("add", FEED)
    run("poll")
    site.requests.clear()
    assert polled(run, "--all") == (0, totals("1 unchanged"), "")
    assert site.requests == [("/feed.xml", '"v1"')]
    # The validators are kept though a 304 need not repeat them.
    site.requests.clear()
    run("poll", "--all")
    assert site.requests == [("/feed.xml", '"v1"')]
    assert rows(db, "select last_status, etag, last_modified from sources") == [
        {"last_status": 304, "etag": '"v1"', "last_modified": "Wed, 06 Mar 2024 09:00:00 GMT"}
    ]


def test_each_feed_is_read_when_it_is_due(run, site, clock):
    run("add", FEED)
    run("poll")
    site.asked()
    assert (
        run("poll").stdout.partition(" s; ")[2]
        == "the next is due at 2024-03-06T10:00:00Z (--all: now)\n"
    )
    assert site.asked() == []
    clock[0] = NOW + timedelta(minutes=61)
    run("poll", "--new-only")
    assert site.asked() == ["/feed.xml"]


def test_the_rhythm_follows_the_feed(run, db, site, clock):
    run("add", FEED)
    intervals = []
    for number in range(3, 7):
        run("poll", "--all")
        (feed,) = followed(db)
        intervals.append((feed.poll_interval_s, (feed.next_poll_at - NOW).total_seconds()))
        site.set("/feed.xml", rss(f"/{number}"))
        site.set_articles(f"/{number}")
    assert intervals == [(3600, 3600), (1800, 1800), (900, 900), (600, 600)]
    for _ in range(2):
        run("poll", "--all")
    (feed,) = followed(db)
    assert (feed.poll_interval_s, feed.last_changed_at) == (900, NOW)


def test_a_feed_is_not_asked_before_it_wants_to_be(run, db, site, clock):
    channel = "<ttl>120</ttl><skipHours><hour>11</hour><hour>12</hour></skipHours>"
    site.set("/feed.xml", rss("/1", channel=channel), Cache_Control="max-age=60")
    run("add", FEED)
    run("poll")
    wanted = datetime(2024, 3, 6, 13, 0, tzinfo=UTC)
    assert followed(db)[0].next_poll_at == wanted
    # A 304 holds no channel: what it said is remembered.
    run("poll", "--all")
    assert (followed(db)[0].last_status, followed(db)[0].next_poll_at) == (304, wanted)
    site.set("/feed.xml", rss("/1"), Cache_Control="max-age=18000")
    run("poll", "--all")
    assert followed(db)[0].next_poll_at == NOW + timedelta(hours=5)


def test_an_article_that_failed_is_asked_for_again_when_it_is_due(run, db, site, clock):
    site.set("/2", status=503)
    run("add", FEED)
    code, out, err = polled(run)
    assert (code, out) == (
        1,
        f"Quay News: 1 added, 1 failed\n{totals('1 read', added=1, failed=1)}",
    )
    assert err.startswith(f"{SITE}/2: the server answered 503")
    site.set_articles("/2")
    site.asked()
    run("poll", "--all")
    assert site.asked() == ["/feed.xml"]
    clock[0] = NOW + timedelta(minutes=10)
    # The feed is unchanged, and the article may have left it long since.
    assert polled(run, "--all") == (0, f"Quay News: 1 added\n{totals('1 read', added=1)}", "")
    assert site.asked() == ["/feed.xml", "/2"]


def test_articles_are_looked_at_for_changes(run, db, site, clock):
    run("add", FEED)
    run("poll")
    site.set("/1", article("News of 1, corrected", "It was said otherwise."))
    site.asked()
    clock[0] = NOW + timedelta(minutes=30)
    run("poll", "--all")
    assert site.asked() == ["/feed.xml"]
    clock[0] = NOW + timedelta(minutes=61)
    assert polled(run, "--all") == (
        0,
        f"Quay News: 1 updated, 1 unchanged\n{totals('1 read', updated=1, unchanged=1)}",
        "",
    )
    assert rows(db, "select title from revisions") == [{"title": "News of 1"}]


def test_what_the_feed_dates_anew_is_asked_for_at_once(run, db, site, clock):
    run("add", FEED)
    run("poll")
    dated = rss("/1", "/2").replace(b"</link></item>", b"</link><pubDate>%s</pubDate></item>")
    at = [format_datetime(NOW + timedelta(minutes=m), usegmt=True).encode() for m in (5, -5)]
    site.set("/feed.xml", dated % (at[0], at[1]))
    site.asked()
    clock[0] = NOW + timedelta(minutes=6)
    assert polled(run, "--all")[1] == totals("1 read", unchanged=1)
    assert site.asked() == ["/feed.xml", "/1"]


def test_a_feed_that_is_gone_is_followed_no_longer(run, db, site):
    run("add", FEED)
    run("poll")
    site.set("/feed.xml", status=410)
    gone = f"{FEED}: the feed is gone for good (410); it is followed no longer.\n"
    assert polled(run, "--all") == (1, totals("1 gone"), gone)
    assert followed(db) == []
    assert rows(db, "select last_status, last_error, next_poll_at from sources") == [
        {"last_status": 410, "last_error": gone.strip(), "next_poll_at": None}
    ]
    assert len(rows(db, "select * from articles")) == 2


def test_a_feed_that_moves_is_followed_to_its_new_address(run, db, site):
    run("add", FEED)
    run("poll")
    site.set("/feed.xml", status=301, Location="/new.xml")
    site.set("/new.xml", rss("/3"))
    site.set_articles("/3")
    moved = f"Quay News: 1 added; its address is now {SITE}/new.xml"
    assert polled(run, "--all") == (0, f"{moved}\n{totals('1 read', added=1)}", "")
    assert [(feed.id, feed.url, feed.articles) for feed in followed(db)] == [
        (1, f"{SITE}/new.xml", 3)
    ]
    site.asked()
    run("poll", "--all")
    assert site.asked() == ["/new.xml"]


@pytest.mark.parametrize("status", [302, 303, 307])
def test_a_passing_redirect_leaves_the_address(run, db, site, status):
    run("add", FEED)
    site.set("/feed.xml", status=status, Location="/new.xml")
    site.set("/new.xml", rss("/1"))
    run("poll")
    assert [feed.url for feed in followed(db)] == [FEED]


def test_a_redirect_to_what_is_no_feed_leaves_the_address(run, db, site):
    """As a provider does whose customer has not paid."""
    run("add", FEED)
    site.set("/feed.xml", status=301, Location="/parked")
    site.set("/parked", article("This domain is for sale"))
    code, out, err = polled(run)
    assert (code, out) == (1, totals("1 failed"))
    assert err.startswith(f"{FEED}: this is no feed (a web page).")
    assert [feed.url for feed in followed(db)] == [FEED]


def test_failures_make_it_wait_longer_each_time(run, db, site, clock):
    run("add", FEED)
    run("poll")
    site.set("/feed.xml", status=500)
    waits = []
    for _ in range(3):
        run("poll", "--all")
        waits.append((followed(db)[0].next_poll_at - NOW).total_seconds())
    assert waits == [3600, 7200, 14400]
    assert rows(db, "select state, reason, next_try_at from ledger where url = ?", FEED) == [
        {"state": "failed", "reason": "http_500", "next_try_at": "2024-03-06T13:00:00Z"}
    ]
    site.set("/feed.xml", rss("/1"))
    assert polled(run, "--all") == (0, totals("1 unchanged"), "")
    assert followed(db)[0].failures == 0


@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_is_kept(run, db, site, clock, status):
    run("add", FEED)
    at = format_datetime(NOW + timedelta(hours=7), usegmt=True)
    site.set("/feed.xml", status=status, Retry_After=at)
    run("poll")
    assert followed(db)[0].next_poll_at == NOW + timedelta(hours=7)


BAD = {
    "404": {"status": 404},
    "not a feed": {"body": article("No feed")},
    "malformed": {"body": b"<rss version='2.0'><channel><item><titl"},
    "not text": {"body": b"%PDF-1.7", "Content_Type": "application/pdf"},
    "nothing": {"body": b""},
    "circle": {"status": 302, "Location": "/feed.xml"},
    "binary": {"body": bytes(range(256)) * 9},
}


@pytest.mark.parametrize("kind", BAD)
def test_one_bad_feed_does_not_stop_the_others(run, db, site, kind):
    site.set("/good.xml", rss("/1", title="Good"))
    run("add", FEED, f"{SITE}/good.xml")
    answer = dict(BAD[kind])
    site.set("/feed.xml", answer.pop("body", b""), answer.pop("status", 200), **answer)
    code, out, err = polled(run)
    assert (code, out) == (1, f"Good: 1 added\n{totals('1 read, 1 failed', added=1)}")
    assert err.startswith(f"{FEED}: ")
    assert len(err.splitlines()) == 1
    good, bad = followed(db)
    assert (good.failures, bad.failures, bad.last_error) == (0, 1, err.strip())


def test_a_feed_that_is_being_read_by_another_process_is_left_to_it(run, db, site):
    run("add", FEED)
    with Archive(db) as archive:
        archive.following.claim(archive.following.get(FEED), times.now() + timedelta(minutes=15))
    site.asked()
    assert polled(run)[1] == totals("none due")
    assert site.asked() == []


def test_a_feed_added_again_after_it_was_removed(run, db, site):
    run("add", FEED)
    run("poll")
    run("remove", "1")
    assert polled(run)[1] == totals("none due")
    run("add", FEED)
    site.asked()
    assert polled(run)[1] == totals("1 unchanged")
    assert site.asked() == ["/feed.xml"]


def test_ingesting_a_followed_feed_leaves_it_followed(run, db, site):
    run("add", FEED)
    words = ["--db", str(db), "ingest", *site.options, FEED]
    assert CliRunner().invoke(main, words).exit_code == 0
    assert polled(run)[1] == totals("1 unchanged")


def test_a_poll_as_json_and_its_run(run, db, site):
    run("add", FEED)
    (record,) = json.loads(run("poll", "--json").stdout)["feeds"]
    assert record == {
        "title": "Quay News", "url": FEED, "result": "read", "added": 2, "updated": 0,
        "unchanged": 0, "skipped": 0, "failed": 0, "error": None,
    }  # fmt: skip
    assert rows(db, "select command, counts, is_complete from runs") == [
        {"command": "feeds poll", "counts": '{"added": 2, "feeds_read": 1}', "is_complete": 1}
    ]


def test_nothing_is_followed(run, db):
    Archive(db).close()
    assert polled(run) == (0, totals("none due"), "")
    assert said(run("list")) == (
        0,
        "",
        "No feed is followed. Add one with: newsarchive feeds add URL\n",
    )


# list


def test_the_list(run, db, site, clock):
    site.set("/gone.xml", rss("/9", title="A feed with a name that is far too long for a table"))
    run("add", FEED)
    run("poll")
    clock[0] = NOW + timedelta(minutes=5)
    run("add", f"{SITE}/gone.xml")
    site.set("/gone.xml", status=404)
    run("poll")
    assert run("list").stdout == (
        "id  title                                 articles  read       next       every   address\n"
        " 2  A feed with a name that is far too …         0  never      in 10 min  -       "
        f"{SITE}/gone.xml\n"
        "    failed once: the server answered 404 Not Found. Check the address; the feed may have "
        "moved.\n"
        f" 1  Quay News                                    2  5 min ago  in 55 min  60 min  {FEED}\n"
    )
    assert json.loads(run("list", "--json").stdout)[1] == {
        "id": 1,
        "title": "Quay News",
        "url": FEED,
        "articles": 2,
        "followed_at": "2024-03-06T09:00:00Z",
        "last_read_at": "2024-03-06T09:00:00Z",
        "last_changed_at": "2024-03-06T09:00:00Z",
        "next_poll_at": "2024-03-06T10:00:00Z",
        "poll_interval_s": 3600,
        "failures": 0,
        "last_status": 200,
        "last_error": None,
    }


def test_a_title_cannot_move_the_cursor(run, site):
    site.set("/feed.xml", rss("/1", title="Quay &#x9b;31m News"))
    run("add", FEED)
    assert "\x9b" not in run("list").stdout + run("poll").stdout


# remove


@pytest.mark.parametrize("name", ["1", FEED, "quay news"])
def test_a_feed_is_removed_and_its_articles_stay(run, db, site, name):
    run("add", FEED)
    run("poll")
    assert said(run("remove", name)) == (
        0,
        f"Not following Quay News ({FEED}) any longer; its 2 articles stay.\n",
        "",
    )
    assert followed(db) == []
    assert len(rows(db, "select * from articles")) == 2


def test_what_is_not_followed_cannot_be_removed(run, db, site):
    site.set("/other.xml", rss("/1"))
    run("add", FEED, f"{SITE}/other.xml")
    result = run("remove", "7", "Quay News")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == (
        "7: no feed of that number, address or title is followed; see: newsarchive feeds list.\n"
        "Quay News: feeds 1, 2 are called so; name one by its number.\n"
    )
    assert len(followed(db)) == 2


# import and export

OPML = f"""<?xml version="1.0"?><opml version="2.0"><head><title>Mine</title></head><body>
<outline text="News"><outline type="rss" text="Quay" xmlUrl="{FEED}"/>
<outline type="rss" text="Broken" xmlUrl="http://[broken"/></outline>
<outline type="rss" title="Other" text="o" xmlUrl="{SITE}/other.xml"/>
<outline text="A note"/></body></opml>"""


def test_an_opml_file_is_imported_without_asking_anybody(run, db, site, tmp_path):
    (tmp_path / "feeds.opml").write_text(OPML)
    result = run("import", str(tmp_path / "feeds.opml"))
    assert said(result) == (
        0,
        "added 2, already followed 0, without an address 2\n",
        "http://[broken: this is no URL. It is passed over.\n",
    )
    assert [(feed.url, feed.title) for feed in followed(db)] == [
        (f"{SITE}/other.xml", "Other"),
        (FEED, "Quay"),
    ]
    assert site.requests == []
    again = run("import", str(tmp_path / "feeds.opml"))
    assert again.stdout == "added 0, already followed 2, without an address 2\n"


def test_an_opml_file_from_the_web_and_from_standard_input(run, db, site):
    site.set("/mine.opml", OPML.encode(), Content_Type="text/x-opml")
    assert run("import", f"{SITE}/mine.opml").stdout.startswith("added 2,")
    assert run("import", "-", stdin=OPML).stdout.startswith("added 0, already followed 2,")


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (rss("/1").decode(), "this is no OPML file. A feed itself is followed with: newsarchive feeds add URL"),
        ("<opml><body></body></opml>", "the OPML file names no feeds. Export it again with its feeds."),
    ],
    ids=["a feed", "empty"],
)  # fmt: skip
def test_what_cannot_be_imported(run, content, error):
    assert said(run("import", "-", stdin=content)) == (1, "", f"Error: standard input: {error}\n")


def test_a_file_that_is_not_there(run):
    result = run("import", "missing")
    assert said(result) == (1, "", "Error: missing: there is no such file. Check the path.\n")


def test_what_stands_before_damage_is_imported(run, db):
    result = run("import", "-", stdin=OPML[: OPML.index('<outline text="A note')])
    assert result.exit_code == 1
    assert len(followed(db)) == 2


def test_what_is_exported_is_what_is_followed_and_can_be_imported(run, db, site, tmp_path):
    run("import", "-", stdin=OPML)
    run("remove", FEED)
    exported = run("export").stdout
    listing = read_opml(exported.encode(), "feeds.opml")
    assert [(entry.url, entry.title) for entry in listing.sources] == [
        (f"{SITE}/other.xml", "Other")
    ]
    path = tmp_path / "feeds.opml"
    assert said(run("export", "-o", str(path))) == (0, "", f"{path}: 1 feed\n")
    assert path.read_text() == exported
