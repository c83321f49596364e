"""How large each table of an archive is, and how long commands and maintenance take on it."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from archive import Archive

_ROOT = Path(__file__).parent.parent
_LARGEST = 25
_REPARSED = 200


def run(path: Path, vacuum: bool) -> None:
    """Print the sizes and the times as tables."""
    _sizes(path)
    _commands(path)
    _maintenance(path, vacuum)


def _sizes(path: Path) -> None:
    """Pages of the file by table and index; needs SQLite's `dbstat`."""
    with Archive(path, "read") as archive:
        articles = archive.db.execute("select count(*) from articles").fetchone()[0] or 1
        # Not its pgsize, which SQLite 3.40 adds up in 32 bits.
        rows = archive.db.execute(
            "select name, pageno * page_size from dbstat, pragma_page_size "
            "where aggregate = true order by 2 desc"
        ).fetchall()
        owner = dict(archive.db.execute("select name, tbl_name from sqlite_master").fetchall())
    total = sum(size for _, size in rows)
    print(
        f"{path.name}: {articles:,} articles, {total / 1e9:.2f} GB, {total / articles:,.0f} bytes each\n"
    )
    print("| table or index | of | MB | bytes an article | share |\n|---|---|---:|---:|---:|")
    for name, size in rows[:_LARGEST]:
        of = owner.get(name, "")
        print(
            f"| {name} | {of if of != name else ''} | {size / 1e6:,.1f} | {size / articles:,.0f} "
            f"| {100 * size / total:.1f} % |"
        )
    rest = sum(size for _, size in rows[_LARGEST:])
    print(f"| {len(rows) - _LARGEST} more | | {rest / 1e6:,.1f} | {rest / articles:,.0f} "
          f"| {100 * rest / total:.1f} % |\n", flush=True)  # fmt: skip


def _commands(path: Path) -> None:
    """The commands as a user types them, each a process of its own; the second call of each counts too."""
    with Archive(path, "read") as archive:
        title = archive.db.execute(
            "select title from articles order by id desc limit 1"
        ).fetchone()[0]
        slug = archive.db.execute(
            "select slug from entities e join entity_totals t on t.entity_id = e.id "
            "order by t.articles desc limit 1"
        ).fetchone()[0]
    words = title.split()
    print("| command | first, s | again, s | processor, s |\n|---|---:|---:|---:|")
    _command(path, "status")
    _command(path, "search", "the", "company")
    _command(path, "search", words[-1])
    _command(path, "search", f'"{" ".join(words[:2])}"')
    _command(path, "search", words[-1], "--by", "both")
    _command(path, "search", "company", "--entity", slug)
    _command(path, "show", "1")
    _command(path, "reparse", "--dry-run", "--limit", str(_REPARSED))
    _command(path, "summarize")
    print()


def _command(path: Path, *arguments: str) -> None:
    times, processor = [], 0.0
    for _ in range(2):
        before, began = os.times(), time.perf_counter()
        command = [sys.executable, "-m", "newsarchive", "--db", str(path), *arguments]
        done = subprocess.run(command, cwd=_ROOT, capture_output=True, text=True)
        times.append(time.perf_counter() - began)
        after = os.times()
        processor = (
            after.children_user
            + after.children_system
            - before.children_user
            - before.children_system
        )
        if done.returncode:
            raise SystemExit(f"{' '.join(arguments)}: {done.stderr}")
    print(
        f"| `{' '.join(arguments)}` | {times[0]:.2f} | {times[1]:.2f} | {processor:.2f} |",
        flush=True,
    )


def _maintenance(path: Path, vacuum: bool) -> None:
    print("| maintenance | wall, s | processor, s | result |\n|---|---:|---:|---|")
    with Archive(path) as archive:

        def ask(sql: str) -> Callable[[], str]:
            return lambda: " ".join(map(str, archive.db.execute(sql).fetchone() or ()))

        _timed("checkpoint", ask("pragma wal_checkpoint(truncate)"))
        _timed("quick check", ask("pragma quick_check(1)"))
        _timed("integrity check", ask("pragma integrity_check(1)"))
        _timed("foreign keys", ask("select count(*) from pragma_foreign_key_check"))
        check = "insert into articles_fts(articles_fts) values ('integrity-check')"
        _timed("search index check", ask(check))
        optimize = "insert into articles_fts(articles_fts) values ('optimize')"
        _timed("search index optimize", ask(optimize))
        print(f"| log after that | | | {_mb(path, '-wal')} |")
        _timed("checkpoint", ask("pragma wal_checkpoint(truncate)"))
        print(f"| file and log | | | {_mb(path)}, {_mb(path, '-wal')} |", flush=True)
        if vacuum:
            _timed("VACUUM", ask("vacuum"))
            _timed("checkpoint", ask("pragma wal_checkpoint(truncate)"))
            print(f"| file and log | | | {_mb(path)}, {_mb(path, '-wal')} |", flush=True)


def _timed(what: str, work: Callable[[], str]) -> None:
    wall, cpu = time.perf_counter(), time.process_time()
    result = work()
    print(
        f"| {what} | {time.perf_counter() - wall:.1f} | {time.process_time() - cpu:.1f} | {result} |",
        flush=True,
    )


def _mb(path: Path, ending: str = "") -> str:
    file = Path(f"{path}{ending}")
    return f"{file.stat().st_size / 1e6:,.1f} MB" if file.exists() else "none"
