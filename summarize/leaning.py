"""Sentences that lean on others: "He ...", "But Apple ...", "The company ...", "..., he said".

A sentence leans where it names something only by a word that points back. What is found is what
English newspapers do most, and the plainest German cases; it errs towards passing a sentence over.
"""

import re
from collections.abc import Sequence

_CONNECTIVE = re.compile(
    r"(?:but|and|so|yet|or|also|still|however|meanwhile|instead|then|nevertheless|nonetheless|"
    r"moreover|furthermore|similarly|likewise|therefore|thus|indeed|besides|conversely|"
    r"in addition|as a result|in contrast|by contrast|by comparison|for example|for instance|in turn)"
    r"\b ?,? *",
    re.I,
)
_PRONOUN = re.compile(
    r"[\"“‘]?(?:he|she|they|it|this|that|these|those|his|her|hers|their|theirs|its|him|them|"
    r"both|neither|either|such|others?|another|some of (?:them|these)|one of (?:them|these)|"
    r"there,|here,)\b(?![-–])|"
    r"(?:in|at|on|by|for|with|after|before|under|of|to|from|as|since|until|despite|among|like) "
    r"(?:it|that|this|these|those|them|him|her|his|their|its|such|then)\b|"
    # German
    r"(?:er|sie|diese[rsmn]?|damit|dabei|dadurch|dafür|dagegen|daher|daraufhin|deshalb|deswegen|"
    r"zudem|außerdem|trotzdem|dennoch|jedoch|seitdem|seither|stattdessen)\b",
    re.I,
)
_TIME = re.compile(
    r"(?:(?:about |only |just |some )?(?:an?|the|\w+)(?: few| couple of| half)? "
    r"(?:minutes?|hours?|days?|weeks?|months?|years?) (?:later|earlier|before|after|afterwards?)|"
    r"the (?:next|following|previous|same) (?:day|night|morning|evening|week|month|year)|"
    r"that (?:day|night|morning|evening|week|month|year)|later|earlier|soon|afterwards?)\b",
    re.I,
)
#: Within a sentence, what must have been named before it: a person, a company, several of anything.
_BACKWARD = re.compile(
    r"\b(?:(?P<one>he|she|his|her|him|the (?:company|firm|group|startup|start-up|agency))|"
    r"(?P<many>they|their|them))\b"
)
#: "..., he said": of someone who is not named here.
_HE_SAID = re.compile(r"[,”\"’] (?:he|she|they) (?:said|says|added|wrote|argued|told|warned)\b")
_BY_THEN = re.compile(r"\b(?:since|until|by) then\b")
#: "..., the chief executive, ...": of whom or what is said in another sentence.
_OFFICE = re.compile(
    r", (?:the|its) (?:[\w-]+ (?:and )?){0,3}?(?:chief executive|founder|president|chairman|chairwoman|"
    r"chair|director|head|spokesman|spokeswoman|lawyer)(?: officer)?,",
)
#: Capitals that name nobody.
_CALENDAR = (
    r"(?!(?:January|February|March|April|May|June|July|August|September|October|November|December|"
    r"Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday)\b)"
)
_CAPITAL = re.compile(
    r"(?<![.!?:] )(?<![\"“‘'] )(?<!^)(?<![\"“‘])\b" + _CALENDAR + r"[A-ZÀ-Þ]\w[\w’'-]*"
)
_PLURAL = re.compile(
    r"\b(?:(?!this|was|has|does|his|its)[a-z][\w’'-]*[a-z]s|people|police|and|men|women|children)\b",
    re.I,
)
_DEFINITE = re.compile(
    r"[\"“‘]?the (?:(?:new|same|whole|social|tech|chip|latter|former|two|three|four|other)s? )?"
    r"(?:company|firm|group|giant|startup|start-up|agency|regulator|court|judge|ruling|law|bill|"
    r"deal|move|decision|change|announcement|trial|case|complaint|lawsuit|suit|report|statement|"
    r"letter|fine|pair|two|three|latter|former|others?|device|app|service|platform|network|"
    r"site|website|product|feature|update|model|system|plan|measure|incident|outage|attack|"
    r"executive|spokesman|spokeswoman|spokesperson|businessman|billionaire|man|woman|couple|"
    r"companies|firms|researchers|authors|team|project|tool|software|chip|vehicle|car|rule|rules)\b"
    # "The network of ...", "the court that ..." say themselves what is meant.
    r"(?! (?:of|that|which|who|where|between|against|for)\b)",
    re.I,
)
#: Words that sentences begin with, with a capital, and that are no names.
_NO_NAMES = frozenset(
    """
    a an the of to in on at for and or but with from by as about above after against along although
    among another any around because before behind below besides between beyond both despite during
    each either even every few following given here how if inside into just last later least less
    like many more most much near neither never next no nor not now once one only other others our
    out outside over own per perhaps rather several shares since so some soon still such than that
    there these this those though through throughout today together two under unlike until up upon
    very we what when where whether which while who whose why within without yes yet you yesterday
    i my your its it he she they his her their three four five six seven ten
    """.split()
)
#: "It is the first time that ..." says of itself what it is about.
_EXPLETIVE = re.compile(
    r"it (?:is|was|will be|remains|seems|appears) \w+ (?:to|that|whether)\b", re.I
)
_PRONOUN_OF_A_PERSON = re.compile(r"(He|She|His|Her)(?= )")
_NAME = r"[A-Z][\w’'-]*[a-z]\w*(?: [A-Z]\.)?(?: (?:de|van|von|bin|al) )?(?: ?[A-Z][\w’'-]*[a-z]\w*){1,2}"
#: A name with what only a person has beside it: a title before, or an office or an age behind.
_PERSON = re.compile(
    rf"(?:\b(?:Mr|Mrs|Ms|Dr|Judge|Justice|President|Senator|Professor|Commissioner|Minister)\.? "
    rf"(?P<titled>{_NAME}))|"
    rf"(?P<called>\b{_NAME})(?=, (?:\d\d,|(?:(?:the|a|an|its|their|\w+[’']s?) )?(?:[\w-]+ ){{0,5}}"
    rf"(?:chief|executive|director|founder|co-founder|president|chairman|chairwoman|chair|minister|"
    rf"judge|lawyer|analyst|professor|engineer|researcher|commissioner|spokesman|spokeswoman|"
    rf"secretary|owner|author|senator|head)\b))"
)


