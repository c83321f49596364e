"""CSV that a spreadsheet opens as text: no cell begins as a formula.

Datasette writes CSV row by row. What begins with =, +, -, @, a tab or a carriage return, unless it is a
number, gets an apostrophe in front (OWASP, "CSV Injection").
"""

import re
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

_FORMULA = re.compile(r"[=+\-@\t\r]")
#: A cell of CSV (RFC 4180), anchored by what stands before it: a comma or the start of a record.
_CELL = re.compile(r'(?:(?<=[,\r\n])|\A)(?:"(?P<quoted>[^"]*(?:""[^"]*)*)"|(?P<plain>[^",\r\n]+))')
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")


def inert(cell: str) -> str:
    """The cell as text that no spreadsheet computes."""
    if _FORMULA.match(cell) and not _NUMBER.fullmatch(cell):
        return f"'{cell}"
    return cell


def without_formulas(app: Application) -> Application:
    """The application with the formulas taken out of the CSV that it sends."""

    async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
        is_csv = scope["type"] == "http" and (
            scope["path"].endswith(".csv") or b"_format=csv" in scope.get("query_string", b"")
        )
        await app(scope, receive, _Cells(send) if is_csv else send)

    return wrapped


class _Cells:
    """Passes on what is sent, whole records at a time."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._rest = ""
        self._is_csv = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = dict(message.get("headers", []))
            kind = headers.get(b"content-type", b"")
            self._is_csv = message["status"] == 200 and kind.startswith(
                (b"text/plain", b"text/csv")
            )
            if self._is_csv:
                kept = [pair for pair in message["headers"] if pair[0] != b"content-length"]
                message = {**message, "headers": kept}
        elif message["type"] == "http.response.body" and self._is_csv:
            is_last = not message.get("more_body", False)
            text = self._rest + message.get("body", b"").decode("utf-8", "surrogateescape")
            self._rest = "" if is_last else _unfinished(text)
            whole = text[: len(text) - len(self._rest)]
            body = _rewritten(whole).encode("utf-8", "surrogateescape")
            message = {**message, "body": body}
        await self._send(message)


def _unfinished(text: str) -> str:
    """What stands behind the last record that is complete: a line may end inside quotes."""
    end = len(text)
    while (end := text.rfind("\n", 0, end)) >= 0:
        if text.count('"', 0, end) % 2 == 0:
            return text[end + 1 :]
    return text


def _rewritten(text: str) -> str:
    return _CELL.sub(_inert_cell, text)


def _inert_cell(found: re.Match[str]) -> str:
    quoted, plain = found["quoted"], found["plain"]
    if quoted is not None:
        return f'"{inert(quoted)}"'
    return inert(plain)
