"""What an article said of itself before: authors, dates, description, the wall; and what is no change of a publisher's."""

import json
from datetime import UTC, datetime

import pytest
from archive_records import ARTICLE, BODY, page_of, rows, save
from click.testing import CliRunner

from archive import Page
from archive.articles import Held
from archive.records import RECORD_TYPE
from newsarchive import main

LATER = datetime(2024, 3, 9, tzinfo=UTC)


def kept(archive):
    columns = "field, value_before, value_after, is_stealth, last_seen_at, seen_at"
    return [tuple(row.values()) for row in archive.db.query(f"select {columns} from field_changes")]


def show(archive, *options):
    result = CliRunner().invoke(main, ["--db", str(archive.path), "show", "1", "--diff", *options])
    assert (result.exit_code, result.stderr) == (0, "")
    return result.stdout


@pytest.mark.parametrize(
    ("changed", "row", "line"),
    [
        (
            {"authors": ("Ada Writer",)},
            ("authors", '["Ada Writer", "José Peñaloza"]', '["Ada Writer"]'),
            "Authors: Ada Writer, José Peñaloza -> Ada Writer",
        ),
        (
            {"authors": ()},
            ("authors", '["Ada Writer", "José Peñaloza"]', "[]"),
            "Authors: Ada Writer, José Peñaloza -> none",
        ),
        (
            {"published_at": LATER},
            ("published_at", "2024-03-05T16:42:00Z", "2024-03-09T00:00:00Z"),
            "Published: 2024-03-05T16:42:00Z -> 2024-03-09T00:00:00Z",
        ),
        (
            {"description": "A\x1bn outage, it says"},
            ("description", "An outage", "A\x1bn outage, it says"),
            "Description: An outage -> A�n outage, it says",
        ),
        (
            {"is_paywalled": False},
            ("is_paywalled", "1", "0"),
            "Behind a paywall: yes -> no",
        ),
    ],
    ids=["an author", "all authors", "the date", "the description", "the wall"],
)
def test_what_a_page_says_otherwise_is_kept_with_when(archive, changed, row, line):
    save(archive)
    save(archive, minutes=5)
    save(archive, ARTICLE.replace(**changed), body=b"new", minutes=10)
    assert kept(archive) == [(*row, 1, "2024-03-06T08:05:00Z", "2024-03-06T08:10:00Z")]
    assert rows(archive, "revisions") == []
    assert show(archive) == (
        f"{ARTICLE.title}\n\nChanged between 2024-03-06T08:05:00Z and 2024-03-06T08:10:00Z, "
        f"with no new date of modification\n{line}\n"
    )


def test_it_is_one_change_with_that_of_the_text(archive):
    save(archive)
    save(archive, ARTICLE.replace(title="Meta went dark", authors=()), minutes=10)
    told = json.loads(show(archive, "--json"))["changes"]
    assert [(change["seen_at"], change["fields"]) for change in told] == [
        (
            "2024-03-06T08:10:00Z",
            [{"field": "authors", "before": "Ada Writer, José Peñaloza", "after": None}],
        )
    ]
    assert "".join(run["text"] for run in told[0]["title"]) == "Meta goeswent dark"


def test_changes_of_text_and_others_stand_in_their_order(archive):
    for n, article in enumerate(
        (
            ARTICLE,
            ARTICLE.replace(authors=()),
            ARTICLE.replace(authors=(), title="Two"),
            ARTICLE.replace(title="Two"),
        )
    ):
        save(archive, article, body=b"%d" % n, minutes=n)
    told = json.loads(show(archive, "--json"))["changes"]
    assert [(c["seen_at"][14:16], len(c["fields"]), len(c["title"]) > 1) for c in told] == [
        ("01", 1, False),
        ("02", 0, True),
        ("03", 1, False),
    ]


def test_a_new_date_of_modification_declares_it(archive):
    save(archive)
    save(archive, ARTICLE.replace(authors=(), modified_at=LATER), body=b"new", minutes=10)
    assert [row[3] for row in kept(archive)] == [0]


def test_the_same_bytes_read_otherwise_are_no_change(archive):
    save(archive)
    save(archive, ARTICLE.replace(authors=(), description=None), minutes=10)
    assert kept(archive) == []


@pytest.mark.parametrize("is_record_first", [True, False])
def test_between_a_page_and_a_record_a_text_is_marked_and_accuses_nobody(archive, is_record_first):
    record = Page(ARTICLE.url, ARTICLE.url, LATER, b"{}", None, (("content-type", RECORD_TYPE),))
    pages = [record, page_of()] if is_record_first else [page_of(), record]
    archive.ledger.ask(ARTICLE.url, None)
    archive.save_article(ARTICLE, pages[0], ARTICLE.url)
    archive.save_article(ARTICLE.replace(title="Two", authors=()), pages[1], ARTICLE.url)
    assert [row["is_read_otherwise"] for row in rows(archive, "revisions")] == [1]
    assert kept(archive) == rows(archive, "stealth_edits") == []
    assert (
        "One of the two is a record of JSON Lines: what differs may be how another program read the page.\n"
        in show(archive)
    )


def test_what_is_read_again_takes_the_place_of_nothing_later(archive):
    """Another process has saved a later page, while the one that is held was read again."""
    save(archive)
    held = Held(ARTICLE.url, 1, page_of(body=BODY))
    save(archive, ARTICLE.replace(title="Two"), minutes=10)
    assert not archive.articles.save_again(1, ARTICLE.replace(title="Three"), held)
    assert [row["title"] for row in rows(archive, "articles")] == ["Two"]
    assert [row["title"] for row in rows(archive, "revisions")] == ["Meta goes dark"]
