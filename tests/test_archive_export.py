"""`newsarchive export`: what goes out is what is there, and nothing in it is more than text."""

import csv
import io
import json
import os
import subprocess
import sys
import xml.etree.ElementTree as ET
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from archive_records import ARTICLE, BODY, TAGGER, TAGGING, page_of, rows, save
from click.testing import CliRunner
from ingest_command import ingest
from ingest_command import rows as rows_of
from warcio.archiveiterator import ArchiveIterator

from archive import Archive, Page
from archive.export import columns
from archive.export_formats import as_markdown, markdown_name
from archive.records import Source
from newsarchive import main

LATER = ARTICLE.replace(
    url="https://other.example/b",
    site="other.example",
    title="=HYPERLINK(0)",
    text="A second text.\n\n# No heading <b>&amp;</b>",
    authors=("@ada", "Bo"),
    published_at=datetime(2024, 4, 1, 23, 59, tzinfo=UTC),
    is_paywalled=False,
    section="-1+1",
)
UNDATED = ARTICLE.replace(url="https://news.example/c", title="C", published_at=None, text="Third.")


@pytest.fixture
def db(archive):
    """Three articles, the first with tags; two feeds."""
    for article in (ARTICLE, LATER, UNDATED):
        save(archive, article)
    with archive.transaction():
        model = archive.enrichments.model_id(TAGGER)
        item = next(iter(archive.enrichments.work({"tags": model})))
        archive.enrichments.save_tagging(item, TAGGING, model)
    archive.db.execute("update articles set duplicate_of = 1, duplicate_share = 0.5 where id = 3")
    archive.ledger.register(Source("feed", "https://news.example/feed", "News & \x01more"))
    archive.ledger.register(Source("feed", "file:///home/feed.xml", "Private"))
    archive.ledger.register(Source("page", ARTICLE.url))
    return archive.path


def export(db, *arguments, code=0):
    result = CliRunner().invoke(main, ["--db", str(db), "export", *map(str, arguments)])
    assert result.exit_code == code, result.output
    return result


def titles(db, *arguments):
    return [
        json.loads(line)["title"] for line in export(db, "jsonl", *arguments).stdout.splitlines()
    ]


def test_json_lines_hold_every_column_but_the_ids(db, archive):
    first, second, third = map(json.loads, export(db, "jsonl").stdout.splitlines())
    local = {"id", "page_id", "duplicate_of"}
    assert set(first) == set(rows(archive, "articles")[0]) - local | {"duplicate_of_url"}
    assert tuple(first) == columns(archive)
    assert (first["title"], first["tags"]) == (ARTICLE.title, ["Meta", "X"])
    assert (first["authors"], first["is_paywalled"]) == (list(ARTICLE.authors), True)
    assert (first["duplicate_of_url"], second["summary"]) == (None, None)
    assert (third["duplicate_of_url"], third["duplicate_share"]) == (ARTICLE.url, 0.5)


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ((), "abc"),
        (("--since", "2024-03-05"), "ab"),
        (("--since", "2024-03-06"), "b"),
        (("--until", "2024-03-05"), "a"),
        (("--until", "2024-03-04"), ""),
        (("--until", "2024-04-01"), "ab"),
        (("--site", "WWW.news.example"), "ac"),
        (("--site", "news.example", "--since", "2024-01-01"), "a"),
        (("--entity", "meta"), "a"),
        (("--entity", "Facebook"), "a"),
        (("--entity", "  FACEBOOK "), "a"),
        (("--tag", "x"), "a"),
        (("--tag", "Y"), ""),
    ],
    ids=str,
)
def test_filters(db, options, found):
    names = {"a": ARTICLE.title, "b": LATER.title, "c": UNDATED.title}
    assert titles(db, *options) == [names[letter] for letter in found]


def test_an_unknown_entity_is_an_error_in_one_line(db):
    (line,) = export(db, "csv", "--entity", "Nobody", code=1).stderr.splitlines()
    assert line.startswith("Error: Nobody: no entity of this archive has that name.")


