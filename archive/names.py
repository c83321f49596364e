"""Names as they are compared: what differs only in writing is one name."""

import re
import unicodedata
from functools import lru_cache

#: Scripts without spaces, within brackets of a pattern: kana, and the signs that Chinese and Japanese share.
SIGNS = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_SIGN = re.compile(f"[{SIGNS}]")
_RUN = re.compile(r"\w+")
#: Of each sign of these the full-text index makes a word: kana with the signs of Chinese, Korean (syllables), Thai and
#: Lao, Burmese, Korean (letters), Khmer, narrow forms; those first that are asked for most. They stand in the triggers of
#: every archive (archive/migrations/unspaced.py): to change them takes a step that writes these anew.
UNSPACED_RANGES = (
    ("\u3000", "\ua4cf"),
    ("\uac00", "\ud7a3"),
    ("\u0e00", "\u0eff"),
    ("\u1000", "\u109f"),
    ("\u1100", "\u11ff"),
    ("\u1780", "\u17ff"),
    ("\uf900", "\ufaff"),
    ("\uff66", "\uffdc"),
    ("\U00020000", "\U0003ffff"),
)
_UNSPACED_SIGN = re.compile(f"[{''.join(f'{first}-{last}' for first, last in UNSPACED_RANGES)}]")
#: From here on letters may stand without spaces between words, which the full-text index needs.
_UNSPACED = "\u2e80"
#: What companies carry behind their names.
_LEGAL = frozenset(
    """
    inc incorporated corp corporation co ltd limited llc llp lp plc ag gmbh sa nv se bv srl spa oy
    ab asa kk pty pte
    """.split()
)
#: Marks that tell names apart: C++ and C#, Disney and Disney+.
_WORD = re.compile(r"[^\W_]+[+#]*")
_POSSESSIVE = re.compile(r"(?:['’]s|['’])$", re.I)
_APOSTROPHE = re.compile(r"['’]")


def may_lack_spaces(text: str) -> bool:
    """Whether a text has letters of scripts whose words may stand without spaces between them."""
    return any(character >= _UNSPACED for character in text)


def has_unspaced_signs(text: str) -> bool:
    """Whether a text has signs of which the full-text index makes a word each."""
    return _UNSPACED_SIGN.search(text) is not None


def spaced(text: str) -> str:
    """A text with a space between signs of such scripts: as the full-text index has its words."""
    if not has_unspaced_signs(text):
        return text
    return " ".join(_UNSPACED_SIGN.sub(r" \g<0> ", text).split())


def count_words(text: str) -> int:
    """Words of a text; in scripts without spaces two signs are counted as one."""
    rest, signs = _SIGN.subn(" ", text)
    return len(_RUN.findall(rest)) + -(-signs // 2)


def composed(name: str) -> str:
    """A name with accents as one sign with their letter, and single spaces."""
    return " ".join(unicodedata.normalize("NFC", name).split())


@lru_cache(maxsize=50_000)
def fold(name: str) -> str:
    """The form in which two spellings of a name are equal; empty if nothing is left.

    Case, accents, hyphens, spaces, a possessive, a leading "the", and a legal form behind ("Inc.",
    "GmbH") do not count: "Chat-GPT" is "ChatGPT", "The Verge's" is "Verge".
    """
    plain = unicodedata.normalize("NFKD", _POSSESSIVE.sub("", name.strip()))
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    words = _WORD.findall(_APOSTROPHE.sub("", plain.replace("&", " and ")).casefold())
    if len(words) > 1 and words[0] == "the":
        words = words[1:]
    while len(words) > 1 and words[-1] in _LEGAL:
        words = words[:-1]
    return "".join(words) or "".join(plain.casefold().split())


@lru_cache(maxsize=50_000)
def words_of(name: str) -> str:
    """The words of a name in small letters with a space between: what decisions about names compare.

    Case, accents, punctuation and a possessive do not count, but unlike with `fold` the words do:
    an article can then be found by them in the full-text index.
    """
    plain = unicodedata.normalize("NFKD", _POSSESSIVE.sub("", name.strip()))
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    return " ".join(_WORD.findall(plain.casefold()))
