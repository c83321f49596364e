"""The length of a text in words: those between spaces, or, in scripts without spaces, two signs for one."""

import re

from archive import names

_SIGN = re.compile(f"[{names.SIGNS}]")
#: Scripts that part words need fewer characters for one, so that this counts for others alone (Thai).
_CHARACTERS_A_WORD = 8


def count_words(text: str) -> int:
    """The number of words; with kana or Chinese signs as `archive.names.count_words` counts them."""
    return len(text.split()) if text.isascii() else _with_signs(text) or len(text.split())


def size(text: str) -> float:
    """As `count_words`, and a guess for the other scripts that do not part words."""
    return max(count_words(text), len(text) / _CHARACTERS_A_WORD)


def guessed_size(text: str, runs: int) -> float:
    r"""The size as the models of the body learnt it: the runs of letters and digits (\w+), or a guess."""
    return max(runs, len(text) / _CHARACTERS_A_WORD)


def size_by_signs(text: str, runs: int) -> float:
    """As `guessed_size`, but with signs counted as `count_words` does."""
    return max(0 if text.isascii() else _with_signs(text), guessed_size(text, runs))


def has_signs(text: str) -> bool:
    """Whether a text has kana or Chinese signs."""
    return not text.isascii() and _SIGN.search(text) is not None


def parted(text: str) -> list[str]:
    """The words of a text, of which each sign is one: to compare two texts by what they have in common."""
    return (text if text.isascii() else _SIGN.sub(r" \g<0> ", text)).split()


def _with_signs(text: str) -> int:
    """The words of a text that has signs, 0 of any other."""
    return names.count_words(text) if _SIGN.search(text) else 0
