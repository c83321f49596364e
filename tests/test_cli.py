"""The command line as a whole: help, exit codes, what is printed where."""

import json
import re
import shutil
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
import pytest
from archive_records import ARTICLE, SUMMARIZER, TAGGER, TAGGING, save, summary_of
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import newsarchive
from archive import Archive, times
from archive.records import WorkItem

SUMMARY = "Meta went dark on Tuesday."
BARE = ARTICLE.replace(
    url="https://news.example/bare",
    title="Nothing known",
    text="An outage on Sunday, it says.",
    site=None,
    site_name=None,
    keywords=(),
    authors=(),
    published_at=None,
    is_paywalled=False,
)
COMMANDS = tuple(newsarchive._COMMANDS)
#: The same with the commands of groups: "feeds add".
ALL_COMMANDS = [
    *COMMANDS,
    *(f"feeds {name}" for name in ("add", "list", "remove", "poll", "import", "export")),
    *(
        f"entities {name}"
        for name in ("list", "show", "log", "export", "import", "merge", "split", "rename")
    ),
    *(f"entities {name}" for name in ("alias", "alias add", "alias remove", "ignore", "undo")),
    *(f"models {name}" for name in ("list", "use", "forget")),
]


def run(*arguments, **options):
    return CliRunner().invoke(newsarchive.main, [str(a) for a in arguments], **options)


def shown(*arguments, **options):
    """What a command that works prints; it says nothing on stderr."""
    result = run(*arguments, **options)
    assert (result.exit_code, result.stderr) == (0, "")
    return result.stdout


def command(name):
    found = newsarchive.main
    for word in name.split():
        found = found.get_command(click.Context(found), word)
    return found


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """An archive: article 1 with everything and an earlier text, 2 bare; two refusals."""
    path = tmp_path_factory.mktemp("made") / "a.db"
    with Archive(path) as archive:
        save(archive, ARTICLE.replace(text="Meta is down."), b"first", "https://short.example/1")
        save(archive)
        save(archive, BARE, asked=BARE.url)
        item = WorkItem(1, "", ARTICLE.text, None, None, ARTICLE.content_hash, frozenset())
        enrichments = archive.enrichments
        with archive.transaction():
            summary = summary_of(ARTICLE.text, SUMMARY)
            enrichments.save_summaries(item, (summary,), enrichments.model_id(SUMMARIZER))
            enrichments.save_tagging(item, TAGGING, enrichments.model_id(TAGGER))
        for n in (1, 2):
            url = f"https://news.example/gone/{n}"
            archive.ledger.ask(url, None)
            archive.save_refusal(url, "failed", "http_404", f"{url}: gone.", http_status=404)
    return path


@pytest.fixture
def path(made, tmp_path):
    """A copy of it."""
    return Path(shutil.copy(made, tmp_path))


# Help


def test_help_of_all(monkeypatch):
    monkeypatch.delenv("NEWSARCHIVE_DB", raising=False)
    text = shown("--help")
    assert [name for name in COMMANDS if re.search(rf"^  {name} +\S", text, re.M)] == list(COMMANDS)
    assert "Examples:\n    newsarchive ingest" in text
    assert shown("-h") == text


def test_without_a_command_there_is_help():
    assert "Commands:" in run().output


def test_the_list_of_commands_agrees_with_the_commands():
    listed = {name: line for name, (_, line) in newsarchive._COMMANDS.items()}
    own = {name: command(name).help.partition("\n")[0].rstrip(".") for name in COMMANDS}
    assert own == listed


def test_all_commands_of_groups_are_tested():
    assert sorted(below()) == sorted(name for name in ALL_COMMANDS if " " in name)


def below(*words):
    """The commands of groups: "feeds add"."""
    group = command(" ".join(words)) if words else newsarchive.main
    for name in group.list_commands(click.Context(group)):
        if words:
            yield " ".join((*words, name))
        if isinstance(command(" ".join((*words, name))), click.Group):
            yield from below(*words, name)


