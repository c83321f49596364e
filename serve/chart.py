"""Counts over time as bars: which step suits the span, and where each bar stands."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from serve import wording

Unit = Literal["day", "week", "month", "year"]

#: The finest step that gives at most this many bars is taken.
_MOST_BARS = 60
#: A stray date must not make thousands of bars: years before the last hundred are left to the table.
_MOST_YEARS = 100
_HEIGHT = 100.0


@dataclass(frozen=True)
class Bar:
    """One step of time. x, y, width and height are in the chart's own units (see `Chart`)."""

    label: str
    count: int
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Chart:
    """Bars on a ground of `width` by `height`, tallest = `most`."""

    unit: Unit
    bars: tuple[Bar, ...]
    most: int
    total: int
    first_label: str
    last_label: str
    width: float
    height: float = _HEIGHT
    table: tuple[tuple[str, int], ...] = ()


def draw(days: Sequence[tuple[str, int]]) -> Chart | None:
    """The chart of (ISO day, count) pairs; None where there is nothing to draw."""
    counted = sorted((day, count) for text, count in days if (day := _day(text)) and count > 0)
    if not counted:
        return None
    unit = _unit(counted[0][0], counted[-1][0])
    floor, step = _STEPS[unit]
    totals: dict[date, int] = {}
    for day, count in counted:
        totals[floor(day)] = totals.get(floor(day), 0) + count
    starts = [min(totals)]
    while starts[-1] < max(totals):
        starts.append(step(starts[-1]))
    starts = starts[-_MOST_YEARS:]
    most = max(totals.values())
    bars = tuple(
        bar(n, _label(start, unit), totals.get(start, 0), most) for n, start in enumerate(starts)
    )
    return Chart(
        unit=unit,
        bars=bars,
        most=most,
        total=sum(totals.values()),
        first_label=bars[0].label,
        last_label=bars[-1].label,
        width=width_of(len(bars)),
        table=tuple((_label(start, unit), totals[start]) for start in sorted(totals, reverse=True)),
    )


def width_of(bars: int) -> float:
    """The width of a chart; a few bars keep their shape instead of swelling to that of the page."""
    return 10.0 * max(bars, 12)


def bar(number: int, label: str, count: int, most: int) -> Bar:
    """The bar of the step with this number, counted from 0, where `most` is the tallest."""
    # A count that is not nought must be seen, however tall its neighbours.
    height = max(2.0, _HEIGHT * count / most) if count else 0.0
    return Bar(label, count, 10.0 * number + 1, round(_HEIGHT - height, 2), 8.0, round(height, 2))


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _unit(first: date, last: date) -> Unit:
    days = (last - first).days
    if days < _MOST_BARS:
        return "day"
    if days < 7 * (_MOST_BARS - 1):
        return "week"
    months = 12 * (last.year - first.year) + last.month - first.month
    return "month" if months < _MOST_BARS else "year"


def _monday(day: date) -> date:
    # The first week of the calendar has no Monday before it.
    return day - timedelta(days=min(day.weekday(), day.toordinal() - 1))


def _next_month(day: date) -> date:
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)


_STEPS: dict[Unit, tuple[Callable[[date], date], Callable[[date], date]]] = {
    "day": (lambda day: day, lambda day: day + timedelta(days=1)),
    "week": (_monday, lambda day: day + timedelta(days=7)),
    "month": (lambda day: day.replace(day=1), _next_month),
    "year": (lambda day: date(day.year, 1, 1), lambda day: date(day.year + 1, 1, 1)),
}


def _label(start: date, unit: Unit) -> str:
    if unit == "year":
        return str(start.year)
    if unit == "month":
        return f"{start:%B} {start.year}"
    if unit == "week":
        return f"week of {wording.long_date(start)}"
    return wording.long_date(start)
