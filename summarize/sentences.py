"""Splitting text into sentences with their exact offsets."""

import re
from dataclasses import dataclass

#: Abbreviations that a capital may follow within a sentence, without their last full stop.
_ABBREVIATIONS = frozenset(
    """
    mr mrs ms dr prof sen rep gov gen lt col sgt capt cmdr maj rev hon st mt ft jr sr messrs
    inc corp co ltd llc plc bros vs v ed eds est dept univ assn ave blvd rd
    jan feb mar apr jun jul aug sep sept oct nov dec mon tue tues wed thu thur thurs fri sat sun
    u.s u.k u.n e.u d.c l.a n.y a.m p.m i.e e.g cf al approx min max sq ca
    bzw z.b d.h u.a usw nr str hr fr abs bd vgl mio mrd
    """.split()
)
#: ... of these, the ones that often end a sentence too: a following word decides.
_MAY_END = frozenset({"inc", "corp", "co", "ltd", "llc", "plc", "u.s", "u.k", "u.n", "e.u", "d.c",
                      "a.m", "p.m", "jr", "sr", "usw", "al"})  # fmt: skip
_STARTERS = frozenset(
    """
    the a an this that these those it its he she they we i you his her their our in on at by for
    from with after before when while as if but and or so however meanwhile there here what who
    how why where although though since until during among according both all some many most no
    not last next earlier later der die das ein eine es er sie wir ich und aber im in am
    """.split()
)
_CLOSERS = re.escape("\"'”’»)]」』")
_GERMAN_CLOSERS = "“‘«"
#: A run of marks is tried once, from its beginning and as a whole: text may be a million dots.
#: French puts a space before the closing mark: "« Oui. »".
_END = re.compile(
    rf"(?<![.!?…])[.!?…]++[{_CLOSERS}{_GERMAN_CLOSERS}]*+(?:[ \u00a0\u202f]»)?(?=\s|$)|[。！？]++[{_CLOSERS}]*+"
)
_NEXT = re.compile(r"\s*[\"'“‘«»(\[„]*(\w+)?")
#: A number follows these: "No. 5", "Fig. 2".
_BEFORE_NUMBERS = frozenset({"no", "nos", "nr", "vol", "fig", "figs", "p", "pp"})
_GERMAN_MONTHS = frozenset(
    """
    januar februar märz april mai juni juli august september oktober november dezember jänner
    jahrhundert
    """.split()
)
_DASH = re.compile(r"\s*[—–]|\s+-\s")
_LAST_WORD = re.compile(r"([\w.]+)$")
_INITIALS = re.compile(r"[A-ZÀ-ÖØ-Þ](?:\.[A-ZÀ-ÖØ-Þ]){0,2}")
_LAST_NAME = re.compile(r"[A-Z][\w’'-]+$")
#: How far back, in characters, the word before a full stop is looked for.
_REACH = 30


@dataclass(frozen=True)
class Sentence:
    """A sentence at text[start:end]; paragraph is the number of its paragraph, position its own."""

    text: str
    start: int
    end: int
    paragraph: int
    position: int


def split_sentences(text: str) -> list[Sentence]:
    """Split a text: text[s.start:s.end] == s.text for each, and nothing but white space between.

    A line break ends a sentence; a full stop does unless it belongs to an abbreviation, an initial
    or a number. English and its neighbours are what it was written for; the full stops of Chinese
    and Japanese are known.
    """
    found: list[Sentence] = []
    for number, line in enumerate(re.finditer(r"[^\n\r\u2028\u2029]+", text)):
        for start, end in _spans(line.group()):
            start, end = start + line.start(), end + line.start()
            found.append(Sentence(text[start:end], start, end, number, len(found)))
    return found


def _spans(line: str) -> list[tuple[int, int]]:
    spans, start = [], 0
    for match in _END.finditer(line):
        if _ends_sentence(line, match):
            spans.append((start, match.end()))
            start = match.end()
    spans.append((start, len(line)))
    trimmed = []
    for start, end in spans:
        piece = line[start:end]
        if piece.strip():
            lead = len(piece) - len(piece.lstrip())
            trimmed.append((start + lead, start + len(piece.rstrip())))
    return trimmed


def _ends_sentence(line: str, match: re.Match[str]) -> bool:
    mark = match.group()
    if mark[0] in "。！？" or match.end() == len(line):
        return True
    if _DASH.match(line, match.end()):
        return False  # "Calif. — ", "“Stop!” – she said"
    following = _NEXT.match(line, match.end())
    word = following.group(1) if following else None
    if word is None:
        return True
    if word[0].islower():
        # "Yahoo! said", "he asked? no": goes on, unless a product is spelled like that.
        return bool(re.match(r"i[A-Z]|e[A-Z]|x[A-Z]", word))
    if mark[0] != ".":
        return True
    before = _LAST_WORD.search(line, max(0, match.start() - _REACH), match.start())
    last = before.group(1) if before else ""
    if mark.startswith("..") or len(mark) > 1:
        return True
    if _INITIALS.fullmatch(last) and last.lower() not in _MAY_END:
        is_one = len(last) == 1
        return word.lower() in _STARTERS or (is_one and not _is_after_name(line, match.start() - 1))
    folded = last.lower()
    if folded in _BEFORE_NUMBERS:
        return not word[0].isdigit()
    if last.isdecimal() and len(last) <= 2 and word.lower() in _GERMAN_MONTHS:
        return False  # an ordinal: "27. Januar"
    if folded in _MAY_END:
        return word.lower() in _STARTERS
    return folded not in _ABBREVIATIONS


def _is_after_name(line: str, at: int) -> bool:
    """Whether a letter at this place is an initial ("Samuel L. Jackson"), or a name ("platform X. The")."""
    before = line[max(0, at - _REACH) : at].rstrip()
    return bool(_LAST_NAME.search(before)) or not before or before.endswith(".")
