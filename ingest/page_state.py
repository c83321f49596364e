"""Data for programs in a page's scripts: what a site's own program would show. No program is run.

Sites that are built in the browser send their article as JSON: in a script of a JSON type, assigned
to a variable, in a string that is to be parsed, in pieces (React's rows), or in an attribute of an element.
All that is JSON is read, within limits, and Nuxt 2's call (`ingest.nuxt_calls`); the rest of a script is passed over.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

import lxml.etree

from ingest.document import Document
from ingest.nuxt_calls import nuxt_data

#: Where a value may begin in a program: after "=", in a call of push or JSON.parse.
_BEGINNING = re.compile(r"(?:=|\b(?:push|parse)\()\s*(?=[\[{\"])")
_DECODER = json.JSONDecoder(strict=False)
#: What hands over a piece of React's rows, which may be a short one.
_REACT = "__next_f.push("
#: What a page made with Nuxt 2 assigns its data to.
_NUXT = "__NUXT__"
#: Other scripts that are shorter hold no article.
_MIN_CHARACTERS = 300
#: All scripts of a page that are read, in characters, and what may be read in vain.
_MAX_CHARACTERS = 8_000_000
_MAX_WASTE = 2_000_000
_MAX_TRIES = 500
_MAX_ROWS = 5_000

#: A row of React's: its number, then a text of so many bytes, or one line of JSON.
_ROW = re.compile(rb"([0-9a-f]{1,8}):(?:T([0-9a-f]{1,7}),|[A-Z]*)")
#: Nuxt's names for values that stand for another one.
_WRAPPERS = frozenset({"Reactive", "ShallowReactive", "Ref", "ShallowRef"})
_MAX_WRAPPED = 10


def values_of(document: Document) -> list[Any]:
    """The JSON values in a page's scripts and attributes; JSON-LD is left to the voice that reads it.

    A row of React's that is text comes as a string, and stands in place of each reference to it.
    """
    found: list[Any] = []
    pieces: list[str] = []
    left = _MAX_CHARACTERS
    for script in document.tree.iter("script"):
        text, kind = script.text or "", script.get("type", "").lower()
        is_short = len(text) < _MIN_CHARACTERS and _REACT not in text
        if is_short or "ld+json" in kind:
            continue
        left -= len(text)
        if left < 0:
            break
        nuxt = nuxt_data(text) if _NUXT in text else None
        if nuxt is not None:
            found.append(nuxt)
            continue
        for value in [_whole(text)] if "json" in kind else _within(text):
            piece = _piece(value)
            if piece is not None:
                pieces.append(piece)
            elif script.get("id") == "__NUXT_DATA__" and isinstance(value, list):
                found.append(_revived(value))
            elif isinstance(value, dict | list):
                found.append(value)
    return found + list(_in_attributes(document, left)) + _rows("".join(pieces))


def _in_attributes(document: Document, left: int) -> Iterator[Any]:
    """The values in attributes such as data-props, of as many characters as are left."""
    tries = 0
    for element in document.tree.iter(lxml.etree.Element):
        for text in element.values():
            if len(text) < _MIN_CHARACTERS or text.lstrip()[:1] not in ("{", "["):
                continue
            left -= len(text)
            tries += 1
            if left < 0 or tries > _MAX_TRIES:
                return
            value = _whole(text)
            if isinstance(value, dict | list):
                yield value


def _whole(text: str) -> Any:
    try:
        return json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return None


def _within(text: str) -> Iterator[Any]:
    """The values in a program, outermost alone; a string that holds JSON is read."""
    at = tries = waste = 0
    while match := _BEGINNING.search(text, at):
        at = match.end()
        tries += 1
        if tries > _MAX_TRIES or waste > _MAX_WASTE:
            return
        try:
            value, at = _DECODER.raw_decode(text, at)
        except RecursionError:
            return
        except ValueError as error:
            # Each vain try may read the script to its end: so many times is enough.
            waste += max(getattr(error, "pos", at) - at, 0)
            continue
        if isinstance(value, str):
            value = _whole(value) if value[:1] in ("{", "[") else None
        yield value


def _piece(value: Any) -> str | None:
    """What one call of React's hands over: [1, "text"]."""
    if isinstance(value, list) and len(value) == 2 and value[0] == 1 and isinstance(value[1], str):
        return value[1]
    return None


def _rows(text: str) -> list[Any]:
    """The values of React's rows, each text in place of the references to it."""
    data, at = text.encode("utf-8", "replace"), 0
    texts: dict[str, str] = {}
    values: list[Any] = []
    while (match := _ROW.match(data, at)) and len(values) + len(texts) < _MAX_ROWS:
        if match[2]:
            end = match.end() + int(match[2], 16)
            texts[f"${match[1].decode()}"] = data[match.end() : end].decode("utf-8", "replace")
            at = end
            continue
        end = data.find(b"\n", match.end())
        end = len(data) if end < 0 else end
        values.append(_whole(data[match.end() : end].decode("utf-8", "replace")))
        at = end + 1
    used: set[str] = set()
    for value in values:
        _put_in(value, texts, used)
    alone = [words for name, words in texts.items() if name not in used]
    return [value for value in values if isinstance(value, dict | list)] + alone


def _put_in(value: Any, texts: dict[str, str], used: set[str]) -> None:
    """Put texts in the place of their names, within a value fresh from JSON."""
    stack = [value] if texts else []
    while stack:
        node = stack.pop()
        pairs = node.items() if isinstance(node, dict) else enumerate(node or ())
        for key, child in list(pairs) if isinstance(node, dict | list) else ():
            if isinstance(child, str) and child in texts:
                node[key] = texts[child]
                used.add(child)
            elif isinstance(child, dict | list):
                stack.append(child)


def _revived(flat: list[Any]) -> Any:
    """The first value of a list in which every value stands once and is meant by its number (devalue).

    What refers to itself does so in the result too: who walks it must look where he has been.
    """
    made: list[Any] = [
        {} if isinstance(value, dict) else [] if isinstance(value, list) else value
        for value in flat
    ]

    def meant(number: Any) -> Any:
        for _ in range(_MAX_WRAPPED):
            if not isinstance(number, int) or not 0 <= number < len(flat):
                return None
            value = flat[number]
            match value:
                case [str(name), int(inner)] if name in _WRAPPERS:
                    number = inner
                case _:
                    return made[number]
        return None

    for at, value in enumerate(flat):
        if isinstance(value, dict):
            made[at].update((key, meant(number)) for key, number in value.items())
        elif isinstance(value, list):
            made[at].extend(meant(number) for number in value)
    return meant(0) if flat else None
