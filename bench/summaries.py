"""The embedded summarizer beside the first sentences, newspaper3k and sumy, on articles with human summaries.

    python bench/summaries.py DATA [--peers FOLDER] [--limit N] [--precision auto] [--summarizer smollm2]

DATA is a folder of JSON Lines files with `article`, `references` (a list) and perhaps `title`. For
each file and summarizer: ROUGE-1, -2 and -Lsum F1 (rouge-score, stemmed; the mean over an article's
references, then over articles), words, how many summaries hold a number or a name that the article
and its title do not, and articles per second. lead2 and lead3 are the first sentences; "of prose"
leaves out headings, dates and captions, as the summarizer does. sumy (Apache 2.0) is installed into
an environment of its own under --peers (build/bench); where that fails its row is missing and the
reason is said. newspaper3k's and sumy's own splitters into sentences need a download, so both are
given the project's sentences. It needs rouge-score (the extra `bench`).

With --summarizer, which takes what `newsarchive summarize --summarizer` takes, that model alone is
measured, beside the embedded one on the same articles; under the table stands where its sentences come
from: written by it, quoted or repaired from the article, or put in the place of one that the article does
not support (replacement).
"""

import argparse
import json
import re
import statistics
import subprocess
import sys
import time
import venv
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from rouge_score import rouge_scorer

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from archive.records import WorkItem
from summarize.candidates import is_usable
from summarize.defaults import Choice, enricher_for
from summarize.sentences import split_sentences

_NUMBER = re.compile(r"\d[\d,.]*\d|\d")
_NAME = re.compile(r"(?<=[a-z,;] )[A-Z][\w’'-]+")
_ROUGES = ("rouge1", "rouge2", "rougeLsum")
_SENTENCES = 2  # asked of the peers: what ours and the references come nearest to
_BATCH = 16

Row = dict[str, Any]
Summarizer = Callable[[list[Row]], list[str]]


def sentences(text: str) -> list[str]:
    return [sentence.text for sentence in split_sentences(text)]


def lead(count: int) -> Summarizer:
    """The first sentences of more than three words."""

    def run(rows: list[Row]) -> list[str]:
        return [
            " ".join([s for s in sentences(row["article"]) if len(s.split()) > 3][:count])
            for row in rows
        ]

    return run


def prose_lead(count: int) -> Summarizer:
    """The first sentences of prose."""

    def run(rows: list[Row]) -> list[str]:
        return [
            " ".join([s for s in sentences(row["article"]) if is_usable(s)][:count]) for row in rows
        ]

    return run


class Newsarchive:
    """A summarizer of the project, as `newsarchive summarize` calls it.

    After a call `origins` counts the sentences of its summaries by where they come from.
    """

    def __init__(self, choice: Choice) -> None:
        self._choice = choice
        self.origins: Counter[str] = Counter()

    def __call__(self, rows: list[Row]) -> list[str]:
        enricher = enricher_for(self._choice)
        made: list[str] = []
        self.origins.clear()
        for start in range(0, len(rows), _BATCH):
            items = [
                WorkItem(n, row.get("title") or "", row["article"], None, None, "", frozenset({"summary"}))
                for n, row in enumerate(rows[start : start + _BATCH])
            ]  # fmt: skip
            summaries = [enriched.summary for enriched in enricher.enrich(items)]
            made += [summary.text if summary else "" for summary in summaries]
            found = [sentence for summary in summaries if summary for sentence in summary.sentences]
            self.origins.update(sentence.origin for sentence in found)
        return made


def newspaper3k(rows: list[Row]) -> list[str]:
    """What Article.nlp() makes of a text and its title."""
    from newspaper import nlp

    nlp.load_stopwords("en")
    nlp.split_sentences = sentences
    return [
        " ".join(
            nlp.summarize(
                title=row.get("title") or sentences(row["article"])[0],
                text=row["article"],
                max_sents=_SENTENCES,
            )
        )
        for row in rows
    ]


