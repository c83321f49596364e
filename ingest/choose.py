"""Deciding between the voices, field by field, and keeping who said what."""

import json
import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from archive import FieldVote
from ingest.clean import clean_authors, clean_title, fold, one_line, paragraphs
from ingest.dates import parse_date
from ingest.voices import Reading

T = TypeVar("T")

#: Whom to believe first. Measured on labelled pages of 41 countries; figures in docs/ingest.md.
PREFERENCE: Mapping[str, tuple[str, ...]] = {
    "title": ("jsonld", "meta", "markup", "trafilatura", "newspaper3k"),
    "authors": ("jsonld", "meta", "trafilatura", "markup", "newspaper3k"),
    "published_at": ("jsonld", "meta", "markup", "trafilatura", "newspaper3k"),
    "modified_at": ("jsonld", "meta", "markup"),
    "text": ("trafilatura", "newspaper3k", "jsonld"),
    "description": ("meta", "jsonld", "markup", "newspaper3k", "trafilatura"),
    "language": ("markup", "meta", "jsonld", "newspaper3k"),
    "section": ("jsonld", "meta", "markup"),
    "image_url": ("jsonld", "meta", "markup", "newspaper3k"),
}

#: The fields whose votes are kept.
_VOTED = ("title", "authors", "published_at", "modified_at", "text")

#: The next voice is asked for the body where the first found fewer words than this ...
_MIN_WORDS = 60
#: ... and is believed if it found this many times as much.
_MUCH_MORE = 2.0

#: Where extractors keep the page's head, the headline is among so many first lines.
_HEADLINE_LINES = 8


@dataclass(frozen=True)
class Choice:
    """The fields as chosen, cleaned, and the votes."""

    title: str | None
    authors: tuple[str, ...]
    published_at: datetime | None
    modified_at: datetime | None
    text: str
    description: str | None
    language: str | None
    section: str | None
    image_url: str | None
    is_paywalled: bool
    says_article: bool
    votes: tuple[FieldVote, ...]


def choose(
    readings: Mapping[str, Reading], site_names: frozenset[str], prefer: str | None = None
) -> Choice:
    """Choose each field.

    Args:
        readings: what each voice says, by the voice's name.
        site_names: what the site calls itself, folded (see `ingest.clean.names_of_site`).
        prefer: a voice to believe first in every field.
    """
    votes: list[FieldVote] = []

    def pick(field: str, clean: Callable[[Reading], T | None]) -> T | None:
        said = {name: clean(readings[name]) for name in _order(field, readings, prefer)}
        chosen = next((name for name, value in said.items() if value), None)
        if field in _VOTED:
            votes.extend(
                FieldVote(field, name, _vote_text(value), name == chosen)
                for name, value in said.items()
                if value
            )
        return said[chosen] if chosen else None

    title = pick("title", lambda reading: clean_title(reading.title, site_names))
    authors = pick("authors", lambda reading: clean_authors(reading.authors, site_names))
    published = pick("published_at", lambda reading: parse_date(reading.published_at))
    modified = pick("modified_at", lambda reading: parse_date(reading.modified_at))
    text, text_votes = _choose_text(readings, title, prefer)
    paywalled = [r.is_paywalled for r in readings.values() if r.is_paywalled is not None]
    return Choice(
        title=title,
        authors=authors or (),
        published_at=published,
        # A page that was never modified often repeats its date of publication.
        modified_at=None if modified == published else modified,
        text=text,
        description=pick("description", lambda reading: one_line(reading.description)),
        language=pick("language", lambda reading: _language(reading.language)),
        section=pick("section", lambda reading: one_line(reading.section)),
        image_url=pick("image_url", lambda reading: reading.image_url),
        is_paywalled=any(paywalled),
        says_article=any(reading.is_article for reading in readings.values()),
        votes=(*votes, *text_votes),
    )


def _order(field: str, readings: Mapping[str, Reading], prefer: str | None) -> list[str]:
    names = [name for name in PREFERENCE[field] if name in readings]
    return sorted(names, key=lambda name: name != prefer)


def _vote_text(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, tuple):
        return json.dumps(value, ensure_ascii=False)
    return str(value)


def _choose_text(
    readings: Mapping[str, Reading], title: str | None, prefer: str | None
) -> tuple[str, list[FieldVote]]:
    bodies = {
        name: body
        for name in _order("text", readings, prefer)
        if (body := _body(readings[name].text, title))
    }
    chosen = next(iter(bodies), None)
    for name, body in bodies.items():
        best_words = len(bodies[chosen].split()) if chosen else 0
        if best_words < _MIN_WORDS and len(body.split()) > _MUCH_MORE * best_words:
            chosen = name
    if chosen is None:
        return "", []
    best = Counter(bodies[chosen].split())
    votes = [
        FieldVote("text", name, _agreement(Counter(body.split()), best), name == chosen)
        for name, body in bodies.items()
    ]
    return bodies[chosen], votes


def _body(text: str | None, title: str | None) -> str:
    """Paragraphs parted by blank lines; what stands above a repeated headline is no body."""
    found = paragraphs(text)
    for at, line in enumerate(found[:_HEADLINE_LINES]):
        if title and fold(line) == fold(title):
            return "\n\n".join(found[at + 1 :])
    return "\n\n".join(found)


def _agreement(words: Counter[str], best: Counter[str]) -> str:
    shared = (words & best).total()
    share = 2 * shared / max(words.total() + best.total(), 1)
    return json.dumps({"words": words.total(), "agreement": round(share, 3)})


def _language(label: str | None) -> str | None:
    """The two- or three-letter language of a tag such as en-US or de_DE."""
    match = re.match(r"([a-zA-Z]{2,3})(?:[-_]|$)", (label or "").strip())
    return match.group(1).lower() if match else None
