"""Dates and times as pages write them, to aware datetimes."""

import re
import warnings
from datetime import UTC, datetime, timedelta, timezone

#: No page on the web is older; what claims to be is a placeholder (1970-01-01) or a misreading.
_EARLIEST = datetime(1991, 1, 1, tzinfo=UTC)
#: Clocks and zones differ; a publication date further ahead than this is not one.
_TOLERANCE = timedelta(days=1)

#: Zone names in bylines, as offsets in hours. Only names that newspapers use in one sense.
_ZONES = {
    "UTC": 0, "GMT": 0, "Z": 0, "BST": 1, "CET": 1, "CEST": 2, "EST": -5, "EDT": -4, "ET": -5,
    "CST": -6, "CDT": -5, "CT": -6, "MST": -7, "MDT": -6, "MT": -7, "PST": -8, "PDT": -7, "PT": -8,
    "JST": 9, "AEST": 10, "AEDT": 11,
}  # fmt: skip

#: What a date without a time, or a month without a day, is filled up from.
_MIDNIGHT = datetime(2000, 1, 1)  # noqa: DTZ001  # the zone comes from the text, if at all

_HAS_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_COLONLESS_OFFSET = re.compile(r"([+-]\d\d)(\d\d)$")


def parse_date(text: str | None, now: datetime | None = None) -> datetime | None:
    """Read a date or time in any common form; None if it is none or cannot be true.

    A time without a zone is taken as UTC, a date without a time as its midnight UTC; an offset
    that the page gives is kept. Dates before 1991 and in the future are refused.
    """
    if not text:
        return None
    text = " ".join(text.split())[:100]
    moment = _iso(text) or _free_form(text)
    if moment is None:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    try:
        plausible = _EARLIEST <= moment <= (now or datetime.now(UTC)) + _TOLERANCE
    except (OverflowError, ValueError):
        return None  # an offset of more than a day, or one that leads out of the calendar
    return moment if plausible else None


def _iso(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(_COLONLESS_OFFSET.sub(r"\1:\2", text))
    except ValueError:
        return None


def _free_form(text: str) -> datetime | None:
    from dateutil import parser

    # Without a year dateutil would fill in the present one and turn "10:30" into today.
    if not _HAS_YEAR.search(text):
        return None
    zones = {name: timezone(timedelta(hours=hours)) for name, hours in _ZONES.items()}
    text = text.replace("a.m.", "am").replace("p.m.", "pm")
    try:
        with warnings.catch_warnings():
            # A zone name that is not in the table is read as no zone; dateutil warns of it.
            warnings.simplefilter("ignore")
            moment = parser.parse(text, tzinfos=zones, default=_MIDNIGHT)
    except (ValueError, OverflowError, TypeError, AttributeError):
        return None
    return moment
