"""What the object in a page's data that holds the article's body says beside it: its date, its authors."""

import re
from collections.abc import Mapping
from typing import Any

#: Keys, folded, the surest first.
_PUBLISHED = ("publishedat", "datepublished", "firstpublishedat", "publishdate", "publicationdate")
_AUTHORS = ("authors", "author", "byline")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d(?:[T ]|$)")
_MAX_NAMES = 20
_MAX_CHARACTERS = 200


def published_in(owner: Mapping[str, Any]) -> str | None:
    """The moment of publication, if it is given plainly, as ISO 8601."""
    folded = _folded(owner)
    values = (folded.get(key) for key in _PUBLISHED)
    return next((one for one in values if isinstance(one, str) and _MOMENT.match(one)), None)


def authors_in(owner: Mapping[str, Any]) -> tuple[str, ...]:
    """The names of the authors: a string, an object with a name, or a list of either."""
    folded = _folded(owner)
    for value in (folded.get(key) for key in _AUTHORS):
        names = map(_name, value[:_MAX_NAMES] if isinstance(value, list) else [value])
        if found := tuple(name[:_MAX_CHARACTERS] for name in names if name):
            return found
    return ()


def _name(value: Any) -> str:
    name = value.get("name") if isinstance(value, dict) else value
    return name.strip() if isinstance(name, str) else ""


def _folded(owner: Mapping[str, Any]) -> dict[str, Any]:
    return {re.sub(r"[_-]", "", str(key)[:60]).lower(): value for key, value in owner.items()}