def test_more_articles_than_are_read_at_once(archive):
    for n in range(450):
        save(archive, ARTICLE.replace(url=f"{ARTICLE.url}/{n}", title=f"T{n}"))
    assert titles(archive.path) == [f"T{n}" for n in range(450)]


def test_csv_has_no_formula(db):
    text = export(db, "csv").stdout
    found = list(csv.DictReader(io.StringIO(text, newline="")))
    assert [row["title"] for row in found] == [ARTICLE.title, "'=HYPERLINK(0)", "C"]
    assert (found[1]["authors"], found[1]["section"]) == ("'@ada; Bo", "'-1+1")
    assert found[0]["tags"] == "Meta; X"
    assert found[0]["text"] == ARTICLE.text
    assert (found[1]["summary"], found[1]["is_paywalled"], found[0]["is_paywalled"]) == (
        "",
        "0",
        "1",
    )


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_every_beginning_of_a_formula(archive, start):
    save(archive, ARTICLE.replace(description=f"{start}cmd|' /C calc'!A0"))
    found = next(csv.DictReader(io.StringIO(export(archive.path, "csv").stdout, newline="")))
    assert found["description"].startswith("'" + start)


def test_markdown_is_a_file_an_article(db, tmp_path):
    folder = tmp_path / "out" / "md"
    assert export(db, "markdown", "-o", folder).stderr == f"{folder}: 3 articles\n"
    names = sorted(path.name[:-12] for path in folder.iterdir())
    assert names == ["2024-03-05-meta-goes-dark", "2024-04-01-hyperlink-0", "undated-c"]
    text = next(folder.glob("2024-04*")).read_text("utf-8")
    _, head, body = text.split("---\n", 2)
    fields = dict(line.split(": ", 1) for line in head.splitlines())
    assert json.loads(fields["title"]) == "=HYPERLINK(0)"
    assert json.loads(fields["authors"]) == ["@ada", "Bo"]
    assert "summary" not in fields
    assert "\\# No heading \\<b\\>&amp;amp;\\</b\\>" in body
    assert body.startswith("\n# \\=HYPERLINK(0)\n")


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("渡し船が月曜日に戻る：修理の冬", "渡し船が月曜日に戻る-修理の冬"),
        ("Паром ходит снова", "паром-ходит-снова"),
        ("العبّارة تعود يوم الاثنين", "العبّارة-تعود-يوم-الاثنين"),
        ("हिन्दी में ख़बर", "हिन्दी-में-ख़बर"),
        ("여객선이 돌아온다", "여객선이-돌아온다"),
        ("Straße nach Ærø: für Élodie", "straße-nach-ærø-fur-elodie"),
        ("می\u200cرود", "میرود"),
        ("ＡＢ２ \u202eevil\ue000/..\\CON?<>|*", "ab2-evil-con"),
        ("…!?", "article"),
        ("船" * 200, "船" * 35),
        ("word " * 40, "-".join(["word"] * 12)),
    ],
)
def test_names_of_files_keep_the_letters_of_every_script(title, name):
    found = markdown_name({"title": title, "published_at": None, "url": "https://quay.example/1"})
    assert found == f"undated-{name}-{found[-11:-3]}.md"
    assert len(found.encode()) < 143


def test_names_from_pages_make_no_paths_and_no_fields(archive):
    save(archive, ARTICLE.replace(title="../../etc/pass\nwd: x\n---", section="a\u2028b: c"))
    record = dict.fromkeys(columns(archive)) | rows(archive, "articles")[0]
    record |= {"authors": [], "tags": []}
    assert markdown_name(record).startswith("2024-03-05-etc-pass-wd-x-")
    assert "/" not in markdown_name(record)
    front, _, body = as_markdown(record).decode().removeprefix("---\n").partition("\n---\n")
    assert all(": " in line for line in front.splitlines())
    assert '\nsection: "a\\u2028b: c"\n' in front
    assert body.startswith("\n# ../../etc/pass wd: x ---\n\nMeta went dark")


