"""One request for a page of the reader: who asks, for what, and the answer with its headers."""

import asyncio
import dataclasses
import hashlib
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import unquote
from weakref import WeakKeyDictionary

from datasette.database import QueryInterrupted
from datasette.utils import sqlite_timelimit, tilde_encode
from datasette.utils.asgi import NotFound, Response

from archive.vector_index import VectorIndex
from serve import wording
from serve.archives import (
    article_path,
    find_archives,
    is_public,
    may_see,
    permissions,
    settings,
    vector_index,
)
from serve.links import name_links
from serve.paging import Cursor, Key, Place
from serve.queries import Card, cards

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
    """One request for one page of the reader.

    dbs are the archives that are read, of which there is at least one; are_several says whether
    more than one is attached, so that addresses of articles name theirs.
    """

    datasette: Any
    request: Any
    dbs: tuple[Any, ...]
    are_several: bool = False
    #: What was asked before, by archive and table: a page asks for some several times.
    _seen: dict[tuple[str, str], bool] = field(default_factory=dict, repr=False, compare=False)

    @property
    def db(self) -> Any:
        """The one archive of a page that is about one."""
        return self.dbs[0]

    @property
    def archive(self) -> str | None:
        """The name of that archive as addresses have it: None where there is but one."""
        return self.name_of(self.db)

    def name_of(self, db: Any) -> str | None:
        """The name of an archive as addresses have it: None where there is but one."""
        return db.name if self.are_several else None

    def within(self, name: str | None) -> "Visit":
        """The same visit, to the archive of this name alone; None leaves it as it is.

        Raises:
            WrongAddress: no archive of that name may be seen.
        """
        if not name:
            return self
        chosen = tuple(db for db in self.dbs if db.name == name)
        if not chosen:
            raise WrongAddress("There is no archive of that name.")
        return dataclasses.replace(self, dbs=chosen)

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
        """True if whoever asks may see these tables too, in every archive."""
        for db in self.dbs:
            for table in tables:
                if (db.name, table) not in self._seen:
                    self._seen[db.name, table] = await may_see(
                        self.datasette, self.request.actor, db, table
                    )
                if not self._seen[db.name, table]:
                    return False
        return True

    async def cards(self, keys: Sequence[Key], with_links: bool) -> list[Card]:
        """The cards of articles."""
        return await cards(keys, with_links, self.are_several)

    async def read(self, work: Callable[[sqlite3.Connection], Result], db: Any = None) -> Result:
        """Run work on a read-only connection in a thread, under Datasette's time limit."""

        def timed(connection: sqlite3.Connection) -> Result:
            with sqlite_timelimit(connection, self.datasette.sql_time_limit_ms):
                try:
                    return work(connection)
                except sqlite3.OperationalError as error:
                    if error.args == ("interrupted",):
                        raise QueryInterrupted(error, "", {}) from error
                    raise

        result: Result = await (db or self.db).execute_fn(timed)
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

    async def vectors(self, db: Any = None) -> VectorIndex:
        """The index of vectors, brought up to date; the first time takes long for a large archive."""
        db = db or self.db
        index = vector_index(self.datasette, db)
        await db.execute_fn(index.refresh)
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
                "database": self.db.name if len(self.dbs) == 1 else None,
                "archive": self.archive if len(self.dbs) == 1 else None,
                "article_path": article_path,
                "reader": wording,
                "name_link": name_links(self.datasette.urls),
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

    def elsewhere(self, path: str) -> Any:
        """A redirect to another page of ours, until a decision is undone: never to be remembered."""
        query = self.request.query_string
        url = self.datasette.urls.path(path) + (f"?{query}" if query else "")
        return Response.redirect(url, status=302)

    async def missing(self, what: str, near: Mapping[str, str] | None = None) -> Any:
        """The page for what is not there; near: what may be meant, each with the path of its page."""
        return await self.page("message", 404, title="Not found", message=what, near=near)

    def _stylesheet(self) -> str:
        path = self.datasette.urls.static_plugins("newsarchive", "newsarchive.css")
        return f"{path}?{_stylesheet_version()}"


@cache
def _stylesheet_version() -> str:
    css = Path(__file__).with_name("static") / "newsarchive.css"
    return hashlib.sha256(css.read_bytes()).hexdigest()[:8]


async def answer(visit: Visit, show: Callable[[Visit], Awaitable[Any]]) -> Any:
    """Show a page, or say politely why not."""
    method = visit.request.method
    if method not in ("GET", "HEAD"):
        return Response.text("Method not allowed", status=405, headers={"allow": "GET, HEAD"})
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
    if method == "HEAD":
        response.body = ""
    return response


async def open_page(
    request: Any, datasette: Any, tables: tuple[str, ...], show: Callable[[Visit], Awaitable[Any]]
) -> Any:
    """Show a page to whoever may see these tables, of the archives in which they may.

    Raises:
        NotFound: no archive is attached. Forbidden: the actor may not see a table.
    """
    visit = await visit_of(request, datasette, tables)
    if visit is None:
        raise NotFound("No news archive is attached")
    return await answer(visit, show)


async def open_article(
    request: Any, datasette: Any, tables: tuple[str, ...], show: Callable[[Visit], Awaitable[Any]]
) -> Any:
    """Show a page about one article to whoever may see these tables of its archive.

    Where the address names no archive it is the first: such it was when there was but one.

    Raises:
        NotFound: there is no such archive. Forbidden: the actor may not see a table.
    """
    named = request.url_vars.get("archive")
    attached = await find_archives(datasette)
    chosen = [db for db in attached if named in (None, tilde_encode(db.name))][:1]
    if not chosen:
        raise NotFound("No such news archive is attached")
    for table in tables:
        await datasette.ensure_permissions(request.actor, permissions(chosen[0], table))
    return await answer(Visit(datasette, request, tuple(chosen), len(attached) > 1), show)


async def visit_of(request: Any, datasette: Any, tables: tuple[str, ...]) -> Visit | None:
    """A visit to the archives whose tables the actor may see; None where none is attached.

    Raises:
        Forbidden: there is none of which they may.
    """
    attached = await find_archives(datasette)
    if not attached:
        return None
    seen = [db for db in attached if await may_see(datasette, request.actor, db, *tables)]
    if not seen:
        for table in tables:
            await datasette.ensure_permissions(request.actor, permissions(attached[0], table))
    return Visit(datasette, request, tuple(seen), len(attached) > 1)
