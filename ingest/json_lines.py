"""JSON Lines: an article a line, as news-please writes them and as our own export does."""

import json
import zlib
from collections.abc import Iterator
from datetime import datetime
from io import BufferedIOBase
from typing import Any

from archive import Article, Page, times
from archive.addresses import normalize_url
from archive.records import RECORD_TYPE, Source
from ingest.canonical import site_of
from ingest.clean import one_line, paragraphs
from ingest.dates import parse_date
from ingest.document import CONTROL
from ingest.errors import SourceError
from ingest.language import detect_language, language_code
from ingest.packed import inflated_file
from ingest.sources import Candidate

_MAX_LINE_BYTES = 10 * 1024 * 1024
#: The dates of an article: our name and news-please's.
_PUBLISHED = ("published_at", "date_publish")
_MODIFIED = ("modified_at", "date_modify")
#: When its text was seen where it stands: our name and news-please's.
_SEEN = ("last_seen_at", "date_download")
#: "None" is how Python writes none.
_NONE = ("", "None")
_SHOWN_CHARACTERS = 60
_STEP = 'Each line is a JSON object with "url", "title" and "text" (or news-please\'s "maintext").'


def read_json_lines(
    file: BufferedIOBase, url: str, source: Source
) -> Iterator[Candidate | SourceError | None]:
    """The articles of a file, plain or gzip, one at a time; a bad line gives its error.

    Args:
        file: at its beginning.
        url: of the file; with a line number it is the subject of an error.
    """
    lines = inflated_file(file)
    number = 0
    while True:
        number += 1
        try:
            line = lines.readline(_MAX_LINE_BYTES + 1)
            while len(line) > _MAX_LINE_BYTES and not line.endswith(b"\n"):
                line = b"-" + lines.readline(_MAX_LINE_BYTES + 1)  # no JSON: refused below
        except (OSError, zlib.error) as error:
            yield SourceError(
                url, "malformed_jsonl",
                f"the file cannot be read after line {number - 1} ({error})",
                "What stands before was taken; make or download the file again.",
            )  # fmt: skip
            return
        if not line:
            return
        if line.strip():
            yield _candidate(line, f"{url}:{number}", source)


def _candidate(line: bytes, subject: str, source: Source) -> Candidate | SourceError:
    try:
        record = _record(line, subject)
        article = _article(record, subject)
    except SourceError as error:
        return error
    now = times.now()
    # A file speaks for itself: what it says now is what it says.
    seen_at = None if article.url.startswith("file:") else _date(record, _SEEN)
    is_dated = seen_at is not None and seen_at < now
    page = Page(
        article.url, article.url, seen_at if seen_at and is_dated else now, line, None,
        (("content-type", RECORD_TYPE),),
    )  # fmt: skip
    return Candidate(
        article.url, source, page, article, article.published_at, article.title,
        warning=_warning(record, article, subject), is_dated=is_dated,
    )  # fmt: skip


def read_record(line: bytes, subject: str) -> Article:
    """The article in a line of JSON: news-please's names, or the columns of `articles`.

    Raises:
        SourceError: reason "bad_record".
    """
    return _article(_record(line, subject), subject)


def _record(line: bytes, subject: str) -> dict[str, Any]:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise SourceError(subject, "bad_record", f"this is no JSON ({error})", _STEP) from error
    if not isinstance(record, dict):
        raise SourceError(subject, "bad_record", "this is no JSON object", _STEP)
    return record


def _article(record: dict[str, Any], subject: str) -> Article:
    title = one_line(_string(record, "title"))
    # Our own text is taken to the letter, so that an export read back is the same.
    text = CONTROL.sub(" ", _string(record, "text") or "") or "\n\n".join(
        paragraphs(_string(record, "maintext"))
    )
    try:
        url = normalize_url(_string(record, "url") or "")
    except ValueError:
        url = ""
    names = {"url": "://" in url, "title": title, "text": text.strip()}
    if missing := [name for name, value in names.items() if not value]:
        raise SourceError(subject, "bad_record", f"it has no {' and no '.join(missing)}", _STEP)
    return Article(
        url=url,
        title=title or "",
        text=text,
        site=_string(record, "site") or site_of(url) or _string(record, "source_domain"),
        description=one_line(_string(record, "description")),
        authors=_strings(record.get("authors")),
        published_at=_date(record, _PUBLISHED),
        modified_at=_date(record, _MODIFIED),
        language=language_code(_string(record, "language")) or detect_language(text),
        section=one_line(_string(record, "section")),
        image_url=_string(record, "image_url"),
        is_paywalled=record.get("is_paywalled") in (True, 1),
        keywords=_strings(record.get("keywords")),
        site_name=one_line(_string(record, "site_name")),
    )


def _date(record: dict[str, Any], names: tuple[str, str]) -> datetime | None:
    """The first of these fields that is a date."""
    found = (parse_date(_string(record, name)) for name in names)
    return next((moment for moment in found if moment), None)


def _warning(record: dict[str, Any], article: Article, subject: str) -> str | None:
    """What is told of dates that were given and cannot be true, in one line; None if there are none."""
    senseless = [
        f"{name} is {_shown(record[name])}"
        for names, taken in ((_PUBLISHED, article.published_at), (_MODIFIED, article.modified_at))
        if taken is None
        for name in names
        if _is_said(record.get(name))
    ]
    if not senseless:
        return None
    return (
        f"{subject}: {' and '.join(senseless)}: no date that can be true; the article was taken "
        "without it. Write dates as 2024-03-05T09:15:00Z."
    )


def _is_said(value: Any) -> bool:
    """False for the ways in which programs write that there is no value; NaN is pandas' way."""
    if isinstance(value, str):
        return value.strip() not in _NONE
    return value is not None and value == value  # NaN alone differs from itself


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[: _SHOWN_CHARACTERS - 1]}…"


def _string(record: dict[str, Any], *names: str) -> str | None:
    """The first of these fields that is a string with something in it."""
    found = (record.get(name) for name in names)
    return next((v for v in found if isinstance(v, str) and v.strip() not in _NONE), None)


def _strings(value: Any) -> tuple[str, ...]:
    """A list of names or keywords, or the same as JSON in a string, as SQLite gives it."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            value = value.split(", ")
    names = value if isinstance(value, list) else []
    found = (one_line(name) for name in names if isinstance(name, str))
    return tuple(dict.fromkeys(name for name in found if name))
