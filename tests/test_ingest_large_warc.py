"""A WARC file of 10,000 records, half of them no HTML, as warcio writes it: every one is accounted for."""

import io
import random

from ingest_command import ingest, rows, totals
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

HTML, JPEG, PDF, JSON = (
    "text/html; charset=utf-8",
    "image/jpeg",
    "application/pdf",
    "application/json",
)

#: Group: (records, what becomes of them). The groups are mixed in the file.
GROUPS = {
    # No HTML: 5,000.
    "requests": (1_000, None),  # what the crawler asked; no answer, so nothing to count
    "pictures": (2_000, "passed over"),
    "PDFs": (1_000, "passed over"),
    "JSON": (600, "passed over"),
    "revisits": (400, "passed over"),  # the page was as at an earlier visit, and is not in this file
    # HTML: 5,000.
    "articles": (1_000, "added"),
    "short pages": (150, "skipped"),  # too_short
    "challenges": (50, "skipped"),  # bot_wall, answered with 200
    "repeats": (1_000, "passed over"),  # an article's address again, with and without tracking
    "changes": (300, "updated"),  # ... with another text
    "not found": (1_500, "passed over"),
    "redirects": (500, "passed over"),
    "server errors": (500, "passed over"),
}  # fmt: skip
NOT_HTML = {"requests", "pictures", "PDFs", "JSON", "revisits"}

SITE = "http://quay.example"
WORDS = """
anchor barge berth bollard breeze bridge buoy cabin cable canal captain cargo chart coal coast crane crew
current deck dock engine ferry fleet fog freight gale gull harbour hatch haul hull island jetty keel knot
ladder lamp lantern latch lighthouse lock mast moor mud net oar pier pilot plank port quay rain rope rudder
sail salt sand screen seal ship shore signal sluice storm swan tide timber tower tug valve wave wharf winch wind
""".split()


def prose(number):
    """Sixty words or so that no other number has."""
    chance = random.Random(number)
    sentences = [" ".join(chance.choices(WORDS, k=9)).capitalize() for _ in range(10)]
    return ". ".join(sentences) + "."


def article(number):
    return (
        f"<title>The {prose(number)[:40]}, part {number}</title>"
        f"<h1>The {prose(number)[:40]}, part {number}</h1><p>{prose(number)}</p>"
    )


CHALLENGE = (
    "<title>Just a moment...</title><p>Verifying you are human.</p><script>_cf_chl_opt={}</script>"
)


def answer_of(group, number):
    """Record type, address, status, Content-Type and body of one record of a group."""
    match group:
        case "requests":
            return "request", f"{SITE}/a/{number}", "GET / HTTP/1.1", None, b""
        case "pictures":
            return "response", f"{SITE}/p/{number}.jpg", "200 OK", JPEG, b"\xff\xd8\xff\xe0\x00"
        case "PDFs":
            return "response", f"{SITE}/p/{number}.pdf", "200 OK", PDF, b"%PDF-1.7"
        case "JSON":
            return "response", f"{SITE}/j/{number}", "200 OK", JSON, b'{"a": 1}'
        case "revisits":
            return "revisit", f"{SITE}/a/{number}", "200 OK", HTML, b""
        case "articles":
            return "response", f"{SITE}/a/{number}", "200 OK", HTML, article(number).encode()
        case "short pages":
            return "response", f"{SITE}/s/{number}", "200 OK", HTML, b"<title>Hm</title><p>No more."
        case "challenges":
            return "response", f"{SITE}/c/{number}", "200 OK", HTML, CHALLENGE.encode()
        case "repeats" | "changes":
            number += 1000 * (group == "changes")
            again = f"{SITE}/a/{number % 1000}{'?utm_source=feed' if number % 2 else '#top'}"
            return "response", again, "200 OK", HTML, article(number).encode()
        case "not found":
            return "response", f"{SITE}/n/{number}", "404 Not Found", HTML, b"<h1>No</h1>"
        case "redirects":
            return (
                "response",
                f"{SITE}/r/{number}",
                "301 Moved Permanently",
                HTML,
                b"<h1>There</h1>",
            )
        case "server errors":
            return "response", f"{SITE}/e/{number}", "503 Service Unavailable", HTML, b"<h1>Oh</h1>"


def write(path):
    """Write the file; the first record of an address is that of "articles"."""
    order = [(group, number) for group, (size, _) in GROUPS.items() for number in range(size)]
    random.Random(7).shuffle(order)
    order.sort(key=lambda record: record[0] in ("repeats", "changes"))
    with path.open("wb") as file:
        writer = WARCWriter(file, gzip=True)
        for group, number in order:
            kind, url, status, content_type, body = answer_of(group, number)
            headers = [("Content-Type", content_type)] if content_type else []
            http = StatusAndHeaders(
                status, headers, protocol="" if kind == "request" else "HTTP/1.1"
            )
            writer.write_record(
                writer.create_warc_record(
                    url, kind, payload=io.BytesIO(body), length=len(body), http_headers=http,
                    warc_headers_dict={"WARC-Date": "2024-03-05T09:10:11Z"},
                )
            )  # fmt: skip
    return len(order)


def expected(outcome):
    return sum(size for size, becomes in GROUPS.values() if becomes == outcome)


def test_ten_thousand_records(db, tmp_path):
    path = tmp_path / "CC-NEWS-20240305-00001.warc.gz"
    assert write(path) == 10_000
    assert sum(size for group, (size, _) in GROUPS.items() if group in NOT_HTML) == 5_000

    result = ingest(db, path)

    assert totals(result) == {
        "added": expected("added"),
        "updated": expected("updated"),
        "skipped": expected("skipped"),
        "passed over": expected("passed over"),
    }
    lines = result.stderr.splitlines()
    remark = [line for line in lines if line.startswith(path.as_uri())]
    assert (result.exit_code, len(lines) - len(remark)) == (1, expected("skipped"))
    # Some repeats come after the change of their article, and are not taken for another change.
    assert "pages that are not later than what the archive holds of their address" in remark[0]
    states = rows(db, "select state, reason, count(*) as n from ledger group by 1, 2 order by 1, 2")
    assert [tuple(row.values()) for row in states] == [
        ("article", None, 1_000),
        ("skipped", "bot_wall", 50),
        ("skipped", "too_short", 150),
        ("source", None, 1),
    ]
    stored = rows(db, "select url, title, text from articles order by url")
    said = [(n, n + 1000 if n < 300 else n) for n in range(1_000)]
    assert [tuple(row.values()) for row in stored] == sorted(
        (f"{SITE}/a/{n}", f"The {prose(text)[:40]}, part {text}", prose(text)) for n, text in said
    )
    earlier = rows(db, "select text from revisions")
    assert {row["text"] for row in earlier} == {prose(n) for n in range(300)}
    assert rows(db, "select count(*) as n from pages") == [{"n": 1_500}]
    assert rows(db, "select distinct fetched_at from pages") == [
        {"fetched_at": "2024-03-05T09:10:11Z"}
    ]
    assert rows(db, "select count(*) as n from articles where duplicate_of is not null") == [
        {"n": 0}
    ]
    assert rows(db, "pragma integrity_check") == [{"integrity_check": "ok"}]
