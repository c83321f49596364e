"""One article, with all that the archive knows of it, ready to be laid out."""

import json
import sqlite3
import string
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from archive.vector_index import VectorIndex
from serve import queries, wording
from serve.marking import Paragraph, Span, cut, paragraphs
from serve.queries import Name

_COPIES_SHOWN = 60
_RELATED_SHOWN = 6
_RELATED_LOOKED_AT = 40
#: Below this cosine two articles have little to do with each other, from the other on they are one.
_LEAST_ALIKE = 0.35
_SAME = 0.985


@dataclass(frozen=True)
class Receipt:
    """One of the sources of a sentence of the summary, and how it is called on the page.

    Attributes:
        number: that of the sentence, from 1 on among those that have a source.
        label: the number, with a letter where the sentence has several sources: "2b".
        anchor: the id of the source in the page.
        span: where it stands in the text.
    """

    number: int
    label: str
    anchor: str
    span: Span


@dataclass(frozen=True)
class Sentence:
    """A sentence of the summary, with its receipts, the main one first.

    is_repaired: it is shorter than its source, or a name stands in brackets for a pronoun.
    """

    text: str
    support: float = 1.0
    receipts: tuple[Receipt, ...] = ()
    is_repaired: bool = False


@dataclass(frozen=True)
class Brief:
    """A summary, the key points of a long read, and what made them from how much of the text."""

    sentences: tuple[Sentence, ...]
    points: tuple[Sentence, ...] = ()
    model: str = ""
    share_read: int = 100


@dataclass(frozen=True)
class Body:
    """The text with receipts and mentions laid over it; in its runs both are by their place here."""

    paragraphs: list[Paragraph]
    names: list[Name]
    receipts: list[Receipt]
    brief: Brief


async def find_article(db: Any, article_id: int) -> Any | None:
    """The whole row of an article, or None."""
    return (await db.execute("select * from articles where id = ?", [article_id])).first()


async def removed_on(db: Any, article_id: int) -> str | None:
    """When the article of that number was taken out of the archive, ISO 8601; None if it was not."""
    query = "select removed_at from removals where article_id = ? limit 1"
    row = (await db.execute(query, [article_id])).first()
    return str(row[0]) if row else None


async def body(db: Any, row: Any, with_receipts: bool, with_mentions: bool) -> Body:
    """The text and the summary of an article; what may not be seen is left out."""
    text = row["text"]
    brief, receipts = await _brief(db, row) if with_receipts else (_plain_brief(row), [])
    spans: list[Span] = []
    names: list[Name] = []
    if with_mentions:
        spans, names = await _mentions(db, row["id"])
    pieces = cut(text, [receipt.span for receipt in receipts], spans)
    return Body(paragraphs(pieces), names, receipts, brief)


def _plain_brief(row: Any) -> Brief:
    return Brief((Sentence(row["summary"]),) if row["summary"] else ())