def leans(text: str, is_cased: bool = True) -> bool:
    """True if a sentence needs the one before it to be understood.

    is_cased: names have capitals, as in any text but one that was put into small letters.
    """
    connective = _CONNECTIVE.match(text)
    rest = text[connective.end() :] if connective else text
    return connective is not None or _is_vague(rest, is_cased)


def _is_vague(text: str, is_cased: bool) -> bool:
    if _EXPLETIVE.match(text):
        return False
    if any(sign.match(text) for sign in (_PRONOUN, _DEFINITE, _TIME)):
        return True
    if any(sign.search(text) for sign in (_HE_SAID, _BY_THEN, _OFFICE)):
        return True
    found = _BACKWARD.search(text)
    if not found or not is_cased:
        return False
    before = text[: found.start()]
    if found["many"]:
        return not _PLURAL.search(before)
    return not (_CAPITAL.search(before) or _is_name(before.split()))


def _is_name(words: Sequence[str]) -> bool:
    """Whether a sentence begins with a name, as far as its first word says so."""
    first = words[0].strip("\"“‘'’,") if words else ""
    return first[:1].isupper() and first.lower() not in _NO_NAMES


def connective(text: str) -> str:
    """The connective with which a sentence begins ("But ", "However, "), or ""."""
    found = _CONNECTIVE.match(text)
    return found.group() if found else ""


def pronoun_of_a_person(text: str) -> str:
    """The pronoun with which a sentence begins, if it is one of a person, or ""."""
    found = _PRONOUN_OF_A_PERSON.match(text)
    return found.group() if found else ""


def has_names(text: str) -> bool:
    """Whether a word within a sentence has a capital."""
    return bool(_CAPITAL.search(text))


def one_person(text: str) -> str | None:
    """The name of the person in a sentence, if no other name of the same form is in it."""
    named = {match["titled"] or match["called"] for match in _PERSON.finditer(text)}
    if len(named) != 1:
        return None
    (name,) = named
    others = {match.group() for match in re.finditer(rf"\b{_NAME}", text)}
    return name if all(other in name or name in other for other in others) else None
