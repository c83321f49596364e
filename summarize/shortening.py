"""A sentence made shorter by what it can be understood and believed without.

Left out are asides in brackets, "also" and its like, relative clauses between commas ("..., which
was founded in 2009, ..."), and a clause with -ing at the end ("..., citing high costs."). What
remains says nothing that the whole did not say: a clause that denies, limits, doubts or attributes
anything stays, so does every "he said" and "according to", and nothing inside a quotation or before
an unclosed one is touched.
"""

import re

#: A clause with one of these may change what the rest of its sentence is worth.
_WEIGHTY = re.compile(
    r"\b(?:not?|never|none|nobody|nothing|neither|nor|cannot|without|unless|if|whether|provided|"
    r"only|except|but|though|although|despite|however|until|because|since|instead|"
    r"alleg\w+|report\w+|apparent\w*|suspect\w*|suppos\w+|claim\w*|accus\w+|purport\w*|possibl\w+|"
    r"probabl\w+|perhaps|likely|unlikely|believ\w+|maybe|may|might|could|would|should|"
    r"deny|denie\w+|denying|disput\w+|reject\w*|refus\w+|declin\w+|fail\w*|wrong\w*|false\w*|"
    r"accord\w+|said|says?|saying|told|estimat\w+|unconfirmed|contest\w*|correct\w*|retract\w*|"
    r"apolog\w+|appeal\w*)\b|n['’]t\b",
    re.I,
)
_QUOTE = re.compile(r"[\"“”„«»‘]|(?<!\w)['’]|['’](?!\w)")
_OPEN_QUOTE = re.compile(r"[\"“”„«»]")
_ASIDE = re.compile(r" \([^()]{1,120}\)(?=[ ,.;:!?])")
#: "(FTC)" is the name by which the rest of the article speaks of it.
_SHORT_FORM = re.compile(r"\(\W*(?:the )?[“\"]?[A-Z][\w.&-]{0,7}[”\"]?\W*\)")
_FILLER = re.compile(
    r"(?<=[a-z\d]) also(?= [a-z])|"
    r" ?, (?:however|meanwhile|moreover|of course|in addition|for example|for instance) ?,(?= [a-z])"
)
_NOT_ALONE = re.compile(r"not only|\b(?:but|and|or|as) also", re.I)
_VERB = (
    r"(?:said|says|is|was|will|has|have|had|would|could|were|are|told|did|does|can|may|must|should|"
    r"do|became|began|wrote|took|made|came|went|[a-z]{2,}ed)\b"
)
_AT_END = r"(?= ?[.!?]$)"
#: What looks like a verb with -ing and is none, or says under what condition the sentence holds.
_NO_CLAUSE = (
    r"(?:according|including|excluding|assuming|pending|barring|depending|providing|considering|"
    r"regarding|concerning|following|during|starting|beginning|ending|something|nothing|anything|"
    r"everything|morning|evening|spring|string|king|wing)\b"
)
_RELATIVE_INSIDE = re.compile(
    rf"(?<=\w) ?, (?:who|which|whose|where) [^,;:()]{{3,140}} ?,(?= {_VERB})"
)
_RELATIVE_AT_END = re.compile(rf"(?<=\w) ?, (?:who|which|whose|where) [^,;:()]{{3,160}}{_AT_END}")
_ING_AT_END = re.compile(
    rf"(?<=\w) ?, (?!{_NO_CLAUSE})[a-z]+ing (?!(?:\w+ )?(?:and|or) )[^,;:()]{{8,160}}{_AT_END}"
)
#: After "..., 28" the comma that a clause ends with is needed: "Ann Lee, 28, who ..., said".
_LIST_BEFORE = re.compile(r",[^,]{0,40}$")
_BACKWARD = re.compile(
    r"\b(?:its?|he|she|his|her|him|they|their|them|there|this|that|these|those|"
    r"the (?:company|firm|group|agency|service|app|country))\b"
)
#: Fewer words are no sentence to be shown alone.
_LEAST_WORDS = 8


def shortened(text: str) -> tuple[str, ...]:
    """Shorter forms of a sentence, the least shortened first; none where nothing can go."""
    tidy = _without_fillers(_without_asides(text))
    forms = [tidy]
    for clause in (_RELATIVE_INSIDE, _RELATIVE_AT_END, _ING_AT_END):
        for form in list(forms):
            found = clause.search(form)
            if found and _can_go(form, found) and not _is_leant_on(form, found):
                cut = form[: found.start()] + form[found.end() :]
                if len(cut.split()) >= _LEAST_WORDS and cut not in forms:
                    forms.append(cut)
    return tuple(form for form in forms if form != text)


def _without_asides(text: str) -> str:
    for found in reversed(list(_ASIDE.finditer(text))):
        if _can_go(text, found):
            text = text[: found.start()] + text[found.end() :]
    return text


def _without_fillers(text: str) -> str:
    if _NOT_ALONE.search(text):
        return text
    for found in reversed(list(_FILLER.finditer(text))):
        if not _is_quoted(text, found):
            text = text[: found.start()] + text[found.end() :]
    return text


def _can_go(text: str, found: re.Match[str]) -> bool:
    part = found.group()
    weighs = _WEIGHTY.search(part) or _QUOTE.search(part) or _SHORT_FORM.search(part)
    return not weighs and not _is_quoted(text, found)


def _is_quoted(text: str, found: re.Match[str]) -> bool:
    return len(_OPEN_QUOTE.findall(text, 0, found.start())) % 2 == 1


def _is_leant_on(text: str, clause: re.Match[str]) -> bool:
    """Whether what comes after a clause may speak of something in it, or needs its last comma."""
    rest = text[clause.end() :]
    return bool(
        _BACKWARD.search(rest) or (len(rest) > 1 and _LIST_BEFORE.search(text, 0, clause.start()))
    )
