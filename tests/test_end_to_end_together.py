"""ingest, summarize and serve at work on one file at the same time, as commands of their own."""

import os
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
from fault_server import article
from ingest_command import rows
from test_serve_cli import serving

ROOT = Path(__file__).parent.parent
BATCHES, IN_A_BATCH = 4, 6
PAGES = ["/", "/-/search?q=boat", "/-/article/1", "/archive/articles.json?_shape=array"]


def command(db, *arguments):
    """Run a command to its end; what it said on stderr."""
    done = subprocess.run(
        [sys.executable, "-m", "newsarchive", "--db", str(db), *map(str, arguments)],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert done.returncode == 0, done.stderr
    return done.stderr


def batches(tmp_path):
    for batch in range(BATCHES):
        folder = tmp_path / f"batch {batch}"
        folder.mkdir()
        for n in range(IN_A_BATCH):
            page = article(f"Boat {batch}-{n} turns up at Meta", text=f"Boat {batch}-{n} is new.")
            (folder / f"{n}.html").write_bytes(page)
        yield folder


def test_nobody_meets_a_lock_and_nothing_is_lost(db, tmp_path):
    folders = list(batches(tmp_path))
    command(db, "ingest", folders[0])  # so that there is something to serve
    statuses = []
    with serving(db) as (_process, _line, address), ThreadPoolExecutor() as threads:
        ingesting = threads.submit(lambda: [command(db, "ingest", folder) for folder in folders])
        summarizing = threads.submit(lambda: [command(db, "summarize") for _ in range(2)])
        with httpx.Client(base_url=address, timeout=60) as client:
            while not (ingesting.done() and summarizing.done()):
                statuses += [(path, client.get(path).status_code) for path in PAGES]
                time.sleep(0.2)  # a reader's pause: the commands have the cores
        said = [*ingesting.result(), *summarizing.result()]
        command(db, "summarize")  # what came after the last summarize had looked
        shown = httpx.get(address, timeout=60).text
    assert {status for _path, status in statuses} == {200}, statuses
    assert not re.search("lock|busy", "".join(said))
    assert rows(
        db,
        "select count(*) as articles, count(summary) as summaries from articles",
    ) == [{"articles": BATCHES * IN_A_BATCH, "summaries": BATCHES * IN_A_BATCH}]
    assert rows(db, "select count(*) as n from vectors") == [{"n": BATCHES * IN_A_BATCH}]
    assert rows(db, "pragma integrity_check") == [{"integrity_check": "ok"}]
    assert "turns up at Meta" in shown
