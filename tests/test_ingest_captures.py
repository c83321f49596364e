"""WARCs come back as they went: versions by their date, files as files, and nothing newer is undone."""

import io
import json
import re

import fault_server
import pytest
from fault_server import SITE, article
from ingest_command import change, dump, ingest, ledger, rows, run, totals
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from archive import times
from ingest.lots import lots_of, read_lot
from ingest.selection import Selection

URL = "http://q.example/1"
OLD, NEW, LAST = (f"2024-03-0{day}T09:10:11Z" for day in (5, 6, 7))


def told(number):
    """A page whose text differs by a number."""
    return article("Ferry timetable", text=f"The ferry sails {number} times a day. " * 12)


def capture(number, date, url=URL, kind="response", content_type="text/html", body=None):
    return url, kind, content_type, told(number) if body is None else body, date


def warc(path, *captures):
    """A WARC as a crawler writes it."""
    with path.open("wb") as file:
        writer = WARCWriter(file, gzip=path.suffix == ".gz")
        for url, kind, content_type, body, date in captures:
            http = StatusAndHeaders("200 OK", [("Content-Type", content_type)], protocol="HTTP/1.1")
            headers = (
                {"http_headers": http}
                if kind == "response"
                else {"warc_content_type": content_type}
            )
            writer.write_record(
                writer.create_warc_record(
                    url, kind, payload=io.BytesIO(body), length=len(body),
                    warc_headers_dict={"WARC-Date": date}, **headers,
                )
            )  # fmt: skip
    return path


def versions(db):
    """How many times a day the ferry sails, first in the earlier texts, then in the text of now."""
    earlier = rows(db, "select text from revisions order by seen_at, id")
    now = rows(db, "select text from articles order by id")
    return [
        [int(re.search(r"sails (\d+)", row["text"])[1]) for row in found]
        for found in (earlier, now)
    ]


@pytest.fixture
def changed(site, db, tmp_path, monkeypatch):
    """An archive of a page that has changed, and its WARC, with three days between the two."""
    for number in (1, 2):
        monkeypatch.setitem(fault_server.ANSWERS, "/g", (200, "text/html", told(number), {}))
        ingest(db, *site.options, f"{SITE}/g")
    path = tmp_path / "g.warc"
    assert run(db, "export", "warc", "-o", path).exit_code == 0
    return path


def test_an_exported_warc_restores_both_versions(changed, tmp_path):
    result = ingest(tmp_path / "new.db", changed)
    assert (result.exit_code, result.stderr, totals(result)) == (0, "", {"added": 1, "updated": 1})
    assert versions(tmp_path / "new.db") == [[1], [2]]


def test_a_text_that_came_back_is_restored_with_what_stood_in_between(
    changed, site, db, tmp_path, monkeypatch
):
    for number in (1, 3, 1):
        monkeypatch.setitem(fault_server.ANSWERS, "/g", (200, "text/html", told(number), {}))
        ingest(db, *site.options, f"{SITE}/g")
    # Often fetched within one second, as no page is; the third and the fifth are the first once more.
    for number in range(3):
        change(
            db,
            "update pages set fetched_at = ?, last_seen_at = case id when 1 "
            "then '2024-03-09T09:10:11Z' end where id = ?",
            (OLD, NEW, LAST)[number],
            number + 1,
        )
    assert run(db, "export", "warc", "-o", changed).exit_code == 0
    result = ingest(tmp_path / "new.db", changed)
    assert (result.stderr, totals(result)) == ("", {"added": 1, "updated": 3})
    assert versions(tmp_path / "new.db") == [[1, 2, 3], [1]]
    assert rows(tmp_path / "new.db", "select last_seen_at, seen_at from revisions order by id") == [
        {"last_seen_at": OLD, "seen_at": NEW},
        {"last_seen_at": NEW, "seen_at": LAST},
        {"last_seen_at": LAST, "seen_at": "2024-03-09T09:10:11Z"},
    ]


