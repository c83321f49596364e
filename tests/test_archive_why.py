"""`newsarchive show --why`: what saw each name, whom it means, what decided, and what it was called then."""

import json

import pytest
from click.testing import CliRunner
from naming import fill

from archive import Archive, deciding
from archive.deciding import Who
from archive.reasons import DETECTORS, in_words
from newsarchive import main


@pytest.fixture
def db(archive):
    """The articles of `naming`, tagged."""
    return fill(archive).path


def show(db, *arguments, code=0):
    result = CliRunner().invoke(main, ["--db", str(db), "show", *map(str, arguments)])
    assert result.exit_code == code, result.output
    return result.stdout


def test_each_name_with_what_explains_it(db):
    with Archive(db) as archive:
        deciding.add_alias(archive, "Mark Zuckerberg", "Zuck", None, None, Who("ana", "his own"))
    assert show(db, 2, "--why") == (
        "Meta grows\n"
        "Meta → Meta (organization, meta)\n"
        "    at title 0-4, 0-4; score 0.90; gazetteer\n"
        "    why: a name of the list: it has one sense only\n"
        "Facebook → Facebook (product, facebook)\n"
        "    at 10-18; score 0.90; gazetteer\n"
        "    why: a name of the list: it has one sense only\n"
        "    also called so: Meta (organization, until 2021-10-28, not on the day of the article)\n"
        "Zuck → Mark Zuckerberg (person, mark-zuckerberg)\n"
        "    at 20-24; score 1.00; gazetteer\n"
        "    why: found by a decision\n"
        "    decision 1 by ana: Zuck means Mark Zuckerberg (person) (his own); the tagger said\n"
        "        nobody\n"
        "Apple → Apple (organization, apple)\n"
        "    at 39-44; score 0.90; gazetteer\n"
        "    why: a name of the list: it has one sense only\n"
    )


def test_a_name_of_then_is_told_with_the_name_of_now(db):
    then = "Facebook is now called Meta (since 2021-10-28)"
    assert f"    then: {then}\n" in show(db, 1, "--why")
    assert f"Names: {then}\n" in show(db, 1)
    assert json.loads(show(db, 1, "--json"))["former_names"] == [then]
    assert "Names:" not in show(db, 2)
    assert json.loads(show(db, 2, "--json"))["former_names"] == []


def test_a_program_reads_it(db):
    found = json.loads(show(db, 4, "--why", "--json"))
    assert (found["id"], len(found["names"])) == (4, 3)
    assert found["names"][2] == {
        "place": "text",
        "start": 40,
        "end": 46,
        "surface": "Recall",
        "type": "product",
        "entity": None,
        "slug": None,
        "score": 0.9,
        "model": "gazetteer",
        "reason": ["list", "only"],
        "candidates": [],
        "former": None,
        "decision": None,
        "tagged": None,
        "detector": "list",
        "in_words": "a name of the list: it has one sense only",
    }


def test_an_archive_that_was_tagged_before_reasons_were_kept(db):
    with Archive(db) as archive:
        archive.db.execute("update mentions set reason = null")
    assert "    why: tagged before reasons were kept\n" in show(db, 4, "--why")


def test_an_article_without_names(archive):
    fill(archive, is_tagged=False)
    assert show(archive.path, 1, "--why").splitlines()[1:] == [
        "No name was found in it. Tag what is new with: newsarchive summarize"
    ]


def test_one_of_two(db):
    assert (
        "Name --diff or --why"
        in CliRunner().invoke(main, ["--db", str(db), "show", "1", "--diff", "--why"]).stderr
    )


def test_reasons_in_words():
    assert in_words(()) == ""
    assert in_words(("list", "near=shares", "not=Apple (work)")) == (
        "a name of the list: near it stands “shares”; "
        "it could be Apple (work), which nothing here speaks for"
    )
    assert in_words(("model", "full=Ana Lind", "known")) == (
        "seen by the model: the article has the full name, Ana Lind; the archive has it under this name"
    )
    assert in_words(("model", "later=x")) == "seen by the model: later"
    assert [in_words((code,)) for code in DETECTORS] == list(DETECTORS.values())
