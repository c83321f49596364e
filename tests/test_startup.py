"""What starts quickly: importing a part loads none of what only its work needs."""

import subprocess
import sys

import pytest
from new_archive import new_archive

HEAVY = (
    "torch",
    "transformers",
    "newspaper",
    "trafilatura",
    "datasette",
    "sklearn",
    "sentence_transformers",
)


def loaded_after(*steps):
    """The heavy packages in a new interpreter after each of some steps of code.

    What was loaded stays, so the first step that has any is to blame.
    """
    told = f"import sys\nprint('loaded', *({ {*HEAVY, 'pandas'}!r} & set(sys.modules)))\n"
    process = subprocess.run(
        [sys.executable, "-c", "".join(f"{step}\n{told}" for step in steps)],
        capture_output=True,
        text=True,
        check=True,
    )
    lines = [line.split() for line in process.stdout.splitlines() if line.startswith("loaded")]
    return [set(line[1:]) for line in lines]


def assert_none_is_heavy(*steps):
    loaded = dict(zip(steps, loaded_after(*steps), strict=True))
    assert {step: heavy for step, heavy in loaded.items() if heavy & set(HEAVY)} == {}


def test_importing_loads_nothing_heavy():
    floors = ("archive", "ingest", "summarize", "serve")
    modules = [*floors, *(f"{floor}.cli" for floor in floors), "samples.demo", "newsarchive"]
    assert_none_is_heavy(*(f"import {module}" for module in modules))


def test_help_loads_nothing_heavy():
    commands = [["--help"], ["--version"]]
    commands += [[name, "--help"] for name in ("ingest", "summarize", "demo")]
    assert_none_is_heavy(
        "import newsarchive",
        *(f"newsarchive.main({words!r}, standalone_mode=False)" for words in commands),
    )


def test_reading_commands_load_nothing_heavy(tmp_path):
    code = f"""
import archive, newsarchive
archive.Archive({str(tmp_path / "a.db")!r}).close()
newsarchive.main(["--db", {str(tmp_path / "a.db")!r}, "status"], standalone_mode=False)
"""
    assert_none_is_heavy(code)


def test_the_program_loads_no_pandas_and_leaves_it_to_others(tmp_path):
    pytest.importorskip("pandas")
    path = str(new_archive(tmp_path / "a.db"))
    run = f"newsarchive.main(['--db', {path!r}, 'status'], standalone_mode=False)"
    steps = ("import newsarchive", run, "import pandas")
    assert [found & {"pandas"} for found in loaded_after(*steps)] == [set(), set(), {"pandas"}]


def test_heavy_packages_are_seen():
    assert loaded_after("import json", "import trafilatura", "import csv") == [
        set(),
        {"trafilatura"},
        {"trafilatura"},
    ]


def test_the_gazetteer_loads_no_model():
    code = """
from summarize.tagging import Document, GazetteerTagger
GazetteerTagger().find(Document("Meta was down."))
"""
    assert_none_is_heavy(code)


def test_summarizing_does_not_load_what_the_encoders_package_would():
    code = "import summarize; assert summarize.summarize_text('Meta was down. All of it.').text"
    (loaded,) = loaded_after(code)
    assert not loaded & {"sentence_transformers", "sklearn", "newspaper", "datasette"}
