"""One request for a page of the reader: who asks, for what, and the answer with its headers."""

import asyncio
import hashlib
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import unquote
from weakref import WeakKeyDictionary

from datasette.database import QueryInterrupted
from datasette.utils import sqlite_timelimit
from datasette.utils.asgi import NotFound, Response

from archive.vector_index import VectorIndex
from serve import wording
from serve.archives import (
    find_archive,
    is_public,
    may_see,
    permissions,
    settings,
    vector_index,
)
from serve.paging import Cursor, Place

Result = TypeVar("Result")

HEADERS = {
    "content-security-policy": (
        "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
}


class WrongAddress(Exception):
    """A parameter of the address cannot be understood."""


class TooBusy(Exception):
    """Too many costly answers are being made."""


#: On a public instance: so many searches at once, and so long may one wait for its turn.
_COSTLY_AT_ONCE = 2
_PATIENCE_S = 5.0
_gates: WeakKeyDictionary[Any, asyncio.Semaphore] = WeakKeyDictionary()


@dataclass(frozen=True)
class Visit:
    """One request for one page of the reader."""

    datasette: Any
    request: Any
    db: Any

    @property
    def nameplate(self) -> str:
        """The name of this instance: the title of Datasette's metadata."""
        return str(self.datasette.metadata("title") or "newsarchive")

    @property
    def is_public(self) -> bool:
        """True where strangers read: what is costly or private is off."""
        return is_public(self.datasette)

    def named(self, part: str) -> str:
        """A part of the address as it was before it was encoded."""
        return unquote(self.request.url_vars[part])

    def absolute(self, path: str) -> str:
        """The whole address of a path of ours."""
        return str(self.datasette.absolute_url(self.request, self.datasette.urls.path(path)))

    async def may_see(self, *tables: str) -> bool:
        """True if whoever asks may see these tables too."""
        return await may_see(self.datasette, self.request.actor, self.db, *tables)

    async def read(self, work: Callable[[sqlite3.Connection], Result]) -> Result:
        """Run work on a read-only connection in a thread, under Datasette's time limit."""

        def timed(connection: sqlite3.Connection) -> Result:
            with sqlite_timelimit(connection, self.datasette.sql_time_limit_ms):
                try:
                    return work(connection)
                except sqlite3.OperationalError as error:
                    if error.args == ("interrupted",):
                        raise QueryInterrupted(error, "", {}) from error
                    raise

        result: Result = await self.db.execute_fn(timed)
        return result

    @asynccontextmanager
    async def costly(self) -> AsyncIterator[None]:
        """Where strangers read, only so many costly answers are made at a time; others wait.

        Raises:
            TooBusy: the wait was too long.
        """
        if not self.is_public:
            yield
            return
        gate = _gates.setdefault(self.datasette, asyncio.Semaphore(_COSTLY_AT_ONCE))
        try:
            await asyncio.wait_for(gate.acquire(), _PATIENCE_S)
        except TimeoutError as error:
            raise TooBusy from error
        try:
            yield
        finally:
            gate.release()

    async def vectors(self) -> VectorIndex:
        """The index of vectors, brought up to date; the first time takes long for a large archive."""
        index = vector_index(self.datasette, self.db)
        await self.db.execute_fn(index.refresh)
        return index

    def place(self) -> Place:
        """Which page of a list is asked for.

        Raises:
            WrongAddress: the cursor is none of ours.
        """
        before, after = self.request.args.get("before"), self.request.args.get("after")
        text = before or after
        if not text:
            return Place()
        cursor = Cursor.parse(text)
        if cursor is None:
            raise WrongAddress("That page of the list does not exist.")
        return Place(cursor, "older" if before else "newer")

    @property
    def shows_images(self) -> bool:
        """True where the operator lets browsers ask publishers for their pictures."""
        return bool(settings(self.datasette).get("remote_images"))

    async def page(self, template: str, status: int = 200, **context: Any) -> Any:
        """A page of ours, with its headers."""
        html = await self.datasette.render_template(
            f"newsarchive/{template}.html",
            {
                "database": self.db.name,
                "reader": wording,
                "nameplate": self.nameplate,
                "stylesheet": self._stylesheet(),
                "question": "",
                "feed": "",
                "here": self.absolute(self.request.scope.get("route_path", self.request.path)),
                "is_public": self.is_public,
                **context,
            },
            request=self.request,
            view_name="newsarchive",
        )
        headers = dict(HEADERS)
        if context.get("picture"):
            policy = headers["content-security-policy"]
            headers["content-security-policy"] = policy.replace(
                "img-src 'self' data:", "img-src 'self' data: https: http:"
            )
        return Response.html(html, status=status, headers=headers)

    async def missing(self, what: str) -> Any:
        """The page for what is not there."""
        return await self.page("message", 404, title="Not found", message=what)

    def _stylesheet(self) -> str:
        path = self.datasette.urls.static_plugins("newsarchive", "newsarchive.css")
        return f"{path}?{_stylesheet_version()}"


@cache
def _stylesheet_version() -> str:
    css = Path(__file__).with_name("static") / "newsarchive.css"
    return hashlib.sha256(css.read_bytes()).hexdigest()[:8]


async def answer(
    request: Any, datasette: Any, db: Any, show: Callable[[Visit], Awaitable[Any]]
) -> Any:
    """Show a page, or say politely why not."""
    if request.method not in ("GET", "HEAD"):
        return Response.text("Method not allowed", status=405, headers={"allow": "GET, HEAD"})
    visit = Visit(datasette, request, db)
    try:
        response = await show(visit)
    except WrongAddress as error:
        response = await visit.page("message", 400, title="Not an address", message=str(error))
    except TooBusy:
        response = await visit.page(
            "message",
            503,
            title="Too many at once",
            message="Many people are searching at this moment. Try again in a few seconds.",
        )
        response.headers["retry-after"] = "5"
    except QueryInterrupted:
        response = await visit.page(
            "message",
            503,
            title="That took too long",
            message="The archive could not answer within its time limit. Ask for less, or try again.",
        )
    if request.method == "HEAD":
        response.body = ""
    return response


async def open_page(
    request: Any, datasette: Any, tables: tuple[str, ...], show: Callable[[Visit], Awaitable[Any]]
) -> Any:
    """Show a page to whoever may see these tables.

    Raises:
        NotFound: no archive is attached. Forbidden: the actor may not see a table.
    """
    db = await find_archive(datasette)
    if db is None:
        raise NotFound("No news archive is attached")
    for table in tables:
        await datasette.ensure_permissions(request.actor, permissions(db, table))
    return await answer(request, datasette, db, show)
