"""What changed between two texts: runs, numbers, names; `show --diff`; the view stealth_edits."""

import itertools
import json
from datetime import UTC, datetime

import pytest
from archive_records import ARTICLE, URL, rows, save
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from archive.diff import Run, changes, diff
from newsarchive import main

OLD = "Meta went dark on Tuesday for 1,200 users. Elon Musk said so.\n\nPeople met on X."
NEW = "Meta went dark on Monday for 1,300 users. Mark Zuckerberg said so.\n\nMany people met on X."


def marked(old, new):
    marks = {"equal": "{}", "removed": "[-{}-]", "added": "{{+{}+}}"}
    return "".join(marks[run.kind].format(run.text) for run in diff(old, new))


@pytest.mark.parametrize(
    ("old", "new", "shown"),
    [
        ("", "", ""),
        ("the same", "the same", "the same"),
        ("", "all new", "{+all new+}"),
        ("all old", "", "[-all old-]"),
        ("a cat sat", "a dog sat", "a [-cat-]{+dog+} sat"),
        ("a big cat", "a cat", "a [-big -]cat"),
        ("It ended.", "It ended!", "It ended[-.-]{+!+}"),
        ("paid 1,200 now", "paid 1,300 now", "paid [-1,200-]{+1,300+} now"),
        ("don't go", "can't go", "[-don't-]{+can't+} go"),
        ("one.\n\ntwo", "one. two", "one[-.\n\n-]{+. +}two"),
        ("goes dark", "goes dark for hours", "goes dark{+ for hours+}"),
        ("dark for hours", "dark", "dark[- for hours-]"),
        ("It fell.", "It fell.\n\nIt rose.", "It fell{+.\n\nIt rose+}."),
        ("Müller’s café", "Meier’s café", "[-Müller’s-]{+Meier’s+} café"),
    ],
)
def test_words_are_compared(old, new, shown):
    assert marked(old, new) == shown


WORDS = st.lists(st.sampled_from(["a", "b", "c", " ", "\n\n", ".", "1,2", "ß"]), max_size=30).map(
    "".join
)


@given(WORDS | st.text(), WORDS | st.text())
def test_the_runs_hold_both_texts(old, new):
    runs = diff(old, new)
    assert "".join(run.text for run in runs if run.kind != "added") == old
    assert "".join(run.text for run in runs if run.kind != "removed") == new
    assert all(run.text for run in runs)
    assert all(one.kind != other.kind for one, other in itertools.pairwise(runs))
    assert not any(
        (one.kind, other.kind) == ("added", "removed") for one, other in itertools.pairwise(runs)
    )


def test_numbers_and_names_are_listed():
    found = changes(OLD, NEW)
    assert (found.numbers_removed, found.numbers_added) == (("1,200",), ("1,300",))
    assert found.names_removed == ("Tuesday", "Elon Musk")
    assert found.names_added == ("Monday", "Mark Zuckerberg")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Users left. The users came.", "The users came. Users left."),
        ("In May 3 left Meta.", "Meta: 3 left in May."),
        ("", "Nothing but words. Many of them. And more."),
    ],
)
def test_what_moved_or_begins_a_sentence_is_no_change_of_names(old, new):
    found = changes(old, new)
    assert (found.names_removed, found.numbers_removed, found.numbers_added) == ((), (), ())
    assert "Many" not in found.names_added
    assert "Users" not in found.names_added


def test_amounts_and_initials_stay_whole():
    found = changes("", "The U.S. paid $1.5 billion, up 12.5%.")
    assert found.numbers_added == ("$1.5", "12.5%")
    assert found.names_added == ("U.S.",)


# The command


def show(archive, *options):
    result = CliRunner().invoke(main, ["--db", str(archive.path), "show", "1", "--diff", *options])
    assert (result.exit_code, result.stderr) == (0, "")
    return result.stdout


def test_the_changes_are_shown(archive):
    save(archive, ARTICLE.replace(title="Meta goes dark", text=OLD))
    assert show(archive).endswith("\nIt is as it was first seen.\n")
    save(archive, ARTICLE.replace(title="Meta went dark", text=NEW))
    shown = show(archive)
    assert "with no new date of modification\nTitle: Meta [-goes-]{+went+} dark" in shown
    assert "Numbers: -1,200, +1,300" in shown
    assert "Names: -Tuesday, -Elon Musk, +Monday, +Mark Zuckerberg" in shown
    assert "[-Elon Musk-]{+Mark Zuckerberg+} said so." in shown
    assert "\x1b" not in shown


def test_each_change_is_shown_and_what_is_equal_is_shortened(archive):
    words = " ".join(f"word{n}" for n in range(100))
    for n in range(3):
        save(archive, ARTICLE.replace(text=f"{words} change{n} {words}"))
    shown = show(archive)
    assert "word88 " in shown
    assert "word87 " not in shown
    assert shown.index("[-change0-]{+change1+}") < shown.index("[-change1-]{+change2+}")
    assert "word11 […]" in shown
    assert len(shown) < 800


def test_a_page_cannot_steer_the_terminal(archive):
    save(archive)
    save(archive, ARTICLE.replace(title="Bell \x07 and \x1b[2J escape", text="\x9b31m"))
    assert not set(show(archive)) & set("\x07\x1b\x9b")


def test_a_terminal_gets_colours():
    from archive.history import as_text, history

    old = {
        "title": "T",
        "text": "a cat",
        "modified_at": None,
        "last_seen_at": None,
        "seen_at": "2024",
        "is_read_otherwise": 0,
    }
    (change,) = history({"title": "T", "text": "a dog", "modified_at": "2024"}, [old])
    assert not change.is_stealth
    assert as_text(change, has_color=True).endswith("a \x1b[31m\x1b[9mcat\x1b[0m\x1b[32mdog\x1b[0m")


def test_json_holds_the_runs(archive):
    save(archive, ARTICLE.replace(text="a cat sat"))
    save(archive, ARTICLE.replace(text="a dog sat"))
    record = json.loads(show(archive, "--json"))
    assert (record["id"], record["url"]) == (1, URL)
    (change,) = record["changes"]
    assert [Run(**run) for run in change["text"]] == list(diff("a cat sat", "a dog sat"))
    assert change["title"] == [{"kind": "equal", "text": ARTICLE.title}]
    assert change["is_stealth"] is True
    assert change["names_added"] == []


# stealth_edits


def test_changes_without_a_new_date_are_stealth_edits(archive):
    later = datetime(2024, 3, 9, tzinfo=UTC)
    save(archive)
    save(archive, ARTICLE.replace(title="Two", text=OLD))  # stealth
    save(archive, ARTICLE.replace(title="Two", text=NEW, modified_at=later))  # declared
    save(archive, ARTICLE.replace(title="Three", text=NEW, modified_at=later))  # title only
    found = rows(archive, "stealth_edits")
    assert [(row["article_id"], row["revision_id"]) for row in found] == [(1, 1), (1, 3)]
    assert [(row["title_before"], row["title_after"]) for row in found] == [
        ("Meta goes dark", "Two"),
        ("Two", "Three"),
    ]
    assert [row["is_text_changed"] for row in found] == [1, 0]
    assert [row["modified_at"] for row in found] == ["2024-03-05T21:34:00Z", "2024-03-09T00:00:00Z"]
