"""The engine ray, on a real cluster of two workers: the same rows as the plain engine's, whatever fails."""

import json
import shutil
from collections import Counter
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from ingest_command import ingest, rows, totals
from news_warc import prose, story, write_warc
from page_moods import mortal_enricher, read_with_moods

from archive import Archive
from archive.cluster import OnRay, cluster
from ingest.intake import Outcome
from ingest.on_ray import Job, ingest_on_ray
from newsarchive import main
from summarize.on_ray import Making, archive_engine
from summarize.pipeline import TASKS, summarize_archive
from summarize.vectors import unpack

# Ray warns of settings of its own, and leaves sockets to the garbage collector.
pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
TESTS = str(Path(__file__).parent)


@pytest.fixture(scope="module")
def ray():
    """A cluster of two workers on this machine, which may import the tests' own modules."""
    import ray

    ray.init(
        num_cpus=2, include_dashboard=False, object_store_memory=80 * 2**20,
        _node_ip_address="127.0.0.1", log_to_driver=False, logging_level="error",
        runtime_env={"env_vars": {"PYTHONPATH": f"{TESTS}:{Path(TESTS).parent}"}},
    )  # fmt: skip
    with cluster(OnRay()) as connected:
        yield connected
    ray.shutdown()


@pytest.fixture
def output(tmp_path):
    return tmp_path / "news"


def run(*arguments, db="unused.db", stdin=None):
    """The result of a command: exit_code, stdout, stderr."""
    result = CliRunner().invoke(main, ["--db", str(db), *map(str, arguments)], input=stdin)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def on_ray(output, *sources, options=()):
    return run("ingest", "--engine", "ray", "--output", output, *options, *sources)


def files(output):
    """What the folder holds, by name; without what was noted of the inputs, in which there are times."""
    found = (path for path in output.rglob("*") if path.is_file() and "_inputs" not in path.parts)
    return {str(path.relative_to(output)): path.read_bytes() for path in found}


def articles_in(output):
    """(month, address, whether it is a copy) of each article in a folder."""
    return sorted(
        (file.parent.name.removeprefix("month="), row["url"], row["duplicate_of_url"])
        for file in output.glob("month=*/*.parquet")
        for row in pq.ParquetFile(file).read().to_pylist()
    )


ALL = """
url, site, title, description, authors, published_at, modified_at, language, section, text, word_count,
image_url, is_paywalled, keywords, site_name, content_hash, duplicate_share
"""


def content(db):
    """All that an ingest tells of articles, without ids and times of its own."""
    return {
        "articles": rows(db, f"select {ALL} from articles order by url"),
        "copies": rows(db, "select c.url as copy, o.url as original from articles c "
                           "join articles o on o.id = c.duplicate_of order by 1"),
        "votes": rows(db, "select a.url, field, extractor, value, is_chosen from field_votes v "
                          "join articles a on a.id = v.article_id order by 1, 2, 3, 4"),
    }  # fmt: skip


def press(tmp_path):
    """Sources with one of everything; the folder they are in."""
    folder = tmp_path / "sources"
    folder.mkdir()
    site = "https://www.quay.example"
    declared = f'<link rel="canonical" href="{site}/everything">'
    first = [(f"{site}/a/{n}", story(n, month=1 + n % 3)) for n in range(12)]
    first += [
        (f"{site}/a/3", story(3, month=1)),  # its address again
        (f"{site}/empty", "<title>Hm</title><p>No more."),
        (f"{site}/one", story(20, extra=declared)),  # two articles that name one address
        (f"{site}/two", story(21, extra=declared)),
        ("https://echo.example/3", story(3, month=1, text=prose(3) + " So says the quay.")),
    ]
    second = [
        ("https://m.quay.example/a/5", story(5, month=3)),  # another form of an address
        ("https://echo.example/8", story(8, month=4, text=prose(8) + " So says the quay.")),
        (f"{site}/a/30", story(30, month=12)),
    ]
    write_warc(folder / "one.warc.gz", first, day=5)
    write_warc(folder / "two.warc.gz", second, day=6)
    (folder / "three.jsonl").write_text(
        json.dumps({"url": f"{site}/jsonl", "title": "Of one line", "text": prose(40)})
        + "\n{no JSON\n"
    )
    (folder / "four.html").write_text(story(50))
    (folder / "five.txt").write_text(f"A title of text\n\n{prose(60)}")
    return folder