def sumy(python: Path) -> Summarizer:
    """LexRank, in the environment of that interpreter."""

    def run(rows: list[Row]) -> list[str]:
        lines = [
            json.dumps({"sentences": sentences(row["article"]), "count": _SENTENCES})
            for row in rows
        ]
        script = Path(__file__).with_name("summaries_peers.py")
        done = subprocess.run(
            [str(python), str(script)],
            input="\n".join(lines),
            capture_output=True,
            text=True,
            check=True,
        )
        return [json.loads(line) for line in done.stdout.splitlines()]

    return run


def peer(folder: Path) -> Path | None:
    """The interpreter of an environment with sumy, made if it is not there; None if it cannot be."""
    python = folder / "sumy" / "bin" / "python"
    try:
        if not python.exists():
            venv.create(folder / "sumy", with_pip=True)
        if subprocess.run([str(python), "-c", "import sumy"], capture_output=True).returncode:
            pip = [str(python), "-m", "pip", "install", "--quiet", "--no-input", "sumy", "numpy"]
            subprocess.run(pip, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"sumy: left out, it could not be installed into {folder / 'sumy'} ({error})")
        return None
    return python


def summarizers(peers: Path, precision: Any, model: str | None) -> Iterator[tuple[str, Summarizer]]:
    """What is measured, by name; with a model, that and the embedded one."""
    embedded = Newsarchive(Choice(precision=precision))
    if model:
        yield "newsarchive", embedded
        yield model, Newsarchive(Choice(summarizer=model, precision=precision))
        return
    yield "lead2", lead(2)
    yield "lead3", lead(3)
    yield "lead2 of prose", prose_lead(2)
    yield "newsarchive", embedded
    yield "newspaper3k .nlp()", newspaper3k
    if python := peer(peers):
        yield "sumy LexRank", sumy(python)


def score(rows: list[Row], made: list[str]) -> str:
    """ROUGE, words, and how many summaries have a number or a name that the article lacks."""
    scorer = rouge_scorer.RougeScorer(list(_ROUGES), use_stemmer=True)
    scores: dict[str, list[float]] = {name: [] for name in _ROUGES}
    numbers = names = 0
    for row, summary in zip(rows, made, strict=True):
        source = f"{row.get('title') or ''}\n{row['article']}"
        lines = "\n".join(sentences(summary))
        each = [scorer.score("\n".join(sentences(r)), lines) for r in row["references"]]
        for name in _ROUGES:
            scores[name].append(statistics.mean(one[name].fmeasure for one in each))
        numbers += any(number not in source for number in _NUMBER.findall(summary))
        names += any(name.rstrip("'’s") not in source for name in _NAME.findall(summary))
    rouge = " / ".join(f"{100 * statistics.mean(scores[name]):.2f}" for name in _ROUGES)
    words = statistics.mean(len(summary.split()) for summary in made)
    return f"{rouge} | {words:.1f} | {numbers} | {names}"


def main() -> None:
    """Print a table for each file."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path)
    parser.add_argument("--peers", type=Path, default=Path("build/bench"))
    parser.add_argument("--limit", type=int, help="the first N articles of each file")
    parser.add_argument("--precision", default="auto")
    parser.add_argument("--summarizer", help="measure this model: smollm2, a folder, or an id")
    arguments = parser.parse_args()
    named = list(summarizers(arguments.peers, arguments.precision, arguments.summarizer))
    for path in sorted(arguments.data.glob("*.jsonl")):
        lines = path.read_text(encoding="utf-8").splitlines()[: arguments.limit]
        rows = [json.loads(line) for line in lines]
        print(f"\n{path.stem}, {len(rows)} articles\n")
        print(
            "| summarizer | ROUGE-1 / -2 / -Lsum | words | new numbers | new names | articles/s |"
        )
        print("|---|---|---|---|---|---|")
        for name, summarize in named:
            summarize(rows[:1])  # loads what it needs, which is not timed
            started = time.monotonic()
            made = summarize(rows)
            seconds = time.monotonic() - started
            print(
                f"| {name} | {score(rows, made)} | {len(rows) / max(seconds, 1e-3):.2f} |",
                flush=True,
            )
        for name, summarize in named:
            if arguments.summarizer == name and isinstance(summarize, Newsarchive):
                told = (f"{count} {origin}" for origin, count in summarize.origins.most_common())
                print(f"\nSentences of {name}: {', '.join(told)}")


if __name__ == "__main__":
    main()
