"""The demo archive, built once for all tests by the real command."""

import fcntl
import json
import os
import subprocess
import sys
from pathlib import Path


def run_demo(folder, *options):
    """Run `newsarchive demo` in a folder."""
    return subprocess.run(
        [sys.executable, "-m", "newsarchive", *options, "demo"],
        cwd=folder,
        capture_output=True,
        text=True,
        env={
            "PATH": "/usr/bin:/bin",
            "PYTHONPATH": str(Path(__file__).parent.parent),
            "OMP_NUM_THREADS": os.environ["OMP_NUM_THREADS"],  # tests/conftest.py
        },
    )


def build(base):
    """Build the demo in a folder below base; return the folder and what the command printed.

    The processes among which pytest-xdist shares the tests have bases side by side: one of them
    builds the demo, for all.
    """
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    folder, told = shared / "the-demo", shared / "the-demo.json"
    with (shared / "the-demo.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not told.exists():
            folder.mkdir()
            done = run_demo(folder)
            told.write_text(json.dumps([done.args, done.returncode, done.stdout, done.stderr]))
    return folder, subprocess.CompletedProcess(*json.loads(told.read_text()))