def test_both_engines_give_the_same_rows(ray, tmp_path, output):
    sources = sorted(press(tmp_path).iterdir())
    plain, other = tmp_path / "plain.db", tmp_path / "other.db"

    expected = ingest(plain, *sources)
    found = on_ray(output, *sources)

    assert totals(found) == totals(expected)
    assert sorted(found.stderr.splitlines()) == sorted(expected.stderr.splitlines())
    assert run("import", output, db=other).exit_code == 0
    assert content(other) == content(plain)
    assert len(content(plain)["copies"]) == 2


def test_again_it_reads_only_what_is_new(ray, tmp_path, output):
    folder = press(tmp_path)
    pattern = folder / "*.warc.gz"
    before = on_ray(output, pattern).exit_code, files(output)

    again = on_ray(output, pattern)
    assert (again.stdout.split(" in ")[0], again.exit_code) == (
        "added 0, updated 0, unchanged 0, skipped 0, failed 0", 0,
    )  # fmt: skip
    assert "nothing changed; 2 inputs were read before" in again.stdout
    assert files(output) == before[1]

    url = "https://www.quay.example/a/30"
    later = [(url, story(30, month=12, text=prose(31))), ("https://new.example/1", story(70))]
    write_warc(folder / "six.warc.gz", later, day=7)
    assert totals(on_ray(output, pattern)) == {"added": 1, "updated": 1}
    assert len({url for _, url, _ in articles_in(output)}) == len(articles_in(output))


def test_a_worker_is_killed_in_the_middle(ray, tmp_path, output):
    quiet, mark = tmp_path / "quiet", tmp_path / "killed"
    sources = []
    for number in range(4):
        pages = [(f"https://s.example/{n}", story(n)) for n in range(number * 10, number * 10 + 10)]
        sources.append(str(write_warc(tmp_path / f"{number}.warc.gz", pages)))
    on_ray(quiet, *sources)
    extra = f"<!-- KILL {mark} -->"
    write_warc(tmp_path / "2.warc.gz", [
        (f"https://s.example/{n}", story(n, extra=extra if n == 25 else "")) for n in range(20, 30)
    ])  # fmt: skip

    counts, told = job(ray, output, sources)

    assert mark.exists()
    assert (counts["added"], counts["failed"], told) == (40, 0, [])
    assert articles_in(output) == articles_in(quiet)


