"""An archive as Parquet and back: the same articles, with all that models made of them; a part of them."""

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from archive_records import ARTICLE, EMBEDDER, SUMMARIZER, TAGGER, TAGGING, save, summary_of
from ingest_command import rows, run
from new_archive import new_archive

from archive import Archive, times
from archive.records import WorkItem

OTHER = ARTICLE.replace(
    url="https://other.example/quiet",
    site="other.example",
    title="A quiet week",
    text="Nothing much happened in the harbour. Boats came and went. The café was open.",
    published_at=times.from_text("2024-04-30T23:30:00Z"),
    votes=(),
)
UNDATED = OTHER.replace(
    url="https://other.example/undated", title="Some day", text="It rained.", published_at=None
)

ARTICLES = """
select url, site, title, description, authors, published_at, modified_at, language, section, text, word_count,
       image_url, is_paywalled, keywords, site_name, content_hash, summary, tags from articles order by url
"""
VOTES = "select a.url, field, extractor, value, is_chosen from field_votes v join articles a on a.id = article_id"
SENTENCES = """
select s.kind, s.text, tokens_read, tokens_total, position, n.text as sentence, support, source_start,
       source_end, origin, other_sources, m.name from summaries s join summary_sentences n on n.summary_id = s.id
join models m on m.id = s.model_id order by 1, 5
"""
MENTIONS = 'select start, "end", surface, m.type, score, reason, e.name from mentions m left join entities e on e.id = entity_id'
ENTITIES = """
select e.name, e.type, e.description, mention_count, salience from article_entities join entities e on e.id = entity_id
order by 1
"""
ALIASES = """
select e.name, alias, valid_from, valid_until, origin from aliases join entities e on e.id = entity_id
order by 1, 2
"""
VECTORS = "select vector, m.name from vectors join models m on m.id = model_id"
TITLE_MENTIONS = MENTIONS.replace("from mentions", "from title_mentions")
EVERYTHING = (ARTICLES, VOTES, SENTENCES, MENTIONS, TITLE_MENTIONS, ENTITIES, ALIASES, VECTORS)


@pytest.fixture
def filled(db):
    """An archive of three articles, one of which models have worked on."""
    with Archive(new_archive(db)) as archive:
        number = save(archive).article_id
        save(archive, OTHER, b"other")
        save(archive, UNDATED, b"undated")
        item = WorkItem(
            number, ARTICLE.title, ARTICLE.text, ARTICLE.published_at, "en", ARTICLE.content_hash,
            frozenset({"summary", "tags", "vector"}),
        )  # fmt: skip
        with archive.transaction():
            made = archive.enrichments
            first = summary_of(ARTICLE.text, "Meta went dark on Tuesday.")
            made.save_summaries(item, [first], made.model_id(SUMMARIZER))
            made.save_tagging(item, TAGGING, made.model_id(TAGGER))
            made.save_vector(item, bytes(range(8)), made.model_id(EMBEDDER))
    return db


@pytest.fixture
def exported(filled, tmp_path):
    run(filled, "export", "parquet", "-o", tmp_path / "news")
    return tmp_path / "news"


def test_there_and_back_all_is_the_same(filled, exported, tmp_path):
    again = tmp_path / "again.db"
    result = run(again, "import", exported)
    assert result.stdout.startswith("added 3, updated 0, unchanged 0, enriched 1 in ")
    assert [rows(again, query) for query in EVERYTHING] == [
        rows(filled, query) for query in EVERYTHING
    ]
    before = [rows(again, query) for query in EVERYTHING]
    result = run(again, "import", exported)
    assert result.stdout.startswith("added 0, updated 0, unchanged 3, enriched 0 in ")
    assert [rows(again, query) for query in EVERYTHING] == before


def test_a_file_a_month(exported):
    names = sorted(str(path.relative_to(exported)) for path in exported.rglob("*.parquet"))
    assert names == [f"month={month}/part-0.parquet" for month in ("2024-03", "2024-04", "undated")]


def test_again_the_months_that_are_exported_are_written_anew(filled, exported):
    stamps = {path: path.stat().st_mtime_ns for path in exported.rglob("*.parquet")}
    run(filled, "export", "parquet", "-o", exported, "--site", "other.example")
    written = {p.parent.name for p in stamps if p.stat().st_mtime_ns != stamps[p]}
    assert (written, set(exported.rglob("*.parquet"))) == (
        {"month=2024-04", "month=undated"},
        set(stamps),
    )


def test_a_folder_and_a_file_in_an_object_store(exported, tmp_path):
    store = fsspec.filesystem("memory")
    store.put(str(exported), "/shelf", recursive=True)
    try:
        whole = run(tmp_path / "whole.db", "import", "memory://shelf")
        one = run(tmp_path / "one.db", "import", "memory://shelf/month=2024-04/part-0.parquet")
    finally:
        store.rm("/shelf", recursive=True)
    assert whole.stdout.startswith("added 3, updated 0, unchanged 0, enriched 1 in ")
    assert one.stdout.startswith("added 1, updated 0, unchanged 0, enriched 0 in ")


def test_the_columns_are_what_other_tools_read(exported):
    table = pq.ParquetFile(exported / "month=2024-03" / "part-0.parquet").read()
    (row,) = table.to_pylist()
    assert (row["url"], row["authors"]) == (ARTICLE.url, list(ARTICLE.authors))
    assert row["published_at"] == ARTICLE.published_at
    assert [one["name"] for one in row["entities"]] == ["Meta", "X"]
    assert row["summaries"][0]["sentences"][0]["text"] == "Meta went dark on Tuesday."
    assert row["page_sha256"]


