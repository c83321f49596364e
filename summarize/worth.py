"""What the words of an article are worth: how likely each is to stand in a summary that a person writes.

A word, and a pair of neighbouring words, is judged by what can be seen in the article: how often it
occurs, how early, whether it is a common word or a number, whether the title has it, how like the
article the sentences with it are. Two logistic models, fitted by bench/fit_summaries.py on articles
with summaries, make a probability of this; their weights are in data/summary_weights.json. (Weights
of words and pairs for choosing sentences: Gillick and Favre, "A scalable global model for
summarization", 2009; Li et al., "Using supervised bigram-based ILP", ACL 2013.)
"""

import json
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt

Matrix = npt.NDArray[np.float64]
Numbers = npt.NDArray[np.int64]

#: Of a word's first, second and third occurrence in a summary.
WORD_FEATURES = (
    "always", "times", "times_if_common", "opening", "early", "common", "number", "in_title",
    "likeness", "second", "third", "second_if_common", "third_if_common",
)  # fmt: skip
#: Of a pair of neighbouring words; both and lesser are of the two words' own log-odds.
PAIR_FEATURES = (
    "always",
    "times",
    "lead",
    "one_common",
    "both_common",
    "in_title",
    "both",
    "lesser",
)
#: A word counts for a summary up to so many times.
TIMES = 3

#: A character of a script that puts no spaces between words is a word.
_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]|[^\W_\u3040-\u30ff\u3400-\u9fff]+")
COMMON = frozenset(
    """
    a an the of to in on at for and or but with from by as is was were are be been has have had it
    its he she they his her their this that these those who which what not no will would can could
    i t s said says say you we your our my me him them us after before when while if than then
    there here do did also more most about over into out up down off all some any new just so how
    where does been being only
    """.split()
)


@dataclass(frozen=True)
class Weights:
    """Fitted weights, float64: of `WORD_FEATURES`, and of `PAIR_FEATURES`."""

    words: Matrix
    pairs: Matrix


@dataclass(frozen=True)
class Worth:
    """The words and pairs of an article, numbered, with their probabilities.

    words and pairs: their numbers. of_words: float64 (words, TIMES), how likely a summary has the
    word once, twice, three times. of_pairs: float64 (pairs,).
    """

    words: dict[str, int]
    pairs: dict[tuple[int, int], int]
    of_words: Matrix
    of_pairs: Matrix


@cache
def fitted_weights() -> Weights:
    """The weights that ship with the project."""
    path = Path(__file__).parent / "data" / "summary_weights.json"
    stored = json.loads(path.read_text(encoding="utf-8"))
    words = np.array([stored["words"][name] for name in WORD_FEATURES])
    return Weights(words, np.array([stored["pairs"][name] for name in PAIR_FEATURES]))


def split(text: str) -> list[str]:
    """The words of a text in small letters, without the commonest endings of English."""
    return [_stem(word) for word in _WORD.findall(text.lower())]


def features(
    sentences: Sequence[Sequence[str]],
    rest: Sequence[Sequence[str]],
    title: Sequence[str],
    likeness: Matrix,
) -> tuple[dict[str, int], dict[tuple[int, int], int], Matrix, Matrix]:
    """What can be seen of the words and pairs of an article.

    Args:
        sentences: the words of each sentence that may be chosen, in order.
        rest: the words of the article's other lines; they count for how often a word occurs.
        title: the words of the title.
        likeness: of each sentence to the whole article, cosines (sentences,).

    Returns:
        The numbers of words and of pairs; float64 (words, TIMES, word features); float64 (pairs,
        pair features) without the last two, which come of the words' own odds.
    """
    words: dict[str, int] = {}
    pairs: dict[tuple[int, int], int] = {}
    numbers, rows, second_of_pair = [], [], []
    pair_rows: list[int] = []
    for row, sentence in enumerate(sentences):
        ids = [words.setdefault(word, len(words)) for word in sentence]
        numbers += ids
        rows += [row] * len(ids)
        for pair in pairwise(ids):
            second_of_pair.append(pairs.setdefault(pair, len(pairs)))
            pair_rows.append(row)
    more = Counter(words[word] for line in rest for word in line if word in words)
    times = np.bincount(numbers, minlength=len(words)).astype(float)
    times[list(more)] += list(more.values())
    first = _first(numbers, rows, len(words))
    best = np.full(len(words), -1.0)
    np.maximum.at(best, numbers, likeness[rows] if rows else np.zeros(0))
    names = list(words)
    common = np.array([word in COMMON for word in names], float)
    in_title = set(title)
    log = np.log(times + 0.5)
    seen = np.zeros((len(words), TIMES, len(WORD_FEATURES)))
    seen[:, :, :9] = np.column_stack(
        (
            np.ones(len(words)), log, log * common, 0.5 ** (first / 5), 0.5 ** (first / 20), common,
            [word.isdigit() for word in names], [word in in_title for word in names], best,
        )
    )[:, None, :]  # fmt: skip
    seen[:, 1, 9] = seen[:, 2, 10] = 1
    seen[:, 1, 11] = seen[:, 2, 12] = common
    both = np.array(list(pairs), int).reshape(-1, 2)
    title_pairs = {(words[a], words[b]) for a, b in pairwise(title) if a in words and b in words}
    how_common = common[both].sum(1)
    pair_times = np.bincount(second_of_pair, minlength=len(pairs))
    return words, pairs, seen, np.column_stack(
        (
            np.ones(len(pairs)), np.log(np.maximum(pair_times, 1)),
            0.5 ** (_first(second_of_pair, pair_rows, len(pairs)) / 1.5),
            how_common == 1, how_common == 2, [pair in title_pairs for pair in pairs],
        )
    )  # fmt: skip


def pair_features(seen: Matrix, pairs: Sequence[tuple[int, int]], odds: Matrix) -> Matrix:
    """The features of pairs with those of their words' log-odds (words,) of occurring once."""
    of_each = odds[np.array(pairs, int).reshape(-1, 2)]
    return np.column_stack((seen, of_each.sum(1), of_each.min(1)))


def judge(
    sentences: Sequence[Sequence[str]],
    rest: Sequence[Sequence[str]],
    title: Sequence[str],
    likeness: Matrix,
    weights: Weights,
) -> Worth:
    """Probabilities for the words and pairs of an article; arguments as of `features`."""
    words, pairs, seen, pairs_seen = features(sentences, rest, title, likeness)
    odds = seen @ weights.words
    pair_odds = pair_features(pairs_seen, list(pairs), odds[:, 0]) @ weights.pairs
    return Worth(words, pairs, _probability(odds), _probability(pair_odds))


def _probability(odds: Matrix) -> Matrix:
    made: Matrix = 1 / (1 + np.exp(-odds))
    return made


def _first(numbers: Sequence[int], rows: Sequence[int], count: int) -> Matrix:
    """The first row in which each number stands; rows ascend."""
    first = np.full(count, float(rows[-1] + 1 if rows else 0))
    np.minimum.at(first, numbers, rows)
    return first


@lru_cache(maxsize=50_000)
def _stem(word: str) -> str:
    if len(word) <= 4:
        return word
    if word.endswith("ing") and len(word) > 6:
        word = word[:-3]
    elif word.endswith("es") or (word.endswith("ed") and len(word) > 5):
        word = word[:-2]
    elif word.endswith("s") and not word.endswith("ss"):
        word = word[:-1]
    return word[:-1] if word.endswith("e") and len(word) > 4 else word
