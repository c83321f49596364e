"""Files that hold many pages or articles, read one by one: WARC, JSON Lines."""

import gzip
import io
import json
import tracemalloc
import zlib

import fault_server
import pytest
from fault_server import SITE, article, page
from ingest_command import dump, ingest, ledger, rows, totals

from archive.records import Source
from ingest.json_lines import read_json_lines
from ingest.kinds import kind_of
from ingest.sources import Candidate
from ingest.warc import read_warc

TITLE = "Ferry café swaps paper timetables for a screen"
WARC = Source("warc", "file:///x.warc")


def answer(body=None, url="http://q.example/1", status="200 OK", content_type="text/html", **more):
    """A page as a crawler keeps it: record type, URL, HTTP headers, body."""
    headers = {"Content-Type": content_type} if content_type else {}
    headers |= {name.replace("_", "-"): value for name, value in more.items()}
    lines = [f"HTTP/1.1 {status}", *(f"{name}: {value}" for name, value in headers.items())]
    return "response", url, "\r\n".join(lines).encode(), body or page()


def record(kind, content, url=None):
    """A WARC record (ISO 28500, version 1.0)."""
    lines = ["WARC/1.0", f"WARC-Type: {kind}", "WARC-Date: 2024-03-05T09:10:11Z",
             "WARC-Record-ID: <urn:uuid:5a7e5a7e-0000-4000-8000-000000000000>",
             f"Content-Length: {len(content)}"]  # fmt: skip
    if url:
        lines += [f"WARC-Target-URI: {url}", f"Content-Type: application/http; msgtype={kind}"]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + content + b"\r\n\r\n"


def warc(*answers, is_packed=True):
    """A WARC file in the form of CC-NEWS: warcinfo, then request and response for each page."""
    records = [record("warcinfo", b"software: StormCrawler\r\nformat: WARC File Format 1.0\r\n")]
    for kind, url, headers, body in answers:
        records.append(record("request", b"GET / HTTP/1.1\r\nUser-Agent: CCBot\r\n\r\n", url))
        records.append(record(kind, headers + b"\r\n\r\n" + body, url))
    return b"".join(gzip.compress(item) if is_packed else item for item in records)


def write(tmp_path, body, name="pages.bin"):
    path = tmp_path / name
    path.write_bytes(body if isinstance(body, bytes) else body.encode())
    return path


def read(body):
    return list(read_warc(io.BytesIO(body), "file:///x.warc", WARC))


def pages(body):
    return [item.page for item in read(body) if isinstance(item, Candidate)]


@pytest.mark.parametrize("form", ["plain", "a member a record", "one member"])
def test_warc(db, tmp_path, form):
    records = [
        answer(Set_Cookie="session=s3cret", ETag='"v1"', X_Crawl_Content_Encoding="gzip"),
        answer(article("Another boat turns up"), "<http://q.example/2>"),
        answer(b"%PDF-1.7", "http://q.example/3.pdf", content_type="application/pdf"),
        answer(b"Gone", "http://q.example/4", "404 Not Found"),
        answer(page(), "http://q.example/1#top"),
        answer(page("no_article.html"), "http://q.example/5"),
    ]
    body = warc(*records, is_packed=form == "a member a record")
    path = write(tmp_path, gzip.compress(body) if form == "one member" else body)
    assert kind_of(path.read_bytes()) == "warc"
    result = ingest(db, path)
    assert totals(result) == {"added": 2, "skipped": 1, "passed over": 3}
    assert (result.exit_code, len(result.stderr.splitlines())) == (1, 1)
    assert result.stderr.startswith("http://q.example/5: ")
    assert rows(db, "select kind, url from sources") == [{"kind": "warc", "url": path.as_uri()}]
    assert ledger(db, path.as_uri()) == ("source", None, None)
    stored = rows(db, "select requested_url, fetched_at, http_status, headers from pages")[0]
    headers = json.loads(stored.pop("headers"))
    assert headers == {
        "Content-Type": "text/html",
        "ETag": '"v1"',
        "X-Crawl-Content-Encoding": "gzip",
    }
    assert stored == {
        "requested_url": "http://q.example/1",
        "fetched_at": "2024-03-05T09:10:11Z",
        "http_status": 200,
    }
    before = dump(db)
    assert totals(ingest(db, path))["unchanged"] == 2
    assert dump(db) == before