def test_opml_names_the_feeds_of_the_web(db, tmp_path):
    export(db, "opml", "-o", tmp_path / "feeds.opml")
    outlines = ET.parse(tmp_path / "feeds.opml").findall("body/outline")
    assert [outline.attrib for outline in outlines] == [
        {"type": "rss", "text": "News & �more", "xmlUrl": "https://news.example/feed"}
    ]


def test_an_export_that_fails_leaves_the_old_file(db, tmp_path, monkeypatch):
    path = tmp_path / "articles.jsonl"
    path.write_text("old")

    def fail(*_):
        yield b"new"
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("archive.export_formats.as_jsonl", fail)
    (line,) = export(db, "jsonl", "-o", path, code=1).stderr.splitlines()
    assert "No space left on device" in line
    assert path.read_text() == "old"
    assert list(tmp_path.glob("*.part")) == []


def test_what_is_no_file_is_written_into_and_not_replaced(db, tmp_path):
    expected = export(db, "csv").stdout_bytes
    pipe, link, real = (tmp_path / name for name in ("pipe", "link.csv", "real.csv"))
    os.mkfifo(pipe)
    real.write_text("old")
    link.symlink_to(real)
    with subprocess.Popen(["cat", pipe], stdout=subprocess.PIPE) as reader:
        export(db, "csv", "-o", pipe)
        assert reader.stdout.read() == expected
    export(db, "csv", "-o", link)
    assert (pipe.is_fifo(), link.is_symlink()) == (True, True)
    assert real.read_bytes() == expected


def test_a_full_disk_behind_standard_output_is_one_line(db):
    with Path("/dev/full").open("wb") as full:
        command = [sys.executable, "-m", "newsarchive", "--db", str(db), "export", "csv"]
        result = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True)
    assert (result.returncode, result.stderr) == (
        1,
        "Error: the output cannot be written: no space is left there. Free some, or write elsewhere.\n",
    )


@pytest.mark.parametrize(
    "arguments",
    [("opml", "--tag", "x"), ("markdown",), ("pdf",), ("csv", "--since", "yesterday"), ()],
)
def test_wrong_usage(db, arguments):
    export(db, *arguments, code=2)


@pytest.mark.parametrize("day", ["yesterday", "05.03.2024", "2024-06-31"])
def test_a_day_that_is_none_is_told_how_to_write_one(db, day):
    told = export(db, "csv", "--since", day, code=2).stderr.splitlines()[-1]
    assert told == f"Error: Invalid value for '--since': '{day}' is no day. Write it as 2024-03-05."


def test_nothing_found_is_said(db):
    result = export(db, "csv", "--since", "2099-01-01")
    assert (len(result.stdout.splitlines()), result.stderr) == (1, "There are no such articles.\n")


def test_what_json_lines_say_is_read_back(db, tmp_path):
    export(db, "jsonl", "-o", tmp_path / "all.jsonl")
    ingest(tmp_path / "again.db", tmp_path / "all.jsonl")
    query = """
        select url, site, title, description, authors, published_at, modified_at, language, section,
               text, word_count, image_url, is_paywalled, keywords, site_name, content_hash
        from articles order by url
    """
    again = rows_of(tmp_path / "again.db", query)
    assert again == rows_of(db, query)
    with Archive(tmp_path / "again.db", "read") as archive:
        assert len(rows(archive, "articles")) == 3


# WARC


def records_of(path):
    with path.open("rb") as file:
        return [
            (
                record.rec_type,
                record.rec_headers,
                record.http_headers,
                record.content_stream().read(),
            )
            for record in ArchiveIterator(file, check_digests="raise")
        ]


@pytest.fixture
def warc_db(archive):
    """Two pages from the web, one of them refused, and one from a file."""
    save(archive)
    page = page_of(LATER, b"short", "https://other.example/b?c=d")
    archive.ledger.ask(page.requested_url, archive.ledger.register(Source("feed", FEED)))
    headers = (("Content-Encoding", "br"), ("Content-Length", "3"), ("X-A", "b\r\nX-Evil: 1"))
    page = replace(page, headers=headers, final_url=page.requested_url)
    archive.save_refusal(page.requested_url, "skipped", "too_short", "too short", page)
    saved = Page("file:///a.html", "file:///a.html", page.fetched_at, b"<p>A file")
    archive.ledger.ask(saved.requested_url, None)
    archive.save_refusal(saved.requested_url, "skipped", "too_short", "too short", saved)
    return archive.path


