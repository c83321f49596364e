"""The demo archive, built once for all tests by the real command."""

import subprocess
import sys
from functools import cache
from pathlib import Path


def run_demo(folder, *options):
    """Run `newsarchive demo` in a folder."""
    return subprocess.run(
        [sys.executable, "-m", "newsarchive", *options, "demo"],
        cwd=folder,
        capture_output=True,
        text=True,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(Path(__file__).parent.parent)},
    )


@cache
def build(base):
    """Build the demo in a new folder below base; return the folder and what the command printed."""
    folder = base / "the-demo"
    folder.mkdir()
    return folder, run_demo(folder)
