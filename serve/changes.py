"""What changed between the texts of an article, laid out for a page."""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from archive.diff import Changes, Run, changes, diff
from archive.history import shortened

#: Comparing word by word takes time by the product of the lengths; above this, by paragraphs.
_MOST_PAIRS = 3_000_000
#: The latest changes that are shown; Datasette's table of revisions holds them all.
MOST_SHOWN = 10


@dataclass(frozen=True)
class Step:
    """One change: when it was found, the runs of title and text, what came and went."""

    seen_at: str
    is_stealth: bool
    title: tuple[Run, ...]
    text: tuple[Run, ...]
    found: Changes


def steps(article: Mapping[str, Any], revisions: list[Mapping[str, Any]]) -> list[Step]:
    """The changes that led to the present text, the latest first.

    Args:
        article: title, text and modified_at as they are now.
        revisions: the earlier texts, oldest first.
    """
    texts = [*revisions, article]
    return [
        Step(
            old["seen_at"],
            old["modified_at"] == new["modified_at"],
            _shown(old["title"], new["title"], is_whole=True),
            _shown(old["text"], new["text"], is_whole=False),
            changes(f"{old['title']}\n{old['text']}", f"{new['title']}\n{new['text']}"),
        )
        for old, new in reversed(list(itertools.pairwise(texts)))
    ]


def _shown(old: str, new: str, is_whole: bool) -> tuple[Run, ...]:
    """The runs of a change, long stretches without one cut short; () where nothing changed."""
    if old == new:
        return ()
    if len(old.split()) * len(new.split()) > _MOST_PAIRS:
        runs = _by_paragraph(old, new)
    else:
        runs = diff(old, new)
    if is_whole:
        return runs
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
