"""The embedded summarizer: it chooses sentences of the article, so that each is its own receipt.

How much it chooses follows the article: one line for every one, a paragraph, and key points for
long reads. What is chosen is what `summarize.ranking` finds best; sentences come whole, repaired
(`summarize.candidates`) or shortened (`summarize.shortening`).
"""

import hashlib
import math
from collections.abc import Sequence

import numpy as np

from archive import Summary
from archive.records import SummaryKind
from summarize.candidates import CANDIDATES_VERSION, Candidate, candidates
from summarize.ranking import NAMED, Ranking
from summarize.sentences import Sentence
from summarize.vectors import Floats
from summarize.worth import Weights, fitted_weights

#: A paragraph: at most so many sentences and words, no fewer words and no single sentence where the
#: article has more.
_MAX_SENTENCES, _LEAST_WORDS, _MAX_WORDS = 3, 35, 80
#: The words of a summary that one would expect: these for an article of so many, more for a longer
#: one by its logarithm.
_LENGTH, _OF_WORDS, _GROWTH = 35.0, 450, 18.0
_SHORTEST, _LONGEST = 15.0, 75.0

#: One line: a sentence of at most so many words.
_DEK_WORDS = 30
_DEK_LENGTH = 20.0
#: Articles of so many words are long reads: a key point for each further stretch of them.
_LONG_READ_WORDS = 900
_WORDS_A_POINT = 300
_MIN_POINTS, _MAX_POINTS = 3, 7
_POINT_LENGTH = 22.0


class ExtractiveSummarizer:
    """Chooses sentences by fitted weights, or by others that are given."""

    def __init__(self, weights: Weights | None = None) -> None:
        self.weights = weights or fitted_weights()

    @property
    def parameters(self) -> tuple[tuple[str, str | int | float], ...]:
        """What decides the result besides the encoder, for the table `models`."""
        weights = np.concatenate((self.weights.words, self.weights.pairs)).astype("<f8")
        return (
            ("weights", hashlib.sha256(weights.tobytes()).hexdigest()[:12]),
            ("min_sentences", 2), ("max_sentences", _MAX_SENTENCES), ("least_words", _LEAST_WORDS),
            ("max_words", _MAX_WORDS), ("expected_words", _LENGTH), ("growth", _GROWTH), ("named", NAMED),
            ("dek_words", _DEK_WORDS), ("long_read_words", _LONG_READ_WORDS), ("candidates", CANDIDATES_VERSION),
        )  # fmt: skip

    def summarize(
        self,
        sentences: Sequence[Sentence],
        vectors: Floats,
        tokens: Sequence[int],
        title: str = "",
        title_vector: Floats | None = None,
    ) -> tuple[Summary, ...]:
        """Choose sentences.

        Args:
            sentences: of the whole article, in its order.
            vectors: their vectors, float32 (sentences, dimensions), each of length 1.
            tokens: how many tokens of each were read.
            title: of the article, "" where there is none.
            title_vector: the title's vector of length 1, or None where there is no title.

        Returns:
            The paragraph, then the dek, then the key points if the article is a long read. A text
            without sentences gives an empty paragraph alone.
        """
        total = sum(tokens)
        found = candidates(sentences)
        if not found:
            return (Summary((), total, total),)
        at = [candidate.at for candidate in found]
        others = [s.text for n, s in enumerate(sentences) if n not in set(at)]
        read = np.array(tokens, np.float32)[at]
        ranking = Ranking(found, vectors[at], read, others, title, self.weights)
        words = sum(candidate.words for candidate in found)
        to_title = None if title_vector is None else np.round(vectors[at] @ title_vector, 3)
        chosen: dict[SummaryKind, tuple[Candidate, ...]] = {
            "paragraph": ranking.best(
                expected_length(words), _MAX_SENTENCES, _LEAST_WORDS, _MAX_WORDS
            ),
            "dek": (ranking.line(_DEK_LENGTH, _DEK_WORDS, to_title),),
        }
        if words >= _LONG_READ_WORDS:
            count = min(max(words // _WORDS_A_POINT, _MIN_POINTS), _MAX_POINTS)
            chosen["points"] = ranking.points(count, count * _POINT_LENGTH)
        return tuple(
            Summary(tuple(candidate.sentence() for candidate in those), total, total, kind)
            for kind, those in chosen.items()
        )


def expected_length(words: int) -> float:
    """Words of a summary as a person would write it, for an article of so many words."""
    length = _LENGTH + _GROWTH * math.log(max(words, 1) / _OF_WORDS)
    return min(max(length, _SHORTEST), _LONGEST)