FEED = "https://other.example/feed"


@pytest.mark.parametrize("name", ["pages.warc", "pages.warc.gz"])
def test_warc_holds_every_page_with_request_and_metadata(warc_db, tmp_path, name):
    path = tmp_path / name
    assert export(warc_db, "warc", "-o", path).stderr == f"{path}: 3 pages\n"
    assert path.read_bytes().startswith(b"\x1f\x8b" if name.endswith("gz") else b"WARC/1.1")
    found = records_of(path)
    kinds = [kind for kind, *_ in found]
    web = ["request", "response", "metadata"]
    assert kinds == ["warcinfo", *web, *web, "resource", "metadata"]
    _, headers, http, body = found[2]
    assert headers["WARC-Target-URI"] == ARTICLE.url
    assert headers["WARC-Date"] == "2024-03-06T08:00:00Z"
    assert headers["WARC-Payload-Digest"].startswith("sha1:")
    assert (http.get_statuscode(), http["ETag"], body) == ("200", '"abc"', BODY)
    assert found[1][1]["WARC-Concurrent-To"] == headers["WARC-Record-ID"]
    assert found[3][1]["WARC-Refers-To"] == headers["WARC-Record-ID"]
    assert f"article-url: {ARTICLE.url}\r\n".encode() in found[3][3]


def test_warc_says_why_a_page_is_no_article(warc_db, tmp_path):
    export(warc_db, "warc", "-o", tmp_path / "p.warc")
    notes = records_of(tmp_path / "p.warc")[6][3].decode()
    assert f"via: {FEED}\r\n" in notes
    assert "ledger-state: skipped\r\nledger-reason: too_short\r\n" in notes


def test_warc_headers_describe_what_is_kept(warc_db, tmp_path):
    export(warc_db, "warc", "-o", tmp_path / "p.warc")
    _, request, response, *_ = records_of(tmp_path / "p.warc")[3:]
    assert request[2].statusline == "/b?c=d HTTP/1.1"
    http = response[2]
    assert (http["Content-Length"], http["X-Archive-Orig-Content-Encoding"]) == ("5", "br")
    assert (http["Content-Encoding"], http["X-Evil"], http["X-A"]) == (None, None, "b X-Evil: 1")


def test_two_exports_are_alike(warc_db, tmp_path):
    ids = []
    for name in ("a.warc", "b.warc"):
        export(warc_db, "warc", "-o", tmp_path / name)
        ids.append([h["WARC-Record-ID"] for _, h, *_ in records_of(tmp_path / name)[1:]])
    assert ids[0] == ids[1]
    assert len(set(ids[0])) == 8


def test_warc_of_some_articles(warc_db, tmp_path):
    export(warc_db, "warc", "--site", "news.example", "-o", tmp_path / "p.warc")
    assert len(records_of(tmp_path / "p.warc")) == 4


def test_warc_to_standard_output(warc_db):
    result = CliRunner().invoke(main, ["--db", str(warc_db), "export", "warc"])
    assert (result.exit_code, result.stdout_bytes[:8]) == (0, b"WARC/1.1")


def test_a_damaged_page_is_left_out_of_warc_and_said(warc_db, tmp_path):
    with Archive(warc_db) as archive:
        (url,) = archive.db.execute("select requested_url from pages where id = 2").fetchone()
        archive.db.execute("update pages set body = x'00' where id = 2")
    path = tmp_path / "p.warc"
    result = CliRunner().invoke(main, ["--db", str(warc_db), "export", "warc", "-o", str(path)])
    damaged = (
        f"{url}: its stored page is damaged. Ingest the same file again, or take the page from a backup: "
        "newsarchive doctor tells more. It was left out."
    )
    assert (result.exit_code, result.stderr) == (1, f"{path}: 2 pages\n{damaged}\n")
