"""`newsarchive entities`: who is whom, decided, told, taken back, exported and imported."""

import csv
import io
import json

import pytest
from archive_records import save
from click.testing import CliRunner
from naming import ARTICLES, fill, meanings, state

from archive import Archive
from newsarchive import main


@pytest.fixture
def db(archive):
    """The articles of `naming`, tagged; the file is closed."""
    return fill(archive).path


def run(db, *arguments, code=0):
    result = CliRunner().invoke(main, ["--db", str(db), "entities", *map(str, arguments)])
    assert result.exit_code == code, result.output
    return result


def said(db, *arguments):
    return run(db, *arguments, "--by", "ana").stdout


def refused(db, *arguments):
    (line,) = run(db, *arguments, code=1).stderr.splitlines()
    return line


def test_list(db):
    assert run(db, "list", "--type", "organization").stdout == (
        "     3 articles  Apple (organization, apple)  also Apple Inc.\n"
        "     2 articles  Meta (organization, meta)  also Facebook\n"
        "     1 article   Lumora (organization, lumora)\n"
    )
    (found,) = json.loads(run(db, "list", "zuck", "--json").stdout)
    assert found == {
        "name": "Mark Zuckerberg",
        "type": "person",
        "slug": "mark-zuckerberg",
        "articles": 1,
        "mentions": 1,
        "aliases": [],
    }
    assert run(db, "list", "nobody").stderr == "No entity has these words in a name.\n"


def test_what_is_merged_into_another_is_listed_as_that(db):
    said(db, "merge", "Lumora", "Apple")
    expected = "     3 articles  Apple (organization, apple)  also Lumora, Apple Inc.\n"
    assert run(db, "list", "lumora").stdout == expected
    (found,) = json.loads(run(db, "list", "Lumora", "--json").stdout)
    assert (found["name"], found["aliases"]) == ("Apple", ["Lumora", "Apple Inc."])
    said(db, "undo")
    assert run(db, "list", "lumora").stdout == ("     1 article   Lumora (organization, lumora)\n")


def test_show(db):
    said(db, "rename", "Meta", "Meta Platforms", "--note", "as they sign")
    assert run(db, "show", "meta").stdout == (
        "Meta Platforms (organization, meta)\n"
        "Owner of Facebook\n"
        "3 mentions in 2 articles\n"
        "    name: Meta (name)\n"
        "    name: Facebook, until 2021-10-28 (gazetteer)\n"
        "    name: Meta Platforms (rename)\n"
        "    called Facebook: 2 times\n"
        "    called Meta: 1 times\n"
        "    decision 1: Meta (organization) is called Meta Platforms\n"
    )
    assert json.loads(run(db, "show", "meta", "--json").stdout)["decisions"][0]["note"] == (
        "as they sign"
    )


DECISIONS = {
    ("merge", "facebook", "Meta"): "Facebook (product) is Meta (organization); 1 mention in 1",
    ("split", "Apple", "Apple Records", "--article", 3): (
        "Apple (organization) in https://news.example/3 is Apple Records (organization); "
        "2 mentions in 1"
    ),
    ("split", "Apple", "Fruit", "--surface", "Apple", "--type", "other"): (
        "Apple (organization) written Apple is Fruit (other); 4 mentions in 3"
    ),
    ("rename", "Lumora", "--type", "product"): (
        "Lumora (organization) is of type product; 1 mention in 1"
    ),
    ("alias", "add", "Mark Zuckerberg", "Zuck", "--from", "2023-01-01"): (
        "Zuck means Mark Zuckerberg (person) from 2023-01-01; 1 mention in 1"
    ),
    ("alias", "remove", "Meta", "Facebook"): (
        "Facebook does not mean Meta (organization); 3 mentions in 1"
    ),
    ("ignore", "Recall"): "Recall is no entity; 1 mention in 1",
    ("ignore", "--entity", "Apple"): "Apple (organization) is no entity; 4 mentions in 3",
    ("ignore", "Facebook", "--entity", "facebook"): (
        "Facebook is no entity where it would be Facebook (product); 1 mention in 1"
    ),
}


@pytest.mark.parametrize("arguments", DECISIONS, ids=str)
def test_deciding_and_undoing(db, arguments):
    with Archive(db) as archive:
        before = state(archive)
    result = run(db, *arguments, "--by", "ana")
    articles = "articles" if "in 3" in DECISIONS[arguments] else "article"
    assert result.stdout == f"Decision 1: {DECISIONS[arguments]} {articles} changed.\n"
    assert result.stderr == "Undo it with: newsarchive entities undo 1\n"
    with Archive(db) as archive:
        assert state(archive) != before
    assert said(db, "undo").startswith("Undone: decision 1, ")
    with Archive(db) as archive:
        assert state(archive) == before


def test_what_was_split_off_is_listed_until_that_is_undone(db):
    before = run(db, "list").stdout
    said(db, "split", "Apple", "Apple Records", "--article", 3)
    assert "Apple Records" in run(db, "list").stdout
    said(db, "undo")
    assert run(db, "list").stdout == before
    assert run(db, "list", "Records").stdout == ""


def test_a_decision_that_finds_nothing_says_so(db):
    assert run(db, "ignore", "Cookie Policy").stderr == (
        "Nothing in the archive is so written yet; articles to come may be.\n"
        "Undo it with: newsarchive entities undo 1\n"
    )