def test_bad_pages_and_a_file_that_breaks_off(ray, tmp_path, output):
    pages = [(f"https://s.example/{n}", story(n)) for n in range(8)]
    pages[2] = (pages[2][0], story(2, extra="<!-- CRASH -->"))
    whole = write_warc(tmp_path / "whole.warc.gz", pages)
    broken = write_warc(tmp_path / "broken.warc.gz", [
        (f"https://t.example/{n}", story(n + 100)) for n in range(8)
    ])  # fmt: skip
    intact = broken.read_bytes()
    broken.write_bytes(intact[: len(intact) * 3 // 4])

    counts, told = job(ray, output, [str(whole), str(broken)])

    assert [(o.subject, o.result, o.reason) for o in told] == [
        (broken.as_uri(), "failed", "malformed_warc"),
        ("https://s.example/2", "failed", "crash"),
    ]
    taken = counts["added"] - 7
    assert 0 < taken < 8
    assert counts["failed"] == 2

    # Whole again, it is read again; the other file is not.
    broken.write_bytes(intact)
    counts, told = job(ray, output, [str(whole), str(broken)])
    assert (counts["added"], counts["inputs_done_before"], told) == (8 - taken, 1, [])
    assert len(articles_in(output)) == 15


def test_a_run_that_was_stopped_is_gone_on_with(ray, tmp_path, output):
    sources = [
        str(write_warc(tmp_path / f"{number}.warc.gz", [(f"https://s.example/{number}", story(number))]))
        for number in range(3)
    ]  # fmt: skip
    prepared = Job(str(output), folder_of(output).prepare(None))
    stopped = ingest_on_ray(ray, prepared, sources, Counter())
    next(stopped)
    stopped.close()
    assert articles_in(output) == []

    counts, _ = job(ray, output, sources)

    assert counts["added"] == 3
    assert len(articles_in(output)) == 3
    assert not (output / "_staged").exists()


def job(ray, output, sources):
    """Run a job with the reader of moods; its counts, and what was not taken in order of addresses."""
    counts = Counter()
    prepared = Job(
        str(output),
        folder_of(output).prepare(None),
        read=read_with_moods,
    )
    found = ingest_on_ray(ray, prepared, sources, counts)
    told = [one for one in found if isinstance(one, Outcome)]
    return counts, sorted(told, key=lambda one: one.subject)


def folder_of(output):
    from archive.parquet_folder import ParquetFolder

    return ParquetFolder(str(output))


FIRM = """
Meta said that Facebook was back after two hours. Elon Musk laughed at it on X. The company had said
little before. Engineers in Menlo Park looked for the fault in its own network.
"""
MADE = {
    "summaries": "select a.url, s.kind, s.text, s.tokens_read, n.position, n.text as sentence, "
    "n.support, n.source_start, n.source_end from summaries s join articles a on a.id = s.article_id "
    "join summary_sentences n on n.summary_id = s.id order by 1, 2, 5",
    "mentions": "select a.url, m.start, m.end, m.surface, m.type, m.score, m.reason, e.name from mentions m "
    "join articles a on a.id = m.article_id left join entities e on e.id = m.entity_id order by 1, 2",
    "entities": "select a.url, e.name, e.type, e.description, x.mention_count, x.salience "
    "from article_entities x join articles a on a.id = x.article_id "
    "join entities e on e.id = x.entity_id order by 1, 2, 3",
    "aliases": "select e.name, alias, valid_from, valid_until, origin from aliases "
    "join entities e on e.id = entity_id order by 1, 2",
    "shown": "select url, summary, tags from articles order by 1",
    "done": "select a.url, m.task, m.name, m.parameters from enrichments x "
    "join articles a on a.id = x.article_id join models m on m.id = x.model_id order by 1, 2",
}


def made(db):
    """All that models made, without ids and times."""
    return {name: rows(db, query) for name, query in MADE.items()}


def vectors(db):
    query = "select a.url, vector from vectors v join articles a on a.id = v.article_id order by 1"
    return {row["url"]: unpack(row["vector"]) for row in rows(db, query)}


def filled(db, tmp_path, texts):
    """An archive of articles with these texts."""
    folder = tmp_path / "texts"
    folder.mkdir(exist_ok=True)
    for number, text in enumerate(texts):
        (folder / f"{number}.txt").write_text(f"Title {number}\n\n{text} {FIRM}{prose(number)}")
    ingest(db, folder)


def test_models_on_the_cluster_make_the_same_of_an_archive(ray, tmp_path):
    """An actor dies in the middle, and one article makes the models fail."""
    plain, other = tmp_path / "plain.db", tmp_path / "other.db"
    mark = tmp_path / "killed"
    filled(plain, tmp_path, [f"No. {n}." for n in range(8)] + [f"KILL {mark}", "BREAK"])
    shutil.copy(plain, other)
    mark.touch()
    with Archive(plain) as archive, archive.runs.record("summarize") as run:
        list(summarize_archive(archive, mortal_enricher(), run))
        expected = dict(run.counts)
    mark.unlink()
    making = Making(mortal_enricher, TASKS)

    with Archive(other) as archive, archive.runs.record("summarize") as run:
        work = summarize_archive(
            archive, mortal_enricher(), run, engine=archive_engine(ray, making)
        )
        done = list(work)

    assert mark.exists()
    assert run.counts == expected
    assert (expected["done"], expected["failed"], len(done)) == (9, 1, 10)
    assert made(other) == made(plain)
    assert {url: float(v @ vectors(plain)[url]) for url, v in vectors(other).items()} == {
        url: pytest.approx(1.0, abs=1e-3) for url in vectors(plain)
    }


def test_models_on_the_cluster_make_the_same_of_parquet(ray, tmp_path, output):
    plain, other = tmp_path / "plain.db", tmp_path / "other.db"
    filled(plain, tmp_path, ["One.", "Two."])
    folder = tmp_path / "texts"
    options = ("--precision", "float32", "--tagger", "gazetteer")
    on_ray(output, folder)
    before = files(output)

    result = run("summarize", "--engine", "ray", *options, output)
    assert (result.stdout.split(" in ")[0], result.exit_code) == ("done 2, failed 0", 0)
    after = files(output)
    assert set(after) == set(before)
    assert "nothing to do" in run("summarize", "--engine", "ray", *options, output).stdout
    assert "inputs were read before" in on_ray(output, folder).stdout
    assert files(output) == after

    run("summarize", *options, db=plain)
    imported = run("import", output, "--entity", "elon-musk", db=other)
    assert totals(imported) == {"added": 2, "enriched": 2}
    assert made(other) == made(plain)
