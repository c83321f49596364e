"""What changed between the texts of an article, laid out for a page."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from difflib import SequenceMatcher
from typing import Any

from archive.diff import Run, diff
from archive.history import Change, history, shortened

#: Comparing word by word takes time by the product of the lengths; above this, by paragraphs.
_MOST_PAIRS = 3_000_000
#: The latest changes that are shown; Datasette's tables hold them all.
MOST_SHOWN = 10


def steps(
    article: Mapping[str, Any],
    revisions: Sequence[Mapping[str, Any]],
    field_changes: Sequence[Mapping[str, Any]],
) -> list[Change]:
    """The changes that led to the present text, the latest first; long stretches without one cut short.

    Args:
        article: title, text and modified_at as they are now.
        revisions: the earlier texts, oldest first.
        field_changes: the changes beside title and text, oldest first.
    """
    found = history(article, revisions, field_changes, _compared)
    latest = found[-MOST_SHOWN:]
    return [replace(change, text=_cut_short(change.text)) for change in reversed(latest)]


def _compared(old: str, new: str) -> tuple[Run, ...]:
    """The runs of a change; () where nothing changed."""
    if old == new:
        return ()
    if len(old.split()) * len(new.split()) > _MOST_PAIRS:
        return _by_paragraph(old, new)
    return diff(old, new)


def _cut_short(runs: tuple[Run, ...]) -> tuple[Run, ...]:
    last = len(runs) - 1
    return tuple(
        Run(run.kind, shortened(run.text, n == 0, n == last)) if run.kind == "equal" else run
        for n, run in enumerate(runs)
    )


def _by_paragraph(old: str, new: str) -> tuple[Run, ...]:
    olds, news = (text.split("\n\n") for text in (old, new))
    runs: list[Run] = []
    for tag, i, j, k, m in SequenceMatcher(None, olds, news, autojunk=False).get_opcodes():
        before, after = "\n\n".join(olds[i:j]), "\n\n".join(news[k:m])
        if tag == "equal":
            runs.append(Run("equal", f"{before}\n\n"))
        else:
            runs += [Run("removed", f"{before}\n\n")] if before else []
            runs += [Run("added", f"{after}\n\n")] if after else []
    return tuple(runs)