def chunked(body, size=700):
    pieces = (body[at : at + size] for at in range(0, len(body), size))
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (chunked(page()), {"Transfer_Encoding": "chunked"}),
        (gzip.compress(page()), {"Content_Encoding": "gzip"}),
        (zlib.compress(page()), {"Content_Encoding": "deflate"}),
        (chunked(gzip.compress(page())), {"Transfer_Encoding": "chunked", "Content_Encoding": "gzip"}),
        (page(), {"Content_Encoding": "gzip", "Transfer_Encoding": "chunked"}),  # untrue by then
        (page(), {"content_type": "application/xhtml+xml; charset=utf-8"}),
        (page(), {"content_type": None}),
        (page(), {"status": "200"}),
    ],
)  # fmt: skip
def test_bodies_are_unpacked(body, headers):
    assert [found.body for found in pages(warc(answer(body, **headers)))] == [page()]


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (answer(gzip.compress(bytes(11_000_000)), Content_Encoding="gzip"), "too_large"),
        (answer(b"<p>" + b"x" * 11_000_000), "too_large"),
        (answer(gzip.compress(page())[:-300], Content_Encoding="gzip"), "encoding"),
    ],
)
def test_pages_that_cannot_be_unpacked(db, tmp_path, bad, reason):
    path = write(tmp_path, warc(bad, answer(url="http://q.example/2")))
    result = ingest(db, path)
    assert totals(result) == {"added": 1, "failed": 1}
    assert ledger(db, "http://q.example/1") == ("failed", reason, 200)


def test_records_that_are_no_pages_are_passed_over():
    records = [
        answer(url="ftp://q.example/1"), answer(url="http://[bad"), answer(b" \n", "http://q.example/2"),
        answer(b"\x89PNG", content_type=None), answer(status="301 Moved"), answer(status="nonsense"),
        ("revisit", *answer()[1:]),
    ]  # fmt: skip
    *items, error = read(warc(*records))
    assert items == [None] * len(records)
    assert str(error) == (
        "file:///x.warc: the WARC file holds no page that could be taken; its records: 7 request, "
        "2 response that is no HTML, 2 response with another status than 200, 1 warcinfo, "
        "1 response of no address on the web, 1 response without an address or an answer, "
        "1 revisit. Name one with HTML pages that were answered with 200."
    )


@pytest.mark.parametrize("is_packed", [True, False])
def test_warc_that_is_cut_off_anywhere(is_packed):
    records = [answer(b"<html><p>one", f"http://q.example/{n}") for n in range(3)]
    body = warc(*records, is_packed=is_packed)
    starts = (b"\x1f\x8b\x08" if is_packed else b"WARC/1.0\r\n",)
    ends = {at for at in range(1, len(body) + 1) if body[at:].startswith(starts)} | {len(body)}
    for at in range(1, len(body)):
        items = read(body[:at])
        found = [item for item in items if isinstance(item, Candidate)]
        assert [item.url for item in found] == [f"http://q.example/{n}" for n in range(len(found))]
        assert all(item.page.body == b"<html><p>one" for item in found)
        errors = [item.reason for item in items[len(found) :]]
        # Between two records a file is whole; so it is without the blank lines at its end.
        is_whole = at in ends or (not is_packed and any(end - 4 <= at <= end for end in ends))
        rest = [] if found else ["empty_warc"]
        assert errors == (rest if is_whole else ["malformed_warc"]), at


def test_damaged_warc_keeps_what_came_before(db, tmp_path):
    records = [
        answer(article(f"Boat number {n} turns up"), f"http://q.example/{n}") for n in range(4)
    ]
    body = bytearray(warc(*records))
    at = len(body) * 5 // 8
    body[at : at + 200] = bytes(200)
    path = write(tmp_path, bytes(body))
    result = ingest(db, path)
    assert (result.exit_code, totals(result)) == (1, {"added": 2, "failed": 1})
    assert len(result.stderr.splitlines()) == 1
    assert result.stderr.startswith(f"{path.as_uri()}: the WARC file cannot be read after ")
    assert ledger(db, path.as_uri()) == ("failed", "malformed_warc", None)


@pytest.mark.parametrize("body", ["WARC/1.0\r\n", "WARC/9 nonsense", "WARC/1.0\r\nWARC-Type: response\r\n\r\n",
                                  "WARC/1.0\r\nWARC-Type: response\r\nContent-Length: x\r\n\r\nhello\r\n\r\n"])  # fmt: skip
def test_nonsense_that_begins_as_a_warc_does(db, tmp_path, body):
    result = ingest(db, write(tmp_path, body))
    assert (totals(result), len(result.stderr.splitlines())) == ({"failed": 1}, 1)