def test_errors_are_one_line_and_nothing_is_kept(db, tmp_path):
    assert refused(db, "merge", "Aple", "Meta") == (
        "Error: Aple: no entity of this archive has that name. Near to it: Apple."
    )
    assert refused(db, "merge", "Xyzzy", "Meta") == (
        "Error: Xyzzy: no entity of this archive has that name. "
        "See what there is with: newsarchive entities list"
    )
    assert refused(db, "undo") == f"Error: {db}: no decision stands that could be undone."
    assert "Give the NAME" in run(db, "ignore", code=2).stderr
    assert "Give the new NAME" in run(db, "rename", "Meta", code=2).stderr
    assert refused(tmp_path / "none.db", "merge", "A", "B").startswith(
        f"Error: {tmp_path / 'none.db'}: there is no such archive."
    )
    assert not (tmp_path / "none.db").exists()
    assert run(db, "log").stderr == "Nothing was decided.\n"


def test_log_tells_all_and_what_was_undone(db, clock):
    said(db, "merge", "facebook", "Meta", "--note", "one company")
    said(db, "ignore", "Recall")
    said(db, "undo", 1)
    assert run(db, "log").stdout == (
        "1  2024-03-06T09:00:00Z  ana: Facebook (product) is Meta (organization) (one company)"
        " [undone by ana, 2024-03-06T09:00:00Z]\n"
        "2  2024-03-06T09:00:00Z  ana: Recall is no entity\n"
    )


# CSV


def decided(db):
    """An archive in which something of every kind was decided."""
    said(db, "merge", "facebook", "Meta", "--note", 'one, "company"\nsince 2021')
    said(db, "split", "Apple", "Apple Records", "--article", 3, "--surface", "Apple")
    said(db, "rename", "Meta", "Meta Platforms")
    said(db, "alias", "add", "Mark Zuckerberg", "@zuck", "--until", "2030-01-01")
    said(db, "alias", "remove", "Meta Platforms", "Facebook", "--from", "2021-10-28")
    said(db, "ignore", "Recall")
    return exported(db)


def exported(db):
    return run(db, "export").stdout_bytes.decode()


def test_export_and_import_are_a_round_trip(db, tmp_path):
    text = decided(db)
    file = tmp_path / "decisions.csv"
    assert run(db, "export", "-o", file).stderr == f"{file}: 6 decisions\n"
    assert file.read_bytes() == text.encode()
    other = tmp_path / "other.db"
    with Archive(other) as archive:
        fill(archive)
    assert run(other, "import", file).stdout == "6 decisions made.\n"
    assert exported(other) == text
    with Archive(db) as one, Archive(other) as two:
        assert state(one) == state(two)
    assert run(other, "import", file).stdout == "0 decisions made; 6 decisions stood already.\n"


def test_import_before_the_articles(db, tmp_path):
    file = tmp_path / "decisions.csv"
    file.write_bytes(decided(db).encode())
    with Archive(tmp_path / "new.db") as archive:
        for one in ARTICLES:
            save(archive, one)
    run(tmp_path / "new.db", "import", file)
    with Archive(tmp_path / "new.db") as archive:
        assert meanings(archive, 2) == []
        fill(archive)
        assert ("@zuck", None) not in meanings(archive, 2)
        assert ("Facebook", "Meta Platforms") not in meanings(archive, 2)


def test_a_file_written_by_hand(db, tmp_path):
    file = tmp_path / "hand.csv"
    file.write_text("\ufeffkind,entity,target,name\r\nmerge,facebook,Meta,\r\nignore,,,Recall\r\n")
    assert run(db, "import", file, "--by", "ana").stdout == "2 decisions made.\n"
    rows = list(csv.DictReader(io.StringIO(run(db, "export").stdout)))
    assert [(row["kind"], row["entity_type"], row["made_by"]) for row in rows] == [
        ("merge", "product", "ana"),
        ("ignore", "", "ana"),
    ]


def test_no_cell_is_a_formula(db):
    said(db, "alias", "add", "Mark Zuckerberg", "=1+1")
    said(db, "alias", "add", "Mark Zuckerberg", "'=x")
    names = [row["name"] for row in csv.DictReader(io.StringIO(run(db, "export").stdout))]
    assert names == ["'=1+1", "''=x"]


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("name\nx\n", "line 1: it has no column “kind”. The columns are: kind, entity, "),
        ("kind,who\n", "line 1: it has a column 'who'."),
        ("kind\nmarry\n", "line 2: its kind 'marry' is none of merge, split, "),
        ("kind,entity\nmerge,Meta\n", "line 2: a merge needs the column “target”."),
        ("kind,entity,target\nmerge,Mata,Apple\n", "line 2: Mata: no entity of this archive"),
        ("kind,entity,target\nmerge,Meta,meta\n", "line 2: entity and target are one."),
        ("kind,entity,target\nsplit,Meta,Apple\n", "line 2: a split needs the column “surfaces”"),
        ("kind,entity,name,valid_from\nalias,Meta,M,2020\n", "line 2: '2020' is not a day"),
        ("kind,entity,entity_type\nignore,M,firm\n", "line 2: the type 'firm' is none of person"),
        ("kind,name\nignore,Recall\nignore,?\n", "line 3: the name '?' has no letter"),
        ('kind,name\nignore,"Recall', "line 2: it is no CSV"),
        ("kind,name\nignore,Re\0call\n", "line 2: it holds a NUL, which is in no text."),
    ],
    ids=str,
)
def test_a_wrong_line_is_named_and_nothing_is_imported(db, tmp_path, text, cause):
    file = tmp_path / "wrong.csv"
    file.write_text(text, "utf-8")
    assert refused(db, "import", file).startswith(f"Error: {file}, {cause}")
    assert run(db, "log").stderr == "Nothing was decided.\n"


def test_a_file_that_is_no_text(db, tmp_path):
    file = tmp_path / "x.csv"
    file.write_bytes(b"\xff\xfe\x00")
    assert refused(db, "import", file).startswith(f"Error: {file}: it cannot be read (")
