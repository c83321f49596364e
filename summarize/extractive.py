"""The embedded summarizer: it chooses whole sentences of the article, so that each is its own receipt.

A sentence is scored by its likeness to the article and to the title, its position, and its length;
the best are taken one after another, each paying for its likeness to those already taken
(Carbonell and Goldstein, "The use of MMR", SIGIR 1998).
"""

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np

from archive import Summary, SummarySentence
from summarize.sentences import Sentence
from summarize.vectors import Floats, mean_vector


@dataclass(frozen=True)
class Weights:
    """How much each feature counts; from a random search, figures in docs/models.md."""

    centrality: float = 1.3
    title: float = 1.2
    lead: float = 1.9
    paragraph_start: float = 0.05
    redundancy: float = 0.5
    lead_halves_after: float = 6.0


_MIN_WORDS, _MAX_WORDS = 8, 60
#: Three sentences, or two where three would be longer than this.
_MAX_SENTENCES = 3
_MAX_SUMMARY_WORDS = 90

#: Sentences as like as this say the same thing.
_SAME = 0.9

_TERMINATED = re.compile(r"[.!?…。！？][\"'”’»“‘«)\]」』]*(?:[ \u00a0\u202f]»)?$")
_FURNITURE = re.compile(
    r"^(?:read more|see also|sign up|subscribe|share this|follow us|click here|editor.s note|"
    r"(?:updated?|published|posted) (?:on|at)|this (?:article|story) (?:was|has been|originally))\b|"
    r"^(?:related|photo|image|picture|credit|caption|advertisement|updated?|published|posted)"
    r"(?: (?:by|credit|courtesy|from)\b|s?:)|"
    r"^by (?-i:[A-Z][\w.’'-]+ [A-Z][\w.’'-]+(?:,| and\b| \|))|"
    r"\((?:photo|image|ap photo|reuters)|\b(?:getty images|file photo)\b|all rights reserved|©",
    re.I,
)
#: The place in capitals, perhaps a state and an agency, a dash, and the first word of a sentence.
_DATELINE = re.compile(
    r"[A-ZÀ-Þ][A-ZÀ-Þ .’'-]+(?:, [A-Z][\w. ]{1,20})?(?: \([^)]{2,30}\))? (?:[—–-]|--) (?=[^\w\s]*(?:[A-ZÀ-Þ\d]|[a-z][A-Z]))"
)
_SPEECH_ONLY = re.compile(r"^[\"“‘«„].*[\"”’»“]$", re.S)
#: A sentence that begins so leans on the one before it.
_LEANING = re.compile(
    r"^[\"“‘]?(?:he|she|they|it|this|that|these|those|his|her|their|its|but|and|so|also|however|"
    r"meanwhile|instead|still|then|yet|the (?:company|move|decision|move|two|latter|former))\b",
    re.I,
)
_LEANING_COST = 0.15


class ExtractiveSummarizer:
    """Chooses two or three sentences."""

    def __init__(self, weights: Weights | None = None) -> None:
        self.weights = weights or Weights()

    @property
    def parameters(self) -> tuple[tuple[str, float], ...]:
        """What decides the result besides the encoder, for the table `models`."""
        return (*asdict(self.weights).items(), ("max_sentences", _MAX_SENTENCES),
                ("max_words", _MAX_SUMMARY_WORDS), ("same_likeness", _SAME))  # fmt: skip

    def summarize(
        self,
        sentences: Sequence[Sentence],
        vectors: Floats,
        tokens: Sequence[int],
        title: str = "",  # noqa: ARG002
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
            The paragraph in the order of the text; without sentences where the text has none.
        """
        total = sum(tokens)
        usable = [at for at, sentence in enumerate(sentences) if is_usable(sentence.text)]
        # A text of headings and fragments: something whole is better than nothing.
        usable = usable or [at for at, s in enumerate(sentences) if len(s.text.split()) >= 3]
        if not usable:
            return (Summary((), total, total),)
        scores = self._scores(
            sentences, usable, vectors, np.array(tokens, np.float32), title_vector
        )
        chosen = self._choose(sentences, usable, vectors, scores)
        receipts = tuple(_without_dateline(sentences[at]) for at in sorted(chosen))
        return (Summary(receipts, total, total),)

    def _scores(
        self,
        sentences: Sequence[Sentence],
        usable: Sequence[int],
        vectors: Floats,
        tokens: Floats,
        title_vector: Floats | None,
    ) -> dict[int, float]:
        weights = self.weights
        center = mean_vector(vectors[list(usable)], tokens[list(usable)])
        scores = {}
        for rank, at in enumerate(usable):
            score = weights.centrality * float(vectors[at] @ center)
            if title_vector is not None:
                score += weights.title * float(vectors[at] @ title_vector)
            score += weights.lead * 0.5 ** (rank / weights.lead_halves_after)
            if at == 0 or sentences[at - 1].paragraph != sentences[at].paragraph:
                score += weights.paragraph_start
            if rank and _LEANING.match(sentences[at].text):
                score -= _LEANING_COST
            scores[at] = score
        return scores

    def _choose(
        self,
        sentences: Sequence[Sentence],
        usable: Sequence[int],
        vectors: Floats,
        scores: dict[int, float],
    ) -> list[int]:
        chosen: list[int] = []
        words = 0
        left = set(usable)
        redundancy = self.weights.redundancy
        # Rounded, so that the last digits of a processor's arithmetic decide nothing.
        likeness = dict.fromkeys(usable, 0.0)
        while left and len(chosen) < _MAX_SENTENCES:
            best = max(
                left,
                key=lambda at: (round(scores[at] - redundancy * likeness[at], 3), -at),
            )
            left.discard(best)
            length = len(sentences[best].text.split())
            if len(chosen) >= 2 and words + length > _MAX_SUMMARY_WORDS:
                break
            chosen.append(best)
            words += length
            for at in left:
                likeness[at] = max(likeness[at], round(float(vectors[at] @ vectors[best]), 3))
            left = {at for at in left if likeness[at] < _SAME}
        return chosen


def _without_dateline(sentence: Sentence) -> SummarySentence:
    """The sentence with its receipt, from behind "LONDON (Reuters) —" on."""
    dateline = _DATELINE.match(sentence.text)
    start = dateline.end() if dateline else 0
    return SummarySentence(sentence.text[start:], 1.0, sentence.start + start, sentence.end)


def is_usable(text: str) -> bool:
    """True for a whole sentence of prose: no heading, caption, byline, pointer or bare quotation."""
    words = len(text.split())
    if not _MIN_WORDS <= words <= _MAX_WORDS and len(text) < 400:
        # Scripts without spaces have few "words": judge those by their length.
        dense = words and len(text) / words > 12
        if not (dense and 20 <= len(text) <= 300):
            return False
    if words > _MAX_WORDS or not _TERMINATED.search(text):
        return False
    return not (_FURNITURE.search(text) or _SPEECH_ONLY.match(text))
