"""The data of a Nuxt 2 page, which are a call of a function with the values that occur more than once.

    window.__NUXT__=(function(a,b){b.tag=a;return {data:[{title:a,story:b}]}}("Ferries",{}))

Nuxt writes them with devalue (Rich Harris): literals, names of parameters, and assignments to them. That
much is read here as a person would read it; anything else makes the whole no data. Nothing is run.
"""

import re
from collections.abc import Callable
from typing import Any

_BEGINNING = re.compile(r"__NUXT__\s*=(?!=)\s*")
_SPACE = re.compile(r"[\s;]*+")
_NAME = re.compile(r"[A-Za-z_$][\w$]*+")
_NUMBER = re.compile(r"-?(?:\d++(?:\.\d*+)?|\.\d++)(?:[eE][+-]?\d++)?")
_STRING = re.compile(r"\"((?:[^\"\\]++|\\.)*+)\"|'((?:[^'\\]++|\\.)*+)'", re.S)
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|u\{([0-9a-fA-F]{1,6})\}|x([0-9a-fA-F]{2})|(.))", re.S)
_ESCAPED = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f", "v": "\v", "0": "\0", "\n": ""}
_CONSTANTS = {
    "true": True, "false": False, "null": None, "undefined": None, "NaN": None, "Infinity": None,
}  # fmt: skip
#: What makes an object of its argument; the argument is what there is to read.
_MAKERS = frozenset({"Date", "Map", "Set", "Object", "String", "Number", "Boolean", "Array", "URL"})

_MAX_VALUES = 200_000
_MAX_DEPTH = 60
_MAX_PARAMETERS = 20_000


class _NoData(Exception):
    """The text is something else than such a call."""


def nuxt_data(script: str) -> Any:
    """The value that a script assigns to __NUXT__, or None where it assigns none that can be read.

    Values that occur more than once are one object in the result, and may refer to themselves: who walks
    it must look where he has been.
    """
    match = _BEGINNING.search(script)
    if match is None:
        return None
    try:
        return _Reader(script, match.end()).assigned()
    except _NoData:
        return None


