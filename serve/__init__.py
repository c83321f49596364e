"""The reader: a Datasette plugin with a front page, articles, entities and search.

Only hooks here. Datasette imports this package at every start, so what is heavy is imported
inside the hook that needs it.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

# Not `from datasette import hookimpl`, which is the same marker behind a slow import.
from pluggy import HookimplMarker

hookimpl = HookimplMarker("datasette")

#: In the tables people browse, the column that leads to the reader's page of the row.
_READER_LINKS = {
    ("articles", "title"): ("/-/article/", "id"),
    ("latest", "title"): ("/-/article/", "id"),
    ("article_tags", "title"): ("/-/article/", "article_id"),
    ("entities", "name"): ("/-/entity/", "slug"),
    ("stealth_edits", "title_after"): ("/-/article/", "article_id"),
}


@hookimpl
def register_routes() -> Sequence[tuple[str, Callable[..., Awaitable[Any]]]]:
    """Our pages. Plugin routes come before Datasette's own, so that "/" is the front page."""
    from serve.pages import article, edits, entity, front, health, machines, metrics, search, site

    return [
        (r"^/$", front.front),
        (r"^/-/databases-index(\.(?P<format>jsono?))?$", front.databases_index),
        (r"^/-/article/(?P<id>[^/]+)$", article.article),
        (r"^/-/article/(?P<id>[^/]+)/changes$", article.article_changes),
        (r"^/-/article/(?P<id>[^/]+)/names$", article.article_names),
        (r"^/-/article/(?P<id>[^/]+)/page$", article.stored_page),
        # Where several archives are read, the address of an article names its own.
        (r"^/-/article/(?P<archive>[^/]+)/(?P<id>[^/]+)$", article.article),
        (r"^/-/article/(?P<archive>[^/]+)/(?P<id>[^/]+)/changes$", article.article_changes),
        (r"^/-/article/(?P<archive>[^/]+)/(?P<id>[^/]+)/names$", article.article_names),
        (r"^/-/article/(?P<archive>[^/]+)/(?P<id>[^/]+)/page$", article.stored_page),
        (r"^/-/entities$", entity.names),
        (r"^/-/entity/(?P<slug>[^/]+)$", entity.entity),
        (r"^/-/coverage/(?P<slug>[^/]+)$", entity.coverage),
        (r"^/-/changes$", edits.edits),
        (r"^/-/changes\.(?P<form>atom|json)$", edits.feed),
        (r"^/-/sites$", site.sites),
        (r"^/-/site/(?P<site>.+)$", site.site),
        (r"^/-/author/(?P<author>[^/]+)$", site.author),
        (r"^/-/search$", search.search),
        (r"^/-/health$", health.health),
        (r"^/-/metrics$", metrics.metrics),
        (r"^/-/feed\.(?P<form>atom|json)$", machines.feed),
        (r"^/-/opensearch\.xml$", machines.opensearch),
        (r"^/sitemap\.xml$", machines.sitemap),
        (r"^/sitemap-(?P<part>[1-9][0-9]{0,4})\.xml$", machines.sitemap),
        (r"^/robots\.txt$", machines.robots),
    ]


@hookimpl
def startup(datasette: Any) -> Callable[[], Awaitable[None]]:
    """Find the archives before the first page asks which tables to hide."""
    from serve.archives import find_archives

    async def find() -> None:
        await find_archives(datasette)

    return find


@hookimpl
def get_metadata(datasette: Any, key: str | None) -> dict[str, Any]:
    """Describe the tables, views and columns of the attached archives, and hide the internal ones."""
    from serve.archives import known_archives

    # Permissions, plugin settings and facets are looked up under other keys, several times a page:
    # Datasette would copy every description for each.
    if key not in (None, "databases"):
        return {}

    # Datasette reads a top-level "tables" where a database has none of its own: keep it in force.
    inherited = datasette._metadata_local.get("tables") or {}
    return {
        "databases": {
            name: {"tables": _table_notes(inherited)} for name in known_archives(datasette)
        }
    }


