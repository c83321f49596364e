"""Running a command and measuring all that it took: wall time, processor time, memory, of all its processes."""

import ctypes
import os
import resource
import subprocess
import threading
import time
from dataclasses import dataclass
from pathlib import Path

_SUBREAPER = 36  # PR_SET_CHILD_SUBREAPER, prctl(2)
_SAMPLE_S = 0.2


@dataclass(frozen=True)
class Cost:
    """What a command took. Memory is the largest sum of its processes' shares (PSS) seen at once."""

    seconds: float
    cpu_seconds: float
    peak_bytes: int
    exit_code: int
    output: str


def adopt_orphans() -> None:
    """Be told of the end of all descendants, so that the time of daemons counts too. Linux alone."""
    ctypes.CDLL(None).prctl(_SUBREAPER, 1)


def run(command: list[str], stdin: str = "", env: dict[str, str] | None = None) -> Cost:
    """Run a command in a session of its own and wait for all its processes.

    `adopt_orphans` must have been called once.
    """
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.monotonic()
    process = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        env={**os.environ, **(env or {})},
    )
    peak = [0]
    sampler = threading.Thread(target=_sample, args=(process, peak))
    sampler.start()
    output, _ = process.communicate(stdin)
    seconds = time.monotonic() - started
    sampler.join()
    _reap()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Cost(seconds, cpu, peak[0], process.returncode, output)


def memory_of_session(session: int) -> int:
    """The proportional set sizes of all processes of a session, in bytes."""
    return sum(map(_pss, processes_of(session)))


def _sample(process: "subprocess.Popen[str]", peak: list[int]) -> None:
    while process.poll() is None:
        peak[0] = max(peak[0], memory_of_session(process.pid))
        time.sleep(_SAMPLE_S)


def cpu_seconds_of_session(session: int) -> float:
    """The processor time of all processes of a session, and of those they have waited for."""
    # utime, stime, cutime, cstime: proc(5)
    ticks = sum(sum(map(int, _stat(process)[11:15])) for process in processes_of(session))
    return ticks / os.sysconf("SC_CLK_TCK")


def processes_of(session: int) -> list[Path]:
    """The folders in /proc of all processes of a session."""
    processes = (entry for entry in Path("/proc").iterdir() if entry.name.isdecimal())
    return [process for process in processes if _stat(process)[3:4] == [str(session)]]


def _stat(process: Path) -> list[str]:
    """What the system counts of a process, from its state on: proc(5); nothing if it has ended meanwhile."""
    try:
        return (process / "stat").read_text().rpartition(") ")[2].split()
    except OSError:
        return []


def _pss(process: Path) -> int:
    try:
        lines = (process / "smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))


def _reap() -> None:
    """Wait for orphans that came to us; a grace period ends those that do not end by themselves."""
    deadline = time.monotonic() + 15
    while time.monotonic() < deadline:
        try:
            pid, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            time.sleep(0.05)