def test_an_exported_warc_undoes_nothing(changed, db):
    before = dump(db)
    result = ingest(db, changed)
    assert (result.exit_code, totals(result)) == (0, {"passed over": 2})
    assert result.stderr == (
        f"{changed.as_uri()}: 1 page that is not later than what the archive holds of its address; "
        "it is passed over.\n"
    )
    after = dump(db)
    source = {"id": 2, "kind": "warc", "url": changed.as_uri(), "title": None}
    assert (after.pop("sources")[1:], before.pop("sources")[1:]) == ([source], [])
    for found in (before, after):
        found["ledger"] = [row for row in found["ledger"] if row["url"] != changed.as_uri()]
    assert after == before


@pytest.mark.parametrize(
    ("captures", "outcome", "texts"),
    [
        ([(1, OLD), (2, NEW)], {"added": 1, "updated": 1}, [[1], [2]]),
        ([(2, NEW), (1, OLD)], {"added": 1, "updated": 1}, [[1], [2]]),
        ([(1, OLD), (3, LAST), (2, NEW)], {"added": 1, "updated": 2}, [[1, 2], [3]]),
        ([(3, LAST), (2, NEW), (1, OLD)], {"added": 1, "updated": 2}, [[1, 2], [3]]),
        # Of Wednesday another text than of Tuesday and Thursday: whom to believe is not known.
        ([(1, OLD), (1, LAST), (2, NEW)], {"added": 1, "passed over": 2}, [[], [1]]),
        ([(1, OLD), (1, NEW), (1, LAST)], {"added": 1, "passed over": 2}, [[], [1]]),
        ([(1, OLD), (2, NEW), (1, LAST)], {"added": 1, "updated": 2}, [[1, 2], [1]]),
    ],
)  # fmt: skip
def test_an_address_that_a_crawler_saw_twice(db, tmp_path, captures, outcome, texts):
    path = warc(tmp_path / "c.warc.gz", *(capture(*one) for one in captures))
    result = ingest(db, path)
    assert (result.exit_code, totals(result), versions(db)) == (0, outcome, texts)
    ingest(db, path)
    assert versions(db) == texts


@pytest.mark.parametrize("is_on_the_web", [True, False])
def test_a_text_that_comes_back_is_a_change_of_the_third_visit(
    site, db, tmp_path, monkeypatch, clock, is_on_the_web
):
    def page(number):
        said = f'<meta property="article:modified_time" content="2024-03-0{number}T08:00:00Z">'
        return told(number).replace(b"<title>", said.encode() + b"<title>")

    visits = [(page(1), OLD), (page(2), NEW), (page(1), LAST)]
    if is_on_the_web:
        for body, date in visits:
            clock[0] = times.from_text(date)
            monkeypatch.setitem(fault_server.ANSWERS, "/b", (200, "text/html", body, {}))
            ingest(db, *site.options, f"{SITE}/b")
    else:
        clock[0] = times.from_text(LAST)
        ingest(
            db, warc(tmp_path / "b.warc", *(capture(0, date, body=body) for body, date in visits))
        )
    assert versions(db) == [[1, 2], [1]]
    assert rows(db, "select last_seen_at, seen_at, modified_at from revisions order by id") == [
        {"last_seen_at": OLD, "seen_at": NEW, "modified_at": "2024-03-01T08:00:00Z"},
        {"last_seen_at": NEW, "seen_at": LAST, "modified_at": "2024-03-02T08:00:00Z"},
    ]
    assert rows(db, "select last_seen_at, updated_at, modified_at from articles") == [
        {"last_seen_at": LAST, "updated_at": LAST, "modified_at": "2024-03-01T08:00:00Z"}
    ]
    assert rows(db, "select fetched_at, last_seen_at from pages order by id") == [
        {"fetched_at": OLD, "last_seen_at": LAST},
        {"fetched_at": NEW, "last_seen_at": None},
    ]


