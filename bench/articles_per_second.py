"""Articles a second: the encoder alone, with summary and vector, and with tags too, in one run.

    python bench/articles_per_second.py [--articles 48] [--rounds 3] [--precision auto]

The articles are the demo's, cut and joined to 600 words each. Times are of the processor, all cores
added, so that other work on the machine counts little; each round measures every way once.
"""

import argparse
import sqlite3
import sys
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from archive.records import WorkItem
from summarize.defaults import Choice, default_enricher, enricher_for
from summarize.sentences import split_sentences

WORDS = 600


def articles(count: int, length: int = WORDS) -> list[tuple[str, str]]:
    """Titles and texts of so many words, from whole paragraphs of the demo archive as far as they go."""
    with sqlite3.connect(f"file:{ROOT / 'archive.db'}?mode=ro&immutable=1", uri=True) as db:
        rows = db.execute(
            "select title, text from articles where language = 'en' order by id"
        ).fetchall()
    made = []
    for n in range(count):
        title, text = rows[n % len(rows)]
        k = n
        while len(text.split()) < length:
            k += 1
            text += "\n\n" + rows[k % len(rows)][1]
        sentences, words = [], 0
        for sentence in split_sentences(text):
            if words >= length:
                break
            sentences.append(sentence.text)
            words += len(sentence.text.split())
        made.append((title, "\n".join(sentences)))
    return made


def main() -> None:
    """Print articles a second of processor time, the best of the rounds, and the cost of each step."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--articles", type=int, default=48)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--precision", default="auto")
    args = parser.parse_args()
    texts = articles(args.articles)
    model = default_enricher(args.precision)
    gazetteer = enricher_for(Choice(tagger="gazetteer", precision=args.precision))

    def items(*tasks: str) -> list[WorkItem]:
        return [
            WorkItem(n, title, text, None, "en", "", frozenset(tasks))
            for n, (title, text) in enumerate(texts)
        ]

    def encoder() -> None:
        for start in range(0, len(texts), 16):
            batch = texts[start : start + 16]
            model._encoder.encode([s.text for _, text in batch for s in split_sentences(text)])

    def batched(enricher, work: list[WorkItem]) -> Callable[[], None]:  # type: ignore[no-untyped-def]
        def run() -> None:
            for start in range(0, len(work), 16):
                enricher.enrich(work[start : start + 16])

        return run

    ways: dict[str, Callable[[], None]] = {
        "the encoder alone": encoder,
        "summary and vector": batched(model, items("summary", "vector")),
        "summary, vector, tags of the gazetteer": batched(
            gazetteer, items("summary", "vector", "tags")
        ),
        "summary, vector, tags of the model": batched(model, items("summary", "vector", "tags")),
    }
    for way in ways.values():  # loads the models
        way()
    best = dict.fromkeys(ways, float("inf"))
    for _ in range(args.rounds):
        for name, way in ways.items():
            started = time.process_time()
            way()
            best[name] = min(best[name], time.process_time() - started)
    base = best["the encoder alone"]
    for name, seconds in best.items():
        print(
            f"{name:40} {len(texts) / seconds:6.1f} articles per cpu-second  {seconds / base:5.2f} x the encoder"
        )


if __name__ == "__main__":
    main()
