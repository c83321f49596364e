"""How long each answer took, told to whoever wants to know."""

import time
from collections.abc import Callable
from typing import Any

#: Is told of an answer: the scope of its request, its status, the seconds it took.
Note = Callable[[Any, int, float], None]


def timed(app: Any, note: Note) -> Any:
    """An ASGI application that also tells how long each of its answers took."""

    async def noting(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        started, status = time.monotonic(), 500

        async def sending(event: Any) -> None:
            nonlocal status
            if event["type"] == "http.response.start":
                status = event["status"]
            await send(event)

        try:
            await app(scope, receive, sending)
        finally:
            note(scope, status, time.monotonic() - started)

    return noting
