"""Descriptions and docs/schema.md agree with the schema, and what the page shows works."""

import re

import numpy as np
import pytest
from archive_records import (
    ARTICLE,
    EMBEDDER,
    SUMMARIZER,
    TAGGER,
    TAGGING,
    save,
    summary_of,
)

from archive import Archive, schema_docs
from archive.descriptions import INTERNAL_TABLES, TABLES, VIEWS
from archive.schema_examples import QUERIES, STORED_VALUES

#: SQLite makes these to hold the full-text index.
SHADOWS = {f"articles_fts_{part}" for part in ("config", "data", "docsize", "idx")}


def names(archive, kind):
    return {
        row[0]
        for row in archive.db.execute("select name from sqlite_master where type = ?", [kind])
    }


def test_every_table_and_view_is_described_and_no_other(archive):
    assert set(TABLES) == names(archive, "table") - SHADOWS
    assert set(VIEWS) == names(archive, "view")


@pytest.mark.parametrize("name", [*TABLES, *VIEWS])
def test_every_column_is_described_and_no_other_in_the_same_order(archive, name):
    columns = [row[1] for row in archive.db.execute(f"pragma table_info([{name}])")]
    assert list((TABLES | VIEWS)[name].columns) == columns


@pytest.mark.parametrize("name", [*TABLES, *VIEWS])
def test_descriptions_are_one_line_without_a_full_stop(name):
    about = (TABLES | VIEWS)[name]
    for text in (about.text, *about.columns.values()):
        assert text == text.strip()
        assert "\n" not in text
        assert not text.endswith(".")


@pytest.mark.parametrize("name", [*TABLES, *VIEWS])
def test_units_are_told(name):
    for column, text in (TABLES | VIEWS)[name].columns.items():
        if column.endswith("_at"):
            assert "UTC, ISO 8601" in text
        if column.endswith("_id"):
            assert re.search(r"\b\w+\.id\b", text)


def test_internal_tables(archive):
    assert set(INTERNAL_TABLES) < names(archive, "table")
    assert "articles" not in INTERNAL_TABLES


# docs/schema.md


def test_the_page_is_up_to_date(capsys):
    assert schema_docs.main(["--check"]) == 0, capsys.readouterr().out
    assert capsys.readouterr() == ("", "")


def test_a_page_out_of_date_is_shown_with_the_command_to_run(tmp_path, monkeypatch, capsys):
    page = tmp_path / "schema.md"
    monkeypatch.setattr(schema_docs, "PAGE", page)
    assert schema_docs.main(["--check"]) == 1
    assert schema_docs.main([]) == 0
    page.write_text(page.read_text("utf-8").replace("Canonical URL", "The URL"), "utf-8")
    capsys.readouterr()
    assert schema_docs.main(["--check"]) == 1
    difference, message = capsys.readouterr()
    assert "-| `url` | text | no | The URL," in difference
    assert "+| `url` | text | no | Canonical URL," in difference
    assert message == (
        f"{page}: it does not match the schema. Write it anew with: python -m archive.schema_docs\n"
    )
    assert "The URL," in page.read_text("utf-8")


def test_wrong_usage(capsys):
    assert schema_docs.main(["--chek"]) == 2
    assert "usage" in capsys.readouterr().err


def test_links_within_the_page_lead_somewhere():
    page = schema_docs.render()
    headings = set(re.findall(r"(?m)^#+ (.+)$", page))
    assert set(re.findall(r"\]\(#([^)]+)\)", page)) <= headings


def test_keys_and_indexes_are_told():
    page = schema_docs.render()
    assert "- `article_id` refers to `articles.id`; deleted together with it." in page
    assert "- Unique: `article_id`, `kind` where `is_current`." in page
    assert "- Primary key: `article_id`, `field`, `extractor`." in page
    assert "| `published_at` | text | yes |" in page


@pytest.fixture
def filled(tmp_path, monkeypatch):
    """An archive.db in the current folder about which every query has something to say."""
    monkeypatch.chdir(tmp_path)
    musk = TAGGING.entities[0].entity
    with Archive("archive.db") as archive:
        save(archive, ARTICLE.replace(title="Before"))
        save(archive, ARTICLE.replace(title="An outage at Facebook"))
        archive.ledger.ask("https://bad.example/", None)
        archive.save_refusal("https://bad.example/", "skipped", "too_short", "too short")
        enrichments = archive.enrichments
        models = {m.task: enrichments.model_id(m) for m in (SUMMARIZER, TAGGER, EMBEDDER)}
        for item in list(enrichments.work(models)):
            with archive.transaction():
                summary = summary_of(item.text, "Meta said little.")
                enrichments.save_summaries(item, (summary,), models["summary"])
                enrichments.save_tagging(item, TAGGING, models["tags"])
                vector = np.full(384, 384**-0.5, dtype="<f2").tobytes()
                enrichments.save_vector(item, vector, models["vector"])
        archive.db.execute("update entities set name = 'Elon Musk' where name = 'X'")
        assert musk.name == "Meta"
        yield archive


SQL = [
    *((heading, code) for heading, _, language, code in STORED_VALUES if language == "sql"),
    *QUERIES,
]
PYTHON = [(heading, code) for heading, _, language, code in STORED_VALUES if language == "python"]


def test_there_are_ten_queries():
    assert len(QUERIES) == 10


@pytest.mark.parametrize(("heading", "code"), SQL, ids=lambda value: value[:40])
def test_queries_find_something(filled, heading, code):
    assert filled.db.execute(code).fetchall() != []


def test_offsets_lead_to_the_names(filled):
    query = next(code for heading, code in SQL if heading == "Offsets")
    assert all(surface == shown for surface, shown in filled.db.execute(query))


@pytest.mark.parametrize(("heading", "code"), PYTHON, ids=lambda value: value[:40])
def test_snippets_run(filled, heading, code, capsys):
    exec(compile(code, heading, "exec"), {})
    shown = capsys.readouterr().out
    expected = {"Pages": f"{ARTICLE.url} ", "Vectors": "1.00 An outage at Facebook"}
    assert shown.startswith(expected[heading])
