"""What starts quickly: importing a part loads none of what only its work needs."""

import subprocess
import sys

import pytest

HEAVY = (
    "torch",
    "transformers",
    "newspaper",
    "trafilatura",
    "datasette",
    "sklearn",
    "sentence_transformers",
)


def loaded_after(code):
    """The heavy packages in a new interpreter after some code."""
    tail = f"\nimport sys\nprint('loaded', *({set(HEAVY)!r} & set(sys.modules)))"
    process = subprocess.run(
        [sys.executable, "-c", code + tail], capture_output=True, text=True, check=True
    )
    return set(process.stdout.splitlines()[-1].split()[1:])


@pytest.mark.parametrize(
    "module",
    ["archive", "ingest", "summarize", "serve", "samples.demo", "newsarchive"]
    + [f"{floor}.cli" for floor in ("archive", "ingest", "summarize", "serve")],
)
def test_importing_loads_nothing_heavy(module):
    assert loaded_after(f"import {module}") == set()


@pytest.mark.parametrize(
    "arguments",
    [["--help"], ["--version"], *([name, "--help"] for name in ("ingest", "summarize", "demo"))],
    ids=" ".join,
)
def test_help_loads_nothing_heavy(arguments):
    code = f"import newsarchive\nnewsarchive.main({arguments!r}, standalone_mode=False)"
    assert loaded_after(code) == set()


def test_reading_commands_load_nothing_heavy(tmp_path):
    code = f"""
import archive, newsarchive
archive.Archive({str(tmp_path / "a.db")!r}).close()
newsarchive.main(["--db", {str(tmp_path / "a.db")!r}, "status"], standalone_mode=False)
"""
    assert loaded_after(code) == set()


def test_the_gazetteer_loads_no_model():
    code = """
from summarize.tagging import Document, GazetteerTagger
GazetteerTagger().find(Document("Meta was down."))
"""
    assert loaded_after(code) == set()


def test_summarizing_does_not_load_what_the_encoders_package_would():
    code = "import summarize; assert summarize.summarize_text('Meta was down. All of it.').text"
    assert not loaded_after(code) & {"sentence_transformers", "sklearn", "newspaper", "datasette"}
