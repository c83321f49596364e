"""Which attached databases are archives, and who may see them."""

from typing import Any
from weakref import WeakKeyDictionary

from datasette.utils import tilde_encode
from datasette.utils.asgi import Forbidden

from archive.vector_index import VectorIndex
from serve.several import each

#: The tables that make a database an archive, whatever its file is called.
_SIGNATURE = ("_sqlite_migrations", "articles", "articles_fts", "entities", "entity_timeline")

_known: WeakKeyDictionary[Any, set[str]] = WeakKeyDictionary()
_indexes: WeakKeyDictionary[Any, dict[str, VectorIndex]] = WeakKeyDictionary()


async def find_archives(datasette: Any) -> list[Any]:
    """The attached databases that are archives, in the order in which they were named.

    Asked for on every page: databases come and go, and the question costs one look at the schema.
    """
    files = [
        db for name, db in datasette.databases.items() if name != "_internal" and not db.is_memory
    ]
    answers = await each(files, _is_archive) if files else []
    found = [db for db, is_one in zip(files, answers, strict=True) if is_one]
    _known[datasette] = {db.name for db in found}
    return found


async def _is_archive(db: Any) -> bool:
    found = await db.execute(
        "select count(*) from sqlite_master where type = 'table' and name in (?, ?, ?, ?, ?)",
        list(_SIGNATURE),
    )
    return bool(found.first()[0] == len(_SIGNATURE))


def known_archives(datasette: Any) -> frozenset[str]:
    """The names of the archives that `find_archives` has met, for hooks that cannot wait."""
    return frozenset(_known.get(datasette, ()))


def permissions(db: Any, table: str) -> list[Any]:
    """What Datasette itself asks before it shows a table, most particular first."""
    return [("view-table", (db.name, table)), ("view-database", db.name), "view-instance"]


async def may_see(datasette: Any, actor: dict[str, Any] | None, db: Any, *tables: str) -> bool:
    """True if the actor may see all of these tables."""
    for table in tables:
        try:
            await datasette.ensure_permissions(actor, permissions(db, table))
        except Forbidden:
            return False
    return True


def article_path(article_id: Any, archive: str | None) -> str:
    """The address of an article; archive names its archive where there are several."""
    within = f"{tilde_encode(archive)}/" if archive else ""
    return f"/-/article/{within}{article_id}"


def settings(datasette: Any) -> dict[str, Any]:
    """The plugin's own settings, from Datasette's metadata ("plugins": {"newsarchive": {...}})."""
    found = datasette.plugin_config("newsarchive")
    return found if isinstance(found, dict) else {}


def is_public(datasette: Any) -> bool:
    """True where the operator has said that strangers read here."""
    return bool(settings(datasette).get("public"))


def vector_index(datasette: Any, db: Any) -> VectorIndex:
    """The vectors of an archive in memory, one index for each attached archive."""
    indexes = _indexes.setdefault(datasette, {})
    return indexes.setdefault(str(db.path), VectorIndex())
