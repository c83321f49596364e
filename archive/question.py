"""What a search looks for: words, and filters, which become SQL here."""

import dataclasses
import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from archive.asked_words import fts_query
from archive.choosing import author_called, authors_called, site_called, site_known
from archive.entity_names import Connection, named

Order = Literal["relevance", "date"]
By = Literal["words", "meaning", "both"]


@dataclass(frozen=True)
class Question:
    """What is looked for. Without words the filters alone choose, newest first.

    Attributes:
        words: as a person types them; see `archive.asked_words`.
        site: host of the outlet.
        author: name of an author of the article.
        entity: slug of an entity that the article must mention.
        type: type of entity of which the article must mention one.
        language: ISO 639 code.
        since, until: first and last day of publication.
        shortest, longest: number of words of the text.
        is_paywalled: with or without a paywall notice; None for either.
        like: id of an article; what is near to it by meaning is found.

    Site, author and entity may be written in other ways: an outlet by any address of it, an author in small
    letters, an entity by a name.
    """

    words: str = ""
    site: str | None = None
    author: str | None = None
    entity: str | None = None
    type: str | None = None
    language: str | None = None
    since: date | None = None
    until: date | None = None
    shortest: int | None = None
    longest: int | None = None
    is_paywalled: bool | None = None
    order: Order = "relevance"
    by: By = "words"
    like: int | None = None

    @property
    def has_filters(self) -> bool:
        """True if more than words chooses."""
        return bool(_given(self))

    @property
    def asks_nothing(self) -> bool:
        """True if what was typed names no word that an article must hold, or if nothing was asked at all.

        What holds none of some words is nearly everything.
        """
        if self.like is not None or fts_query(self.words):
            return False
        return bool(self.words.strip()) or not self.has_filters


def known(connection: sqlite3.Connection, question: Question) -> dict[str, Any]:
    """Site, author and entity of the question as this archive writes them, without what it does not know."""
    found: dict[str, Any] = {}
    if question.site and (site := site_known(connection, question.site)):
        found["site"] = site
    if question.author and (names := authors_called(connection, question.author)):
        # Of several ways to write a name all are meant.
        found["author"] = names[0] if len(names) == 1 else question.author
    if question.entity and (entities := named(connection, question.entity)):
        found["entity"] = entities[0].slug
    return found


def called(db: Connection, question: Question) -> Question:
    """The question with its site and author as this archive writes them.

    Raises:
        NoSuchSite, NoSuchAuthor: it does not know them; the nearest are told.
    """
    site, author = question.site, question.author
    return dataclasses.replace(
        question,
        site=site if site is None else site_called(db, site),
        author=author if author is None else author_called(db, author),
    )


def lacks_vectors(db: Connection, question: Question) -> bool:
    """Whether a question by meaning finds nothing to compare: no model has read what it begins with."""
    if question.like is not None:
        query, bound = "select 1 from vectors where article_id = ?", [question.like]
    else:
        query, bound = "select 1 from vectors limit 1", []
    is_by_words = question.like is None and question.by == "words"
    return not is_by_words and db.execute(query, bound).fetchone() is None


@dataclass(frozen=True)
class Filters:
    """The filters of a question.

    Attributes:
        conditions: on `articles a`, all of which must hold.
        base: the newest articles that the most telling filter chooses, as a query for ids in the order of an
            index, at most :cap; None where no filter has one.
        is_base_alone: the base has chosen by all of them.
        bound: what the parameters of conditions and base are.
    """

    conditions: tuple[str, ...]
    base: str | None
    is_base_alone: bool
    bound: dict[str, Any]


BY_DATE = "select id from articles {where} order by published_at desc, id desc limit :cap"


def filters(connection: sqlite3.Connection, question: Question) -> Filters:
    """The filters of a question as SQL. What the archive does not know, no article passes."""
    names = authors_called(connection, question.author) if question.author else []
    entities = named(connection, question.entity) if question.entity else []
    bound = {
        "site": question.site and (site_known(connection, question.site) or question.site),
        "author": names[0] if names else "",
        "authors": json.dumps(names),
        # 0 is the number of none.
        "entity": entities[0].merged_into or entities[0].id if entities else 0,
        "type": question.type,
        "language": question.language,
        "since": question.since and question.since.isoformat(),
        # Behind every time of the day.
        "until": question.until and f"{question.until}~",
        "shortest": question.shortest,
        "longest": question.longest,
        "paywalled": question.is_paywalled,
    }
    return Filters(
        tuple(_CONDITIONS[name] for name in _given(question)),
        _base(question, len(names) > 1),
        _is_base_alone(question),
        bound,
    )


def _given(question: Question) -> list[str]:
    """The names of the filters that a question has."""
    return [name for name in _CONDITIONS if getattr(question, name) not in (None, "")]


def where(conditions: Sequence[str]) -> str:
    """The clause of these conditions."""
    return f"where {' and '.join(conditions)}" if conditions else ""


_ANY_AUTHOR = "in (select value from json_each(:authors))"
_CONDITIONS = {
    "site": "a.site = :site",
    "author": "exists (select 1 from article_authors w "
    f"where w.article_id = a.id and w.author {_ANY_AUTHOR})",
    "entity": "exists (select 1 from article_entities ae "
    "where ae.article_id = a.id and ae.entity_id = :entity)",
    "type": "exists (select 1 from article_entities ae join entities e on e.id = ae.entity_id "
    "where ae.article_id = a.id and e.type = :type)",
    "language": "a.language = :language",
    "since": "a.published_at >= :since",
    "until": "a.published_at <= :until",
    "shortest": "a.word_count >= :shortest",
    "longest": "a.word_count <= :longest",
    "is_paywalled": "a.is_paywalled = :paywalled",
}


def _base(question: Question, has_namesakes: bool) -> str | None:
    days = ["published_at >= :since"] if question.since else []
    if question.until:
        # What has no date is dated "" in the tables that follow the articles.
        days += ["published_at <= :until", "published_at > ''"]
    if question.author and has_namesakes:
        chosen = where([f"author {_ANY_AUTHOR}", *days])
        # An article may name both.
        return (
            f"select article_id as id from article_authors {chosen} group by article_id "
            "order by max(published_at) desc, article_id desc limit :cap"
        )
    for name, table, condition in (
        ("author", "article_authors", "author = :author"),
        ("entity", "entity_timeline", "entity_id = :entity"),
    ):
        if getattr(question, name):
            return (
                f"select article_id as id from {table} {where([condition, *days])} "
                "order by published_at desc, article_id desc limit :cap"
            )
    if question.site:
        return BY_DATE.format(where=where(["site = :site", *days]))
    return BY_DATE.format(where=where(days)) if days else None


def _is_base_alone(question: Question) -> bool:
    chosen = next((name for name in ("author", "entity", "site") if getattr(question, name)), None)
    return not set(_given(question)) - {chosen, "since", "until"}
