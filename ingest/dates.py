"""Dates and times as pages write them, to aware datetimes."""

import re
import warnings
from datetime import UTC, date, datetime, timedelta, timezone

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

#: Names of months in the languages of many news sites, with their usual short forms; English is dateutil's own.
_MONTH_NAMES = """
january januar jänner janvier enero gennaio janeiro januari stycznia ledna ocak января
february februar februari février fevrier febrero febbraio fevereiro lutego února şubat февраля
march märz maerz mars marzo março marco maart marca března mart марта
april avril abril aprile kwietnia dubna nisan апреля
may mai mayo maggio maio mei maj maja května mayıs мая
june juni juin junio giugno junho czerwca června haziran июня
july juli juillet julio luglio julho lipca července temmuz июля
august août aout agosto augustus augusti sierpnia srpna ağustos августа
september septembre septiembre settembre setembro września září eylül сентября
october oktober octobre octubre ottobre outubro października října ekim октября
november novembre noviembre novembro listopada listopadu kasım ноября
december dezember décembre decembre diciembre dicembre dezembro desember grudnia prosince aralık декабря
"""
_MONTHS = {
    name: number
    for number, line in enumerate(_MONTH_NAMES.split("\n")[1:13], 1)
    for name in line.split()
}
#: A day, a month by its name and a year, in this order or with the month first.
WORDED_DATE = (
    r"(?:\d{1,2}(?:\.|º|er|st|nd|rd|th)?(?: de| of)? [^\W\d_]{3,12}\.?,?(?: de(?:l)?)? (?:19|20)\d\d|"
    r"[^\W\d_]{3,12}\.? \d{1,2}(?:st|nd|rd|th)?,? (?:19|20)\d\d)"
)
#: Dates parted by points have the day first, everywhere.
DOTTED_DATE = r"(?<![\d.])\d{1,2}\. ?\d{1,2}\. ?(?:(?:19|20)\d\d|\d\d(?![\d.]))(?!\d)"
_DOTTED = re.compile(r"(?<![\d.])(\d{1,2})\. ?(\d{1,2})\. ?((?:19|20)?\d\d)(?!\d)")
_SLASHED = re.compile(r"(?<![\d/])(\d{1,2})/(\d{1,2})/((?:19|20)\d\d)(?![\d/])")
#: What follows a date in figures: a time, and perhaps letters, which may be a zone.
_CLOCK = re.compile(
    r"[ ,|·–—-]{1,4}(?:(?:at|à|a las|às|alle) )?(\d{1,2})[:h](\d\d)(?: ?([ap])\.?m\b\.?)?(?: ?([A-Z]{2,4})\b)?"
)
#: The two in one, as a line has them.
SLASHED_DATE = (
    r"(?<![\d/])\d{1,2}/\d{1,2}/(?:19|20)\d\d(?![\d/])"
    r"(?:[ ,|·–—-]{1,4}(?:(?:at|à|a las|às|alle) )?\d{1,2}[:h]\d\d(?: ?[ap]\.?m\b\.?)?(?: ?[A-Z]{2,4}\b)?)?"
)
#: Chinese, Japanese and Korean; the weekday may stand in brackets.
_IN_SIGNS = re.compile(
    r"((?:19|20)\d\d) ?[年년] ?(\d{1,2}) ?[月월] ?(\d{1,2}) ?[日일]"
    r"(?: ?[(（][^)）]{1,3}[)）])?(?: ?(\d{1,2}) ?[時时시:：] ?(?:(\d{1,2})(?!\d))?)?"
)
_MONTH_WORD = re.compile(r"[^\W\d_]{3,12}")
_CONNECTED = re.compile(r"(?<=\d)(?:º|er\b)|\b(?:del?|um|uhr|à|às|ore|kl)\b|[|·•–—]", re.I)
_OF_URL = re.compile(r"(?<![\d.])((?:19|20)\d\d)([/-]?)(\d{1,2})\2(\d{1,2})(?!\d)")

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

    text = _DOTTED.sub(_from_dotted, text)
    text = _CONNECTED.sub(" ", _MONTH_WORD.sub(_english_month, text))
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


def _from_dotted(match: re.Match[str]) -> str:
    day, month, year = match.groups()
    return f"{'20' if len(year) == 2 else ''}{year}-{month:0>2}-{day:0>2} "


def _english_month(match: re.Match[str]) -> str:
    number = _MONTHS.get(match.group().lower())
    return date(2000, number, 1).strftime("%B") if number else match.group()


def slashed_date(text: str, day_first: bool) -> str | None:
    """The first date such as 14/06/2024 in a line, as ISO 8601 text, with the time that follows it.

    Which number is the day is told by the one above 12; where none is, by `day_first`.
    """
    for match in _SLASHED.finditer(text):
        first, second, year = map(int, match.groups())
        day, month = (
            (first, second) if first > 12 or (day_first and second <= 12) else (second, first)
        )
        try:
            return date(year, month, day).isoformat() + _clock(text, match.end())
        except ValueError:
            continue
    return None


def _clock(text: str, at: int) -> str:
    """The time that stands there, as the end of ISO 8601 text; "" if there is none, or in a zone of its own."""
    match = _CLOCK.match(text, at)
    if match is None or match[4] not in (None, "GMT", "UTC"):
        return ""
    hour, minute, half = int(match[1]), int(match[2]), match[3]
    if half:
        hour = hour % 12 + (12 if half == "p" else 0)
    return f"T{hour:02}:{minute:02}" if hour < 24 and minute < 60 else ""


def written_in_signs(text: str) -> str | None:
    """The first date such as 2024年8月12日 18時30分 in a line, as ISO 8601 text."""
    for match in _IN_SIGNS.finditer(text):
        year, month, day, hour, minute = (int(part or 0) for part in match.groups())
        try:
            moment = datetime(year, month, day, hour, minute)  # noqa: DTZ001  # the page gives no zone
        except ValueError:
            continue
        return moment.isoformat() if match[4] else moment.date().isoformat()
    return None


def date_in_url(url: str | None) -> str | None:
    """The day that an address names, as ISO 8601 text: /2024/05/03/, 2024-05-03 or 20240503."""
    for match in _OF_URL.finditer((url or "")[:500]):
        year, separator, month, day = match.groups()
        if not separator and (len(month) < 2 or len(day) < 2):
            continue
        try:
            return date(int(year), int(month), int(day)).isoformat()
        except ValueError:
            continue
    return None