@pytest.mark.parametrize("name", ALL_COMMANDS)
def test_help_has_examples(name):
    text = shown(*name.split(), "--help")
    examples = re.search(r"\n  Examples:\n((?:    .+\n)+)", text)
    lines = examples[1].splitlines()
    assert len(lines) >= 2
    assert [line for line in lines if f"newsarchive {name}" in line or f" {name}" in line]


@pytest.mark.parametrize("name", [None, *ALL_COMMANDS])
def test_every_option_is_explained(name):
    options = newsarchive.main.params if name is None else command(name).params
    unexplained = [o.opts for o in options if isinstance(o, click.Option) and not o.help]
    assert unexplained == []


def test_version():
    assert re.fullmatch(r"newsarchive, version \d+\.\d+\.\d+\S*\n", shown("--version"))


@pytest.mark.parametrize(
    "arguments",
    [["nothing"], ["--nothing"], ["search"], ["show"], ["search", "--limit", "0", "x"]],
    ids=" ".join,
)
def test_wrong_usage(arguments):
    result = run(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("Usage: ")


# The archive that is meant


def test_the_archive_by_option_by_environment_by_default(path, tmp_path, monkeypatch):
    def first_line(*arguments, **options):
        return shown(*arguments, "status", **options).partition(":")[0]

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NEWSARCHIVE_DB", "a.db")
    assert first_line() == "a.db"
    assert first_line("--db", path) == str(path)
    monkeypatch.delenv("NEWSARCHIVE_DB")
    assert run("status").stderr.startswith("Error: archive.db: there is no such archive.")
    path.rename("archive.db")
    assert first_line() == "archive.db"


# search


def test_search(path):
    assert shown("--db", path, "search", "meta", "tuesday") == (
        "1  2024-03-05  news.example  Meta goes dark\n    [Meta] went dark on [Tuesday]. People met on X instead. [Meta] said little.\n"
    )
    assert shown("--db", path, "search", "outage") == (
        "2  no date  no site  Nothing known\n    An [outage] on Sunday, it says.\n"
    )


def test_search_as_json(path):
    (found,) = json.loads(shown("--db", path, "search", "meta", "--json"))
    assert found.pop("score") > 0
    snippet = found.pop("snippet")
    assert found == {
        "article_id": 1,
        "title": "Meta goes dark",
        "url": ARTICLE.url,
        "site": "news.example",
        "published_at": "2024-03-05T16:42:00Z",
        "summary": SUMMARY,
        "tags": ["Meta", "X"],
    }
    assert snippet in ARTICLE.title + SUMMARY + ARTICLE.text


def test_the_limit(path):
    def found(*options):
        return len(json.loads(shown("--db", path, "search", "on", "--json", *options)))

    assert (found(), found("-n", 1), found("--limit", 2)) == (2, 1, 2)


@pytest.mark.parametrize(
    ("asked", "step"),
    [
        (
            ("zebra", "--by", "meaning"),
            "Articles are compared by vectors, which are not made yet. ",
        ),
        (("--like", "1"), "The article is compared by vectors, which are not made yet. "),
        (("--until", "1999-01-01"), "Try fewer filters."),
    ],
    ids=" ".join,
)
def test_nothing_found_otherwise_than_by_words(path, asked, step):
    how = "Make them with: newsarchive summarize" if step.endswith(" ") else ""
    assert run("--db", path, "search", *asked).stderr == f"Nothing found. {step}{how}\n"


def test_nothing_found(path):
    result = run("--db", path, "search", "zebra")
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == "Nothing found. Try fewer words, or other forms of them.\n"
    assert run("--db", path, "search", "zebra", "--json").stdout == "[]\n"


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.text(st.one_of(st.sampled_from("\"'*^:()-+{}[]%\\ AND OR NOT NEAR"), st.characters())))
def test_search_takes_any_words(path, words):
    result = run("--db", path, "search", "--", words)
    assert (result.exit_code, result.exception) == (0, None)


