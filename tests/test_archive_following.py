"""Feeds that are followed: the columns of `sources` that concern them."""

from datetime import UTC, datetime, timedelta

import pytest
from archive_records import rows, save

from archive.records import Feed, PollHints, Source

URL, OTHER = "https://a.example/feed.xml", "https://b.example/feed.xml"
NOW = datetime(2024, 3, 6, 9, 0, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)


pytestmark = pytest.mark.usefixtures("clock")


@pytest.fixture
def following(archive):
    return archive.following


def read(following, feed, at=LATER, etag='"1"', is_changed=True):
    following.was_read(
        feed, "The A", 200, at, 3600, PollHints(60.0, (1,)), etag, "Monday", is_changed
    )


def test_a_feed_is_followed_once(following):
    assert following.follow(URL, "The A")
    assert not following.follow(URL, "Another title")
    assert following.feeds() == [
        Feed(1, URL, "The A", None, None, NOW, None, NOW, None, PollHints(), None, 0, None, None, 0)
    ]


def test_a_feed_that_was_read_before_keeps_its_row_and_title(archive, following):
    number = archive.ledger.register(Source("feed", URL, "Its own title"))
    archive.ledger.ask(URL, number)
    archive.ledger.settle(URL, "source")
    assert following.feeds() == []
    assert following.follow(URL, "What an OPML file calls it")
    (feed,) = following.feeds()
    assert (feed.id, feed.title, feed.last_read_at) == (number, "Its own title", NOW)


def test_a_reading_is_recorded(archive, following, clock):
    following.follow(URL)
    read(following, following.get(URL))
    assert following.get(URL) == Feed(
        1, URL, "The A", '"1"', "Monday", NOW, NOW, LATER, 3600, PollHints(60.0, (1,)), NOW, 0, 200,
        None,
    )  # fmt: skip
    clock[0] = LATER
    read(following, following.get(URL), LATER + timedelta(hours=2), is_changed=False)
    feed = following.get(URL)
    assert (feed.last_read_at, feed.last_changed_at) == (LATER, NOW)


def test_a_failure_is_recorded_and_forgotten_after_a_reading(archive, following):
    following.follow(URL)
    archive.ledger.ask(URL, 1)
    archive.ledger.settle(URL, "failed", reason="timeout", error="slow")
    for number in (1, 2):
        following.has_failed(following.get(URL), "slow", None, LATER)
        feed = following.get(URL)
        assert (feed.failures, feed.last_error, feed.next_poll_at) == (number, "slow", LATER)
    assert feed.last_read_at is None
    # What the view of skipped says of a feed is when it is read again.
    assert rows(archive, "ledger")[0]["next_try_at"] == "2024-03-06T10:00:00Z"
    read(following, feed)
    feed = following.get(URL)
    assert (feed.failures, feed.last_error, feed.last_status) == (0, None, 200)


def test_those_that_are_due_come_in_the_order_in_which_they_wait(following, clock):
    for url, minutes in ((URL, 30), (OTHER, 10), ("https://c.example/", 90)):
        following.follow(url)
        read(following, following.get(url), NOW + timedelta(minutes=minutes))
    assert following.due() == []
    assert following.next_poll_at() == NOW + timedelta(minutes=10)
    clock[0] = LATER
    assert [feed.url for feed in following.due()] == [OTHER, URL]


def test_a_feed_is_claimed_by_one_reader(following):
    following.follow(URL)
    feed = following.get(URL)
    assert following.claim(feed, LATER)
    assert not following.claim(feed, LATER)
    assert following.due() == []
    following.release(feed)
    assert [feed.url for feed in following.due()] == [URL]


def test_a_feed_that_is_followed_no_longer_cannot_be_claimed(following):
    following.follow(URL)
    feed = following.get(URL)
    following.unfollow(feed)
    assert not following.claim(feed, LATER)


def test_a_feed_that_is_removed_while_it_is_read_stays_removed(following):
    following.follow(URL)
    feed = following.get(URL)
    following.unfollow(feed)
    read(following, feed)
    following.release(feed)
    assert (following.feeds(), following.due(), following.next_poll_at()) == ([], [], None)


def test_what_came_from_a_feed_stays(archive, following):
    following.follow(URL)
    archive.ledger.ask("https://news.example/outage", 1)
    save(archive)
    (feed,) = following.feeds()
    assert feed.articles == 1
    following.unfollow(feed)
    assert following.feeds() == []
    assert len(rows(archive, "articles")) == 1
    assert rows(archive, "ledger")[0]["source_id"] == 1
    assert following.follow(URL)
    assert following.feeds()[0].articles == 1


@pytest.mark.parametrize("name", ["1", URL, "The A", "the a"])
def test_a_feed_is_found_by_number_address_or_title(following, name):
    following.follow(URL, "The A")
    following.follow(OTHER, "The B")
    assert [feed.url for feed in following.find(name)] == [URL]


def test_two_feeds_of_one_title_are_both_found(following):
    following.follow(URL, "News")
    following.follow(OTHER, "News")
    following.follow("https://c.example/", "2")
    assert [feed.id for feed in following.find("News")] == [1, 2]
    assert [feed.id for feed in following.find("2")] == [2]
    assert following.find("nothing") == []


def test_a_feed_that_moves_keeps_its_number(following):
    following.follow(URL)
    following.move(following.get(URL), OTHER)
    assert [(feed.id, feed.url) for feed in following.feeds()] == [(1, OTHER)]


def test_a_feed_that_moves_to_a_known_address_takes_over_its_articles(archive, following):
    following.follow(URL)
    following.follow(OTHER)
    for number in (1, 2):
        archive.ledger.ask(f"https://news.example/{number}", number)
    save(archive, asked="https://news.example/2")
    following.move(following.get(URL), OTHER)
    (feed,) = following.feeds()
    assert (feed.id, feed.url, feed.articles) == (1, OTHER, 1)
    assert {row["source_id"] for row in rows(archive, "ledger")} == {1}


def test_the_counts_of_status(archive, following):
    assert following.counts() == {"followed": 0, "failing": 0, "next_poll_at": None}
    following.follow(URL)
    following.follow(OTHER)
    following.has_failed(following.get(URL), "slow", None, LATER)
    assert archive.status()["feeds"] == {
        "followed": 2,
        "failing": 1,
        "next_poll_at": "2024-03-06T09:00:00Z",
    }
