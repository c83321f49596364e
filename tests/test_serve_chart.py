"""Counts over time as bars."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serve.chart import draw


def test_nothing_to_draw():
    assert draw([]) is None
    assert draw([("no date", 3), ("2024-01-01", 0)]) is None


def test_days_with_gaps():
    chart = draw([("2024-03-05", 4), ("2024-03-02", 1)])
    assert chart is not None
    assert (chart.unit, chart.most, chart.total) == ("day", 4, 5)
    assert [(bar.label, bar.count, bar.y, bar.height) for bar in chart.bars] == [
        ("2 March 2024", 1, 75.0, 25.0),
        ("3 March 2024", 0, 100.0, 0.0),
        ("4 March 2024", 0, 100.0, 0.0),
        ("5 March 2024", 4, 0.0, 100.0),
    ]
    assert chart.table == (("5 March 2024", 4), ("2 March 2024", 1))


@pytest.mark.parametrize(
    ("last", "unit", "bars", "label"),
    [
        ("2024-01-01", "day", 1, "1 January 2024"),
        ("2024-02-29", "day", 60, "29 February 2024"),
        ("2024-03-01", "week", 9, "week of 26 February 2024"),
        ("2025-02-16", "week", 59, "week of 10 February 2025"),
        ("2025-03-01", "month", 15, "March 2025"),
        ("2028-12-31", "month", 60, "December 2028"),
        ("2029-01-01", "year", 6, "2029"),
    ],
)
def test_the_step_suits_the_span(last, unit, bars, label):
    chart = draw([("2024-01-01", 1), (last, 2)])
    assert chart is not None
    assert (chart.unit, len(chart.bars), chart.last_label) == (unit, bars, label)


def test_weeks_are_summed_from_monday():
    chart = draw([("2024-01-01", 1), ("2024-01-07", 2), ("2024-01-08", 4), ("2024-06-01", 1)])
    assert chart is not None
    assert [bar.count for bar in chart.bars][:3] == [3, 4, 0]


def test_a_stray_date_leaves_the_chart_readable_and_the_table_whole():
    chart = draw([("0001-01-01", 1), ("2024-01-01", 5)])
    assert chart is not None
    assert len(chart.bars) == 100
    assert chart.table == (("2024", 5), ("1", 1))


@given(st.lists(st.tuples(st.dates().map(str), st.integers(1, 10**6)), min_size=1, max_size=30))
def test_every_count_is_in_the_table_and_no_bar_leaves_the_ground(days):
    chart = draw(days)
    assert chart is not None
    assert chart.total == sum(count for _, count in days) == sum(n for _, n in chart.table)
    assert 1 <= len(chart.bars) <= 100
    assert all(0 <= bar.y <= 100 and bar.x + bar.width <= chart.width for bar in chart.bars)
