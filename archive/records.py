"""The records that pass between the stages. All are frozen: a stage takes one and returns another.

Times are aware datetimes; the store writes them as UTC ISO 8601 text (see `archive.times`).
Offsets are positions in a Python string (Unicode code points), end exclusive.
"""

import dataclasses
import hashlib
import unicodedata
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Literal

from archive.names import count_words

EntityType = Literal["person", "organization", "product", "place", "work", "other"]
ENTITY_TYPES: tuple[EntityType, ...] = (
    "person",
    "organization",
    "product",
    "place",
    "work",
    "other",
)

LedgerState = Literal["pending", "article", "source", "skipped", "failed"]
SaveOutcome = Literal["added", "updated", "unchanged"]
Task = Literal["summary", "tags", "vector"]
#: A summary of one line, of a paragraph, or the key points of a long read.
SummaryKind = Literal["dek", "paragraph", "points"]
#: Where a sentence of a summary comes from, see `SummarySentence`.
Origin = Literal["quoted", "repaired", "written", "replacement"]


@dataclass(frozen=True)
class Source:
    """Where URLs or files come from: a feed, a page, a file, a folder, a list.

    kind is one of page, site, feed, sitemap, opml, bookmarks, warc, jsonl, html, text, folder; url
    is an http(s) or a file URL.
    """

    kind: str
    url: str
    title: str | None = None
    etag: str | None = None
    last_modified: str | None = None


#: The content type of a line of JSON Lines that is kept as the page of its article.
RECORD_TYPE = "application/jsonl"


@dataclass(frozen=True)
class Page:
    """The bytes that came back, with when, from where and how.

    body is what the server sent after transfer decoding; headers hold no cookies and no tokens.
    moved_to is where permanent redirects (301, 308) lead from the requested URL, if they do; it is
    not stored.
    """

    requested_url: str
    final_url: str
    fetched_at: datetime
    body: bytes
    http_status: int | None = None
    headers: tuple[tuple[str, str], ...] = ()
    moved_to: str | None = None

    @cached_property
    def body_sha256(self) -> str:
        return hashlib.sha256(self.body).hexdigest()

    def header(self, name: str) -> str | None:
        """The first header of that name, case folded, or None."""
        return next((v for k, v in self.headers if k.lower() == name.lower()), None)

    @property
    def is_record(self) -> bool:
        """True for a line of JSON Lines: what another program, or another archive, has read of a page."""
        return self.header("content-type") == RECORD_TYPE


@dataclass(frozen=True)
class FieldVote:
    """What one extractor says a field is, and whether it was chosen.

    value is the text of the field (authors as a JSON array, times as ISO 8601); for the body it is
    a JSON object of the number of words and the share in common with the chosen body, since the
    text itself can be made again from the page.
    """

    field: str
    extractor: str
    value: str
    is_chosen: bool


@dataclass(frozen=True)
class Article:
    """What a page says. None is unknown, an empty tuple is none."""

    url: str
    title: str
    text: str
    site: str | None = None
    description: str | None = None
    authors: tuple[str, ...] = ()
    published_at: datetime | None = None
    modified_at: datetime | None = None
    language: str | None = None
    section: str | None = None
    image_url: str | None = None
    is_paywalled: bool = False
    keywords: tuple[str, ...] = ()
    site_name: str | None = None
    votes: tuple[FieldVote, ...] = field(default=(), repr=False)

    @property
    def word_count(self) -> int:
        """Words of the text; in scripts without spaces two signs are counted as one."""
        return count_words(self.text)

    @property
    def content_hash(self) -> str:
        """The digest of title and text that decides whether an article has changed.

        Canonical form: title, a newline, text; NFC; each run of white space one space.
        Changing this form changes every hash, so the algorithm is named in front.
        """
        canonical = unicodedata.normalize("NFC", f"{self.title}\n{self.text}")
        return "sha256:" + hashlib.sha256(" ".join(canonical.split()).encode()).hexdigest()

    def replace(self, **changes: object) -> "Article":
        """The same article with some fields changed."""
        return dataclasses.replace(self, **changes)  # type: ignore[arg-type]


@dataclass(frozen=True)
class LedgerEntry:
    """One row of the ledger: a URL that was asked for, and what became of it."""

    url: str
    state: LedgerState
    tries: int
    reason: str | None = None
    error: str | None = None
    http_status: int | None = None
    article_id: int | None = None
    etag: str | None = None
    last_modified: str | None = None
    last_tried_at: str | None = None


@dataclass(frozen=True)
class DueEntry:
    """An address that is to be asked for again, and the source that named it (None: a person did)."""

    url: str
    source_id: int | None
    source: Source | None


@dataclass(frozen=True)
class PollHints:
    """What a feed asks of those who poll it.

    Attributes:
        least_s: seconds for which it says that asking again is no use.
        skip_hours: hours of the day, UTC, at which it need not be asked.
        skip_days: days of the week, UTC, Monday 0, likewise.
    """

    least_s: float = 0.0
    skip_hours: tuple[int, ...] = ()
    skip_days: tuple[int, ...] = ()