def _table_notes(inherited: dict[str, Any]) -> dict[str, Any]:
    """Datasette's metadata of an archive's tables, made anew: Datasette writes into what it gets."""
    from archive.descriptions import TABLES, VIEWS

    notes: dict[str, Any] = {
        table: {"description": about.text, "columns": dict(about.columns)}
        | ({"hidden": True} if about.is_internal else {})
        for table, about in {**TABLES, **VIEWS}.items()
    }
    for table, settings in inherited.items():
        notes[table] = notes.get(table, {}) | settings
    return notes


@hookimpl
def canned_queries(datasette: Any, database: str) -> Callable[[], Awaitable[dict[str, Any]]]:
    """The questions of `serve.canned`, for each attached archive."""
    from serve.archives import find_archives, is_public, known_archives
    from serve.canned import QUERIES

    async def queries() -> dict[str, Any]:
        await find_archives(datasette)
        if database not in known_archives(datasette):
            return {}
        return {
            name: {
                "title": query.title,
                "description": query.description,
                "sql": query.sql.strip(),
            }
            for name, query in QUERIES.items()
            if not (query.is_private and is_public(datasette))
        }

    return queries


@hookimpl
def prepare_connection(conn: Any) -> None:
    """SQL functions for analysts: `similar(vector, vector)`, `search_words(text)`."""
    from archive.asked_words import fts_query
    from archive.vector_index import similar

    conn.create_function(
        "search_words", 1, lambda text: fts_query(str(text or "")), deterministic=True
    )
    conn.create_function("similar", 2, similar, deterministic=True)


@hookimpl
def register_mcp_tools(datasette: Any, mcp: Any) -> None:
    """Tools for programs, where the plugin datasette-mcp is installed, which asks for them."""
    from serve.archives import settings
    from serve.mcp_tools import add_tools, without_sessions

    add_tools(datasette, mcp)
    if settings(datasette).get("workers", 1) > 1:
        without_sessions(mcp)


@hookimpl
def asgi_wrapper(datasette: Any) -> Callable[[Any], Any]:
    """Take formulas out of CSV, and note how long answers take."""
    from serve.csv_cells import without_formulas
    from serve.metrics import note_for
    from serve.timing import timed

    return lambda app: timed(without_formulas(app), note_for(datasette))


@hookimpl
def menu_links(datasette: Any, actor: dict[str, Any] | None) -> Callable[[], Awaitable[Any]]:
    """Ways from Datasette's pages into the reader, for those who may read."""
    from serve.archives import find_archives, may_see

    async def links() -> list[dict[str, str]]:
        archives = await find_archives(datasette)
        if not any([await may_see(datasette, actor, db, "articles") for db in archives]):
            return []
        return [
            {"href": datasette.urls.instance(), "label": "Latest articles"},
            {"href": datasette.urls.path("/-/search"), "label": "Search articles"},
            {"href": datasette.urls.path("/-/databases-index"), "label": "All databases"},
        ]

    return links


@hookimpl
def render_cell(
    row: Any, value: Any, column: str, table: str, database: str, datasette: Any
) -> Any:
    """Titles and names in table pages lead to the reader."""
    from serve.archives import article_path, known_archives

    address = _READER_LINKS.get((table, column))
    archives = known_archives(datasette)
    if address is None or database not in archives or not value:
        return None
    from markupsafe import Markup

    path, key = address
    if key not in row.keys():  # noqa: SIM118 - a sqlite3.Row iterates over its values
        return None
    if path == "/-/article/":
        href = datasette.urls.path(article_path(row[key], database if len(archives) > 1 else None))
    else:
        href = datasette.urls.path(f"{path}{row[key]}")
    return Markup('<a href="{}">{}</a>').format(href, value)