def test_what_was_seen_again_later_is_not_outlived(db, tmp_path):
    """The page of Tuesday and Thursday stands; that of a friend's capture of Wednesday does not replace it."""
    ingest(db, warc(tmp_path / "a.warc", capture(1, OLD), capture(1, LAST)))
    result = ingest(db, warc(tmp_path / "b.warc", capture(2, NEW)))
    assert (totals(result), versions(db)) == ({"passed over": 1}, [[], [1]])
    assert rows(db, "select last_seen_at from articles") == [{"last_seen_at": LAST}]


@pytest.fixture
def parquet(tmp_path):
    """Writes an archive of captures, and exports it as Parquet: (archive, folder)."""

    def write(name, *captures):
        db, folder = tmp_path / f"{name}.db", tmp_path / name
        ingest(db, warc(tmp_path / f"{name}.warc", *(capture(*one) for one in captures)))
        run(db, "export", "parquet", "-o", folder)
        return db, folder

    return write


def test_a_text_that_came_back_counts_by_its_return_in_parquet(parquet):
    back, back_folder = parquet("back", (1, OLD), (2, NEW), (1, LAST))
    between, between_folder = parquet("between", (2, NEW))
    run(back, "import", between_folder)
    assert versions(back) == [[1, 2], [1]]
    run(between, "import", back_folder)
    assert versions(between) == [[2], [1]]
    assert rows(between, "select last_seen_at, seen_at from revisions") == [
        {"last_seen_at": NEW, "seen_at": LAST}
    ]


def test_a_capture_is_compared_with_what_came_from_parquet(parquet, db, tmp_path):
    run(db, "import", parquet("new", (2, NEW))[1])
    assert totals(ingest(db, warc(tmp_path / "a.warc", capture(1, OLD)))) == {"updated": 1}
    assert totals(ingest(db, warc(tmp_path / "b.warc", capture(3, LAST)))) == {"updated": 1}
    assert versions(db) == [[1, 2], [3]]


def test_files_of_different_days_in_any_order(db, tmp_path):
    paths = [
        warc(tmp_path / f"{n}.warc.gz", capture(n, date)) for n, date in [(1, OLD), (2, NEW), (3, LAST)]
    ]  # fmt: skip
    for path in (paths[1], paths[0], paths[2], paths[0]):
        ingest(db, path)
    assert versions(db) == [[1, 2], [3]]
    result = run(db, "show", "--diff", "1")
    assert re.findall(r"Changed .*?Z\b.*?Z", result.stdout) == [
        f"Changed between {OLD} and {NEW}",
        f"Changed between {NEW} and {LAST}",
    ]
    assert len(rows(db, "select 1 from stealth_edits")) == 2


def test_a_return_that_an_older_capture_tells_of_is_a_text_of_its_own(db, tmp_path):
    """Text 1 was seen on Tuesday, 2 on Wednesday, 1 in the same bytes on Thursday; 3 of Friday came in first."""
    friday = "2024-03-08T09:10:11Z"
    for n, captures in enumerate([[(3, friday)], [(1, OLD), (2, NEW), (1, LAST)]]):
        result = ingest(db, warc(tmp_path / f"{n}.warc", *(capture(*one) for one in captures)))
    assert (totals(result), result.stderr) == ({"updated": 3}, "")
    assert versions(db) == [[1, 2, 1], [3]]


def test_an_older_capture_narrows_when_a_change_was_made(db, tmp_path):
    """Text 1 was seen on Tuesday, 2 on Friday; then come 1 of Wednesday and 2 of Thursday."""
    friday = "2024-03-08T09:10:11Z"
    for n, captures in enumerate([[(1, OLD), (2, friday)], [(1, NEW)], [(2, LAST)]]):
        ingest(db, warc(tmp_path / f"{n}.warc", *(capture(*one) for one in captures)))
    assert versions(db) == [[1], [2]]
    (revision,) = rows(db, "select last_seen_at, seen_at from revisions")
    assert revision == {"last_seen_at": NEW, "seen_at": LAST}


