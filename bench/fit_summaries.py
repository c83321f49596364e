"""Fit the weights of the embedded summarizer, and say how far they can be trusted.

    python bench/fit_summaries.py DATA [--write]

DATA is a folder of JSON Lines files with `article`, `references` (a list) and perhaps `title`. Two
logistic models are fitted: how likely a word, and a pair of words, of an article is to stand in a
reference (the mean over an article's references; each article counts once). What they choose is
scored by ROUGE, cross-validated twice: by article (five parts), and by set (fitted on the other
files). --write stores the weights in summarize/data. It needs rouge-score (the extra `bench`).
"""

import argparse
import json
import sys
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import torch
from rouge_score.rouge_scorer import RougeScorer

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from summarize import worth
from summarize.candidates import candidates
from summarize.encoder import Encoder
from summarize.extractive import ExtractiveSummarizer
from summarize.sentences import Sentence, split_sentences
from summarize.vectors import Floats, mean_vector
from summarize.worth import PAIR_FEATURES, TIMES, WORD_FEATURES, Matrix, Weights

WEIGHTS = ROOT / "summarize" / "data" / "summary_weights.json"
_SHRINKAGE = 1e-5
_PARTS = 5

_rouge = RougeScorer(["rouge1", "rouge2"], use_stemmer=True)


@dataclass(frozen=True)
class Document:
    """An article as the summarizer gets it, and what its words and pairs look like.

    words: (occurrences, word features); in_summary: how many of the references have each, 0 to 1.
    pairs and pair_in_summary: the same for pairs; words_of_pairs: the rows of their words.
    """

    file: str
    sentences: list[Sentence]
    vectors: Floats
    tokens: tuple[int, ...]
    title: str
    title_vector: Floats | None
    references: list[str]
    words: Matrix
    in_summary: Matrix
    pairs: Matrix
    words_of_pairs: list[tuple[int, int]]
    pair_in_summary: Matrix


def read_document(file: str, row: dict[str, Any], encoder: Encoder) -> Document | None:
    """None where no sentence can be chosen."""
    sentences = split_sentences(row["article"])
    title = row.get("title") or ""
    encoded = encoder.encode([*(sentence.text for sentence in sentences), title])
    vectors, tokens = encoded.vectors[:-1], encoded.tokens[:-1]
    found = candidates(sentences)
    if not found:
        return None
    at = [candidate.at for candidate in found]
    said = [worth.split(candidate.text) for candidate in found]
    others = [worth.split(s.text) for n, s in enumerate(sentences) if n not in set(at)]
    to_article = vectors[at] @ mean_vector(vectors[at], np.array(tokens, np.float32)[at])
    numbers, pairs, seen, pairs_seen = worth.features(
        said, others, worth.split(title), np.round(to_article.astype(float), 3)
    )
    references = [worth.split(reference) for reference in row["references"]]
    counts = [Counter(reference) for reference in references]
    together = [set(pairwise(r)) for r in references]
    times = Counter(word for sentence in said for word in sentence)
    # The nth occurrence in a summary: no more than the article has.
    occurrences = [(w, n) for w in numbers for n in range(min(times[w], TIMES))]
    names = list(numbers)
    return Document(
        file, sentences, vectors, tokens, title, encoded.vectors[-1] if title else None,
        row["references"],
        seen[[numbers[w] for w, _ in occurrences], [n for _, n in occurrences]],
        np.array([np.mean([count[w] > n for count in counts]) for w, n in occurrences]),
        pairs_seen,
        list(pairs),
        np.array([np.mean([(names[a], names[b]) in t for t in together]) for a, b in pairs]),
    )  # fmt: skip


def fit(documents: list[Document]) -> Weights:
    """The weights that give the references the highest likelihood; deterministic."""
    words = _logistic([d.words for d in documents], [d.in_summary for d in documents])
    pairs = []
    for document in documents:
        first = document.words[:, WORD_FEATURES.index("second")] == 0
        first &= document.words[:, WORD_FEATURES.index("third")] == 0
        odds = document.words[first] @ words
        pairs.append(worth.pair_features(document.pairs, document.words_of_pairs, odds))
    return Weights(words, _logistic(pairs, [d.pair_in_summary for d in documents]))


