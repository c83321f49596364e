"""What a written sentence states that an article must say too: numbers, dates, names, quotations, links.

A model that writes may invent any of these, and a reader cannot see it. So each must occur in the
article: a number with the same value ("1.2 billion" is "1,200 million"), a name in a form that the
article gives it ("Zuckerberg" where it says Mark Zuckerberg, not the other way round), a quotation
word for word.
"""

import re
from collections.abc import Iterator
from decimal import Decimal
from functools import cached_property

_SCALES = {
    "hundred": 2, "thousand": 3, "k": 3, "million": 6, "mn": 6, "m": 6, "billion": 9, "bn": 9, "b": 9,
    "trillion": 12, "tn": 12,
}  # fmt: skip
_ONES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen"
).split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_WORDS = {word: n for n, word in enumerate(_ONES)} | {
    word: 10 * (n + 2) for n, word in enumerate(_TENS)
}
_SCALE = r"(?:hundred|thousand|million|billion|trillion|mn|bn|tn)"
_NUMBER = re.compile(
    rf"(?<![\w.])(?P<digits>\d+(?:[.,]\d+)*)(?:(?P<letters>[kmb])(?!\w)|(?:st|nd|rd|th)\b)?"
    rf"(?:[ -]?(?P<scale>{_SCALE})\b)?(?P<percent> ?%| per ?cent\b)?"
    rf"|\b(?P<word>(?:{'|'.join(_TENS)})-(?:{'|'.join(_ONES[1:10])})|{'|'.join(_ONES + _TENS)})\b"
    rf"(?:[ -](?P<word_scale>{_SCALE})\b)?(?P<word_percent> per ?cent\b)?",
    re.I,
)
_CALENDAR = {
    name: short
    for short, name in (
        word.split(":")
        for word in "jan:january feb:february mar:march apr:april may:may jun:june jul:july "
        "aug:august sep:september oct:october nov:november dec:december mon:monday tue:tuesday "
        "wed:wednesday thu:thursday fri:friday sat:saturday sun:sunday".split()
    )
}
_QUOTATION = re.compile(
    '“([^”]*)”|"([^"]*)"|«([^»]*)»|»([^«]*)«|„([^“”]*)[“”]|(?<!\\w)‘([^’]{8,})’(?!\\w)'
)
_OPEN_QUOTE = re.compile('["“”„«»]')
_LINK = re.compile(
    r"\bhttps?://[^\s<>\"”)]+|\bwww\.[^\s<>\"”)]+|[\w.+-]+@[\w-]+\.[\w.-]+|"
    r"\b(?:[\w-]+\.)+(?:com|org|net|io|example|app|dev|ru|cn|info|biz|xyz|onion|gov|edu|co|uk|de)\b",
    re.I,
)
_TOKEN = re.compile(r"[^\W_]+(?:[&.’'-][^\W_]+)*")
_POSSESSIVE = re.compile(r"[’']s?$")
#: What a capital at the beginning of a sentence says nothing about, and no article need hold.
_OPENERS = frozenset(
    """
    a an the this that these those it its he his she her they their we our you your i my who whose
    which what when where why how while as if and or but so yet nor in on at by for from of off to
    with without within after before during since until about above across against along among
    around behind below between beyond despite down into near onto out over through throughout
    toward towards under up upon via per than then there here now once also just only even still
    some many most much more few several all any both each every other others another no not none
    one however meanwhile moreover furthermore additionally finally overall instead otherwise
    therefore thus although though because whether according following including such both either
    neither yesterday today tomorrow earlier later recently previously currently eventually
    der die das ein eine es er sie wir ich und aber im am von mit für auf bei nach
    """.split()
)
_LONGEST_RUN = 10


