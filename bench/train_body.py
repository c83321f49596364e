"""Train the model that decides which blocks of a page are its text (ingest/data/body_*.npz).

    python -m bench.train_body FOLDER [FOLDER ...] [--save] [--across]

Each FOLDER is a set as `bench.labelled` reads it. Prints the body F1 on pages of sites that the model was not
trained on (five parts, each site in one), with --across also of a model trained on the other sets alone;
with --save trains on all pages and writes the models: the first, which hears the cheap voices alone, and the
second, which is asked where the first is in doubt (see `ingest.body`). Needs scikit-learn.
"""

import argparse
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier

import ingest
from bench.labelled import Label, Said, read_set, score, words
from ingest.blocks import Block
from ingest.body import FIRST, SECOND, first_sure, text_of_blocks
from ingest.decode import decode
from ingest.document import Document
from ingest.features import Columns, is_hopeless, sizes_of
from ingest.forest import Forest
from ingest.hearing import Voices, hints_of

PARTS = 5
MODELS = (FIRST, SECOND)
SETTINGS: dict[str, Any] = {
    "max_iter": 150,
    "learning_rate": 0.08,
    "max_leaf_nodes": 15,
    "min_samples_leaf": 30,
    "l2_regularization": 5.0,
    "max_features": 0.3,
    "early_stopping": False,
    "random_state": 0,
}
#: A block counts as text if this share of its 4-word shingles is in the label.
MIN_SHARE = 0.3
#: Of blocks that are far from the text and short, one in so many is trained on, with more weight.
EASY_ONE_IN = 8
NEAR_BLOCKS = 8
SHORT_WORDS = 15


@dataclass
class Page:
    """A page for training: for each block a row of features for each model, a truth and a weight."""

    label: Label
    site: str
    blocks: list[Block]
    rows: dict[str, Any]
    sizes: Any
    truth: Any
    weights: Any
    hopeful: Any


def read_page(label: Label, page: bytes) -> Page:
    document = Document(decode(page, label.url).text, label.url)
    blocks = document.blocks
    hopeless = is_hopeless(blocks)
    columns = Columns(blocks, hints_of(Voices(document)), hopeless)
    of_blocks = [words(block.text.lower()) for block in blocks]
    truth = align(of_blocks, words(label.text.lower()))
    return Page(
        label=label,
        site=site_of(label.url),
        blocks=blocks,
        rows={name: columns.rows(voices) for name, voices in MODELS},
        sizes=columns.sizes,
        truth=truth,
        weights=weigh(truth, sizes_of(blocks, of_blocks)),
        hopeful=~hopeless,
    )


def site_of(url: str) -> str:
    """The registered domain, so that the editions of a site stay together."""
    parts = (urlsplit(url).hostname or "").split(".")
    is_second_level = len(parts) > 2 and len(parts[-1]) == 2 and len(parts[-2]) <= 3
    return ".".join(parts[-3 if is_second_level else -2 :])


def align(blocks: list[list[str]], truth: list[str]) -> Any:
    """Which blocks are in the true text: the chain of most words that is in the same order there.

    So a short line ("Share") that the text holds by chance is no part of it, and of what stands on the page
    twice one is.
    """
    candidates = sorted(
        candidate for at, found in enumerate(blocks) for candidate in _places(at, found, truth)
    )
    best = [0.0] * len(candidates)
    before = [-1] * len(candidates)
    for i, (at, start, _, weight) in enumerate(candidates):
        for j in range(i):
            if candidates[j][0] < at and candidates[j][2] <= start + 2 and best[j] > best[i]:
                best[i], before[i] = best[j], j
        best[i] += weight
    chosen = np.zeros(len(blocks), dtype=int)
    i = int(np.argmax(best)) if candidates else -1
    while i >= 0:
        chosen[candidates[i][0]] = 1
        i = before[i]
    return chosen


def _places(at: int, found: list[str], truth: list[str]) -> list[tuple[int, int, int, float]]:
    """Where in the truth a block's words are: block, start, end, weight."""
    if not found:
        return []
    first = [i for i, word in enumerate(truth) if word == found[0]]
    exact = [i for i in first if truth[i : i + len(found)] == found][:6]
    if exact:
        return [(at, i, i + len(found), len(found) + 0.5 * (len(found) > 3)) for i in exact]
    grams: dict[tuple[str, ...], int] = {}
    for i in range(len(truth) - 3):
        grams.setdefault(tuple(truth[i : i + 4]), i)
    own = [tuple(found[i : i + 4]) for i in range(len(found) - 3)]
    hits = [grams[gram] for gram in own if gram in grams]
    if not own or len(hits) < MIN_SHARE * len(own):
        return []
    is_apart = max(hits) - min(hits) > 2 * len(found)
    end = min(hits) + len(hits) + 3 if is_apart else max(hits) + 4
    return [(at, min(hits), end, float(len(hits)))]


def weigh(truth: Any, sizes: Any) -> Any:
    """Blocks count by their words, pages alike; most of the easy blocks are left out (weight 0)."""
    kept = np.flatnonzero(truth)
    first, last = (kept[0], kept[-1]) if len(kept) else (0, 0)
    at = np.arange(len(truth))
    near = (at >= first - NEAR_BLOCKS) & (at <= last + NEAR_BLOCKS)
    easy = ~near & (sizes < SHORT_WORDS)
    taken = ~easy | (np.random.RandomState(len(truth)).rand(len(truth)) < 1 / EASY_ONE_IN)
    weights = (sizes + 2) / max((sizes * truth).sum(), 30) * 400
    return np.where(taken, np.where(easy, weights * EASY_ONE_IN / 2, weights), 0)


