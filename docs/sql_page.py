"""docs/sql.md: the reader's canned queries at work on the demo archive."""

import asyncio
import shutil
import tempfile
from pathlib import Path
from typing import Any

from datasette.app import Datasette

from archive import Archive
from serve.canned import QUERIES

_HEAD = """# Questions in SQL

The queries that every archive has at hand in Datasette (under its tables, and as JSON and CSV at
`/archive/NAME.json`), each with what it gives for the demo archive. They are meant to be changed: "Edit
SQL" on a query's page opens it with your values in place. Made by `make docs`; do not edit.

Names such as `:entity` are asked for; an entity is named by its slug, the last part of the address
of its page. `similar(a, b)`, the cosine of two vectors, and `search_words(words)`, which makes a safe
full-text query of any words, are SQL functions of the reader. What each table and
column means is in [schema.md](schema.md). The tables of counts (`site_days`, `entity_days` and
theirs) are kept by triggers as articles come in: they answer at once, however large the archive is.
"""
_ROWS_SHOWN = 6
_CELL_CHARACTERS = 60


def sql_page(archive: Path) -> str:
    """The page, for an archive that may be of an older schema."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "archive.db"
        shutil.copy(archive, copy)
        with Archive(copy) as opened:
            opened.compact()
        answers = asyncio.run(_answers(copy))
    parts = [_HEAD]
    for name, query in QUERIES.items():
        values = ", ".join(f"`{key}` = `{value}`" for key, value in query.example.items())
        parts += [
            f"## {query.title}\n",
            f"{query.description}. `{name}`{': ' + values if values else ''}\n",
            f"```sql\n{query.sql.strip()}\n```\n",
            _table(answers[name]) + "\n",
        ]
    return "\n".join(parts)


async def _answers(archive: Path) -> dict[str, list[dict[str, Any]]]:
    datasette = Datasette([str(archive)])
    try:
        found = {}
        for name, query in QUERIES.items():
            asked = {**query.example, "_shape": "array"}
            response = await datasette.client.get(f"/archive/{name}.json", params=asked)
            if response.status_code != 200:
                raise SystemExit(f"The query {name} failed: {response.text}")
            found[name] = response.json()
        return found
    finally:
        datasette.executor.shutdown()
        for database in datasette.databases.values():
            database.close()


def _table(rows: list[dict[str, Any]]) -> str:
    if not rows:
        return "No rows."
    lines = [_line(rows[0]), _line("---" for _ in rows[0])]
    lines += [_line(_cell(value) for value in row.values()) for row in rows[:_ROWS_SHOWN]]
    if len(rows) > _ROWS_SHOWN:
        lines.append(f"\n... and {len(rows) - _ROWS_SHOWN} more rows")
    return "\n".join(lines)


def _line(cells: Any) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(value: Any) -> str:
    text = "" if value is None else " ".join(str(value).split())
    short = text if len(text) <= _CELL_CHARACTERS else text[:_CELL_CHARACTERS].rstrip() + "…"
    return short.replace("|", "\\|").replace("<", "&lt;")