@pytest.mark.parametrize(
    ("options", "found"),
    [
        (["--since", "2024-03-06"], [OTHER.url]),
        (["--until", "2024-03-05"], [ARTICLE.url]),
        (["--since", "2024-04-30", "--until", "2024-04-30"], [OTHER.url]),
        (["--since", "2024-05-01"], []),
        (["--site", "www.other.example"], [OTHER.url, UNDATED.url]),
        (["--author", "josé  PEN\u0303ALOZA"], [ARTICLE.url, OTHER.url, UNDATED.url]),
        (["--author", "Peñaloza"], []),
        (["--entity", "meta"], [ARTICLE.url]),
        (["--entity", "Facebook"], [ARTICLE.url]),
        (["--entity", "Nobody"], []),
    ],
    ids=" ".join,
)
def test_a_selection_is_brought_in(exported, tmp_path, options, found):
    run(tmp_path / "part.db", "import", exported, *options)
    assert [row["url"] for row in rows(tmp_path / "part.db", ARTICLES)] == found


def test_an_article_that_is_later_here_stays(filled, exported):
    with Archive(filled) as archive:
        later = ARTICLE.replace(title="Meta is back")
        page = "update pages set fetched_at = '2025-01-01T00:00:00Z' where requested_url = ?"
        save(archive, later, b"later")
        archive.db.execute(page, [later.url])
        archive.db.commit()
    before = rows(filled, ARTICLES)
    assert run(filled, "import", exported).stdout.startswith("added 0, updated 0, unchanged 3")
    assert rows(filled, ARTICLES) == before


def test_one_file_is_enough(exported, tmp_path):
    result = run(tmp_path / "one.db", "import", exported / "month=2024-03" / "part-0.parquet")
    assert result.stdout.startswith("added 1, ")


def test_what_is_no_parquet_of_articles(tmp_path):
    def told(path, *options):
        result = run(tmp_path / "x.db", "import", path, *options)
        assert (result.exit_code, result.stdout) == (1, "")
        return result.stderr.replace(str(tmp_path), "")

    (tmp_path / "empty").mkdir()
    (tmp_path / "text.parquet").write_text("no Parquet")
    pq.write_table(pa.table({"url": ["a"], "words": [1]}), tmp_path / "other.parquet")
    made_by = "newsarchive ingest --engine ray and newsarchive export parquet write such files."
    assert told(tmp_path / "empty") == (
        "Error: /empty: there are no Parquet files of articles. "
        "Name a folder that newsarchive wrote, or a file.\n"
    )
    assert told(tmp_path / "other.parquet") == (
        f"Error: /other.parquet: it has no column title and no column text. {made_by}\n"
    )
    assert told(tmp_path / "text.parquet").startswith(
        "Error: /text.parquet: it cannot be read as Parquet ("
    )


def test_entities_that_were_not_looked_for_are_not_there(db, tmp_path):
    with Archive(db) as archive:
        save(archive)
    run(db, "export", "parquet", "-o", tmp_path / "news")
    result = run(tmp_path / "x.db", "import", tmp_path / "news", "--entity", "Meta")
    assert result.stderr == (
        f"Error: {tmp_path / 'news'}: no article there has entities yet. "
        "Make them with: newsarchive summarize --engine ray DIR\n"
    )


def test_a_folder_that_a_cluster_fills_is_not_written_over(filled, tmp_path):
    (tmp_path / "news" / "_inputs").mkdir(parents=True)
    (tmp_path / "news" / "_inputs" / "a.parquet").touch()
    result = run(filled, "export", "parquet", "-o", tmp_path / "news")
    assert result.stderr == (
        f"Error: {tmp_path / 'news'}: newsarchive ingest --engine ray writes to this folder. "
        "Name another with --output.\n"
    )


@pytest.mark.parametrize(
    ("command", "message"),
    [
        (["ingest", "--engine", "ray", "a.warc"], "--engine ray writes Parquet: name a folder with --output"),
        (["ingest", "--output", "news", "a.warc"], "--output and --parts are for --engine ray"),
        (["ingest", "--engine", "ray", "--output", "news", "--limit", "3", "a.warc"], "it has no --limit"),
        (["ingest", "--engine", "dask", "a.warc"], "'dask' is none of: plain, ray, ray=ADDRESS"),
        (["ingest", "--engine", "ray=", "a.warc"], "'ray=' is none of: plain, ray, ray=ADDRESS"),
        (["summarize", "news"], "a folder of Parquet is summarized with --engine ray"),
        (["summarize", "--engine", "ray", "news", "--limit", "3"], "choose articles of an archive"),
        (["export", "parquet"], "parquet is written in files: name a folder with --output"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)  # fmt: skip
def test_wrong_usage(db, command, message):
    result = run(db, *command)
    assert (result.exit_code, result.stdout) == (2, "")
    assert message in result.stderr


def test_a_place_that_is_no_folder(filled, tmp_path):
    (tmp_path / "file").touch()
    result = run(filled, "export", "parquet", "-o", tmp_path / "file")
    assert result.stderr == (
        f"Error: {tmp_path / 'file'}: it cannot be used as a folder of Parquet (Not a directory). "
        "Name another with --output.\n"
    )
