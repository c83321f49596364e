"""An article, named the way a person has it at hand: the same forms in every command that takes one."""

import json
import shutil
from pathlib import Path

import pytest
from archive_records import ARTICLE, save
from ingest_command import rows, run

from archive import Archive
from archive.addresses import file_url

STORY = "https://www.news.example/2024/03/05/meta-goes-dark-again"
FILE = "page one ž.html"
LEDGER = {
    "https://news.example/short": "skipped",
    "https://news.example/feed?a&b": "source",
    "https://news.example/it's": "pending",
}
NAMES = [
    "1",
    " 1 ",
    STORY,
    "HTTPS://WWW.News.Example:443/2024/03/05/meta-goes-dark-again#top",
    f"{STORY}/?utm_source=mail&fbclid=x&ref=home",
    "http://m.news.example/2024/03/05/meta-goes-dark-again/amp/",
    "news.example/2024/03/05/meta-goes-dark-again",
    FILE,
    f"./{FILE}",
    f"../saved/{FILE}",
    "FILE",
    "URI",
    "LOCALHOST",
    "UNESCAPED",
]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Article 1 from a file in a folder, and asked for at its address; 2 and 3 with and without a slash."""
    folder = tmp_path_factory.mktemp("made")
    (folder / "saved").mkdir()
    page = folder / "saved" / FILE
    page.write_text("a page", encoding="utf-8")
    with Archive(folder / "a.db") as archive:
        save(archive, ARTICLE.replace(url=STORY), asked=file_url(page))
        for url in ("https://news.example/a/index.html", "https://news.example/a"):
            save(archive, ARTICLE.replace(url=url, text=f"About {url} it says."))
        for url, state in LEDGER.items():
            archive.ledger.ask(url, None)
            if state == "skipped":
                archive.save_refusal(url, state, "too_short", f"{url}: it is too short. See why.")
            elif state != "pending":
                archive.ledger.settle(url, state)
    return folder


@pytest.fixture
def db(made, tmp_path, monkeypatch):
    monkeypatch.chdir(made / "saved")
    return Path(shutil.copy(made / "a.db", tmp_path))


def typed(name):
    path = Path.cwd() / FILE
    forms = {
        "FILE": str(path),
        "URI": path.as_uri(),
        "LOCALHOST": path.as_uri().replace("file://", "file://localhost"),
        "UNESCAPED": f"file://{path}",
    }
    return forms.get(name, name)


def said(db, *arguments):
    result = run(db, *arguments)
    return result.exit_code, result.stdout, result.stderr


@pytest.mark.parametrize("name", NAMES)
def test_an_article_is_found_by_what_is_at_hand(db, name):
    assert json.loads(run(db, "show", "--json", "--", typed(name)).stdout)["id"] == 1


@pytest.mark.parametrize("name", ["http://m.news.example/2024/03/05/meta-goes-dark-again/", FILE])
def test_all_commands_take_the_same_forms(db, name):
    assert said(db, "search", "--like", name)[0] == 0
    # The page of these records is none that an article can be read from.
    assert "Its article stays as it was." in run(db, "reparse", "--dry-run", name).stderr
    with Archive(db) as archive:
        archive.db.execute(
            "insert into entities (name, type, slug) values ('Meta', 'organization', 'meta')"
        )
    assert run(db, "entities", "split", "Meta", "Other", "--article", name).exit_code == 0
    assert [json.loads(row["articles"]) for row in rows(db, "select articles from decisions")] == [
        [STORY]
    ]
    assert run(db, "remove", name).stdout.startswith("Removed 1: ")
    assert "has removed it" in run(db, "show", name).stderr
    assert run(db, "remove", "--undo", name).stdout.startswith(f"Let in again: {STORY}")


def test_what_is_removed_comes_back_by_its_number(db):
    assert run(db, "remove", "1").exit_code == 0
    assert run(db, "remove", "--undo", "1").exit_code == 0
    assert rows(db, "select * from removals") == []


def test_the_very_address_counts_before_other_forms_of_it(db):
    for number, url in ((2, "https://news.example/a/index.html"), (3, "news.example/a")):
        assert json.loads(run(db, "show", "--json", url).stdout)["id"] == number


ERRORS = {
    "http://news.example/a/": "more than one article may be meant. Name one of them: 2, 3.",
    "../saved": "it is a folder, and articles came from files in it. Name them by number or file: 1.",
    "other file.txt": "no article came from there. Read it with: newsarchive ingest 'other file.txt'",
    "no.txt": "there is no such article. Find its number with: newsarchive search WORDS",
    "news.example/short": "it gave no article. https://news.example/short: it is too short. See why.",
    "https://news.example/feed?a&b": "it names articles and is none itself. Find its number with: newsarchive search WORDS",
    "https://news.example/it's": "it has not been asked for yet. "
    """Read it with: newsarchive ingest 'https://news.example/it'"'"'s'""",
    "file://elsewhere/x": "there is no such article. Find its number with: newsarchive search WORDS",
    "https://[x/": "there is no such article. Find its number with: newsarchive search WORDS",
    "n" * 5000: "there is no such article. Find its number with: newsarchive search WORDS",
}


@pytest.mark.parametrize("name", ERRORS, ids=lambda name: name[:30])
def test_why_an_article_is_not_found(db, name):
    (Path.cwd() / "other file.txt").write_text("x", encoding="utf-8")
    assert said(db, "show", name) == (1, "", f"Error: {name}: {ERRORS[name]}\n")


def test_an_article_of_a_file_whose_name_is_no_text(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    name = "page\udcff.html"
    with Archive(tmp_path / "a.db") as archive:
        save(archive, asked=file_url(Path(name)))
    assert run(tmp_path / "a.db", "show", name).stdout.startswith("Meta goes dark\n")
    assert said(tmp_path / "a.db", "show", "other\udcff") == (
        1,
        "",
        "Error: other�: there is no such article. Find its number with: newsarchive search WORDS\n",
    )