def test_wrong_length_of_a_record(capfd):
    body = warc(answer(b"<html><p>one"), answer(url="http://q.example/2"), is_packed=False)
    at = body.index(b"Content-Length: ", body.index(b"WARC-Type: response"))
    items = read(body[:at] + b"Content-Length: 1" + body[at + 17 :])
    assert items[-1].reason == "malformed_warc"
    assert capfd.readouterr() == ("", "")


def test_warc_costs_the_memory_of_a_record(db, tmp_path):
    text = page() + b"<!--" + b"filling " * 4000 + b"-->"
    records = (
        answer(text, f"http://q.example/{n}", content_type="image/png" if n % 2 else "text/html")
        for n in range(2000)
    )
    path = write(tmp_path, warc(*records))
    tracemalloc.start()
    with path.open("rb") as file:
        found = sum(item is not None for item in read_warc(file, path.as_uri(), WARC))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (found, peak < 4_000_000) == (1000, True)
    result = ingest(db, path, "--include", "/199[0-9]$")
    assert (result.exit_code, totals(result)) == (0, {"added": 5, "passed over": 1995})


# JSON Lines.

NEWS_PLEASE = {
    "authors": ["Ada Lindqvist", "Bo Ek"],
    "date_download": "2024-03-06 01:02:03",
    "date_modify": None,
    "date_publish": "2024-03-05 08:30:00",
    "description": "A screen replaces paper",
    "filename": "http%3A%2F%2Fq.example%2F1.json",
    "image_url": "http://q.example/1.jpg",
    "language": "en",
    "localpath": None,
    "maintext": "The café has a screen.\nThe old timetables will be framed.",
    "source_domain": "q.example",
    "title": TITLE,
    "url": "http://q.example/1?utm_source=feed",
}
OURS = {
    "id": 7,
    "url": "http://www.q.example/2",
    "site": "q.example",
    "title": "Another boat",
    "text": "First  paragraph.\n\nSecond paragraph.",
    "authors": '["Ada Lindqvist"]',
    "published_at": "2024-03-05T07:30:00Z",
    "modified_at": None,
    "language": "en-GB",
    "section": "Harbour",
    "is_paywalled": 1,
    "keywords": '["boats"]',
    "site_name": "The Quay",
    "summary": "not taken",
    "tags": "[]",
    "content_hash": "sha256:0",
}


def lines(*records):
    return "".join(
        (record if isinstance(record, str) else json.dumps(record, ensure_ascii=False)) + "\n"
        for record in records
    ).encode()


@pytest.mark.parametrize("is_packed", [False, True])
def test_json_lines(db, tmp_path, is_packed):
    body = lines(NEWS_PLEASE, OURS)
    path = write(tmp_path, gzip.compress(body) if is_packed else body)
    result = ingest(db, path)
    assert (result.exit_code, result.stderr, totals(result)) == (0, "", {"added": 2})
    columns = (
        "url, site, title, text, authors, published_at, language, section, image_url, is_paywalled, "
        "keywords, site_name"
    )
    assert [tuple(row.values()) for row in rows(db, f"select {columns} from articles")] == [
        ("http://q.example/1", "q.example", TITLE,
         "The café has a screen.\n\nThe old timetables will be framed.",
         '["Ada Lindqvist", "Bo Ek"]', "2024-03-05T08:30:00Z", "en", None, "http://q.example/1.jpg", 0,
         "[]", None),
        ("http://www.q.example/2", "q.example", "Another boat",
         "First  paragraph.\n\nSecond paragraph.", '["Ada Lindqvist"]', "2024-03-05T07:30:00Z",
         "en", "Harbour", None, 1, '["boats"]', "The Quay"),
    ]  # fmt: skip
    assert rows(db, "select kind from sources") == [{"kind": "jsonl"}]
    before = dump(db)
    assert totals(ingest(db, path)) == {"unchanged": 2}
    assert dump(db) == before


@pytest.mark.parametrize(
    ("bad", "cause"),
    [
        ('{"url": "http://q.example/3", "text', "this is no JSON ("),
        ("[1, 2]", "this is no JSON object"),
        ({**OURS, "url": None}, "it has no url"),
        ({**OURS, "url": "http://[bad"}, "it has no url"),
        ({**OURS, "url": "somewhere", "title": "", "text": " "}, "it has no url and no title and no text"),
        ("[" * 100_000, "this is no JSON ("),
    ],
)  # fmt: skip
def test_bad_line_is_one_error(db, tmp_path, bad, cause):
    path = write(tmp_path, lines(NEWS_PLEASE, "", bad, OURS))
    result = ingest(db, path)
    assert (result.exit_code, totals(result)) == (1, {"added": 2, "failed": 1})
    assert result.stderr.startswith(f"{path.as_uri()}:3: {cause}")
    assert len(result.stderr.splitlines()) == 1
    assert ledger(db, f"{path.as_uri()}:3") == ("failed", "bad_record", None)


