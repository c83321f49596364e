"""Which sentences together make the best summary: those with the highest expected ROUGE.

`Worth` says how likely each word and pair of an article is to stand in a summary that a person
writes. Of these comes what a set of sentences may expect to share with it, and so its expected F1 in
words and in pairs (ROUGE-1 and ROUGE-2, Lin 2004) against a summary of a given length. A word that is
said twice counts as a second occurrence, which is less likely: so the sum itself speaks against
repetition, and for ending where more would add too little.
"""

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from summarize.candidates import Candidate
from summarize.vectors import Floats, mean_vector
from summarize.worth import TIMES, Matrix, Numbers, Weights, Worth, judge, split

#: Sentences as like as this say the same thing.
SAME = 0.9
#: Sets are made of so many sentences, the best alone and the first of the article.
_POOL, _FIRST = 20, 3
#: Sets of two and more grow from so many of the best.
_BEAM = 12
#: A line is preferred to a longer sentence if its score is this share of the other's.
_NEARLY = 0.85
#: So many sentences are counted at once.
_AT_ONCE = 200
#: A set that holds every name of the title scores so much more than one that holds none.
NAMED = 0.15

_WORD = re.compile(r"\w+")

Set = tuple[int, ...]


class Ranking:
    """The candidates of one article, ready to be compared."""

    def __init__(
        self,
        found: Sequence[Candidate],
        vectors: Floats,
        tokens: Floats,
        others: Sequence[str],
        title: str,
        weights: Weights,
    ) -> None:
        """vectors and tokens are the candidates' own; others are the article's other lines."""
        self.found = found
        self._vectors = vectors
        words = [split(candidate.text) for candidate in found]
        lines = [split(line) for line in others]
        to_article = np.round((vectors @ mean_vector(vectors, tokens)).astype(float), 3)
        self._worth = judge(words, lines, split(title), to_article, weights)
        place = {candidate.at: rank for rank, candidate in enumerate(found)}
        self._names = _names_in(title, [candidate.text for candidate in found])
        self._needs = [None if c.needs is None else place[c.needs] for c in found]
        self._forms_of: dict[int, tuple[Candidate, ...]] = {}
        self._boards = [
            _Board(self._worth, found[start : start + _AT_ONCE])
            for start in range(0, len(found), _AT_ONCE)
        ]

    def best(
        self, length: float, most_sentences: int, least_words: int, most_words: int
    ) -> tuple[Candidate, ...]:
        """The best set, in the order of the article.

        Args:
            length: words of the summary that one would expect a person to write.
            most_sentences: in the set.
            least_words: in the set, and two sentences; less is taken only if there is no such set.
            most_words: in the set, no less than a candidate may have.
        """
        forms, ranks = self._forms(self._pool(length))
        compatible = self._compatible(ranks)
        board = _Board(self._worth, forms)
        of_each = np.array([form.words for form in forms])
        named = self._named(forms)
        sets: list[Set] = [(n,) for n in range(len(forms))]
        best: Set = (0,)
        highest = (False, -1.0)
        for size in range(1, most_sentences + 1):
            index = np.array(sets)
            scores = board.scores(sets, length) * (1 + NAMED * named[index].any(1).mean(1))
            scores = np.round(scores, 5)
            words = of_each[index].sum(1)
            order = np.argsort(-scores, kind="stable")
            for is_enough in (True, False):
                enough = (words[order] >= least_words) & (size > 1)
                fitting = order[(words[order] <= most_words) & (enough == is_enough)]
                # Of equals the one with the fewest sentences, then the earliest.
                for at in fitting:
                    if (is_enough, float(scores[at])) <= highest:
                        break
                    if self._stands([forms[n] for n in sets[at]]):
                        highest, best = (is_enough, float(scores[at])), sets[at]
                        break
            front = order if size == 1 else order[:_BEAM]
            grown = {
                tuple(sorted((*sets[at], n)))
                for at in front
                for n in set.intersection(*(compatible[m] for m in sets[at]))
            }
            sets = sorted(grown)
            if not sets:
                break
        return tuple(forms[n] for n in best)

    def line(self, length: float, most_words: int, title_likeness: Floats | None) -> Candidate:
        """The best sentence that stands alone and fits a line, unless a longer one is much better.

        title_likeness: of each candidate to the title; one that repeats it is passed over.
        """
        order = np.argsort(-self._alone(length), kind="stable")
        alone = [int(n) for n in order if self._needs[n] is None]
        fresh = [n for n in alone if title_likeness is None or title_likeness[n] < SAME]
        forms, _ = self._forms((fresh or alone)[:_POOL])
        scores = _Board(self._worth, forms).scores([(n,) for n in range(len(forms))], length)
        fits = np.array([form.words <= most_words for form in forms])
        best = int(scores.argmax())
        short = int(np.where(fits, scores, -1.0).argmax())
        return forms[short if fits[short] and scores[short] >= _NEARLY * scores[best] else best]

    def points(self, count: int, length: float) -> tuple[Candidate, ...]:
        """From each of so many stretches of equal length the sentence that adds most to those before."""
        ends = np.cumsum([candidate.words for candidate in self.found])
        stretch = np.minimum((ends - 1) * count // ends[-1], count - 1)
        alone = self._alone(length)
        chosen: list[Candidate] = []
        taken: list[int] = []
        for number in range(count):
            inside = [n for n, of in enumerate(stretch) if of == number and self._needs[n] is None]
            inside = [n for n in inside if self._is_new(n, taken)]
            inside.sort(key=lambda n: (-alone[n], n))
            forms, ranks = self._forms(inside[:_POOL])
            if not forms:
                continue
            board = _Board(self._worth, [*chosen, *forms])
            before = tuple(range(len(chosen)))
            sets = [(*before, len(chosen) + n) for n in range(len(forms))]
            best = int(board.scores(sets, length).argmax())
            chosen.append(forms[best])
            taken.append(ranks[best])
        return tuple(chosen)

    def _named(self, forms: Sequence[Candidate]) -> npt.NDArray[np.bool_]:
        """Which names of the title each form holds: (forms, names); a title without any is held by all."""
        held = [set(_WORD.findall(form.text)) for form in forms]
        return np.array([[name in words for name in self._names] or [True] for words in held], bool)

    def _pool(self, length: float) -> list[int]:
        best = np.argsort(-self._alone(length), kind="stable")[:_POOL]
        pool = {*range(min(_FIRST, len(self.found))), *map(int, best)}
        return sorted(pool | {need for n in pool if (need := self._needs[n]) is not None})

    def _alone(self, length: float) -> Matrix:
        """The score of each candidate by itself; those of a book are scored in parts."""
        return np.concatenate(
            [board.scores([(n,) for n in range(board.size)], length) for board in self._boards]
        )

    def _forms(self, pool: Sequence[int]) -> tuple[list[Candidate], list[int]]:
        """The forms of candidates, and of which candidate each is."""
        for n in pool:
            if n not in self._forms_of:
                self._forms_of[n] = self.found[n].forms()
        forms = [(form, n) for n in pool for form in self._forms_of[n]]
        return [form for form, _ in forms], [n for _, n in forms]

    def _compatible(self, ranks: Sequence[int]) -> list[set[int]]:
        """For each of some forms those that say something else."""
        vectors = self._vectors[list(ranks)]
        differ = np.round(vectors @ vectors.T, 3) < SAME
        of = np.array(ranks)
        return [
            set(map(int, np.flatnonzero(row & (of != rank))))
            for row, rank in zip(differ, ranks, strict=True)
        ]

    def _is_new(self, n: int, taken: Sequence[int]) -> bool:
        return all(round(float(self._vectors[n] @ self._vectors[m]), 3) < SAME for m in taken)

    def _stands(self, chosen: Sequence[Candidate]) -> bool:
        """Whether each sentence of a set has the whole one with it that it needs."""
        whole = {form.at for form in chosen if not form.is_shortened}
        return all(form.needs is None or form.needs in whole for form in chosen)


class _Board:
    """Sentences as counts of words and pairs, so that many sets of them are scored at once."""

    def __init__(self, worth: Worth, sentences: Sequence[Candidate]) -> None:
        words = [
            [worth.words[word] for word in split(sentence.text) if word in worth.words]
            for sentence in sentences
        ]
        pairs = [
            [worth.pairs[pair] for pair in pairwise(ids) if pair in worth.pairs] for ids in words
        ]
        self.size = len(words)
        used, self._counts = _counted(words)
        self._of_words = worth.of_words[used]
        used, counts = _counted(pairs)
        self._pairs = np.minimum(counts, 1.0)
        self._of_pairs = worth.of_pairs[used]
        self._lengths = self._counts.sum(1)

    def scores(self, sets: Sequence[Set], length: float) -> Matrix:
        """Expected ROUGE-1 + ROUGE-2 F1 of sets of one size against a summary of so many words.

        Rounded, so that the last digits of a processor's arithmetic decide nothing.
        """
        index = np.array(sets, int)
        counts = self._counts[index].sum(1)
        shared = sum((counts > n).astype(float) @ self._of_words[:, n] for n in range(TIMES))
        shared_pairs = self._pairs[index].max(1) @ self._of_pairs
        words = self._lengths[index].sum(1)
        pairs = words - index.shape[1]
        expected = 2 * shared / (words + length) + 2 * shared_pairs / (pairs + length)
        scores: Matrix = np.round(expected, 5)
        return scores


def _names_in(title: str, texts: Sequence[str]) -> list[str]:
    """The words of a title that the text writes with a capital within its sentences, and never small."""
    inside = Counter(word for text in texts for word in _WORD.findall(text)[1:])
    words = dict.fromkeys(word for word in _WORD.findall(title) if word[:1].isupper())
    return [word for word in words if inside[word] and not inside[word.lower()]]


def _counted(rows: Sequence[Sequence[int]]) -> tuple[Numbers, Matrix]:
    """The numbers that occur, and how often each does in each row: float64 (rows, numbers)."""
    used, columns = np.unique(np.array([n for row in rows for n in row], int), return_inverse=True)
    counts = np.zeros((len(rows), len(used)))
    of = np.repeat(np.arange(len(rows)), [len(row) for row in rows])
    np.add.at(counts, (of, columns), 1.0)
    return used, counts