# show

SHOWN = """Meta goes dark
Ada Writer, José Peñaloza · The News · 2024-03-05T16:42 · https://news.example/outage
(behind a paywall: the text is a teaser)

Summary: Meta went dark on Tuesday.
Tags: Meta, X
Keywords: outage, Zuckerberg

Meta went dark on Tuesday.

People met on X instead. Meta said little.

An earlier text was kept, seen until 2024-03-06T08:00:00Z: Meta goes dark
"""


@pytest.mark.parametrize("name", ["1", ARTICLE.url, "https://short.example/1"])
def test_show(path, name):
    assert shown("--db", path, "show", name) == SHOWN


def test_show_what_little_is_known(path):
    assert shown("--db", path, "show", "2") == (
        "Nothing known\nhttps://news.example/bare\n\nAn outage on Sunday, it says.\n"
    )


def test_show_as_json(path):
    found = json.loads(shown("--db", path, "show", "1", "--json"))
    kept = ("seen_at", "title", "text")
    found["revisions"] = [{name: old[name] for name in kept} for old in found["revisions"]]
    assert list(found) == [
        *(c[0] for c in columns(path)),
        "revisions",
        "field_changes",
        "former_names",
    ]
    chosen = ("id", "authors", "tags", "is_paywalled", "summary", "revisions")
    assert {name: found[name] for name in chosen} == {
        "id": 1,
        "authors": ["Ada Writer", "José Peñaloza"],
        "tags": ["Meta", "X"],
        "is_paywalled": 1,
        "summary": SUMMARY,
        "revisions": [
            {"seen_at": "2024-03-06T08:00:00Z", "title": "Meta goes dark", "text": "Meta is down."}
        ],
    }


def columns(path):
    with Archive(path, "read") as archive:
        return archive.db.execute("select name from pragma_table_info('articles')").fetchall()


@pytest.mark.parametrize("name", ["3", "0", "x", "https://news.example/gone/3", "9" * 40, "²", ""])
def test_show_what_is_not_there(path, name):
    result = run("--db", path, "show", "--", name)
    assert (result.exit_code, result.stdout) == (1, "")
    told = name or '""'
    assert result.stderr == (
        f"Error: {told}: there is no such article. Find its number with: newsarchive search WORDS\n"
    )


@pytest.mark.parametrize("source", ["article.html", "article.txt"])
def test_show_takes_the_path_of_a_file_that_was_ingested(tmp_path, monkeypatch, source):
    db, file = tmp_path / "a.db", tmp_path / "saved pages" / f"50% ž {source}"
    file.parent.mkdir()
    shutil.copy(Path(__file__).parent / "pages" / source, file)
    assert run("--db", db, "ingest", file).exit_code == 0
    monkeypatch.chdir(tmp_path)
    expected = shown("--db", db, "show", "1")
    relative = file.relative_to(tmp_path)
    for name in (file, relative, f"./{relative}", file.as_uri()):
        assert shown("--db", db, "show", name) == expected
    file.unlink()  # what came from it stays
    assert shown("--db", db, "show", relative) == expected
    monkeypatch.chdir(file.parent)
    assert shown("--db", db, "show", file.name) == expected
    assert run("--db", db, "remove", "1").exit_code == 0
    assert "removed" in run("--db", db, "show", file.name).stderr


# status


def test_status(path):
    assert shown("--db", path, "status") == (
        f"{path}: {path.stat().st_size / 1e6:.1f} MB\n"
        "articles: 2 from 1 site, 2024-03-05 to 2024-03-05\n"
        "kept: 3 pages, 1 earlier text\n"
        "found: 2 entities in 4 mentions\n"
        "ledger: article 3, failed 2\n"
        "    not taken: 2 × http_404\n"
        "summary: 1 by encoder, 1 to do\n"
        "tags: 1 by gazetteer, 1 to do\n"
    )