def test_an_older_capture_leaves_the_article_as_it_is(site, db, tmp_path, monkeypatch):
    monkeypatch.setitem(fault_server.ANSWERS, "/g", (200, "text/html", told(2), {}))
    ingest(db, *site.options, f"{SITE}/g")
    before = dump(db)
    result = ingest(db, warc(tmp_path / "o.warc", capture(1, OLD, f"{SITE}/g")))
    assert (totals(result), versions(db)) == ({"updated": 1}, [[1], [2]])
    after = dump(db)
    for table in ("articles", "votes"):
        assert after[table] == before[table]
    assert [row for row in after["ledger"] if row["url"] == f"{SITE}/g"] == before["ledger"]
    # Its page is kept, and so it comes back.
    path = tmp_path / "g.warc"
    run(db, "export", "warc", "-o", path)
    ingest(tmp_path / "new.db", path)
    assert versions(tmp_path / "new.db") == [[1], [2]]


@pytest.mark.parametrize("name", ["last_seen_at", "date_download"])
def test_json_lines_of_then_take_the_place_of_nothing_later(db, tmp_path, name):
    """Lines of Tuesday and Thursday come after a page of Wednesday; each says when its text was seen."""
    ingest(db, warc(tmp_path / "n.warc", capture(2, NEW)))
    path = tmp_path / "lines.jsonl"
    for number, seen_at in ((1, OLD), (3, LAST), (1, OLD)):
        text = f"The ferry sails {number} times a day. " * 12
        record = {"url": URL, "title": "Ferry timetable", "text": text, name: seen_at}
        path.write_text(json.dumps(record))
        result = ingest(db, path)
    assert (totals(result), versions(db)) == ({"passed over": 1}, [[1, 2], [3]])
    assert rows(db, "select last_seen_at, seen_at from revisions order by seen_at") == [
        {"last_seen_at": OLD, "seen_at": NEW},
        {"last_seen_at": NEW, "seen_at": LAST},
    ]


def test_a_wall_of_then_says_nothing_of_an_article_of_now(db, tmp_path):
    wall = b"<title>Just a moment...</title><p>Verifying you are human.</p><script>_cf_chl_opt={}</script>"
    ingest(db, warc(tmp_path / "a.warc.gz", capture(2, NEW)))
    result = ingest(db, warc(tmp_path / "b.warc.gz", capture(1, OLD, body=wall)))
    assert (result.exit_code, totals(result)) == (0, {"passed over": 1})
    assert (ledger(db, URL), versions(db)) == (("article", None, 200), [[], [2]])


# Files.


@pytest.fixture
def saved(tmp_path):
    folder = tmp_path / "saved"
    folder.mkdir()
    (folder / "a b.html").write_bytes(told(1))
    (folder / "notes.txt").write_text("Café notes\n\n" + "The ferry sails 2 times a day. " * 12)
    text = "<title>Für alle</title><p>" + "Die Fähre fährt 3 mal am schönen Tag hinüber. " * 12
    (folder / "latin.html").write_bytes(text.encode("latin-1"))
    return folder


FIELDS = "select id, url, title, text, content_hash from articles order by id"
PAGES = "select requested_url, final_url, fetched_at, http_status, headers, body_sha256 from pages"


def test_an_archive_of_files_comes_back(db, tmp_path, saved):
    ingest(db, saved)
    path = tmp_path / "f.warc.gz"
    run(db, "export", "warc", "-o", path)
    for file in saved.iterdir():
        file.unlink()  # nothing is read from where the addresses lead
    again = tmp_path / "again.db"
    result = ingest(again, path)
    assert (totals(result), len(rows(db, FIELDS))) == ({"added": 3}, 3)
    assert (rows(again, FIELDS), rows(again, PAGES)) == (rows(db, FIELDS), rows(db, PAGES))
    assert totals(ingest(db, path)) == {"unchanged": 3}


