"""What changed between two texts, word by word, and which numbers and names changed with it."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

Kind = Literal["equal", "removed", "added"]

#: A word (with what joins it: 1,200, don't, e-mail) or one other sign, with the space behind it.
_TOKEN = re.compile(r"\s*(?:\w+(?:[.,:'’-]\w+)*|[^\w\s])\s*|\s+")
_NUMBER = re.compile(r"[$€£¥]?\d+(?:[.,:]\d+)*%?")
_CAPITALISED = r"(?:(?:[A-Z]\.){2,}|[^\W\d_a-z][\w'’-]*)"
_NAME = re.compile(rf"{_CAPITALISED}(?: {_CAPITALISED})*")
_SENTENCE_START = re.compile(r"(?:^|[.!?:]['\"”’)]*\s+|\n\s*|[“\"‘(])$")
#: Words that stand with a capital at the start of sentences and headlines and name nobody.
_NO_NAMES = frozenset(
    "a after all also an and another any as at because before both but by during each even every few "
    "for from he her here his how however i if in it its just last many meanwhile more most no not now "
    "nothing of on one only or our over several she since so some still such that the their then there "
    "these they this those though to two under until was we what when where which while who why with "
    "yet you".split()
)


@dataclass(frozen=True)
class Run:
    """A stretch that both texts hold, or only the old (removed), or only the new (added)."""

    kind: Kind
    text: str


@dataclass(frozen=True)
class Changes:
    """Numbers and capitalised names that the old text holds more often, and that the new one does.

    Each stands as often as it went or came, in the order of the text.
    """

    numbers_removed: tuple[str, ...] = ()
    numbers_added: tuple[str, ...] = ()
    names_removed: tuple[str, ...] = ()
    names_added: tuple[str, ...] = ()


def diff(old: str, new: str) -> tuple[Run, ...]:
    """The runs that lead from one text to another, word by word (Ratcliff and Obershelp's matching).

    The equal and removed runs joined are the old text, the equal and added ones the new text.
    A removed run stands before the added one that replaces it.
    """
    olds, news = _TOKEN.findall(old), _TOKEN.findall(new)
    # What stands at both ends is cut off first: most edits are small, and matching is not linear.
    start = _common(olds, news)
    end = _common(olds[start:][::-1], news[start:][::-1])
    middle_olds, middle_news = olds[start : len(olds) - end], news[start : len(news) - end]
    runs = [Run("equal", "".join(olds[:start]))]
    matcher = SequenceMatcher(None, middle_olds, middle_news, autojunk=False)
    for tag, i, j, k, m in matcher.get_opcodes():
        if tag == "equal":
            runs.append(Run("equal", "".join(middle_olds[i:j])))
        else:
            runs.append(Run("removed", "".join(middle_olds[i:j])))
            runs.append(Run("added", "".join(middle_news[k:m])))
    runs.append(Run("equal", "".join(olds[len(olds) - end :])))
    return tuple(_with_first_words(_tidy(runs)))


def changes(old: str, new: str) -> Changes:
    """The numbers and names that came and went between two texts."""
    lowered = set(re.findall(r"\b[a-z][\w'’-]*", f"{old}\n{new}"))
    numbers = [_NUMBER.findall(text) for text in (old, new)]
    names = [list(_names(text, lowered)) for text in (old, new)]
    return Changes(
        _more(numbers[0], numbers[1]),
        _more(numbers[1], numbers[0]),
        _more(names[0], names[1]),
        _more(names[1], names[0]),
    )


def _common(olds: list[str], news: list[str]) -> int:
    """How many tokens two lists have in common at their start."""
    pairs = enumerate(zip(olds, news, strict=False))
    return next((n for n, (a, b) in pairs if a != b), min(len(olds), len(news)))


def _tidy(runs: Iterable[Run]) -> Iterator[Run]:
    """Join neighbours of a kind: between two equal runs at most one removed and one added."""
    removed = added = equal = ""
    for run in runs:
        if run.kind == "equal":
            if run.text and (removed or added):
                removed, added, space = _without_space(removed, added)
                yield from _changed(removed, added)
                removed, added, equal = "", "", space
            equal += run.text
        else:
            if run.text and equal:
                yield Run("equal", equal)
                equal = ""
            if run.kind == "removed":
                removed += run.text
            else:
                added += run.text
    yield from _changed(removed, added)
    if equal:
        yield Run("equal", equal)


def _with_first_words(runs: Iterable[Run]) -> list[Run]:
    """Leave a word unmarked that only the space behind it sets apart, as at the end of a text that goes on now."""
    result: list[Run] = []
    for run in runs:
        gone = result[-1].text if result and result[-1].kind == "removed" else ""
        word = _same_first_word(gone, run.text) if run.kind == "added" else ""
        if not word:
            result.append(run)
            continue
        result.pop()
        before = result.pop().text if result else ""
        result.append(Run("equal", before + word))
        result.extend(_changed(gone[len(word) :], run.text[len(word) :]))
    return result


def _same_first_word(old: str, new: str) -> str:
    """The first word of both, if more than white space follows it in one."""
    first, other = _TOKEN.match(old), _TOKEN.match(new)
    if not first or not other or first[0].rstrip() != other[0].rstrip():
        return ""
    word = first[0].rstrip()
    return word if old[len(word) :].strip() or new[len(word) :].strip() else ""


def _without_space(removed: str, added: str) -> tuple[str, str, str]:
    """The white space at whose end both runs agree, cut off: it has not changed."""
    length = 0
    while length < min(len(removed), len(added)) and removed[-1 - length] == added[-1 - length]:
        if not removed[-1 - length].isspace():
            break
        length += 1
    if not length:
        return removed, added, ""
    return removed[:-length], added[:-length], removed[-length:]


def _changed(removed: str, added: str) -> Iterator[Run]:
    if removed:
        yield Run("removed", removed)
    if added:
        yield Run("added", added)


def _names(text: str, lowered: set[str]) -> Iterator[str]:
    """Runs of capitalised words; the first word of a sentence only if it is no common word."""
    for match in _NAME.finditer(text):
        words = match[0].split(" ")
        first = words[0].lower()
        is_start = _SENTENCE_START.search(text, max(0, match.start() - 8), match.start())
        if first in _NO_NAMES or (is_start and first in lowered):
            words = words[1:]
        if words:
            yield " ".join(words)


def _more(ones: list[str], others: list[str]) -> tuple[str, ...]:
    """What occurs more often among the ones than among the others."""
    return tuple((Counter(ones) - Counter(others)).elements())
