"""Precision and recall of linking on the passages beside this file.

    python bench/linking/score.py [PASSAGES] [--tagger model|gazetteer] [--errors]

The passages become articles of one archive, in their order, and are tagged by the product itself.
A link is right if it is of the same characters to the same entity. Precision: of the links made,
how many are right; recall: of the names that have an entity, how many are linked to it.
"""

import argparse
import re
import sys
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from archive import Archive, Article, Page
from summarize.defaults import Choice, enricher_for
from summarize.pipeline import summarize_archive

_NAME = re.compile(r"\[([^\[\]|]+)\|([^\[\]|]+)\]")
_DAY = datetime(2024, 6, 1, tzinfo=UTC)
#: Start, end, and the entity: its name, or name:type.
Link = tuple[int, int, str]


@dataclass(frozen=True)
class Passage:
    """A text, its day, and its names with their entities."""

    text: str
    day: datetime
    links: frozenset[Link]


def read(path: Path) -> list[Passage]:
    """The passages of a file."""
    passages = []
    for block in path.read_text(encoding="utf-8").split("\n\n"):
        lines = [line for line in block.splitlines() if line and not line.startswith("#")]
        day = _DAY
        if lines and lines[0].startswith("@ "):
            day = datetime.fromisoformat(lines.pop(0)[2:]).replace(tzinfo=UTC)
        if not lines:
            continue
        text, links, last = "", set(), 0
        marked = "\n\n".join(lines)
        for match in _NAME.finditer(marked):
            text += marked[last : match.start()]
            if match[2] != "-":
                links.add((len(text), len(text) + len(match[1]), match[2]))
            text += match[1]
            last = match.end()
        passages.append(Passage(text + marked[last:], day, frozenset(links)))
    return passages


def linked(passages: list[Passage], tagger: str) -> list[set[Link]]:
    """What the product links in each passage."""
    with tempfile.TemporaryDirectory() as folder, Archive(Path(folder) / "a.db") as archive:
        ids = []
        for n, passage in enumerate(passages):
            url = f"https://bench.example/{n}"
            article = Article(url, "", passage.text, published_at=passage.day, language="en")
            page = Page(url, url, passage.day, passage.text.encode())
            archive.ledger.ask(url, None)
            archive.save_article(article, page, url)
            ids.append(
                archive.db.execute("select id from articles where url = ?", [url]).fetchone()[0]
            )
        with archive.runs.record("bench") as run:
            for _ in summarize_archive(
                archive, enricher_for(Choice(tagger=tagger, precision="float32")), run
            ):
                pass
        query = (
            "select m.start, m.end, e.name, e.type from mentions m "
            "join entities e on e.id = m.entity_id where m.article_id = ?"
        )
        made = [archive.db.execute(query, [number]).fetchall() for number in ids]
    return [
        {_link(start, end, name, kind, passage) for start, end, name, kind in rows}
        for rows, passage in zip(made, passages, strict=True)
    ]


def _link(start: int, end: int, name: str, kind: str, passage: Passage) -> Link:
    """The link as the passage would write it: with the type if it does so there."""
    typed = start, end, f"{name}:{kind}"
    is_typed = any(":" in label and (s, e) == (start, end) for s, e, label in passage.links)
    return typed if is_typed else (start, end, name)


def main() -> None:
    """Print precision, recall and, if asked, what is wrong."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "passages", type=Path, nargs="?", default=Path(__file__).with_name("passages.txt")
    )
    parser.add_argument("--tagger", choices=["model", "gazetteer"], default="model")
    parser.add_argument("--errors", action="store_true")
    args = parser.parse_args()
    passages = read(args.passages)
    found = linked(passages, args.tagger)
    right = sum(len(p.links & mine) for p, mine in zip(passages, found, strict=True))
    made = sum(map(len, found))
    true = sum(len(p.links) for p in passages)
    if args.errors:
        for passage, mine in zip(passages, found, strict=True):
            if mine != passage.links:
                show = lambda links: [(passage.text[a:b], e) for a, b, e in sorted(links)]  # noqa: E731, B023
                print(passage.text)
                print("   missed", show(passage.links - mine), "wrong", show(mine - passage.links))
    print(
        f"{len(passages)} passages, {true} names: precision {right / max(made, 1):.3f}, "
        f"recall {right / max(true, 1):.3f}"
    )


if __name__ == "__main__":
    main()
