"""When a feed is read again: its rhythm, what it asks for, what its server asks for."""

import random
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.records import PollHints
from ingest import feed_schedule
from ingest.feed_hints import fresh_for_s, read_hints
from ingest.feed_schedule import after_failure, next_interval_s, next_poll

MINUTE, HOUR, DAY = 60, 3_600, 86_400
NOW = datetime(2024, 3, 6, 9, 10, tzinfo=UTC)  # a Wednesday
NONE = PollHints()
EVEN = 0.5  # the spread that moves nothing

# The rhythm


def test_the_first_reading_tells_nothing():
    assert next_interval_s(None, is_changed=True) == HOUR
    assert next_interval_s(None, is_changed=False) == HOUR


def test_news_halves_the_interval_and_silence_stretches_it():
    assert next_interval_s(HOUR, is_changed=True) == 30 * MINUTE
    assert next_interval_s(HOUR, is_changed=False) == 90 * MINUTE


@given(st.integers(1, 10 * DAY), st.lists(st.booleans(), max_size=30))
def test_the_interval_stays_within_ten_minutes_and_a_day(interval_s, readings):
    for is_changed in readings:
        interval_s = next_interval_s(interval_s, is_changed)
        assert 10 * MINUTE <= interval_s <= DAY


@pytest.mark.parametrize(
    ("gap_s", "least_s", "most_s"),
    [
        (5 * MINUTE, 10 * MINUTE, 12 * MINUTE),
        (2 * HOUR, 0.25 * 2 * HOUR, 0.85 * 2 * HOUR),
        (12 * HOUR, 0.25 * 12 * HOUR, 0.85 * 12 * HOUR),
        (30 * DAY, 0.85 * DAY, DAY),
    ],
    ids=["busy", "hours", "twice a day", "monthly"],
)
def test_the_interval_settles_at_about_half_the_gap_between_articles(gap_s, least_s, most_s):
    chance = random.Random(7)
    now, interval_s, next_article, seen = 0.0, HOUR, chance.expovariate(1 / gap_s), []
    for _ in range(4_000):
        now += interval_s
        is_changed = next_article <= now
        while next_article <= now:
            next_article += chance.expovariate(1 / gap_s)
        interval_s = next_interval_s(interval_s, is_changed)
        seen.append(interval_s)
    assert least_s <= sum(seen[100:]) / len(seen[100:]) <= most_s


# The next reading


def waits(moment):
    return (moment - NOW).total_seconds()


def test_the_next_reading_is_an_interval_away():
    assert waits(next_poll(NOW, HOUR, NONE, 0.0, EVEN)) == HOUR


@given(st.floats(0, 1))
def test_readings_are_spread_a_little(spread):
    assert 0.95 * HOUR <= waits(next_poll(NOW, HOUR, NONE, 0.0, spread)) <= 1.05 * HOUR


def test_the_longest_of_what_is_asked_for_is_kept():
    assert waits(next_poll(NOW, HOUR, PollHints(3 * HOUR), 2 * HOUR, EVEN)) == 3 * HOUR
    assert waits(next_poll(NOW, HOUR, PollHints(2 * HOUR), 3 * HOUR, EVEN)) == 3 * HOUR
    assert waits(next_poll(NOW, 4 * HOUR, PollHints(2 * HOUR), HOUR, EVEN)) == 4 * HOUR


def test_no_feed_waits_more_than_a_day_for_what_it_says():
    assert waits(next_poll(NOW, HOUR, PollHints(365 * DAY), 0.0, EVEN)) == DAY
    assert waits(next_poll(NOW, HOUR, NONE, 365 * DAY, EVEN)) == DAY


def test_hours_at_which_it_need_not_be_asked_are_passed_over():
    moment = next_poll(NOW, HOUR, PollHints(skip_hours=(10, 11, 12)), 0.0, EVEN)
    assert moment == datetime(2024, 3, 6, 13, 0, tzinfo=UTC)


def test_days_likewise():
    moment = next_poll(NOW, DAY, PollHints(skip_days=(3, 4)), 0.0, EVEN)
    assert moment == datetime(2024, 3, 9, 0, 0, tzinfo=UTC)


def test_a_feed_that_skips_every_hour_is_asked_all_the_same():
    moment = next_poll(NOW, HOUR, PollHints(skip_hours=tuple(range(24))), 0.0, EVEN)
    assert waits(moment) == DAY


@given(
    st.integers(1, 2 * DAY),
    st.floats(0, 1e9),
    st.floats(0, 1e9),
    st.frozensets(st.integers(0, 23)),
    st.frozensets(st.integers(0, 6)),
    st.floats(0, 1),
)
def test_the_next_reading_is_never_soon_and_never_lost(interval, least, fresh, hours, days, spread):
    hints = PollHints(least, tuple(sorted(hours)), tuple(sorted(days)))
    moment = next_poll(NOW, interval, hints, fresh, spread)
    assert NOW + timedelta(seconds=570) <= moment <= NOW + timedelta(days=9)


