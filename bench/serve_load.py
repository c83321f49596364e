"""Asks a served archive for each kind of page, from 1 and from 8 clients, beside plain Datasette."""

import asyncio
import os
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote, urlencode

import httpx

from archive import Archive

_CLIENTS = (1, 8)
#: Plain Datasette takes seconds for a page of a large table.
_MOST_OF_DATASETTE = 16


def addresses(path: Path) -> dict[str, list[str]]:
    """For each kind of page, addresses to ask in turn; taken from what the archive holds."""
    with Archive(path, "read") as archive:
        db = archive.db

        def column(sql: str) -> list[str]:
            return [row[0] for row in db.execute(sql)]

        newest = db.execute("select max(id) from articles").fetchone()[0]
        entities = column(
            "select slug from entity_totals t join entities e on e.id = t.entity_id "
            "order by articles desc limit 40"
        )
        rare = column(
            "select name from entities where id in (select entity_id from entity_totals "
            "where articles between 1 and 30 limit 40)"
        )
        sites = column("select site from site_totals order by articles desc limit 40")
        authors = column("select author from author_totals order by articles desc limit 40")
        titles = column(f"select title from articles where id > {newest - 40}")
        common = [title.split()[-1] for title in titles]
    name = path.stem
    step = max(1, newest // 40)
    encoded = [quote(site, safe="") for site in sites]

    def search(words: list[str], **filters: str) -> list[str]:
        return [f"/-/search?{urlencode({'q': word, **filters})}" for word in words]

    return {
        "front": ["/"],
        "article": [f"/-/article/{n}" for n in range(1, newest, step)],
        "entity": [f"/-/entity/{slug}" for slug in entities],
        "coverage": [f"/-/coverage/{slug}" for slug in entities],
        "site": [f"/-/site/{site}" for site in encoded],
        "author": [f"/-/author/{quote(author, safe='')}" for author in authors],
        "health": ["/-/health"],
        "search, common word": search(common),
        "search, rare name": search(rare),
        "search, phrase": search([f'"{" ".join(title.split()[:2])}"' for title in titles]),
        "search, word and site": search(common, site=sites[0]),
        "search, word and dates": search(common, since="2024-01-01", until="2024-03-31"),
        "search, both ways": search(rare, by="both"),
        "more like this": [f"/-/search?like={n}" for n in range(1, newest, step)],
        "feed of an entity": [f"/-/feed.atom?entity={slug}" for slug in entities],
        "Datasette: rows as JSON": [f"/{name}/articles.json?_size=30&_sort_desc=published_at"],
        "Datasette: table": [f"/{name}/articles?_size=30&_sort_desc=published_at"],
        "Datasette: row": [f"/{name}/articles/{n}" for n in range(1, newest, step)],
        "Datasette: search": [f"/{name}/articles?_size=20&_search={word}" for word in common],
        "Datasette: facet": [f"/{name}/articles.json?_size=0&_facet=site&_nosuggest=1"],
    }


@contextmanager
def server(path: Path, workers: int = 1) -> Iterator[tuple[str, int, float]]:
    """(address, process id, seconds until the first answer) of a server of its own."""
    command = [sys.executable, "-m", "newsarchive", "--db", str(path), "serve", "--port", "0"]
    command += ["--workers", str(workers)]
    began = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        found = re.search(r"http://\S+", process.stdout.readline() if process.stdout else "")
        if found is None:
            raise SystemExit("the server did not start")
        httpx.get(found[0] + "/", timeout=60)
        yield found[0], process.pid, time.perf_counter() - began
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)


def run(path: Path, requests: int, only: str, memory_requests: int, workers: int) -> None:
    """Print the table of times in milliseconds (processor time of one request; median and 95th
    percentile of answers to 1 and to 8 clients), then memory before and after many requests."""
    kinds = {kind: paths for kind, paths in addresses(path).items() if only in kind}
    with server(path, workers) as (address, pid, start_s):
        size = f"{path.stat().st_size / 1e9:.2f} GB"
        print(f"{path.name}: {size}, first page after {start_s:.2f} s, workers: {workers}\n")
        # The vectors are read in the background, once in each process.
        for _ in range(4 * workers):
            httpx.get(f"{address}/-/search?like=1", timeout=60)
        columns = "".join(f" median, {n} | 95th, {n} |" for n in _CLIENTS)
        print(f"| page | CPU |{columns}\n|---|---:|{'---:|---:|' * len(_CLIENTS)}")
        for kind, paths in kinds.items():
            cells: list[str] = []
            is_datasette = kind.startswith("Datasette")
            for clients in _CLIENTS:
                before = _cpu_ms(pid)
                number = min(requests, _MOST_OF_DATASETTE) if is_datasette else requests
                times, failed = asyncio.run(_ask(address, paths, number, clients))
                if not cells:
                    cells.append(f"{(_cpu_ms(pid) - before) / (number + 1):.1f}")
                note = f" ({failed} failed)" if failed else ""
                cells += [f"{_at(times, 0.5):.1f}", f"{_at(times, 0.95):.1f}{note}"]
            print(f"| {kind} | {' | '.join(cells)} |", flush=True)
        if memory_requests:
            ours = (paths for kind, paths in kinds.items() if not kind.startswith("Datasette"))
            _memory(address, pid, [one for paths in ours for one in paths], memory_requests)


def _memory(address: str, pid: int, paths: list[str], requests: int) -> None:
    """Print the memory of the server along the way of many mixed requests."""
    random.Random(1).shuffle(paths)
    print("\n| mixed requests | resident memory, MB |\n|---:|---:|")
    print(f"| 0 | {_memory_mb(pid):.0f} |", flush=True)
    done = 0
    for step in (0.01, 0.1, 0.25, 0.5, 0.75, 1.0):
        _, failed = asyncio.run(_ask(address, paths, int(step * requests) - done, 4))
        done = int(step * requests)
        note = f" ({failed} failed)" if failed else ""
        print(f"| {done:,} | {_memory_mb(pid):.0f}{note} |", flush=True)


async def _ask(
    address: str, paths: list[str], requests: int, clients: int
) -> tuple[list[float], int]:
    """Times in milliseconds, sorted, and how many answers were no 200."""
    times: list[float] = []
    failed = 0
    queue = iter(range(requests))

    async def one(client: httpx.AsyncClient) -> None:
        nonlocal failed
        for number in queue:
            began = time.perf_counter()
            response = await client.get(address + paths[number % len(paths)])
            times.append(1000 * (time.perf_counter() - began))
            failed += response.status_code != 200

    async with httpx.AsyncClient(timeout=60) as client:
        await client.get(address + paths[0])
        await asyncio.gather(*(one(client) for _ in range(clients)))
    return sorted(times), failed


def _at(times: list[float], share: float) -> float:
    return times[min(len(times) - 1, int(share * len(times)))]


def _with_workers(pid: int) -> list[int]:
    """A server and the processes that it has started (Linux)."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *map(int, children)]


def _cpu_ms(pid: int) -> float:
    """Time on a processor so far (Linux): what does not depend on who else uses the machine."""
    ticks = 0
    for one in _with_workers(pid):
        fields = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return 1000 * ticks / os.sysconf("SC_CLK_TCK")


def _memory_mb(pid: int) -> float:
    """Resident memory (Linux), what processes share counted for each."""
    pages = sum(
        int(Path(f"/proc/{one}/statm").read_text().split()[1]) for one in _with_workers(pid)
    )
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6