def test_status_of_an_empty_archive(tmp_path):
    path = tmp_path / "a.db"
    Archive(path).close()
    assert shown("--db", path, "status") == (
        f"{path}: {path.stat().st_size / 1e6:.1f} MB\n"
        "articles: none yet. Add some with: newsarchive ingest SOURCE\n"
        "kept: 0 pages, 0 earlier texts\n"
        "found: 0 entities in 0 mentions\n"
        "ledger: empty\n"
    )


def test_status_of_feeds_and_of_what_is_to_be_asked_for_again(tmp_path, monkeypatch):
    moment = datetime(2024, 3, 6, 9, 0, tzinfo=UTC)
    monkeypatch.setattr(times, "now", lambda: moment)
    monkeypatch.setattr("random.random", lambda: 0.5)
    with Archive(tmp_path / "a.db") as archive:
        archive.following.follow("https://news.example/feed")
        archive.following.follow("https://news.example/other")
        feed = archive.following.get("https://news.example/other")
        archive.following.has_failed(feed, "slow", None, moment + timedelta(hours=1))
        for url, tries in (("https://news.example/1", 1), ("https://news.example/2", 8)):
            archive.ledger.ask(url, None)
            for _ in range(tries):
                archive.save_refusal(url, "failed", "timeout", "slow")
        archive.ledger.ask("https://news.example/3", None)
    assert shown("--db", tmp_path / "a.db", "status").splitlines()[4:] == [
        "ledger: failed 2, pending 1",
        "    not taken: 2 × timeout",
        (
            "to be asked for again: 1 due (newsarchive ingest --retry-failed), "
            "1 waiting, the first until 2024-03-06T09:10:00Z, 1 given up"
        ),
        "feeds: 2 followed, 1 of them failing, the next is due at 2024-03-06T09:00:00Z",
    ]


def test_status_without_dates(tmp_path):
    with Archive(tmp_path / "a.db") as archive:
        save(archive, BARE)
    line = shown("--db", tmp_path / "a.db", "status").splitlines()[1]
    assert line == "articles: 1 from 0 sites"


def test_status_before_summarizing(tmp_path):
    with Archive(tmp_path / "a.db") as archive:
        save(archive)
    assert shown("--db", tmp_path / "a.db", "status").splitlines()[-1] == (
        "summaries, tags, vectors: none yet. Make them with: newsarchive summarize"
    )


def test_status_as_json(path):
    found = json.loads(shown("--db", path, "status", "--json"))
    with Archive(path, "read") as archive:
        assert found == archive.status()


# Files that are no archive


def text_file(path):
    path.write_text("Not an archive, but a text that somebody wrote.\n")
    return "it is not a SQLite file. Name another file with --db."


def folder(path):
    path.mkdir()
    return "it is a folder. Name a file with --db."


def other_database(path):
    with sqlite3.connect(path) as db:
        db.execute("create table bookmarks (url)")
    db.close()
    return "it is a SQLite database, but not a newsarchive. Name another file with --db."


def newer_version(path):
    with Archive(path) as archive:
        archive.db.execute(
            "insert into _sqlite_migrations (migration_set, name, applied_at) "
            "values ('archive', 'm999_later', '2099-01-01')"
        )
    return (
        "it was written by a later version (unknown migration m999_later). "
        "Upgrade with: pip install -U newsarchive"
    )


def missing(path):
    return f"there is no such archive. Make one with: newsarchive --db {path} ingest SOURCE"


ASKED = {
    "models": ["list"],
    "summarize": [],
    "search": ["meta"],
    "show": ["1"],
    "status": [],
    "reparse": [],
    "export": ["csv"],
    "backup": ["no.backup"],
    "doctor": [],
    "remove": ["1"],
    "import": ["news"],
    "serve": ["--port", "0"],
    "feeds": ["list"],
    "entities": ["list"],
    "watch": [],
    "ingest": ["README.md"],
    "demo": [],
}
#: These take an archive of whatever version.
OF_ANY_VERSION = {"backup", "doctor"}
MAKERS = {"ingest", "import", "demo"}


