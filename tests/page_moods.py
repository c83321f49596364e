"""What does to a worker of a cluster what pages and machines in the wild may do to it."""

import ctypes
import os
import re
import signal
import time
from pathlib import Path

from ingest.on_ray import read_and_sign
from summarize.defaults import Choice, enricher_for


def read_with_moods(page, article, parser, kind):
    """`read_and_sign`, but for pages that say what should happen."""
    if b"CRASH" in page.body:
        ctypes.string_at(0)
    if kill := re.search(rb"KILL ([^\s<]+)", page.body):
        _kill_the_worker_once(Path(kill[1].decode()))
    return read_and_sign(page, article, parser, kind)


def _kill_the_worker_once(mark):
    """End the process of the cluster in whose parser's process this runs, with the page half read."""
    if not mark.exists():
        mark.touch()
        fork_server = os.getppid()
        os.kill(int(Path(f"/proc/{fork_server}/stat").read_text().split()[3]), signal.SIGKILL)
        time.sleep(60)


class _MortalEnricher:
    """The default models, but an article that says KILL and a path ends their process, once."""

    #: So few that ten articles are several batches.
    articles_at_once = 4

    def __init__(self):
        self._models = enricher_for(Choice(tagger="gazetteer", precision="float32"))

    def model(self, task):
        return self._models.model(task)

    def enrich(self, items):
        for item in items:
            if (kill := re.search(r"KILL (\S+)", item.text)) and not Path(kill[1]).exists():
                Path(kill[1]).touch()
                os.kill(os.getpid(), signal.SIGKILL)
            if "BREAK" in item.text:
                raise RuntimeError("out of its depth")
        return self._models.enrich(items)


def mortal_enricher():
    """What a cluster's actors are given to make their models."""
    return _MortalEnricher()