async def _brief(db: Any, row: Any) -> tuple[Brief, list[Receipt]]:
    found = await db.execute(
        """
        select s.kind, s.tokens_read, s.tokens_total, m.name,
               z.text, z.support, z.source_start, z.source_end, z.origin, z.other_sources
        from summaries s join models m on m.id = s.model_id
        join summary_sentences z on z.summary_id = s.id
        where s.article_id = ? and s.is_current and s.kind in ('paragraph', 'points')
        order by s.kind, z.position
        """,
        [row["id"]],
    )
    sentences: dict[str, list[Sentence]] = {"paragraph": [], "points": []}
    receipts: list[Receipt] = []
    number = 1
    for told in found.rows:
        own = _receipts(told, number, len(row["text"]))
        receipts += own
        number += bool(own)
        is_repaired = told["origin"] == "repaired"
        sentence = Sentence(told["text"], told["support"], own, is_repaired)
        sentences[told["kind"]].append(sentence)
    if not sentences["paragraph"]:
        return _plain_brief(row), []
    paragraph = found.rows[0]
    total = paragraph["tokens_total"]
    share = min(100, 100 * paragraph["tokens_read"] // total) if total > 0 else 100
    return (
        Brief(tuple(sentences["paragraph"]), tuple(sentences["points"]), paragraph["name"], share),
        receipts,
    )


def _receipts(told: Any, number: int, length: int) -> tuple[Receipt, ...]:
    """The receipts of a row of summary_sentences; sources that cannot be in the text are left out."""
    others = [Span(start, end) for start, end in json.loads(told["other_sources"])]
    spans = dict.fromkeys([Span(told["source_start"], told["source_end"]), *others])
    fitting = [span for span in spans if span.fits(length)]
    letters = string.ascii_lowercase if len(fitting) > 1 else ""
    return tuple(
        Receipt(
            number,
            f"{number}{letters[place : place + 1]}",
            f"source-{number}-{place + 1}" if place else f"source-{number}",
            span,
        )
        for place, span in enumerate(fitting)
    )


async def _mentions(db: Any, article_id: int) -> tuple[list[Span], list[Name]]:
    found = await db.execute(
        """
        select m.start, m."end", coalesce(e.name, m.surface), m.type, e.slug
        from mentions m left join entities e on e.id = m.entity_id
        left join decisions d on d.id = m.decision_id
        where m.article_id = ? and (d.id is null or d.kind <> 'ignore' or m.entity_id is not null)
        order by m.start, m."end" desc
        """,
        [article_id],
    )
    spans = [Span(row[0], row[1]) for row in found.rows]
    return spans, [Name(row[2], row[3], row[4]) for row in found.rows]


async def people_and_things(db: Any, row: Any) -> tuple[Name, ...]:
    """The entities of an article, the tags first, then the rest by how much it is about them."""
    found = await db.execute(
        """
        select e.name, e.type, e.slug, ae.mention_count
        from article_entities ae join entities e on e.id = ae.entity_id
        where ae.article_id = ? order by ae.salience desc, ae.mention_count desc, e.name
        """,
        [row["id"]],
    )
    return tuple(Name(*entity) for entity in found.rows)


async def change_count(db: Any, article_id: int) -> int:
    """At how many times another title, text, author or the like was found."""
    found = await db.execute(
        "select count(*) from (select seen_at from revisions where article_id = :id "
        "union select seen_at from field_changes where article_id = :id)",
        {"id": article_id},
    )
    return int(found.first()[0])


async def copies_of(db: Any, row: Any) -> list[Any]:
    """The other articles of the same text, each with the share that it has of the original."""
    original = row["duplicate_of"] or row["id"]
    found = await db.execute(
        "select id, title, site, site_name, published_at, duplicate_share from articles "
        "where duplicate_of = ? order by published_at, id limit ?",
        [original, _COPIES_SHOWN],
    )
    return [copy for copy in found.rows if copy["id"] != row["id"]]


def related_ids(
    connection: sqlite3.Connection, index: VectorIndex, article_id: int, copies: set[int]
) -> list[int]:
    """The nearest articles by vector, without the copies of this one or of each other."""
    vector = index.vector(connection, article_id)
    if vector is None:
        return []
    near = index.nearest(connection, vector, _RELATED_LOOKED_AT)
    wanted = [
        number
        for number, cosine in near
        if _LEAST_ALIKE <= cosine < _SAME and number not in copies and number != article_id
    ]
    rows = connection.execute(
        "select a.id from json_each(?) w cross join articles a indexed by articles_filters "
        "on a.id = w.value where a.duplicate_of is null",
        [json.dumps(wanted)],
    )
    originals = {row[0] for row in rows}
    return [number for number in wanted if number in originals][:_RELATED_SHOWN]


async def votes(db: Any, article_id: int) -> list[Any]:
    """Who said what about each field, the chosen first."""
    found = await db.execute(
        "select field, extractor, value, is_chosen from field_votes where article_id = ? "
        "order by field, is_chosen desc, extractor",
        [article_id],
    )
    return list(found.rows)


async def original_of(db: Any, row: Any) -> Any | None:
    """The article of which this one is a copy, or None."""
    if row["duplicate_of"] is None:
        return None
    found = await db.execute(
        "select id, title, site, site_name from articles where id = ?", [row["duplicate_of"]]
    )
    return found.first()


def byline(row: Any) -> str:
    """The authors as a reader expects them: "A, B and C"."""
    authors: Sequence[str] = queries.strings_in(row["authors"])
    if len(authors) < 2:
        return "".join(authors)
    return f"{', '.join(authors[:-1])} and {authors[-1]}"


def facts(row: Any) -> list[tuple[str, str, str | None]]:
    """(label, text, machine-readable time) of what is known about the article."""
    published, modified = row["published_at"], row["modified_at"]
    known = [
        ("Published", wording.moment(published), published),
        ("Modified", wording.moment(modified) if modified != published else "", modified),
        *_seen(row["first_seen_at"], row["last_seen_at"]),
        ("Language", wording.language_name(row["language"]), None),
    ]
    return [(label, text, at) for label, text, at in known if text]


def _seen(first: str, last: str | None) -> list[tuple[str, str, str | None]]:
    """Since when it is known, and until when it stood as it stands here.

    What a file holds that says when it was seen, such as a WARC, was seen before the archive had it.
    """
    first_seen, last_seen = wording.parse(first), wording.parse(last)
    known, latest = (wording.moment(first), first), (wording.moment(last), last)
    if not first_seen or not last_seen or abs(last_seen - first_seen) < timedelta(hours=1):
        return [("First seen", *known)]
    if last_seen < first_seen:
        return [("Captured", *latest), ("In the archive since", *known)]
    return [("First seen", *known), ("Last seen unchanged", *latest)]
