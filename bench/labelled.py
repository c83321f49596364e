"""Labelled news pages, and how an extractor is scored on them.

A set is a folder with labels.jsonl and html/*.gz. A line of labels.jsonl has `file`, `url` and `text`,
and may have `title`, `date` and `authors`. Body text is compared as 4-word shingles, precision and recall
averaged over pages, as the public article extraction benchmark does (scrapinghub/article-extraction-benchmark).
"""

import gzip
import html
import json
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import mean

_WORD = re.compile(r"\w+")


@dataclass(frozen=True)
class Label:
    """What is true of a page; title, date and authors are empty where the set does not say."""

    set_name: str
    file: str
    url: str
    text: str
    title: str = ""
    date: str = ""
    authors: tuple[str, ...] = ()


@dataclass(frozen=True)
class Said:
    """What an extractor says of a page; nothing, where it refused the page."""

    text: str = ""
    title: str = ""
    date: str = ""
    authors: tuple[str, ...] = ()


@dataclass(frozen=True)
class Figures:
    """The scores of an extractor on a set; None where the set has no such labels."""

    precision: float
    recall: float
    title: float | None = None
    date: float | None = None
    authors: float | None = None
    each: Sequence[float] = field(default=(), repr=False)

    @property
    def body(self) -> float:
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0


def read_set(folder: Path) -> list[tuple[Label, bytes]]:
    """The labels of a set, each with its page."""
    found = []
    for line in (folder / "labels.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        label = Label(
            set_name=folder.name,
            file=row["file"],
            url=row.get("url") or "",
            text=row["text"],
            title=row.get("title") or "",
            date=str(row.get("date") or "")[:10],
            authors=tuple(row.get("authors") or ()),
        )
        found.append((label, gzip.decompress((folder / "html" / label.file).read_bytes())))
    return found


def words(text: str) -> list[str]:
    return _WORD.findall(text)


def fold(text: str) -> str:
    """Text as titles and names are compared: entities resolved, case and punctuation gone."""
    return " ".join(words(html.unescape(text).lower()))


def shingles(text: str, size: int = 4) -> Counter[tuple[str, ...]]:
    found = words(text)
    if not found:
        return Counter()
    return Counter(tuple(found[at : at + size]) for at in range(max(len(found) - size + 1, 1)))


def score(pairs: Iterable[tuple[Label, Said]]) -> Figures:
    """Score what was said of the pages of a set."""
    pairs = list(pairs)
    precisions, recalls, each = [], [], []
    for label, said in pairs:
        true, found = shingles(label.text), shingles(said.text)
        shared = (true & found).total()
        if found:
            precisions.append(shared / found.total())
        if true:
            recalls.append(shared / true.total())
        each.append(2 * shared / max(true.total() + found.total(), 1))
    return Figures(
        mean(precisions or [0.0]),
        mean(recalls or [0.0]),
        title=_share([fold(x.title) == fold(y.title) for x, y in pairs if x.title]),
        date=_share([x.date == y.date for x, y in pairs if x.date]),
        authors=_authors([(x, y) for x, y in pairs if x.authors]),
        each=each,
    )


def _share(right: list[bool]) -> float | None:
    return mean(right) if right else None


def _authors(pairs: list[tuple[Label, Said]]) -> float | None:
    if not pairs:
        return None
    shared = named = 0
    for label, said in pairs:
        true = {fold(name) for name in label.authors}
        found = {fold(name) for name in said.authors if fold(name)}
        shared, named = shared + len(true & found), named + len(true) + len(found)
    return 2 * shared / max(named, 1)
