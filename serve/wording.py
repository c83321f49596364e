"""Dates, names and addresses as the pages write them. Whatever is odd comes out plain, never fails."""

import re
from datetime import UTC, date, datetime, timedelta
from urllib.parse import urlsplit

from archive import times

#: Words that people read in a minute, on the low side of what is measured for news.
_WORDS_A_MINUTE = 230
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_LANGUAGE_NAMES = {
    "ar": "Arabic",
    "de": "German",
    "en": "English",
    "es": "Spanish",
    "fr": "French",
    "hi": "Hindi",
    "it": "Italian",
    "ja": "Japanese",
    "ko": "Korean",
    "nl": "Dutch",
    "pl": "Polish",
    "pt": "Portuguese",
    "ru": "Russian",
    "tr": "Turkish",
    "uk": "Ukrainian",
    "zh": "Chinese",
}
_EXCERPT_CHARACTERS = 240
#: What a page gives as the name of its outlet and is longer is a slogan.
_OUTLET_CHARACTERS = 40


def outlet(site: str | None, name: str | None) -> str:
    """What an outlet is called in lists: as its page says, or else its host; empty for a file."""
    told = " ".join((name or "").split())
    return told if site and told and len(told) <= _OUTLET_CHARACTERS else site or ""


def parse(text: str | None) -> datetime | None:
    """The moment a stored time means, or None if it means none."""
    try:
        moment = times.from_text(text)
        return moment.astimezone(UTC) if moment else None
    except (ValueError, OverflowError):
        return None


def long_date(day: date) -> str:
    """5 March 2024."""
    return f"{day.day} {day:%B} {day.year}"


def weekday(text: str | None) -> str:
    """Tuesday, 5 March 2024."""
    moment = parse(text)
    return f"{moment:%A}, {long_date(moment.date())}" if moment else "No date given"


def moment(text: str | None) -> str:
    """5 March 2024, 17:04 UTC; without the time where it is midnight sharp, as bare dates are."""
    when = parse(text)
    if when is None:
        return text or ""
    clock = "" if when.time() == datetime.min.time() else f", {when:%H:%M} UTC"
    return long_date(when.date()) + clock


def day(text: str | None) -> str:
    """5 March 2024."""
    when = parse(text)
    return long_date(when.date()) if when else text or ""


def clock(text: str | None) -> str:
    """17:04, or nothing for a bare date."""
    when = parse(text)
    return f"{when:%H:%M}" if when and when.time() != datetime.min.time() else ""


def iso_day(text: str | None) -> str | None:
    """A bare ISO day, as aliases have it, in words."""
    try:
        return long_date(date.fromisoformat(text)) if text else None
    except ValueError:
        return text


def held(valid_from: str | None, valid_until: str | None) -> str:
    """When an alias held: "until 23 July 2023"."""
    start, end = iso_day(valid_from), iso_day(valid_until)
    if start and end:
        return f"{start} to {end}"
    if start:
        return f"since {start}"
    return f"until {end}" if end else ""


def period(end: datetime, days: int) -> str:
    """The days up to a moment: "28 February to 5 March 2024"."""
    try:
        start = end - timedelta(days=days - 1)
    except OverflowError:
        return long_date(end.date())
    if days == 1:
        return long_date(end.date())
    if start.year != end.year:
        return f"{long_date(start.date())} to {long_date(end.date())}"
    first = f"{start.day}" if start.month == end.month else f"{start.day} {start:%B}"
    return f"{first} to {long_date(end.date())}"


def reading_minutes(word_count: int) -> int:
    """Minutes to read that many words, at least one."""
    return max(1, round(word_count / _WORDS_A_MINUTE))


def excerpt(text: str) -> str:
    """The beginning of a text, cut between words."""
    line = " ".join(text.split())
    if len(line) <= _EXCERPT_CHARACTERS:
        return line
    return line[:_EXCERPT_CHARACTERS].rpartition(" ")[0].rstrip(" ,;:–—-") + " …"


def web_link(url: str | None) -> str | None:
    """The address if a browser may follow it: http and https alone."""
    if not url or any(character.isspace() or not character.isprintable() for character in url):
        return None
    try:
        parts = urlsplit(url)
        return url if parts.scheme in ("http", "https") and parts.hostname else None
    except ValueError:
        return None


def language_tag(language: str | None) -> str | None:
    """The value of a lang attribute, or None for what is no language tag."""
    return language if language and _LANGUAGE.fullmatch(language) else None


def language_name(language: str | None) -> str | None:
    """The English name of a common language; the code itself for any other."""
    if not language:
        return None
    return _LANGUAGE_NAMES.get(language.partition("-")[0].lower(), language)
