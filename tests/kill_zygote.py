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
import ingest.preloaded
import ingest.workers
from newsarchive import main


def _run(arguments):
    try:
        main(arguments, standalone_mode=False)
    except SystemExit as leaving:
        return int(leaving.code or 0)
    return 0


if __name__ == "__main__":
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
