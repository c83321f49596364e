"""What is typed to choose articles: outlets in any spelling, days in order, words that are words."""

import json

import pytest
from archive_records import ARTICLE, save
from click.testing import CliRunner

from newsarchive import main

UNKNOWN = "Error: {}: no article is of that site. {}\n"


@pytest.fixture
def path(archive):
    """An archive of three articles in three outlets; the file is closed."""
    for number, site in enumerate(("daily.example", "m.example", "xn--mnchen-3ya.example")):
        url = f"https://{site}/{number}"
        authors = (
            "Ada Lindqvist",
            f"Writer {number}",
            ("Élodie Ōe", "ÉLODIE ŌE", "Elodie")[number],
        )
        save(
            archive,
            ARTICLE.replace(
                url=url,
                title=f"Outage {number}",
                site=site,
                authors=authors,
                site_name=("The Daily Épée", None, "Abendblatt")[number],
            ),
        )
    archive.close()
    return str(archive.path)


def run(path, *arguments):
    return CliRunner().invoke(main, ["--db", path, *arguments])


def said(path, *arguments):
    """Exit code, what is printed, the last line of what is said besides."""
    result = run(path, *arguments)
    return result.exit_code, result.stdout, (result.stderr.splitlines(True) or [""])[-1]


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("daily.example", 1),
        ("www.daily.example", 1),
        ("https://Daily.example/", 1),
        (" HTTPS://user@www.m.DAILY.example:8080/news?x=1 ", 1),
        ("//daily.example.", 1),
        ("https:/daily.example/news", 1),
        ("m.example", 2),
        ("www.m.example", 2),
        ("www.münchen.example", 3),
    ],
)
def test_an_outlet_in_any_spelling(path, typed, number):
    found = json.loads(run(path, "search", "--site", typed, "--json").stdout)
    assert [one["article_id"] for one in found] == [number]
    exported = run(path, "export", "jsonl", "--site", typed).stdout.splitlines()
    assert [json.loads(line)["url"] for line in exported] == [found[0]["url"]]


@pytest.mark.parametrize(
    "command", [["search"], ["search", "meta"], ["export", "csv"], ["summarize"]], ids=" ".join
)
def test_an_outlet_of_which_there_is_nothing(path, command):
    near = UNKNOWN.format("https://dayly.example", "Near to it: daily.example.")
    assert said(path, *command, "--site", "https://dayly.example") == (1, "", near)
    for name in ("The Daily Epee", "EPÉE"):
        near = UNKNOWN.format(name, "Near to it: daily.example.")
        assert said(path, *command, "--site", name) == (1, "", near)
    step = "Name the host of an outlet, such as example.com."
    assert said(path, *command, "--site", "zzz") == (1, "", UNKNOWN.format("zzz", step))
    assert said(path, *command, "--site", " ") == (1, "", UNKNOWN.format("--site", step))


@pytest.mark.parametrize(
    ("typed", "numbers"),
    [
        ("writer 1", [2]),
        (" Ada  LINDQVIST", [1, 2, 3]),
        ("Élodie Ōe", [1]),
        ("élodie ōe", [1, 2]),
        ("E\u0301LODIE O\u0304E", [2]),
    ],
)
def test_an_author_in_any_capitals(path, typed, numbers):
    found = json.loads(run(path, "search", "--author", typed, "--json").stdout)
    assert sorted(one["article_id"] for one in found) == numbers
    exported = run(path, "export", "jsonl", "--author", typed).stdout.splitlines()
    titles = [json.loads(line)["title"] for line in exported]
    assert titles == [f"Outage {number - 1}" for number in numbers]


@pytest.mark.parametrize(
    ("typed", "named", "step"),
    [
        ("Lindqvist", "Lindqvist", "Near to it: Ada Lindqvist."),
        ("writer", "writer", "Near to it: Writer 0, Writer 1, Writer 2."),
        ("Eva Lindqvist", "Eva Lindqvist", "Near to it: Ada Lindqvist."),
        ("Eda Lindqwist", "Eda Lindqwist", "Near to it: Ada Lindqvist."),
        ("LINDQVIST, A.", "LINDQVIST, A.", "Near to it: Ada Lindqvist."),
        ("ŌE", "ŌE", "Near to it: Élodie Ōe."),
        ("lindqvist ada", "lindqvist ada", "Near to it: Ada Lindqvist."),
        ("elodie oe", "elodie oe", "Near to it: Élodie Ōe, Elodie."),
        ("zzz", "zzz", "Name somebody whom articles name, as they write it."),
        (" ", "--author", "Name somebody whom articles name, as they write it."),
    ],
)
def test_an_author_whom_no_article_names(path, typed, named, step):
    error = f"Error: {named}: no article names that author. {step}\n"
    for command in (["search", "meta"], ["export", "csv"]):
        assert said(path, *command, "--author", typed) == (1, "", error)


@pytest.mark.parametrize(
    "command", [["search", "meta"], ["export", "csv"], ["import", "news/"]], ids=" ".join
)
def test_days_in_the_wrong_order(path, command):
    order = ["--since", "2024-03-02", "--until", "2024-03-01"]
    error = "Error: --since 2024-03-02 is after --until 2024-03-01: no day is between them.\n"
    assert said(path, *command, *order) == (2, "", error)
    same = said(path, "search", "meta", "--since", "2024-03-05", "--until", "2024-03-05")
    assert (same[0], same[2]) == (0, "")


@pytest.mark.parametrize("words", ["", '"', "🔥"])
def test_words_that_are_none(path, words):
    told = (
        f"There is no word to look for in “{words}”. "
        "Letters and digits are what the search can find.\n"
    )
    assert said(path, "search", words) == (0, "", told)
    assert said(path, "search", words, "--json") == (0, "[]\n", told)


@pytest.mark.parametrize(("words", "numbers"), [("", [1]), (" ", [1]), ('"', []), ("-boat", [])])
def test_words_that_are_none_beside_a_filter(path, words, numbers):
    found = json.loads(run(path, "search", words, "--site", "daily.example", "--json").stdout)
    assert [one["article_id"] for one in found] == numbers


def test_only_words_that_are_unwanted(path):
    told = (
        'There is no word to look for in “-boat -"ice age"”. '
        "Say as well what an article must hold, as in “phone -apple”.\n"
    )
    for words in (['-boat -"ice age"'], ["-boat", '-"ice age"'], ["--", "-boat", '-"ice age"']):
        assert said(path, "search", *words) == (0, "", told)


@pytest.mark.parametrize("word", ["apple", "nvidia", "huawei", "élan", "苹果"])
def test_a_word_after_a_hyphen_is_no_option(path, word):
    assert said(path, "search", "meta", f"-{word}") == said(path, "search", f"meta -{word}")
    assert said(path, "search", f"-{word}", "meta", "-n", "1")[0] == 0
    assert said(path, "search", "meta", "-n1")[0] == 0


def test_an_option_that_is_none_is_told(path):
    assert "No such option" in said(path, "search", "meta", "--sitee", "x")[2]


def test_what_is_like_an_article_that_is_not_there(path):
    error = "Error: 999: there is no such article. Find its number with: newsarchive search WORDS\n"
    assert said(path, "search", "--like", "999") == (1, "", error)
    assert said(path, "show", "999") == (1, "", error)
    assert said(path, "search", "--like", "1")[0] == 0