def test_what_a_resource_says_of_its_content(db, tmp_path):
    text = "<p>" + "Die Fähre fährt am schönen Tag hinüber und zurück. " * 12
    kinds = {
        "text/html; charset=iso-8859-1": "latin-1",
        "application/xhtml+xml; charset=utf-8": "utf-8",
    }
    captures = [
        capture(0, OLD, f"http://q.example/{n}", "resource", kind, f"<title>Fähre {n}</title>{text}".encode(charset))
        for n, (kind, charset) in enumerate(kinds.items())
    ]  # fmt: skip
    picture = capture(0, OLD, "http://q.example/p", "resource", "image/png", b"\x89PNG")
    result = ingest(db, warc(tmp_path / "r.warc.gz", *captures, picture))
    assert totals(result) == {"added": 2, "passed over": 1}
    assert [row["title"] for row in rows(db, "select title from articles")] == [
        "Fähre 0",
        "Fähre 1",
    ]
    assert ["schönen" in row["text"] for row in rows(db, "select text from articles")] == [
        True,
        True,
    ]


def test_a_stranger_speaks_for_no_file_of_ours(db, tmp_path, saved):
    ingest(db, saved)
    (saved / "short.html").write_bytes(b"<title>Hm</title><p>No more.")
    ingest(db, saved / "short.html")
    secret = tmp_path / "secret.html"
    secret.write_bytes(told(7))
    before = dump(db)
    path = warc(
        tmp_path / "s.warc.gz",
        *(capture(9, "2025-01-01T00:00:00Z", (saved / name).as_uri(), "resource") for name in ("a b.html", "short.html")),
        capture(8, OLD, secret.as_uri(), "resource"),
        capture(9, OLD, "file://host/share/x.html", "resource"),
        capture(9, OLD, (saved / "notes.txt").as_uri()),
    )  # fmt: skip
    result = ingest(db, path)
    assert (result.exit_code, totals(result)) == (0, {"added": 1, "passed over": 4})
    assert result.stderr == (
        f"{path.as_uri()}: 2 pages of files that the archive has from elsewhere, which a WARC does not "
        "change; they are passed over.\n"
    )
    new = rows(db, "select text from articles where url = ?", secret.as_uri())
    # What the WARC holds; no file is opened.
    assert ["sails 8 times" in row["text"] for row in new] == [True]
    after = dump(db)
    assert after["articles"][:3] == before["articles"]
    assert after["revisions"] == []
    assert ledger(db, (saved / "short.html").as_uri()) == ("skipped", "too_short", None)


def test_a_warc_on_the_web_names_no_files(site, db, tmp_path, monkeypatch):
    body = warc(
        tmp_path / "w.warc", capture(1, OLD, "file:///etc/hostname", "resource")
    ).read_bytes()
    monkeypatch.setitem(fault_server.ANSWERS, "/w", (200, "text/plain", body, {}))
    result = ingest(db, *site.options, "--as", "warc", f"{SITE}/w")
    assert totals(result) == {"failed": 1}
    assert ledger(db, "file:///etc/hostname")[:2] == ("failed", "bad_url")


def test_a_warc_without_pages_says_what_it_holds(db, tmp_path):
    path = warc(
        tmp_path / "n.warc.gz",
        *(capture(0, OLD, f"http://q.example/{n}.png", "response", "image/png", b"\x89") for n in range(2)),
        capture(0, OLD, "dns:q.example", "resource", "text/dns", b"192.0.2.1"),
    )  # fmt: skip
    result = ingest(db, path)
    assert (result.exit_code, totals(result)) == (1, {"failed": 1, "passed over": 3})
    assert result.stderr == (
        f"{path.as_uri()}: the WARC file holds no page that could be taken; its records: "
        "2 response that is no HTML, 1 resource of no address on the web. "
        "Name one with HTML pages that were answered with 200.\n"
    )
    assert ledger(db, path.as_uri()) == ("failed", "empty_warc", None)


def test_a_cluster_is_given_the_later_versions_and_no_files(tmp_path):
    captures = [(1, OLD), (1, NEW), (3, LAST), (2, NEW)]
    file = capture(9, OLD, "file:///etc/hostname", "resource")
    path = warc(tmp_path / "c.warc.gz", *(capture(*one) for one in captures), file)
    (lot,), errors = lots_of([str(path)])
    (block,) = read_lot(lot, None, Selection())
    assert errors == []
    assert ([item.page.body for item in block.items], block.passed_over) == ([told(1), told(3)], 3)
