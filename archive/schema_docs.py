"""docs/schema.md, written from a fresh archive and `archive.descriptions`.

python -m archive.schema_docs            write the page
python -m archive.schema_docs --check    exit 1 and show the difference if it is out of date
"""

import difflib
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from sqlite_utils import Database

from archive.counts import COUNTS
from archive.descriptions import TABLES, VIEWS, Description
from archive.schema_examples import INTRODUCTION, QUERIES, STORED_VALUES
from archive.store import Archive

PAGE = Path(__file__).resolve().parent.parent / "docs" / "schema.md"
COMMAND = "python -m archive.schema_docs"


def render() -> str:
    """The page in Markdown, made from a fresh archive in a temporary folder."""
    with tempfile.TemporaryDirectory() as folder, Archive(Path(folder) / "archive.db") as archive:
        parts = [
            INTRODUCTION,
            _overview(),
            _relations(archive.db),
            "## How values are stored",
            *(_snippet(*value) for value in STORED_VALUES),
            "## Tables",
            *(_table(archive.db, name, about) for name, about in TABLES.items()),
            "## Views",
            *(_view(archive.db, name, about) for name, about in VIEWS.items()),
            "## Example queries",
            *(f"### {question}\n\n```sql\n{query}\n```" for question, query in QUERIES),
        ]
    return "\n\n".join(parts) + "\n"


def main(arguments: Sequence[str]) -> int:
    """Write the page, or compare it; return the exit code."""
    if list(arguments) not in ([], ["--check"]):
        print(f"usage: {COMMAND} [--check]", file=sys.stderr)
        return 2
    page = render()
    if not arguments:
        PAGE.write_text(page, encoding="utf-8")
        return 0
    present = PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""
    if present == page:
        return 0
    sys.stdout.writelines(
        difflib.unified_diff(
            present.splitlines(keepends=True),
            page.splitlines(keepends=True),
            f"{PAGE.name} as it is",
            f"{PAGE.name} as it should be",
        )
    )
    print(f"{PAGE}: it does not match the schema. Write it anew with: {COMMAND}", file=sys.stderr)
    return 1


def _overview() -> str:
    lines = ["## At a glance", ""]
    for kind, described in (("Tables", TABLES), ("Views", VIEWS)):
        lines += _grid(
            (kind, "What it holds"),
            ((f"[`{name}`](#{name})", _about(about)) for name, about in described.items()),
        )
        lines.append("")
    return "\n".join(lines[:-1])


def _relations(db: Database) -> str:
    """The foreign keys as a picture (Mermaid), tables of counts left out."""
    names = [name for name in TABLES if name not in COUNTS and name in db.table_names()]
    lines = ["## How tables refer to each other", "", "```mermaid", "erDiagram"]
    for name in names:
        for key in db.execute(f"pragma foreign_key_list([{name}])").fetchall():
            _id, _seq, other, column, *_ = key
            nullable = {row[0]: row[2] for row in _columns(db, name)}[column]
            lines.append(f"    {other} {'|o' if nullable else '||'}--o{{ {name} : {column}")
    return "\n".join([*lines, "```"])


def _about(about: Description) -> str:
    return about.text + (" *(internal)*" if about.is_internal else "")


def _snippet(heading: str, prose: str, language: str, code: str) -> str:
    return f"### {heading}\n\n{prose}\n\n```{language}\n{code}\n```"


def _table(db: Database, name: str, about: Description) -> str:
    rows = _columns(db, name)
    lines = [f"### {name}", "", f"{_about(about)}.", ""]
    lines += _grid(
        ("Column", "Type", "Null?", "What it holds"),
        (
            (
                f"`{column}`",
                kind or "any",
                "yes" if nullable else "no",
                _describe(name, about, column),
            )
            for column, kind, nullable, _key in rows
        ),
    )
    keys = sorted((key, column) for column, _kind, _nullable, key in rows if key)
    facts = [
        *([f"Primary key: {_list(column for _, column in keys)}."] if keys else []),
        *_foreign_keys(db, name),
        *_indexes(db, name),
    ]
    return "\n".join([*lines, "", *(f"- {fact}" for fact in facts)]).rstrip()


def _view(db: Database, name: str, about: Description) -> str:
    columns = [row[1] for row in db.execute(f"pragma table_info([{name}])")]
    grid = _grid(
        ("Column", "What it holds"),
        ((f"`{column}`", _describe(name, about, column)) for column in columns),
    )
    return "\n".join([f"### {name}", "", f"{about.text}.", "", *grid])


def _describe(name: str, about: Description, column: str) -> str:
    if column not in about.columns:
        raise SystemExit(f"{name}.{column}: describe it in archive/descriptions.py")
    return about.columns[column]


def _columns(db: Database, table: str) -> list[tuple[str, str, bool, int]]:
    """Name, type, whether null is allowed, place in the primary key (0: none) of each column."""
    return [
        # A primary key is never null here, though SQLite declares that only for some tables.
        (name, kind.lower(), not not_null and not key, key)
        for _cid, name, kind, not_null, _default, key in db.execute(f"pragma table_info([{table}])")
    ]


def _foreign_keys(db: Database, table: str) -> Iterator[str]:
    deletion: Mapping[str, str] = {
        "CASCADE": "; deleted together with it",
        "SET NULL": "; set to null when it is deleted",
    }
    rows = db.execute(f"pragma foreign_key_list([{table}])").fetchall()
    for _id, _seq, other, column, other_column, _update, on_delete, _match in sorted(
        rows, key=lambda row: str(row[3])
    ):
        yield f"`{column}` refers to `{other}.{other_column}`{deletion.get(on_delete, '')}."


def _indexes(db: Database, table: str) -> Iterator[str]:
    found = []
    for _seq, index, unique, origin, partial in db.execute(f"pragma index_list([{table}])"):
        if origin == "pk":
            continue
        columns = _list(row[2] for row in db.execute(f"pragma index_info([{index}])"))
        condition = _condition(db, index) if partial else ""
        found.append(f"{'Unique' if unique else 'Index'}: {columns}{condition}.")
    yield from sorted(found, key=lambda line: (line.startswith("Index"), line))


def _condition(db: Database, index: str) -> str:
    sql = db.execute("select sql from sqlite_master where name = ?", [index]).fetchone()[0]
    return f" where `{' '.join(sql.lower().partition(' where ')[2].split())}`"


def _list(names: Iterator[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _grid(head: Sequence[str], rows: Iterator[Sequence[str]]) -> list[str]:
    lines = [head, ["---"] * len(head), *rows]
    return ["| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