SENSELESS = [
    (NEWS_PLEASE | {"date_publish": "yesterday"}, 'date_publish is "yesterday"'),
    (OURS | {"published_at": "0000-00-00"}, 'published_at is "0000-00-00"'),
    (OURS | {"published_at": "9999-12-31T00:00:00Z"}, 'published_at is "9999-12-31T00:00:00Z"'),
    (OURS | {"published_at": 1709625600}, "published_at is 1709625600"),
    (OURS | {"published_at": ["\u001b" * 99]}, 'published_at is ["' + "\\u001b" * 9 + "\\u0…"),
    (
        NEWS_PLEASE | {"date_publish": "soon", "date_modify": "later"},
        'date_publish is "soon" and date_modify is "later"',
    ),
]


@pytest.mark.parametrize(("record", "said"), SENSELESS)
def test_senseless_date_is_told_and_the_article_taken_without_it(db, tmp_path, record, said):
    path = write(tmp_path, lines(record))
    result = ingest(db, path, "--json")
    told = (
        f"{path.as_uri()}:1: {said}: no date that can be true; the article was taken without it. "
        "Write dates as 2024-03-05T09:15:00Z."
    )
    assert (result.exit_code, result.stderr) == (0, told + "\n")
    assert [one["warning"] for one in json.loads(result.stdout)["inputs"]] == [told]
    assert rows(db, "select published_at from articles") == [{"published_at": None}]
    assert rows(db, "select stage, reason, message from errors") == [
        {"stage": "parse", "reason": "date", "message": told}
    ]


@pytest.mark.parametrize("nothing", [None, "", " ", "None", float("nan")])
def test_date_that_is_not_there_is_no_doubt(db, tmp_path, nothing):
    record = NEWS_PLEASE | {"date_publish": nothing, "date_modify": nothing}
    assert ingest(db, write(tmp_path, lines(record))).stderr == ""


def test_the_date_that_can_be_read_is_taken(db, tmp_path):
    record = OURS | {"published_at": "soon", "date_publish": "2024-03-05 08:30:00"}
    assert ingest(db, write(tmp_path, lines(record))).stderr == ""
    assert rows(db, "select published_at from articles") == [
        {"published_at": "2024-03-05T08:30:00Z"}
    ]


def test_json_lines_that_are_cut_off(db, tmp_path):
    records = [{**OURS, "url": f"http://q.example/{n}"} for n in range(500)]
    path = write(tmp_path, gzip.compress(lines(*records))[:-9])
    result = ingest(db, path, "--include", "/[1-3]$")
    assert totals(result) == {"added": 3, "failed": 1, "passed over": 497}
    assert f"{path.as_uri()}: the file cannot be read after line " in result.stderr


def test_long_lines_and_strange_fields(tmp_path):
    source = Source("jsonl", "file:///x.jsonl")
    body = lines(
        {**OURS, "text": "long " * 3_000_000}, {**OURS, "authors": "Ada, Bo", "language": 5}
    )
    first, second = read_json_lines(io.BytesIO(body), "file:///x.jsonl", source)
    assert (first.reason, first.subject) == ("bad_record", "file:///x.jsonl:1")
    assert (second.article.authors, second.article.language) == (("Ada", "Bo"), None)


def test_kinds_of_json():
    long = json.dumps({"maintext": "long " * 30_000, "url": "http://q.example/1"}).encode()
    assert kind_of(lines(NEWS_PLEASE)) == "jsonl"
    assert kind_of(lines(OURS)[:-1]) == "jsonl"
    assert kind_of(json.dumps({"url": "u", "text": "long " * 30_000}).encode()) == "jsonl"
    assert kind_of(long) == "text"  # --as jsonl
    assert kind_of(b'{"title": "no page"}') == "text"
    assert kind_of(b"{ curly text }") == "text"


def test_json_lines_on_the_web_cannot_name_files(site, db, monkeypatch):
    body = lines({**OURS, "url": "file:///etc/hostname"}, NEWS_PLEASE)
    answer = (200, "application/x-ndjson", body, {})
    monkeypatch.setitem(fault_server.ANSWERS, "/x.jsonl", answer)
    result = ingest(db, *site.options, f"{SITE}/x.jsonl")
    assert totals(result) == {"added": 1, "failed": 1}
    assert ledger(db, "file:///etc/hostname")[:2] == ("failed", "bad_url")