@dataclass(frozen=True)
class Feed:
    """A feed that is, or was, followed: a row of `sources`.

    articles is the number of its articles, None where they were not counted.
    """

    id: int
    url: str
    title: str | None
    etag: str | None
    last_modified: str | None
    followed_at: datetime | None
    last_read_at: datetime | None
    next_poll_at: datetime | None
    poll_interval_s: int | None
    poll_hints: PollHints
    last_changed_at: datetime | None
    failures: int
    last_status: int | None
    last_error: str | None
    articles: int | None = None

    @property
    def name(self) -> str:
        """What to call it."""
        return self.title or self.url


@dataclass(frozen=True)
class Model:
    """A model as it was used: task, name, revision of its weights or data, parameters."""

    task: Task
    name: str
    revision: str
    parameters: tuple[tuple[str, str | int | float | bool], ...] = ()


@dataclass(frozen=True)
class SummarySentence:
    """A sentence of a summary with its receipt: the stretch of the article that supports it.

    Attributes:
        support: between 0 and 1; a sentence that is its own source has 1.
        source_start: offset in the article's text at which the stretch begins.
        source_end: offset behind it.
        origin: "quoted" is the stretch itself; "repaired" is the stretch with something left out, or
            with a name in brackets in place of a word that leans on another sentence; "written" is a
            model's; "replacement" is quoted in the place of a sentence that a model wrote and the
            article does not support.
        other_sources: further stretches that support it, (start, end) each.
    """

    text: str
    support: float
    source_start: int
    source_end: int
    origin: Origin = "quoted"
    other_sources: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True)
class Summary:
    """A summary, sentence by sentence. tokens_read < tokens_total says that a limit cut the text."""

    sentences: tuple[SummarySentence, ...]
    tokens_read: int
    tokens_total: int
    kind: SummaryKind = "paragraph"

    @property
    def text(self) -> str:
        """Its sentences; each key point is a line of its own."""
        between = "\n" if self.kind == "points" else " "
        return between.join(sentence.text for sentence in self.sentences)


@dataclass(frozen=True)
class Mention:
    """A name at a character offset, and the entity that it means (None: not resolved).

    reason says who saw it and how it was resolved, in the words of `archive.reasons`; how a mention
    came about is no part of what it is, so that two are equal whatever their reasons.
    """

    start: int
    end: int
    surface: str
    type: EntityType
    entity: str | None
    score: float = 1.0
    reason: tuple[str, ...] = field(default=(), compare=False, repr=False)


@dataclass(frozen=True)
class Alias:
    """A name of an entity. The dates are ISO days between which the name held, None for open."""

    alias: str
    valid_from: str | None = None
    valid_until: str | None = None
    origin: str = "gazetteer"


@dataclass(frozen=True)
class Entity:
    """Who or what mentions mean."""

    name: str
    type: EntityType
    description: str | None = None
    aliases: tuple[Alias, ...] = ()


@dataclass(frozen=True)
class EntityContext:
    """In what company an entity is named: name and type of the others, the articles' packed vectors."""

    names: frozenset[tuple[str, EntityType]]
    vectors: tuple[bytes, ...]


@dataclass(frozen=True)
class Salience:
    """How much an article is about an entity: mentions counted, salience between 0 and 1."""

    entity: Entity
    mention_count: int
    salience: float


@dataclass(frozen=True)
class Tagging:
    """All that the tagger says of one article; entities are in order of salience, tags likewise.

    title holds the mentions in the title, with offsets into it.
    """

    mentions: tuple[Mention, ...]
    entities: tuple[Salience, ...]
    tags: tuple[str, ...]
    title: tuple[Mention, ...] = ()


@dataclass(frozen=True)
class WorkItem:
    """An article that still needs one or more tasks done."""

    article_id: int
    title: str
    text: str
    published_at: datetime | None
    language: str | None
    content_hash: str
    tasks: frozenset[Task]


@dataclass(frozen=True)
class Selection:
    """Which articles are to be worked on.

    Attributes:
        since: published on this day (UTC) or later; without a date, first seen then or later.
        site: host of the outlet.
        limit: no more than so many.
    """

    since: date | None = None
    site: str | None = None
    limit: int | None = None


EVERYTHING = Selection()


@dataclass(frozen=True)
class SearchResult:
    """One ranked hit. snippet and marked_title mark the words found with `SNIPPET_MARKS`.

    snippet is "" where no word stands in the summary or the text, as for hits by meaning.
    """

    article_id: int
    title: str
    url: str
    site: str | None
    published_at: str | None
    summary: str | None
    tags: tuple[str, ...]
    snippet: str
    score: float
    marked_title: str = ""


#: Start and end of a found word in a snippet: private-use characters that no page can forge into HTML.
SNIPPET_MARKS = ("\ue000", "\ue001")