class Facts:
    """The facts of an article. Built once, asked for each sentence.

    Args:
        text: title and text, a line break between.
    """

    def __init__(self, text: str) -> None:
        self._text = text

    def missing(self, sentence: str) -> list[str]:
        """What a sentence states and the article does not: "number 12", "name Ann Fox" ..."""
        return [
            *(f"number {shown}" for shown, key in _numbers(sentence) if key not in self._numbers),
            *(f"date {word}" for word in _dates(sentence) if word not in self._dates),
            *(f"quotation {part}" for part in _quotations(sentence) if part not in self._plain),
            *(f"link {link}" for link in _links(sentence) if link not in self._plain_text),
            *(f"name {' '.join(run)}" for run in self._unknown_names(sentence)),
        ]

    @cached_property
    def _numbers(self) -> frozenset[tuple[Decimal, bool]]:
        keys = {key for _, key in _numbers(self._text)}
        # "between 5 and 10%", said of the first number without its sign.
        return frozenset(keys | {(value, False) for value, _ in keys})

    @cached_property
    def _dates(self) -> frozenset[str]:
        return frozenset(_dates(self._text)) | {
            name
            for name, short in _CALENDAR.items()
            if re.search(rf"\b{short}\b\.?", self._text, re.I)
        }

    @cached_property
    def _plain(self) -> str:
        return plain(self._text)

    @cached_property
    def _plain_text(self) -> str:
        return self._text.casefold()

    def _unknown_names(self, sentence: str) -> Iterator[tuple[str, ...]]:
        for run, is_first in name_runs(sentence):
            names = run
            if is_first and len(run) > 1 and self._is_common(run[0]):
                names = run[1:]  # "Yesterday Meta"
            elif is_first and len(run) == 1 and self._is_common(run[0]):
                continue
            # Days and months are dates, "Twenty-five" is a number.
            folded = tuple(
                name.casefold()
                for name in names
                if name.casefold() not in _CALENDAR and not _NUMBER.fullmatch(name)
            )
            if not self._is_known(folded):
                yield names

    def _is_common(self, word: str) -> bool:
        """Whether a capital at the beginning of a sentence may be the sentence's."""
        folded = word.casefold()
        return folded in _OPENERS or stem(folded) in self._small

    @cached_property
    def _small(self) -> frozenset[str]:
        """The stems of what the article writes in small letters."""
        return frozenset(stem(t) for t in _TOKEN.findall(self._text) if t.islower())

    @cached_property
    def _runs(self) -> tuple[frozenset[tuple[str, ...]], frozenset[tuple[str, ...]]]:
        """All names of the article, and all stretches of them."""
        whole: set[tuple[str, ...]] = set()
        parts: set[tuple[str, ...]] = set()
        for line in self._text.splitlines():
            for run, is_first in name_runs(line):
                folded = tuple(map(str.casefold, run))
                whole.add(folded)
                if is_first:
                    whole.add(folded[1:])
                for start in range(len(folded)):
                    for end in range(start + 1, min(len(folded), start + _LONGEST_RUN) + 1):
                        parts.add(folded[start:end])
        return frozenset(whole), frozenset(parts)

    def _is_known(self, run: tuple[str, ...]) -> bool:
        """A name of the article or a stretch of one, or several whole names side by side."""
        whole, parts = self._runs
        if not run or run in parts:
            return True
        return any(
            run[:at] in whole and self._is_known(run[at:])
            for at in range(1, min(len(run), _LONGEST_RUN))
        )


def name_runs(text: str) -> Iterator[tuple[tuple[str, ...], bool]]:
    """Names: words with a capital that follow each other, and whether a sentence begins with them."""
    run: list[str] = []
    last_end = 0
    begins = run_begins = True
    for match in _TOKEN.finditer(text):
        word = _POSSESSIVE.sub("", match.group())
        gap = text[last_end : match.start()]
        begins = last_end == 0 or bool(re.search(r"[.!?…:;]|[\"“„«(\[—–-]\s*$|\n", gap))
        is_name = any(c.isupper() for c in word) or (
            any(c.isdigit() for c in word)
            and any(c.isalpha() for c in word)
            and not _is_ordinal(word)
        )
        # "Meta's Facebook" is two names, "Meta Platforms" is one.
        goes_on = gap == " " and not text[:last_end].endswith(("'s", "’s", "'", "’"))
        if run and not (is_name and goes_on and not begins):
            yield tuple(run), run_begins
            run = []
        if is_name:
            if not run:
                run_begins = begins
            run.append(word)
        last_end = match.end()
    if run:
        yield tuple(run), run_begins


