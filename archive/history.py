"""What an article's publisher changed in it, change by change, for people and for programs."""

import dataclasses
import itertools
import json
import re
import textwrap
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import click

from archive.diff import Changes, Run, changes, diff

_WIDTH = 88
#: So many words of what is equal are shown before and behind a change.
_CONTEXT_WORDS = 12
_GAP = " […] "
_MARKS = {"equal": ("", ""), "removed": ("[-", "-]"), "added": ("{+", "+}")}
_COLORS = {"removed": "red", "added": "green"}
#: What a program's record of a page differs in may be of its making.
READ_OTHERWISE = "One of the two is a record of JSON Lines: what differs may be how another program read the page."
#: How columns of articles are called in changes, and what stands for no value there.
FIELD_LABELS = {
    "authors": "Authors",
    "published_at": "Published",
    "description": "Description",
    "is_paywalled": "Behind a paywall",
}
NONE = "none"
#: What a terminal would obey instead of showing it; a page can hold any of it.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


@dataclass(frozen=True)
class FieldChange:
    """What an article says of itself beside title and text, before and after; None where it said nothing.

    field is a column of articles: authors (the names joined by commas), published_at, description or is_paywalled
    ("yes" or "no").
    """

    field: str
    before: str | None
    after: str | None


@dataclass(frozen=True)
class Change:
    """How one state of an article became the next.

    Attributes:
        last_seen_at: when the article was last seen without it, UTC, ISO 8601; None if not known.
        seen_at: when the change was found, UTC, ISO 8601.
        is_stealth: the page named no new date of modification with it.
        title, text: the runs of `archive.diff.diff`, or of what compared them.
        found: numbers and names that came and went, in title and text together.
        fields: what changed beside title and text.
        is_read_otherwise: one of the two was read from a page and the other is a record of JSON Lines, so that
            the difference may be how another program read it.
    """

    last_seen_at: str | None
    seen_at: str
    is_stealth: bool
    title: tuple[Run, ...]
    text: tuple[Run, ...]
    found: Changes
    fields: tuple[FieldChange, ...] = ()
    is_read_otherwise: bool = False


def history(
    article: Mapping[str, Any],
    revisions: Sequence[Mapping[str, Any]],
    field_changes: Sequence[Mapping[str, Any]] = (),
    compare: Callable[[str, str], tuple[Run, ...]] = diff,
) -> tuple[Change, ...]:
    """The changes of an article, oldest first; what was found at one time is one change.

    Args:
        article: title, text and modified_at as they are now.
        revisions: what `Articles.revisions` gives.
        field_changes: what `archive.past.field_changes` gives.
        compare: gives the runs between two titles or texts.
    """
    fields = {
        seen_at: list(found)
        for seen_at, found in itertools.groupby(field_changes, lambda one: str(one["seen_at"]))
    }
    texts = [*revisions, article]
    of_texts = [
        Change(
            old["last_seen_at"],
            old["seen_at"],
            old["modified_at"] == new["modified_at"],
            compare(old["title"], new["title"]),
            compare(old["text"], new["text"]),
            changes(f"{old['title']}\n{old['text']}", f"{new['title']}\n{new['text']}"),
            fields_told(fields.pop(old["seen_at"], ())),
            bool(old["is_read_otherwise"]),
        )
        for old, new in itertools.pairwise(texts)
    ]
    of_fields = [
        Change(
            found[0]["last_seen_at"], seen_at, bool(found[0]["is_stealth"]), (), (), Changes(), fields_told(found)
        )
        for seen_at, found in fields.items()
    ]  # fmt: skip
    return tuple(sorted([*of_texts, *of_fields], key=lambda change: change.seen_at))


def fields_told(found: Iterable[Mapping[str, Any]]) -> tuple[FieldChange, ...]:
    """Rows of `field_changes` as people read them; each with field, value_before, value_after."""
    return tuple(
        FieldChange(
            one["field"],
            *(_told(one["field"], one[name]) for name in ("value_before", "value_after")),
        )
        for one in found
    )


def _told(field: str, value: str | None) -> str | None:
    """A value as people read it; None for nothing."""
    if field == "authors":
        return ", ".join(json.loads(value or "[]")) or None
    if field == "is_paywalled":
        return "yes" if value == "1" else "no"
    return value or None


def as_record(change: Change) -> dict[str, Any]:
    """A change as JSON holds it: runs as objects of kind and text."""
    record = dataclasses.asdict(change)
    found = record.pop("found")
    return {**record, **found}


def as_text(change: Change, has_color: bool) -> str:
    """A change as a terminal shows it, without colour as [-old-]{+new+}.

    What is equal is shortened to some words around each change.
    """
    stealth = ", with no new date of modification" if change.is_stealth else ""
    since, by = change.last_seen_at, change.seen_at
    lines = [f"Changed {f'between {since} and' if since else 'by'} {by}{stealth}"]
    if change.is_read_otherwise:
        lines.append(READ_OTHERWISE)
    for one in change.fields:
        label = FIELD_LABELS[one.field]
        told = f"{label}: {one.before or NONE} -> {one.after or NONE}"
        lines.append(textwrap.fill(without_controls(told), _WIDTH))
    if len(change.title) > 1:
        lines.append("Title: " + _shown(change.title, has_color, is_whole=True))
    for name in ("numbers", "names"):
        gone = dict.fromkeys(f"-{value}" for value in getattr(change.found, f"{name}_removed"))
        come = dict.fromkeys(f"+{value}" for value in getattr(change.found, f"{name}_added"))
        if gone or come:
            listed = without_controls(", ".join((*gone, *come)))
            lines.append(textwrap.fill(f"{name.capitalize()}: {listed}", _WIDTH))
    if len(change.text) > 1 or any(run.kind != "equal" for run in change.text):
        lines += ["", _shown(change.text, has_color, is_whole=False)]
    return "\n".join(lines)


def without_controls(text: str) -> str:
    """Text from a page as a terminal may show it: nothing in it moves the cursor or sets colours."""
    return _CONTROL.sub("�", text)


def _shown(runs: tuple[Run, ...], has_color: bool, is_whole: bool) -> str:
    parts = []
    for n, run in enumerate(runs):
        text = without_controls(run.text)
        if run.kind == "equal":
            text = text if is_whole else shortened(text, n == 0, n == len(runs) - 1)
        elif has_color:
            text = click.style(
                text, fg=_COLORS[run.kind], strikethrough=run.kind == "removed" or None
            )
        else:
            start, end = _MARKS[run.kind]
            text = f"{start}{text}{end}"
        parts.append(text)
    return "".join(parts).strip()


def shortened(text: str, is_first: bool, is_last: bool) -> str:
    """The words of an equal run that stand beside changes; a gap in place of the others."""
    words = re.findall(r"\s*\S+\s*", text)
    room = _CONTEXT_WORDS * (1 if is_first or is_last else 2)
    if len(words) <= room:
        return text
    head = "" if is_first else "".join(words[:_CONTEXT_WORDS]).rstrip()
    tail = "" if is_last else "".join(words[-_CONTEXT_WORDS:]).lstrip()
    return head + _GAP + tail
