"""The sentences that a summary may be chosen from: whole, of prose, and clear without what stood before.

A sentence that leans on the one before it ("But Apple ...", "He ...", "The company ...") is repaired
where that is safe: a mere connective is left out, and a pronoun gives way to the name in brackets
if the sentence before names exactly one person. Else it may only be taken together with its
antecedent, and is passed over where that cannot be taken.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from archive import SummarySentence
from archive.records import Origin
from summarize.leaning import connective, has_names, leans, one_person, pronoun_of_a_person
from summarize.sentences import Sentence
from summarize.shortening import shortened

#: Raised when other sentences may be chosen than before, so that summaries are made anew.
CANDIDATES_VERSION = 2
_MIN_WORDS, _MAX_WORDS = 8, 60
#: Characters: what is longer is no prose, whatever its words.
_LONGEST = 900

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
_AGENCY = r"\((?:AP|AFP|Reuters|REUTERS|UPI|dpa|PTI|ANI|IANS|Xinhua|TASS|TNS|CNN|Bloomberg|PA)\)"
#: The place, perhaps a state and an agency, a dash, and the first word of a sentence. A place in small letters
#: needs its state, shortened, or the agency; an agency may stand alone.
_DATELINE = re.compile(
    r"(?:[A-ZÀ-Þ][A-ZÀ-Þ .’'-]+(?:, [A-Z][\w. ]{1,20})?(?: \([^)]{2,30}\))?"
    r"|(?:[A-ZÀ-Þ][\w’'.-]+ ){1,4}" + _AGENCY + r"|(?:[A-ZÀ-Þ][\w’'.-]+ ){0,3}[A-ZÀ-Þ][\w’'-]+, "
    r"(?!Inc|Corp|Ltd|Co\b|Jr|Sr|Esq)(?:[A-Z][a-z]{1,4}\.|(?:[A-Z]\.){2})(?: "
    + _AGENCY
    + r")?|"
    + _AGENCY
    + ")"
    r" (?:[—–-]|--) (?=[^\w\s]*(?:[A-ZÀ-Þ\d]|[a-z][A-Z]))"
)
#: Quotation marks, those of inches and seconds left out: 5'9", 16".
_STRAIGHT = re.compile(r"(?<!\d)\"")
_CURLY = re.compile(r"[„“”]")
_SPEECH_ONLY = re.compile(r"^[\"“‘«„].*[\"”’»“]$", re.S)


@dataclass(frozen=True)
class Candidate:
    """A sentence as a summary would show it.

    at: its place among the article's sentences. needs: the place of the sentence that must be taken
    with it, or None. start and end are offsets in the article. is_shortened: something was left out.
    """

    at: int
    text: str
    start: int
    end: int
    origin: Origin = "quoted"
    needs: int | None = None
    is_shortened: bool = False

    @property
    def words(self) -> int:
        """Its length; scripts that put no spaces between words are measured by their characters."""
        return max(len(self.text.split()), len(self.text) // 12)

    def forms(self) -> "tuple[Candidate, ...]":
        """The sentence, and what it can be shortened to; all have the receipt of the whole."""
        return (self, *(
            replace(self, text=text, origin="repaired", is_shortened=True)
            for text in shortened(self.text)
        ))  # fmt: skip

    def sentence(self) -> SummarySentence:
        """The sentence with its receipt."""
        return SummarySentence(self.text, 1.0, self.start, self.end, self.origin)


def candidates(sentences: Sequence[Sentence]) -> list[Candidate]:
    """The sentences that may be chosen, in the order of the article."""
    plain = [_without_dateline(at, sentence) for at, sentence in enumerate(sentences)]
    usable = [candidate for candidate in plain if is_usable(candidate.text)]
    if not usable:
        # A text of headings and fragments: something whole is better than nothing.
        return [candidate for candidate in plain if len(candidate.text.split()) >= 3]
    # Where nothing has a capital but the beginnings of sentences, names cannot be seen.
    is_cased = sum(has_names(candidate.text) for candidate in usable) >= len(usable) / 3
    found: dict[int, Candidate] = {}
    before: int | None = None
    place = 0
    for candidate in usable:
        # Headings are nothing that a sentence could lean on.
        for at in range(place, candidate.at):
            before = at if _TERMINATED.search(sentences[at].text) else before
        place = candidate.at
        clear = candidate
        if before is not None and leans(candidate.text, is_cased):
            clear = _repaired(candidate, before, sentences[before].text, is_cased)
        if clear.needs is None or clear.needs in found:
            found[candidate.at] = clear
    # Where every sentence leans on another, the first leans least.
    return list(found.values()) or usable[:1]


def is_usable(text: str) -> bool:
    """True for a whole sentence of prose: no heading, caption, byline, pointer or bare quotation."""
    words = len(text.split())
    if not _MIN_WORDS <= words <= _MAX_WORDS and len(text) < 400:
        # Scripts without spaces have few "words": judge those by their length.
        dense = words and len(text) / words > 12
        if not (dense and 20 <= len(text) <= 300):
            return False
    if words > _MAX_WORDS or len(text) > _LONGEST or not _TERMINATED.search(text):
        return False
    if not has_whole_quotes(text):
        return False
    return not (_FURNITURE.search(text) or _SPEECH_ONLY.match(text))


def has_whole_quotes(text: str) -> bool:
    """False where a quotation begins that does not end in the text, or ends that has not begun there."""
    if len(_STRAIGHT.findall(text)) % 2:
        return False
    # German closes with the sign that English opens with.
    opening = "„" if "„" in text else "“"
    depth = 0
    for sign in _CURLY.findall(text):
        depth += 1 if sign == opening else -1
        if depth < 0:
            return False
    return depth == 0


def _without_dateline(at: int, sentence: Sentence) -> Candidate:
    """The sentence from behind "LONDON (Reuters) —" on."""
    dateline = _DATELINE.match(sentence.text)
    skipped = dateline.end() if dateline else 0
    return Candidate(at, sentence.text[skipped:], sentence.start + skipped, sentence.end)


def _repaired(candidate: Candidate, before: int, text_before: str, is_cased: bool) -> Candidate:
    """A sentence that leans on another, made clear where that is safe; else it needs the other."""
    text = candidate.text
    opening = connective(text)
    rest = text[len(opening) :]
    if opening and rest[:1].isupper() and not leans(rest, is_cased) and is_usable(rest):
        return replace(candidate, text=rest, start=candidate.start + len(opening))
    pronoun, name = pronoun_of_a_person(text), one_person(text_before)
    if pronoun and name:
        bracketed = f"[{name}]" if pronoun in ("He", "She") else f"[{name}’s]"
        return replace(candidate, text=bracketed + text[len(pronoun) :], origin="repaired")
    return replace(candidate, needs=before)