# After a failure


def test_the_wait_doubles_with_each_failure_up_to_a_day():
    found = [waits(after_failure(NOW, HOUR, n, EVEN)) for n in (1, 2, 3, 4, 5, 6, 1_000)]
    assert found == [HOUR, 2 * HOUR, 4 * HOUR, 8 * HOUR, 16 * HOUR, DAY, DAY]


def test_a_feed_that_was_never_read_is_tried_again_soon():
    assert waits(after_failure(NOW, None, 1, EVEN)) == 10 * MINUTE


def test_retry_after_is_kept_within_a_week():
    assert waits(after_failure(NOW, HOUR, 1, EVEN, 5 * HOUR)) == 5 * HOUR
    assert waits(after_failure(NOW, HOUR, 1, EVEN, 60.0)) == HOUR
    assert waits(after_failure(NOW, HOUR, 1, EVEN, 1e9)) == 7 * DAY


# What the feed says

CHANNEL = """<?xml version="1.0"?><rss version="2.0" xmlns:sy="http://purl.org/rss/1.0/modules/syndication/">
<channel><title>Quay</title>{}<item><title>ttl</title><ttl>9</ttl></item></channel></rss>"""


@pytest.mark.parametrize(
    ("said", "hints"),
    [
        ("", PollHints()),
        ("<ttl>90</ttl>", PollHints(90 * MINUTE)),
        ("<ttl> 90 </ttl>", PollHints(90 * MINUTE)),
        ("<ttl>soon</ttl>", PollHints()),
        ("<ttl>-5</ttl>", PollHints()),
        ("<ttl>99999999999999999999</ttl>", PollHints()),
        ("<sy:updatePeriod> hourly </sy:updatePeriod>", PollHints(HOUR)),
        (
            "<sy:updatePeriod>daily</sy:updatePeriod><sy:updateFrequency>4</sy:updateFrequency>",
            PollHints(6 * HOUR),
        ),
        (
            "<sy:updatePeriod>hourly</sy:updatePeriod><sy:updateFrequency>0</sy:updateFrequency>",
            PollHints(HOUR),
        ),
        ("<sy:updatePeriod>seldom</sy:updatePeriod>", PollHints()),
        ("<ttl>30</ttl><sy:updatePeriod>hourly</sy:updatePeriod>", PollHints(HOUR)),
        (
            "<skipHours><hour>0</hour><hour>24</hour><hour>5</hour><hour>x</hour></skipHours>",
            PollHints(0.0, (0, 5)),
        ),
        (
            "<skipDays><day>Sunday</day><day>monday</day><day>Someday</day></skipDays>",
            PollHints(0.0, (), (0, 6)),
        ),
        ("<skipHours><hour>1</hour>", PollHints()),
    ],
)
def test_what_a_feed_says(said, hints):
    assert read_hints(CHANNEL.format(said).encode()) == hints


@given(st.binary(max_size=300))
def test_a_feed_may_say_anything(said):
    read_hints(b"<rss><channel>" + said)


# What the server says


def in_seconds(seconds):
    return format_datetime(NOW + timedelta(seconds=seconds), usegmt=True)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, 0),
        ({"Cache-Control": "max-age=900"}, 900),
        ({"cache-control": 'public, Max-Age="900"'}, 900),
        ({"Cache-Control": "s-maxage=900"}, 0),
        ({"Cache-Control": "max-age=900, no-cache"}, 0),
        ({"Cache-Control": "no-store"}, 0),
        ({"Cache-Control": "max-age=often"}, 0),
        ({"Cache-Control": "max-age=900", "Age": "300"}, 600),
        ({"Cache-Control": "max-age=900", "Age": "3000"}, 0),
        ({"Cache-Control": "max-age=900", "Expires": in_seconds(60)}, 900),
        ({"Expires": in_seconds(900)}, 900),
        ({"Expires": in_seconds(900), "Date": in_seconds(300)}, 600),
        ({"Expires": in_seconds(-900)}, 0),
        ({"Expires": "0"}, 0),
        ({"Expires": "Tuesday"}, 0),
    ],
    ids=str,
)
def test_how_long_an_answer_is_fresh(headers, seconds):
    assert fresh_for_s(tuple(headers.items()), NOW) == seconds


@given(st.dictionaries(st.sampled_from(["Cache-Control", "Age", "Expires", "Date"]), st.text()))
def test_a_server_may_say_anything(headers):
    assert fresh_for_s(tuple(headers.items()), NOW) >= 0


def test_the_bounds_are_those_of_the_documentation():
    assert (feed_schedule.LEAST_S, feed_schedule.MOST_S) == (10 * MINUTE, DAY)
