"""Deciding between the voices, field by field, and keeping who said what."""

import json
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from archive import FieldVote
from ingest.clean import clean_keywords, clean_title, fold, one_line, paragraphs
from ingest.dates import parse_date
from ingest.hearing import Voices
from ingest.language import language_code
from ingest.names import clean_authors, clean_organizations
from ingest.titles import believed_title, clean_titles
from ingest.voices import Reading
from ingest.word_counts import count_words, parted, size

T = TypeVar("T")

#: Whom to believe first. Measured on labelled pages of 41 countries; figures in docs/ingest.md.
PREFERENCE: Mapping[str, tuple[str, ...]] = {
    "title": ("jsonld", "meta", "markup", "newspaper3k"),
    "authors": ("jsonld", "meta", "markup", "state"),
    "published_at": ("jsonld", "meta", "paragraphs", "markup", "state", "address"),
    "modified_at": ("jsonld", "paragraphs", "meta", "markup"),
    "text": ("paragraphs", "trafilatura", "jsonld", "state", "newspaper3k"),
    "description": ("meta", "jsonld", "markup"),
    "language": ("markup", "meta", "jsonld"),
    "section": ("jsonld", "meta", "markup"),
    "keywords": ("meta", "jsonld"),
    "site_name": ("meta", "jsonld"),
    "image_url": ("jsonld", "meta", "markup"),
}

#: The fields whose votes are kept.
_VOTED = ("title", "authors", "published_at", "modified_at", "text")

#: Voices that cost as much as all others together, or look where articles seldom are: heard where
#: nobody else knows, by request, or if somebody has asked them already.
COSTLY = frozenset({"newspaper3k", "state", "trafilatura"})

#: The next voice is asked for the body where fewer words than this were found ...
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
    keywords: tuple[str, ...]
    site_name: str | None
    image_url: str | None
    is_paywalled: bool
    says_article: bool
    votes: tuple[FieldVote, ...]


def choose(voices: Voices, site_names: frozenset[str], prefer: str | None = None) -> Choice:
    """Choose each field.

    Args:
        voices: what each voice says; one that nobody looks up is not asked.
        site_names: what the site calls itself, folded (see `ingest.clean.names_of_site`).
        prefer: a voice to believe first in every field.
    """
    votes: list[FieldVote] = []

    def keep(field: str, said: Mapping[str, object], chosen: str | None) -> None:
        votes.extend(
            FieldVote(field, name, _vote_text(value), name == chosen)
            for name, value in said.items()
            if field in _VOTED
        )

    def pick(field: str, clean: Callable[[Reading], T | None]) -> T | None:
        said = _hear(field, voices, prefer, clean)
        chosen = next(iter(said), None)
        keep(field, said, chosen)
        return said[chosen] if chosen else None

    title = _choose_title(voices, site_names, prefer, keep)
    # First, since what has the body may know what stands beside it.
    text = _choose_text(voices, title, prefer, keep)
    authors = pick("authors", lambda reading: clean_authors(reading.authors, site_names))
    if not authors:
        # Nobody signs: then the newsroom or agency does that the page's data name.
        authors = pick(
            "authors",
            lambda reading: clean_organizations((*reading.authors, *reading.organizations)),
        )
    published = pick("published_at", lambda reading: parse_date(reading.published_at))
    modified = pick("modified_at", lambda reading: parse_date(reading.modified_at))
    cheap = [voices[name] for name in voices if name not in COSTLY]
    paywalled = [reading.is_paywalled for reading in cheap if reading.is_paywalled is not None]
    return Choice(
        title=title,
        authors=authors or (),
        published_at=published,
        # A page that was never modified often repeats its date of publication.
        modified_at=None if modified == published else modified,
        text=text,
        description=pick("description", lambda reading: one_line(reading.description)),
        language=pick("language", lambda reading: language_code(reading.language)),
        section=pick("section", lambda reading: one_line(reading.section)),
        keywords=pick("keywords", lambda reading: clean_keywords(reading.keywords)) or (),
        site_name=pick("site_name", lambda reading: one_line(reading.site_name)),
        image_url=pick("image_url", lambda reading: reading.image_url),
        is_paywalled=any(paywalled),
        says_article=any(reading.is_article for reading in cheap),
        votes=tuple(votes),
    )


Keep = Callable[[str, Mapping[str, object], str | None], None]


def _order(field: str, voices: Voices, prefer: str | None) -> list[str]:
    names = [name for name in PREFERENCE[field] if name in voices and name != prefer]
    return [prefer, *names] if prefer else names


def _hear(
    field: str,
    voices: Voices,
    prefer: str | None,
    clean: Callable[[Reading], T | None],
) -> dict[str, T]:
    """What the voices say of a field, in the order in which they are believed; a costly one is heard
    only if it comes first, or nobody else knows and it was asked for the body."""
    said: dict[str, T] = {}
    for name in _order(field, voices, prefer):
        if name in COSTLY and name != prefer and (said or not voices.is_heard(name)):
            continue
        if value := clean(voices[name]):
            said[name] = value
    return said


def _choose_title(
    voices: Voices, site_names: frozenset[str], prefer: str | None, keep: Keep
) -> str | None:
    names = _order("title", voices, prefer)
    cheap = tuple(name for name in names if name not in COSTLY or name == prefer)
    titles = clean_titles(voices, cheap, site_names)
    if not titles:
        titles = clean_titles(voices, tuple(names), site_names)
    page_title = clean_title(voices["markup"].page_title, site_names)
    chosen = prefer if prefer in titles else believed_title(titles, page_title)
    keep("title", titles, chosen)
    return titles[chosen] if chosen else None


def _choose_text(voices: Voices, title: str | None, prefer: str | None, keep: Keep) -> str:
    bodies: dict[str, str] = {}
    chosen = ""
    for name in _order("text", voices, prefer):
        words = size(bodies[chosen]) if chosen else 0
        is_free = name not in COSTLY or name == prefer or voices.is_heard(name)
        if not is_free and words >= _MIN_WORDS:
            continue
        # Of the page's own blocks the model has told which are the head.
        body = _body(voices[name].text, None if name == "paragraphs" else title)
        if not body:
            continue
        bodies[name] = body
        if not chosen or (words < _MIN_WORDS and size(body) > _MUCH_MORE * words):
            chosen = name
    if not chosen:
        return ""
    best = Counter(parted(bodies[chosen]))
    keep("text", {name: _agreement(body, best) for name, body in bodies.items()}, chosen)
    return bodies[chosen]


def _body(text: str | None, title: str | None) -> str:
    """Paragraphs parted by blank lines; what stands above a repeated headline is no body."""
    found = paragraphs(text)
    for at, line in enumerate(found[:_HEADLINE_LINES]):
        if title and fold(line) == fold(title):
            return "\n\n".join(found[at + 1 :])
    return "\n\n".join(found)


def _agreement(body: str, best: Counter[str]) -> str:
    words = Counter(parted(body))
    shared = (words & best).total()
    share = 2 * shared / max(words.total() + best.total(), 1)
    return json.dumps({"words": count_words(body), "agreement": round(share, 3)})


def _vote_text(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, tuple):
        return json.dumps(value, ensure_ascii=False)
    return str(value)