def _is_ordinal(word: str) -> bool:
    """ "15th", "90s", "1.2bn": a number."""
    return bool(re.fullmatch(r"[\d.,]+(?:st|nd|rd|th|s|k|m|mn|bn|b|tn|am|pm)", word, re.I))


def stem(word: str) -> str:
    """A word without its ending, so that "researchers" finds "researcher"; rough on purpose."""
    word = _POSSESSIVE.sub("", word.casefold())
    for ending in ("ations", "ation", "ingly", "ments", "ment", "ings", "ing", "ies", "ied", "edly", "ers",
                   "er", "ed", "es", "ly", "s", "e", "y"):  # fmt: skip
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            word = word[: -len(ending)]
            break
    return word[:-1] if len(word) > 3 and word[-1] == word[-2] else word


def plain(text: str) -> str:
    """Words in small letters with single spaces, without marks: how quotations are compared."""
    return f" {' '.join(_TOKEN.findall(text.casefold().replace('’', chr(39))))} "


def _numbers(text: str) -> Iterator[tuple[str, tuple[Decimal, bool]]]:
    """How each number is written, and (its value, whether it is a percentage)."""
    for match in _NUMBER.finditer(text):
        found = match.groupdict()
        if found["word"]:
            tens, _, ones = found["word"].casefold().partition("-")
            value = Decimal(_WORDS[tens] + (_WORDS[ones] if ones else 0))
            scale = found["word_scale"]
            # "one of them": a pronoun.
            if value == 1 and not scale and not found["word_percent"]:
                continue
        else:
            value, scale = _value(found["digits"]), found["scale"] or found["letters"]
        if scale:
            value = value.scaleb(_SCALES[scale.casefold()])
        is_percent = bool(found["percent"] or found["word_percent"])
        yield match.group().strip(), (value.normalize(), is_percent)


def _value(digits: str) -> Decimal:
    if re.fullmatch(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?", digits):
        return Decimal(digits.replace(",", ""))
    if re.fullmatch(r"\d{1,3}(?:\.\d{3}){2,}(?:,\d+)?", digits):
        return Decimal(digits.replace(".", "").replace(",", "."))
    whole, *rest = re.split(r"[.,]", digits)
    return Decimal(f"{whole}.{''.join(rest)}") if rest else Decimal(whole)


def _dates(text: str) -> Iterator[str]:
    for match in re.finditer(rf"\b(?:{'|'.join(_CALENDAR)})\b", text, re.I):
        word = match.group()
        # "may" and "march" are words too.
        if word[0].isupper() and (word.casefold() not in ("may", "march", "sun") or match.start()):
            yield word.casefold()


def _quotations(sentence: str) -> Iterator[str]:
    """The quoted words as `plain` has them, cut where the writer left something out."""
    for match in _QUOTATION.finditer(sentence):
        quoted = next(group for group in match.groups() if group is not None)
        for part in re.split(r"\.{3}|…|\[[^\]]*\]", quoted):
            if len(part.split()) > 1:
                yield plain(part)
    # A mark without its other: what stands on its side of the sentence is quoted.
    rest = _QUOTATION.sub(" ", sentence)
    for mark in _OPEN_QUOTE.finditer(rest):
        is_opening = mark.start() == 0 or rest[mark.start() - 1] in " (—–-"
        part = rest[mark.end() :] if is_opening else rest[: mark.start()]
        if len(part.split()) > 1:
            yield plain(part)


def _links(sentence: str) -> Iterator[str]:
    for match in _LINK.finditer(sentence):
        yield match.group().casefold().rstrip(".,;:")
