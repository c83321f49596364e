"""A process that has loaded everything, forks a `newsarchive` command for each line on stdin, and waits for it.

It is what makes a hundred killed runs affordable: a child begins in milliseconds. Each line is a
JSON list of arguments; the answer is the child's process id, and after its end its exit code (a
negative one is the signal that killed it).
"""

import json
import os
import sys

import ingest.cli
import ingest.duplicates
import ingest.fetch
import ingest.pipeline
import ingest.read
import ingest.voices.jsonld
import ingest.voices.markup
import ingest.voices.metatags
import ingest.voices.newspaper3k
import ingest.voices.trafilatura
import ingest.workers
from ingest.parse import parse_article
from newsarchive import main


def _warm_up():
    """Load what the parsers load when they are first used."""
    words = "The boat came in on the morning tide and nobody was there to see it. " * 20
    parse_article(f"<html><h1>A boat</h1><article><p>{words}</p></article></html>".encode())


def _run(arguments):
    try:
        main(arguments, standalone_mode=False)
    except SystemExit as leaving:
        return int(leaving.code or 0)
    return 0


if __name__ == "__main__":
    _warm_up()
    # A fork server of its own would have to load everything again in each child.
    ingest.workers.START_METHOD = "fork"
    print("ready", flush=True)
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            devnull = os.open(os.devnull, os.O_RDWR)
            for descriptor in (0, 1, 2):
                os.dup2(devnull, descriptor)
            os._exit(_run(json.loads(line)))
        print(pid, flush=True)
        _, status = os.waitpid(pid, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)