@pytest.mark.parametrize("make", [text_file, folder, other_database, newer_version, missing])
@pytest.mark.parametrize("name", COMMANDS)
def test_what_is_no_archive_is_said_in_one_line(tmp_path, name, make):
    path = tmp_path / "x.db"
    if (make is missing and name in MAKERS) or (make is newer_version and name in OF_ANY_VERSION):
        return
    message = make(path)
    before = path.read_bytes() if path.is_file() else None
    result = run("--db", path, name, *ASKED[name])
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == f"Error: {path}: {message}\n"
    assert (path.read_bytes() if path.is_file() else None) == before


def test_a_fault_of_the_program_keeps_its_traceback(path, monkeypatch):
    def broken(_self):
        raise ZeroDivisionError

    monkeypatch.setattr("archive.store.Archive.status", broken)
    assert isinstance(run("--db", path, "status").exception, ZeroDivisionError)


# Bytes that are no text

#: Bytes that are no UTF-8, as Python has them of a shell; and what a terminal obeys.
ODD = ["x\udcff", "x\x1b[31m\x07"]
#: Their options are asked with words that name what is read for long, or served; see ASKED_ODDLY.
SLOW = {"watch", "serve", "demo", "summarize", "feeds poll", "feeds import", "feeds add"}
GOOD = {"format": "jsonl", "number": "1", "articles": "1"}
ASKED_ODDLY = [
    *(["summarize", "--site"], ["summarize", "--tagger"], ["summarize", "--encoder"]),
    *(
        ["feeds", "add", "--timeout", "0.1", "--retries", "0"],
        ["feeds", "import"],
        ["show", "--why"],
    ),
]


def asked_oddly(name, odd):
    """The command once for each parameter that takes any words or a path, with odd bytes for it."""
    words, params = name.split(), command(name).params
    free = [one for one in params if one.type.name in ("text", "path", "file", "filename")]
    for one in free:
        arguments = [
            odd if other is one else GOOD.get(other.name, "Meta")
            for other in params
            if isinstance(other, click.Argument) and (other.required or other is one)
        ]
        option = [one.opts[-1], odd] if isinstance(one, click.Option) else []
        yield [*words, *option, *(["--", *arguments] if arguments else [])]


@pytest.mark.parametrize("odd", ODD, ids=["bytes", "controls"])
@pytest.mark.parametrize("name", [n for n in ALL_COMMANDS if n not in SLOW])
def test_odd_bytes_are_no_fault_of_the_program(path, tmp_path, monkeypatch, name, odd):
    monkeypatch.chdir(tmp_path)
    if isinstance(command(name), click.Group):
        return
    for arguments in asked_oddly(name, odd):
        assert_answered(run("--db", path, *arguments))


@pytest.mark.parametrize("arguments", ASKED_ODDLY, ids=" ".join)
@pytest.mark.parametrize("odd", ODD, ids=["bytes", "controls"])
def test_odd_bytes_where_more_would_be_done(path, arguments, odd):
    assert_answered(run("--db", path, *arguments, odd))


def assert_answered(result):
    assert isinstance(result.exception, (SystemExit, type(None))), result.exception
    assert result.exit_code in (0, 1, 2)


def test_what_is_no_text_is_named(path):
    result = run("--db", path, "entities", "ignore", "Meta", "--note", "why\udcff")
    assert (result.exit_code, result.stdout, result.stderr) == (
        1,
        "",
        "Error: 'why�': it holds bytes that are no text in UTF-8. Type it anew, or copy it as text.\n",
    )
    assert "Nothing was decided." in run("--db", path, "entities", "log").stderr


def test_an_archive_may_have_a_name_that_is_no_text(path):
    odd = path.rename(path.with_name("a\udcff.db"))
    for asked in (
        ["status"],
        ["status", "--json"],
        ["doctor", "--quick"],
        ["backup", odd.with_name("b\udcff.db")],
    ):
        assert "\udcff" not in shown("--db", odd, *asked)
