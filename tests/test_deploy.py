"""The examples in deploy/ and docs/operations.md: what they run exists, what they copy is there."""

import json
import re
import shlex
import shutil
import subprocess
import tomllib
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path

import click
import pytest
from packaging.specifiers import SpecifierSet

import newsarchive

ROOT = Path(__file__).parent.parent
DEPLOY = ROOT / "deploy"
UNITS = sorted([*DEPLOY.glob("*.service"), *DEPLOY.glob("*.timer")])
INSTALLED = "/opt/newsarchive/.venv/bin/newsarchive"


def understood(words, group=newsarchive.main, parent=None):
    """Reads a command line as the program does, without running it; the name of its command."""
    with group.make_context("newsarchive", list(words), parent=parent) as context:
        # What click has not read yet: it keeps the command apart until its version 9.
        rest = [*getattr(context, "_protected_args", ()), *context.args]
        name, command, rest = group.resolve_command(context, rest)
        if isinstance(command, click.Group):
            understood(rest, command, context)
        else:
            command.make_context(name, rest, parent=context).close()
    return name


def instructions():
    """The (instruction, rest) of each line of the Dockerfile."""
    text = (DEPLOY / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return [tuple(line.split(" ", 1)) for line in lines]


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_systemd_takes_the_units(tmp_path, unit):
    if not shutil.which("systemd-analyze"):
        pytest.skip("no systemd-analyze on this machine")
    for one in UNITS:
        text = one.read_text(encoding="utf-8").replace(INSTALLED, shutil.which("true"))
        (tmp_path / one.name).write_text(text, encoding="utf-8")
    result = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(tmp_path / unit.name)],
        capture_output=True,
        text=True,
    )
    assert (result.returncode, result.stderr) == (0, "")


def test_the_units_run_commands_that_there_are():
    started = [
        shlex.split(line.partition("=")[2].removeprefix("-"))
        for unit in UNITS
        for line in unit.read_text(encoding="utf-8").splitlines()
        if line.startswith("ExecStart=")
    ]
    assert {words[0] for words in started} == {INSTALLED}
    assert [understood(words[1:]) for words in started] == [
        "summarize",
        "backup",
        "doctor",
        "serve",
        "watch",
    ]


def test_the_image_holds_all_that_is_installed():
    copied = {
        source
        for instruction, rest in instructions()
        if instruction == "COPY"
        for source in rest.split()[:-1]
    }
    assert [source for source in copied if not (ROOT / source).exists()] == []
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    packages = {
        name.rstrip("*") for name in project["tool"]["setuptools"]["packages"]["find"]["include"]
    }
    modules = {f"{name}.py" for name in project["tool"]["setuptools"]["py-modules"]}
    needed = packages | modules | {"pyproject.toml", "README.md", "LICENSE", "constraints.txt"}
    assert copied == needed
    allowed = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert {line[1:] for line in allowed if line.startswith("!")} == needed


def test_the_image_runs_a_command_that_there_is():
    known = {"FROM", "ARG", "WORKDIR", "COPY", "RUN", "USER", "VOLUME", "ENV", "EXPOSE",
             "STOPSIGNAL", "ENTRYPOINT", "CMD"}  # fmt: skip
    found = instructions()
    assert {instruction for instruction, _ in found} == known
    last = dict(found)
    assert json.loads(last["ENTRYPOINT"]) == ["newsarchive"]
    assert understood(json.loads(last["CMD"])) == "serve"


def test_the_pinned_packages_take_the_python_of_debian_12():
    pinned = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()[1:]
    asked = {line: asked_python(line.partition("==")[0]) for line in pinned}
    assert {line: asks for line, asks in asked.items() if "3.11.2" not in SpecifierSet(asks)} == {}


def asked_python(package):
    """The versions of Python that an installed package asks for; any for one that is not installed."""
    try:
        return metadata(package).get("Requires-Python") or ""
    except PackageNotFoundError:
        return ""


def test_compose_runs_commands_that_there_are():
    text = (DEPLOY / "compose.yaml").read_text(encoding="utf-8")
    commands = [json.loads(found) for found in re.findall(r"command: (\[.*\])", text)]
    assert [understood(words) for words in commands] == ["watch"]
    assert set(re.findall(r"dockerfile: ([\w/]+)", text)) == {"deploy/Dockerfile"}


@pytest.mark.parametrize("page", ["operations.md", "reader.md"])
def test_the_commands_of_the_pages_are_understood(page):
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    blocks = re.findall(r"^```\w*\n(.*?)^```", text, re.S | re.M)
    # Not where newsarchive is the name of a user or of an image that is made.
    lines = [
        line
        for block in blocks
        for line in block.splitlines()
        if not re.search(r"\b(useradd|sudo install|docker build)\b", line)
    ]
    commands = [
        found[1] for line in lines if (found := re.search(r"(?:.*[\s/])?(newsarchive .*)", line))
    ]
    assert commands
    for command in commands:
        words = shlex.split(re.sub(r"\$\([^)]*\)", "X", command), comments=True)[1:]
        assert understood(words) in newsarchive._COMMANDS
