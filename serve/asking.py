"""A search as an address holds it, and back: one reading for the search page and for feeds."""

import dataclasses
from collections.abc import Collection, Mapping
from datetime import date
from typing import Any
from urllib.parse import urlencode

from archive.question import Question
from archive.records import ENTITY_TYPES

#: A longer question than this is cut: nobody types it, and FTS5 has a limit of its own.
_QUESTION_CHARACTERS = 300
_NAME_CHARACTERS = 200
_MOST_WORDS = 1_000_000
BY = {"words": "Words", "meaning": "Meaning", "both": "Both"}
ORDERS = {"relevance": "Best first", "date": "Newest first"}
#: Lengths as a person thinks of them: words from, words to.
LENGTHS = {"short": (None, 299), "medium": (300, 999), "long": (1000, None)}


#: The parameters that may not be understood, as people know them, and what some may be.
_FILTERS = {
    "type": "a type of names",
    "since": "the beginning",
    "until": "the end",
    "length": "a length",
    "shortest": "the least number of words",
    "longest": "the greatest number of words",
    "paywall": "whether there is a paywall",
    "sort": "an order",
    "by": "the way to search",
    "like": "the article to be like",
}
_CHOICES: Mapping[str, Collection[str]] = {
    "type": ENTITY_TYPES,
    "length": LENGTHS,
    "paywall": ("yes", "no"),
    "sort": ORDERS,
    "by": BY,
}


def question(args: Any) -> Question:
    """The question of a query string; what cannot be understood in it is left out."""
    length = LENGTHS.get(_text(args, "length") or "", (None, None))
    kind = _text(args, "type")
    by, order = _text(args, "by") or "words", _text(args, "sort") or "relevance"
    words = (args.get("q") or "")[:_QUESTION_CHARACTERS].strip()
    return Question(
        words=words,
        site=_text(args, "site"),
        author=_text(args, "author"),
        entity=_text(args, "entity"),
        type=kind if kind in ENTITY_TYPES else None,
        language=_text(args, "language"),
        since=_day(args, "since"),
        until=_day(args, "until"),
        shortest=_number(args, "shortest", length[0]),
        longest=_number(args, "longest", length[1]),
        is_paywalled={"no": False, "yes": True}.get(_text(args, "paywall") or ""),
        order="date" if order == "date" else "relevance",
        by=by if by in ("meaning", "both") else "words",  # type: ignore[arg-type]
        like=_number(args, "like", None),
    )


def unused(args: Any) -> list[str]:
    """What is said of parameters that cannot be understood, each in a sentence."""
    given = {name: text for name in _FILTERS if (text := _text(args, name))}
    told = []
    for name, text in given.items():
        if name in _CHOICES:
            is_understood, how = text in _CHOICES[name], _either(_CHOICES[name])
        elif name in ("since", "until"):
            is_understood, how = _day(args, name) is not None, "a day, such as 2024-03-05"
        else:
            is_understood, how = _number(args, name, None) is not None, "a number"
        if not is_understood:
            told.append(f"“{text}” was not used: {_FILTERS[name]} is {how}.")
    return told


def _either(choices: Collection[str]) -> str:
    *others, last = choices
    return f"{', '.join(others)} or {last}"


def address(asked: Question, **changes: Any) -> str:
    """The query string of a question, shortest form, with some of its parameters changed."""
    return urlencode({name: value for name, value in parameters(asked, **changes).items() if value})


def parameters(asked: Question, **changes: Any) -> Mapping[str, str]:
    """The parameters of a question by name; "" where it does not ask."""
    length = next(
        (name for name, ends in LENGTHS.items() if ends == (asked.shortest, asked.longest)), ""
    )
    found: dict[str, Any] = {
        "q": asked.words,
        "like": asked.like,
        "site": asked.site,
        "author": asked.author,
        "entity": asked.entity,
        "type": asked.type,
        "language": asked.language,
        "since": asked.since,
        "until": asked.until,
        "length": length,
        "shortest": None if length else asked.shortest,
        "longest": None if length else asked.longest,
        "paywall": {True: "yes", False: "no", None: ""}[asked.is_paywalled],
        "by": asked.by if asked.by != "words" else "",
        "sort": asked.order if asked.order != "relevance" else "",
        **changes,
    }
    return {name: "" if value is None else str(value) for name, value in found.items()}


def archive(args: Any) -> str | None:
    """The name of the one archive that is asked, where there are several; None for all."""
    return _text(args, "archive")


def _text(args: Any, name: str) -> str | None:
    value = (args.get(name) or "")[:_NAME_CHARACTERS].strip()
    # Bytes that are no UTF-8 arrive as surrogates, which SQLite cannot take.
    return value.encode("utf-8", "ignore").decode() or None


def _day(args: Any, name: str) -> date | None:
    try:
        return date.fromisoformat(_text(args, name) or "")
    except ValueError:
        return None


def _number(args: Any, name: str, otherwise: int | None) -> int | None:
    text = _text(args, name) or ""
    if not (text.isascii() and text.isdecimal()):
        return otherwise
    number = int(text[:18])
    return number if name == "like" else min(number, _MOST_WORDS)


def without_meaning(asked: Question) -> Question:
    """The question for those who may not see vectors: by words alone."""
    return dataclasses.replace(asked, by="words", like=None)


def without_entities(asked: Question) -> Question:
    """The question for those who may not see entities."""
    return dataclasses.replace(asked, entity=None, type=None)


def by_date(asked: Question) -> Question:
    """The question, its newest answers first."""
    return dataclasses.replace(asked, order="date")