def _logistic(seen: list[Matrix], wanted: list[Matrix]) -> Matrix:
    """Weights of a logistic regression in which each document counts once; column 0 is 1."""
    everything = np.vstack(seen)
    mean, deviation = everything.mean(0), np.maximum(everything.std(0), 1e-6)
    mean[0], deviation[0] = 0, 1
    features = torch.tensor((everything - mean) / deviation)
    target = torch.tensor(np.concatenate(wanted))
    share = torch.tensor(np.concatenate([np.full(len(w), 1 / max(len(w), 1)) for w in wanted]))
    weights = torch.zeros(features.shape[1], dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.LBFGS([weights], max_iter=100, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        optimizer.zero_grad()
        surprise = torch.nn.functional.binary_cross_entropy_with_logits(
            features @ weights, target, reduction="none"
        )
        value = (share * surprise).sum() / share.sum() + _SHRINKAGE * (weights**2).sum()
        value.backward()
        return value

    optimizer.step(loss)
    fitted: Matrix = weights.detach().numpy() / deviation
    fitted[0] -= fitted @ mean
    return fitted


def result(document: Document, weights: Weights) -> tuple[float, float, int]:
    """ROUGE-1, ROUGE-2 and words of the paragraph that weights choose."""
    summary = ExtractiveSummarizer(weights).summarize(
        document.sentences, document.vectors, document.tokens, document.title, document.title_vector
    )[0]
    scores = [_rouge.score(reference, summary.text) for reference in document.references]
    r1, r2 = (100 * np.mean([s[name].fmeasure for s in scores]) for name in ("rouge1", "rouge2"))
    return float(r1), float(r2), len(summary.text.split())


def report(label: str, results: list[tuple[str, tuple[float, float, int]]]) -> None:
    """One line: ROUGE-1 / ROUGE-2 and words of each file."""
    parts = []
    for file in sorted({file for file, _ in results}):
        r1, r2, words = np.mean([scores for name, scores in results if name == file], axis=0)
        parts.append(f"{file} {r1:.2f} / {r2:.2f} in {words:.0f} words")
    print(f"{label:14} " + "; ".join(parts), flush=True)


def cross_validated(documents: list[Document], part_of: list[Any]) -> list[Any]:
    """What is chosen in each part by weights fitted on the others."""
    results = []
    for part in sorted(set(part_of)):
        inside = [d for d, p in zip(documents, part_of, strict=True) if p == part]
        weights = fit([d for d, p in zip(documents, part_of, strict=True) if p != part])
        results += [(d.file, result(d, weights)) for d in inside]
    return results


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path)
    parser.add_argument("--write", action="store_true", help=f"store the weights in {WEIGHTS.name}")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    encoder = Encoder(precision="float32")
    documents = []
    for path in sorted(arguments.data.glob("*.jsonl")):
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        made = [read_document(path.stem, row, encoder) for row in rows]
        documents += [document for document in made if document]
        print(f"{path.stem}: {len(rows)} articles", flush=True)
    order = np.random.default_rng(0).permutation(len(documents))
    report("by article", cross_validated(documents, [int(at) % _PARTS for at in order]))
    if len({document.file for document in documents}) > 1:
        report("by set", cross_validated(documents, [document.file for document in documents]))
    weights = fit(documents)
    report("fitted on all", [(d.file, result(d, weights)) for d in documents])
    stored = {
        "made_by": "bench/fit_summaries.py",
        "fitted_on": dict(sorted(Counter(d.file for d in documents).items())),
        "encoder": f"{encoder.name} {encoder.revision}",
        "words": _named(WORD_FEATURES, weights.words),
        "pairs": _named(PAIR_FEATURES, weights.pairs),
    }
    print(json.dumps(stored, indent=1))
    if arguments.write:
        WEIGHTS.write_text(json.dumps(stored, indent=1) + "\n", encoding="utf-8")


def _named(names: tuple[str, ...], weights: Matrix) -> dict[str, float]:
    return {name: round(float(value), 4) for name, value in zip(names, weights, strict=True)}


if __name__ == "__main__":
    main()