Models = dict[str, Forest]


def fit(pages: list[Page]) -> Models:
    return {name: fit_one(pages, name) for name, _ in MODELS}


def fit_one(pages: list[Page], name: str) -> Forest:
    used = [page.hopeful & (page.weights > 0) for page in pages]
    rows = np.vstack([page.rows[name][at] for page, at in zip(pages, used, strict=True)])
    truth = np.concatenate([page.truth[at] for page, at in zip(pages, used, strict=True)])
    weights = np.concatenate([page.weights[at] for page, at in zip(pages, used, strict=True)])
    model = HistGradientBoostingClassifier(**SETTINGS).fit(rows, truth, weights)
    return as_forest(model, rows.shape[1])


def as_forest(model: Any, width: int) -> Forest:
    """The trees of a scikit-learn model as arrays; a leaf leads to itself."""
    trees = [group[0].nodes for group in model._predictors]
    size = max(map(len, trees))
    names = ("feature", "threshold", "left", "right", "value")
    arrays = {name: np.zeros((len(trees), size)) for name in names}
    for at, nodes in enumerate(trees):
        leaf, self_ = nodes["is_leaf"].astype(bool), np.arange(len(nodes))
        arrays["feature"][at, : len(nodes)] = np.where(leaf, 0, nodes["feature_idx"])
        arrays["threshold"][at, : len(nodes)] = np.where(leaf, 0, nodes["num_threshold"])
        arrays["left"][at, : len(nodes)] = np.where(leaf, self_, nodes["left"])
        arrays["right"][at, : len(nodes)] = np.where(leaf, self_, nodes["right"])
        arrays["value"][at, : len(nodes)] = np.where(leaf, nodes["value"], 0)
    return Forest(
        feature=arrays["feature"].astype(np.int32),
        threshold=arrays["threshold"].astype(np.float32),
        left=arrays["left"].astype(np.int32),
        right=arrays["right"].astype(np.int32),
        value=arrays["value"].astype(np.float32),
        base=float(np.ravel(model._baseline_prediction)[0]),
        depth=max(int(nodes["depth"].max()) for nodes in trees),
        features=width,
    )


def predict(models: Models, page: Page) -> Said:
    def found_by(name: str, forest: Forest) -> Any:
        found = np.zeros(len(page.blocks), dtype=np.float32)
        if page.hopeful.any():
            found[page.hopeful] = forest.probabilities(page.rows[name][page.hopeful])
        return found

    found = first_sure((found_by(*model) for model in models.items()), page.sizes)
    return Said("\n".join(text_of_blocks(page.blocks, found)))


def cross_validated(pages: list[Page]) -> list[tuple[Label, Said]]:
    """What is said of each page by a model that was trained without its site."""
    sites = sorted({page.site for page in pages})
    order = np.random.RandomState(1).permutation(len(sites))
    part = {sites[at]: number % PARTS for number, at in enumerate(order)}
    said = []
    for number in range(PARTS):
        models = fit([page for page in pages if part[page.site] != number])
        said += [(page.label, predict(models, page)) for page in pages if part[page.site] == number]
    return said


def report(title: str, said: list[tuple[Label, Said]]) -> None:
    sets: dict[str, list[tuple[Label, Said]]] = defaultdict(list)
    for label, answer in said:
        sets[label.set_name].append((label, answer))
    for name, pairs in sorted(sets.items()):
        figures = score(pairs)
        print(
            f"{title}, {name}: body F1 {figures.body:.4f} (P {figures.precision:.4f} R {figures.recall:.4f})"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("folders", nargs="+", type=Path, metavar="FOLDER")
    parser.add_argument("--save", action="store_true", help="write ingest/data/body_*.npz")
    parser.add_argument("--across", action="store_true", help="train on all sets but one, for each")
    options = parser.parse_args()
    pages = [read_page(*pair) for folder in options.folders for pair in read_set(folder)]
    oracle = [
        (
            page.label,
            Said(
                "\n".join(b.text for b, true in zip(page.blocks, page.truth, strict=True) if true)
            ),
        )
        for page in pages
    ]
    report("blocks chosen by the labels", oracle)
    report("sites not trained on", cross_validated(pages))
    if options.across:
        for name in sorted({page.label.set_name for page in pages}):
            models = fit([page for page in pages if page.label.set_name != name])
            rest = [page for page in pages if page.label.set_name == name]
            report("trained on the other sets", [(p.label, predict(models, p)) for p in rest])
    if options.save:
        models = fit(pages)
        report("trained on all", [(page.label, predict(models, page)) for page in pages])
        folder = Path(str(ingest.__path__[0])) / "data"
        for name, forest in models.items():
            path = folder / f"{name}.npz"
            np.savez_compressed(path, **small(forest))
            print(f"{path}: {path.stat().st_size / 1000:.0f} kB")


def small(forest: Forest) -> dict[str, Any]:
    """The arrays in the narrowest types that hold them."""
    arrays = forest.arrays()
    for name in ("feature", "left", "right"):
        arrays[name] = arrays[name].astype(np.int16)
    return arrays


if __name__ == "__main__":
    main()
