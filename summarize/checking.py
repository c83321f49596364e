"""Receipts: which sentences of an article support a sentence that a model wrote, and whether they do.

Support is half likeness (the cosine of the vectors of the sentence and of its sources) and half
the share of its words that the sources hold. What it states as fact must stand in the article to the
letter (`summarize.facts`), and it may not say no where its sources say yes.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from summarize.facts import Facts, stem
from summarize.orders import is_order
from summarize.sentences import Sentence
from summarize.vectors import Floats

#: Goes into the model's parameters: raise it when the same text would be judged otherwise.
CHECK_VERSION = 1
#: A sentence with less support, or less of its words in its sources, is not supported.
MIN_SUPPORT = 0.8
_MIN_WORDS_FOUND = 0.5
#: A sentence rests on at most so many, and on a further one only if that holds this share of its words.
_MAX_SOURCES = 3
_FURTHER = 0.12
_WORD = re.compile(r"[^\W_]+(?:[.,’'][^\W_]+)*")
#: Chinese, Japanese and Korean write without spaces: two characters at a time are compared.
_DENSE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_STOP_WORDS = frozenset(
    """
    a an and are as at be been but by for from had has have he her his i in is it its of on or our
    she so that the their them then there these they this those to was we were which while who
    will with would you your after also than into about over said says say more
    der die das ein eine und ist im in am von mit für auf zu den dem des nicht sich
    le la les un une et est dans de du des que qui pour sur el los las y en por para del
    """.split()
)
_NO = re.compile(
    r"\b(?:not|never|no|cannot|without|neither|nor|nicht|kein\w*|nie|ne|pas|jamais)\b|n['’]t\b",
    re.I,
)
#: A word behind a negation, past those that say nothing.
_AFTER_NO = re.compile(
    r"(?:\b(?:not|never|cannot)|n['’]t)\s+(?:(?:be|been|have|has|yet|to|a|an|the|any|immediately|currently|"
    r"going|able)\s+)*([^\W\d_]+)",
    re.I,
)
#: Verbs whose forms share no stem.
_IRREGULAR = dict(
    pair.split(":")
    for pair in "said:say says:say paid:pay told:tell sold:sell bought:buy knew:know known:know gave:give "
    "given:give took:take taken:take made:make went:go gone:go found:find won:win lost:lose left:leave "
    "broke:break broken:break fell:fall fallen:fall rose:rise risen:rise met:meet kept:keep held:hold".split()
)


@dataclass(frozen=True)
class Verdict:
    """What the article says of a written sentence.

    Attributes:
        sources: places of the sentences that support it, the best first; () where there are none.
        support: between 0 and 1.
        objections: why it is not supported, for people to read; () if it is.
    """

    sources: tuple[int, ...]
    support: float
    objections: tuple[str, ...]

    @property
    def is_supported(self) -> bool:
        return not self.objections


class Checker:
    """Judges the sentences that were written about one article.

    Args:
        title: of the article; facts may stand there too.
        sentences: of the article.
        vectors: theirs, float32 (sentences, dimensions), each of length 1.
        left_out: places of sentences that support nothing (`summarize.orders`).
        own_words_only: a word that says something and that the article does not have is an objection.
    """

    def __init__(
        self,
        title: str,
        sentences: Sequence[Sentence],
        vectors: Floats,
        left_out: Collection[int] = (),
        own_words_only: bool = False,
    ) -> None:
        self._places = [at for at in range(len(sentences)) if at not in left_out]
        self._texts = [sentences[at].text for at in self._places]
        self._vectors = vectors[self._places]
        self._words = [words_of(text) for text in self._texts]
        self._own_words_only = own_words_only
        said = [*([] if is_order(title) else [title]), *self._texts]
        self._all_words = frozenset().union(*map(words_of, said))
        self._facts = Facts("\n".join(said))

    def judge(self, sentence: str, vector: Floats) -> Verdict:
        """The verdict on a sentence with its vector of shape (dimensions,) and length 1."""
        words = words_of(sentence)
        if not self._places or not words:
            return Verdict((), 0.0, ("it says nothing",))
        likeness = self._vectors @ vector
        chosen = self._sources(words, likeness)
        found = frozenset().union(*(self._words[at] for at in chosen)) & words
        # What several sources say together is compared with their middle.
        middle = self._vectors[chosen].sum(0)
        cosines = [float(likeness[at]) for at in chosen]
        cosines.append(float(middle @ vector) / max(float(np.linalg.norm(middle)), 1e-12))
        share = len(found) / len(words)
        support = round(min(1.0, max(0.0, 0.5 * max(cosines) + 0.5 * share)), 2)
        objections = list(self._facts.missing(sentence))
        if self._own_words_only and (added := sorted(words - self._all_words)):
            objections.append(f"words of its own: {', '.join(added)}")
        if is_order(sentence):
            objections.append("it is addressed to the reader")
        if support < MIN_SUPPORT or share < _MIN_WORDS_FOUND:
            objections.append(f"support of {support}")
        if self._is_denied(sentence, [self._texts[at] for at in chosen]):
            objections.append("one says no and the other yes")
        return Verdict(tuple(self._places[at] for at in chosen), support, tuple(objections))

    def _sources(self, words: frozenset[str], likeness: Floats) -> list[int]:
        """The best source, then those that hold further words of the sentence."""
        shares = np.array([len(words & own) / len(words) for own in self._words], np.float32)
        # Rounded, so that the last digits of a processor's arithmetic decide nothing.
        scores: Floats = np.round(likeness + shares, 3).astype(np.float32)
        chosen = [int(np.argmax(scores))]
        left = words - self._words[chosen[0]]
        while left and len(chosen) < _MAX_SOURCES:
            gains = [len(left & own) / len(words) for own in self._words]
            best = max(
                range(len(gains)),
                key=lambda at: (round(gains[at] + 0.1 * float(scores[at]), 3), -at),
            )
            if gains[best] < _FURTHER:
                break
            chosen.append(best)
            left -= self._words[best]
        return chosen

    def _is_denied(self, sentence: str, sources: Sequence[str]) -> bool:
        """Whether the sentence denies what its sources say, or says what they deny."""
        says_no = bool(_NO.search(sentence))
        if not says_no:
            return bool(_denied(sources[0]) & _verbs(sentence))
        if not any(_NO.search(source) for source in sources):
            return True
        said = frozenset().union(*(_verbs(s) - _denied(s) for s in sources))
        also_denied = frozenset().union(*map(_denied, sources))
        return bool((_denied(sentence) & said) - also_denied)


def _denied(text: str) -> frozenset[str]:
    """The stems of the words that a text says are not so."""
    return frozenset(_base(match.group(1)) for match in _AFTER_NO.finditer(text))


def _verbs(text: str) -> frozenset[str]:
    """The stems of all words, as `_denied` has them."""
    return frozenset(_base(match.group()) for match in _WORD.finditer(text))


def _base(word: str) -> str:
    folded = word.casefold()
    return stem(_IRREGULAR.get(folded, folded))


def words_of(text: str) -> frozenset[str]:
    """The stems of the words that say something, and the numbers."""
    found: set[str] = set()
    for match in _WORD.finditer(text):
        word = match.group().casefold()
        if _DENSE.search(word):
            found.update(word[at : at + 2] for at in range(max(1, len(word) - 1)))
        elif word not in _STOP_WORDS and (len(word) > 1 or word.isdigit()):
            found.add(stem(word))
    return frozenset(found)
