"""The README's transcripts do what they show, and its Python example runs."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

_ROOT = Path(__file__).resolve().parent.parent
_README = (_ROOT / "README.md").read_text(encoding="utf-8")
_SETUP = ("source ", "export ", "newsarchive serve")


def _transcript() -> list[tuple[str, str]]:
    """The commands of the blocks that begin with a prompt, each with the output shown."""
    blocks = re.findall(r"^```\n(\$ .*?)^```", _README, re.S | re.M)
    found = []
    for step in re.split(r"^\$ ", "".join(blocks), flags=re.M)[1:]:
        command, _, output = step.partition("\n")
        if not command.startswith(_SETUP):
            found.append((command, output))
    return found


def _without_times(text: str) -> str:
    text = re.sub(r"in [\d.]+ s", "in N s", text)
    text = re.sub(r"\([\d.]+ articles/s\)", "(N articles/s)", text)
    return re.sub(r"news\.db: [\d.]+ MB", "news.db: N MB", text)


def test_the_transcript_gives_what_it_shows(tmp_path: Path) -> None:
    (tmp_path / "samples").symlink_to(_ROOT / "samples")
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "NEWSARCHIVE_DB": "news.db", "PATH": path}
    for command, shown in _transcript():
        if command.startswith("sqlite3 ") and not _has_sqlite3():
            pytest.skip("there is no sqlite3 command on this machine")
        result = subprocess.run(
            ["bash", "-c", command], cwd=tmp_path, env=environment, capture_output=True, text=True
        )
        assert _without_times(result.stdout) == _without_times(shown), command


def _has_sqlite3() -> bool:
    return subprocess.run(["bash", "-c", "command -v sqlite3"], capture_output=True).returncode == 0


def test_the_python_example_runs(capsys: pytest.CaptureFixture[str]) -> None:
    (code,) = re.findall(r"^```python\n(.*?)^```", _README, re.S | re.M)
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=_ROOT, capture_output=True, text=True, check=True
    )
    lines = result.stdout.splitlines()
    assert lines[0].startswith("Facebook, Instagram go dark for two hours, and Musk cannot resist")
    assert all(line.endswith(" True") for line in lines[1:-1])
    assert "'Elon Musk'" in lines[-1]
