"""Why a mention means what it does, in few words: how taggers note it, and how it is told to people.

A reason is a list of codes, some with a detail behind "=". It is stored as a JSON array, `["list",
"near=shares"]`, in the column `reason` of `mentions` and `title_mentions`: short, since there are
millions, and enough to tell who saw the name and what decided.
"""

import json
from collections.abc import Iterable, Sequence

#: The stored reason of a mention that no tagger found: a decision gave the name to somebody.
ADDED = '["decision"]'
#: Who saw the name: the first code.
DETECTORS = {
    "list": "a name of the list",
    "model": "seen by the model",
    "repeat": "overlooked by the model here, and seen by it elsewhere in the article",
    "decision": "found by a decision",
}
#: What decided whom it means: the codes that follow; {} is the detail.
_DECIDED = {
    "only": "it has one sense only",
    "default": "it has other senses, and nothing here speaks for them",
    "beside": "beside it stands “{}”",
    "near": "near it stands “{}”",
    "capital": "it has a capital letter in the middle of a sentence",
    "handle": "it is written as a handle or a hashtag",
    "version": "a version follows it",
    "elsewhere": "the article names the same elsewhere, with more evidence",
    "full": "the article has the full name, {}",
    "short": "the article spells it out as {}",
    "longer": "the model reads more than {}, which the list has",
    "listed": "the list has the name, and the model is sure enough",
    "new": "a name that no list has: an entity of its own",
    "known": "the archive has it under this name",
    "company": "of several of that name it fits the company and the subject of the article best",
    "alone": "the article has no full name for it, or several",
    "forbidden": "the words around it speak against {}",
    "unsure": "the model is not sure enough to make an entity of it",
    "common": "it is a common noun, or no name by itself",
    "not": "it could be {}, which nothing here speaks for",
    "over": "not {}",
}


def as_text(reason: Iterable[str]) -> str:
    """A reason as it is stored."""
    return json.dumps(list(reason), ensure_ascii=False, separators=(",", ":"))


def from_text(text: str | None) -> tuple[str, ...]:
    """A stored reason; () where none was noted."""
    return tuple(json.loads(text)) if text else ()


def another(name: str, kind: str) -> str:
    """How a reason names an entity that was not meant."""
    return f"{name} ({kind})"


def in_words(reason: Sequence[str]) -> str:
    """A reason for people: a phrase without a full stop; "" where none was noted."""
    told: list[str] = []
    for code in reason:
        name, _, detail = code.partition("=")
        phrase = DETECTORS.get(name) if not told else _DECIDED.get(name)
        told.append((phrase or name).replace("{}", detail))
    return f"{told[0]}: {'; '.join(told[1:])}" if len(told) > 1 else "".join(told)
