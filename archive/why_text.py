"""What `newsarchive show --why` prints."""

import dataclasses
import textwrap
from collections.abc import Iterator, Sequence
from typing import Any

from archive.why import Candidate, Why

_WIDTH = 88


def as_record(one: Why) -> dict[str, Any]:
    """A mention and what explains it, for programs."""
    return {
        **dataclasses.asdict(one),
        "reason": list(one.reason),
        "detector": one.detector,
        "in_words": one.in_words,
        "former": one.former and str(one.former),
    }


def as_text(found: Sequence[Why]) -> Iterator[str]:
    """Each mention in a few lines; one that is explained like an earlier one only by its place."""
    shown: dict[tuple[Any, ...], list[Why]] = {}
    for one in found:
        key = one.surface, one.entity, one.type, one.score, one.reason, one.tagged
        shown.setdefault(key, []).append(one)
    for group in shown.values():
        yield from _mention(group)


def _mention(group: Sequence[Why]) -> Iterator[str]:
    one = group[0]
    places = ", ".join(f"{'title ' if w.place == 'title' else ''}{w.start}-{w.end}" for w in group)
    meant = f"{one.entity} ({one.type}, {one.slug})" if one.entity else f"nobody known ({one.type})"
    yield f"{one.surface} → {meant}"
    yield from _indented(f"at {places}; score {one.score:.2f}; {one.model}")
    yield from _indented(f"why: {one.in_words}")
    if one.former:
        yield from _indented(f"then: {one.former}")
    others = [c for c in one.candidates if not c.is_meant]
    if others:
        yield from _indented(f"also called so: {'; '.join(map(_candidate, others))}")
    if one.decision:
        note = f" ({one.decision['note']})" if one.decision["note"] else ""
        yield from _indented(
            f"decision {one.decision['id']} by {one.decision['made_by']}: "
            f"{one.decision['says']}{note}; the tagger said {one.tagged or 'nobody'}"
        )


def _candidate(one: Candidate) -> str:
    days = " ".join(
        f"{word} {day}"
        for word, day in (("from", one.valid_from), ("until", one.valid_until))
        if day
    )
    when = f", {days}" if days else ""
    return (
        f"{one.name} ({one.type}{when}{'' if one.is_held else ', not on the day of the article'})"
    )


def _indented(text: str) -> list[str]:
    return textwrap.wrap(text, _WIDTH, initial_indent="    ", subsequent_indent="        ")