class _Reader:
    """Reads a value from a place in a script on; each step is one look at a sign or a literal."""

    def __init__(self, text: str, at: int) -> None:
        self._text = text
        self._at = at
        self._values = 0
        self._parameters: dict[str, int] = {}
        #: What puts an argument into its places, once the arguments are known.
        self._later: list[Callable[[list[Any]], None]] = []

    def assigned(self) -> Any:
        parentheses = 0
        while self._takes("("):
            parentheses += 1
            if parentheses > _MAX_DEPTH:
                raise _NoData
        if not self._takes_word("function"):
            return self._value(0)
        self._takes_match(_NAME)
        self._needs("(")
        while not self._takes(")"):
            self._parameters[self._name()] = len(self._parameters)
            self._takes(",")
            if len(self._parameters) > _MAX_PARAMETERS:
                raise _NoData
        self._needs("{")
        while not self._takes_word("return"):
            self._assignment()
        holder: list[Any] = [None]
        self._put(holder, 0, 0)
        self._needs("}")
        self._takes(")")
        self._needs("(")
        return self._called(holder)

    def _called(self, holder: list[Any]) -> Any:
        parameters, self._parameters = self._parameters, {}  # they mean nothing in the arguments
        arguments = self._items(")", 0)
        arguments += [None] * (len(parameters) - len(arguments))
        for put in self._later:
            put(arguments)
        return holder[0]

    def _assignment(self) -> None:
        """A statement such as a.title="x" or b[0]=a."""
        name = self._parameters.get(self._name())
        path: list[str | int] = []
        while not self._takes("="):
            if self._takes("["):
                path.append(self._key())
                self._needs("]")
            else:
                self._needs(".")
                path.append(self._name())
            if len(path) > _MAX_DEPTH:
                raise _NoData
        if name is None or not path:
            raise _NoData
        held: list[Any] = [None]
        self._put(held, 0, 0)
        self._takes(",")

        def put(arguments: list[Any]) -> None:
            target = arguments[name]
            for key in path[:-1]:
                target = _child(target, key)
            _set_child(target, path[-1], held[0])

        self._later.append(put)

    def _put(self, holder: dict[str, Any] | list[Any], key: Any, depth: int) -> None:
        """Read a value into its place in an object; a parameter's comes there later."""
        self._skip()
        match = _NAME.match(self._text, self._at)
        number = self._parameters.get(match.group()) if match else None
        if match is None or number is None:
            holder[key] = self._value(depth)
            return
        self._at = match.end()
        self._count()
        self._later.append(lambda arguments: holder.__setitem__(key, arguments[number]))

    def _value(self, depth: int) -> Any:
        self._count()
        if depth > _MAX_DEPTH:
            raise _NoData
        if self._takes("{"):
            return self._object(depth)
        if self._takes("["):
            return self._items("]", depth)
        if self._takes("!"):
            return not self._value(depth + 1)
        if match := self._takes_match(_STRING):
            return _unescaped(match[1] if match[1] is not None else match[2])
        if match := self._takes_match(_NUMBER):
            is_whole = match.group().lstrip("-").isdecimal() and len(match.group()) < 20
            return int(match.group()) if is_whole else float(match.group())
        self._takes("-")
        return self._named(self._name(), depth)

    def _named(self, name: str, depth: int) -> Any:
        if name in _CONSTANTS:
            return _CONSTANTS[name]
        if name == "void":
            self._value(depth + 1)
            return None
        if name == "new":
            name = self._name()
        if name == "Object" and self._takes("."):
            if self._name() != "create":
                raise _NoData
            self._needs("(")
            self._items(")", depth)
            return {}
        if name not in _MAKERS:
            raise _NoData
        self._needs("(")
        made = self._items(")", depth)
        return made[0] if made else None

    def _object(self, depth: int) -> dict[str, Any]:
        made: dict[str, Any] = {}
        while not self._takes("}"):
            key = str(self._key())
            self._needs(":")
            made[key] = None  # here, so that the keys keep their order
            self._put(made, key, depth + 1)
            if not self._takes(","):
                self._needs("}")
                break
        return made

    def _items(self, end: str, depth: int) -> list[Any]:
        made: list[Any] = []
        while not self._takes(end):
            self._count()
            made.append(None)
            if self._takes(","):  # a hole
                continue
            self._put(made, len(made) - 1, depth + 1)
            if not self._takes(","):
                self._needs(end)
                break
        return made

    def _key(self) -> str | int:
        if match := self._takes_match(_STRING):
            return _unescaped(match[1] if match[1] is not None else match[2])
        if match := self._takes_match(_NUMBER):
            whole = match.group()
            return int(whole) if whole.isdecimal() and len(whole) < 10 else whole
        return self._name()

    def _name(self) -> str:
        match = self._takes_match(_NAME)
        if match is None:
            raise _NoData
        return match.group()

    def _takes_word(self, word: str) -> bool:
        self._skip()
        match = _NAME.match(self._text, self._at)
        if match is None or match.group() != word:
            return False
        self._at = match.end()
        return True

    def _takes_match(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        self._skip()
        match = pattern.match(self._text, self._at)
        if match:
            self._at = match.end()
        return match

    def _takes(self, sign: str) -> bool:
        self._skip()
        if not self._text.startswith(sign, self._at):
            return False
        self._at += len(sign)
        return True

    def _needs(self, sign: str) -> None:
        if not self._takes(sign):
            raise _NoData

    def _skip(self) -> None:
        match = _SPACE.match(self._text, self._at)
        if match:
            self._at = match.end()

    def _count(self) -> None:
        self._values += 1
        if self._values > _MAX_VALUES:
            raise _NoData


def _child(value: Any, key: str | int) -> Any:
    if isinstance(value, dict):
        return value.get(str(key))
    return (
        value[key]
        if isinstance(value, list) and isinstance(key, int) and key < len(value)
        else None
    )


def _set_child(value: Any, key: str | int, child: Any) -> None:
    if isinstance(value, dict):
        value[str(key)] = child
    elif isinstance(value, list) and isinstance(key, int) and key <= len(value):
        value[key : key + 1] = [child]


def _unescaped(text: str) -> str:
    if "\\" not in text:
        return text
    text = _ESCAPE.sub(_meant, text)
    # Signs beyond the first 65,536 are written as two halves.
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _meant(match: re.Match[str]) -> str:
    number = match[1] or match[2] or match[3]
    if number is None:
        return _ESCAPED.get(match[4], match[4])
    return chr(int(number, 16)) if int(number, 16) <= 0x10FFFF else " "
