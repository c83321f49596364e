"""Taking a part of what the sources name: --as, --since, --limit, --include, --exclude."""

import json

import fault_server
import pytest
from fault_server import RSS, SITE, article, page
from ingest_command import ingest, ledger, rows, run, totals

#: The article says that it was published on 2024-03-05.
TITLE = "Ferry café swaps paper timetables for a screen"


@pytest.fixture
def feed(monkeypatch):
    """A feed of an old entry, a new one and one without a date; each address gives an article."""
    items = "".join(
        f"<item><link>{SITE}/{path}</link>{date}</item>"
        for path, date in (
            ("old", "<pubDate>Mon, 01 Jan 2024 08:00:00 GMT</pubDate>"),
            ("new", "<pubDate>Tue, 05 Mar 2024 08:00:00 GMT</pubDate>"),
            ("dateless", ""),
        )
    )
    body = f'<rss version="2.0"><channel><title>Quay</title>{items}</channel></rss>'.encode()
    monkeypatch.setitem(fault_server.ANSWERS, "/dated", (200, RSS, body, {}))
    for path in ("old", "new", "dateless"):
        answer = (200, fault_server.UTF8, article(f"The {path} boat turns up"), {})
        monkeypatch.setitem(fault_server.ANSWERS, f"/{path}", answer)
    return f"{SITE}/dated"


def urls(db):
    return [row["url"] for row in rows(db, "select url from articles order by id")]


def test_since_asks_for_nothing_older(site, db, feed):
    site.hits.clear()
    result = ingest(db, *site.options, "--since", "2024-03-01", feed)
    assert (result.exit_code, result.stderr) == (0, "")
    assert totals(result) == {"added": 2, "passed over": 1}
    assert urls(db) == [f"{SITE}/new", f"{SITE}/dateless"]
    assert site.hits["/old"] == 0
    assert ledger(db, f"{SITE}/old") is None


def test_since_holds_for_the_date_of_the_article(site, db, feed):
    result = ingest(db, *site.options, "--since", "2024-03-06", f"{SITE}/dateless")
    assert (result.exit_code, totals(result), urls(db)) == (0, {"passed over": 1}, [])
    assert ledger(db, f"{SITE}/dateless") == ("skipped", "too_old", None)
    assert totals(ingest(db, *site.options, f"{SITE}/dateless")) == {"added": 1}
    # What the archive has stays as it is.
    result = ingest(db, *site.options, "--since", "2024-03-06", f"{SITE}/dateless")
    assert (totals(result), ledger(db, f"{SITE}/dateless")[0]) == ({"passed over": 1}, "article")


def test_since_passes_over_whole_sitemaps(site, db, monkeypatch):
    entries = "".join(
        f"<sitemap><loc>{SITE}/{name}</loc><lastmod>{date}</lastmod></sitemap>"
        for name, date in (("s1.xml", "2024-01-01"), ("s2.xml", "2024-03-05"))
    )
    one = f"<urlset><url><loc>{SITE}/article</loc></url></urlset>".encode()
    for path, body in (("/i.xml", f"<sitemapindex>{entries}</sitemapindex>".encode()),
                       ("/s1.xml", one), ("/s2.xml", one)):  # fmt: skip
        monkeypatch.setitem(fault_server.ANSWERS, path, (200, "text/xml", body, {}))
    site.hits.clear()
    result = ingest(db, *site.options, "--since", "2024-02-01T00:00+01:00", f"{SITE}/i.xml")
    assert totals(result) == {"added": 1, "passed over": 1}
    assert set(site.hits) == {"/robots.txt", "/i.xml", "/s2.xml", "/article"}


@pytest.mark.parametrize(
    ("options", "taken"),
    [
        (["--include", "/n"], ["new"]),
        (["--include", "/n", "--include", "less$"], ["new", "dateless"]),
        (["--exclude", "/(?:old|new)$"], ["dateless"]),
        (["--include", "/(?:old|new)", "--exclude", "OLD", "--exclude", "old"], ["new"]),
    ],
)
def test_patterns(site, db, feed, options, taken):
    result = ingest(db, *site.options, *options, feed)
    assert (result.exit_code, urls(db)) == (0, [f"{SITE}/{path}" for path in taken])
    assert totals(result) == {"added": len(taken), "passed over": 3 - len(taken)}


def test_limit_counts_articles_of_the_run(site, db, feed):
    in_order = ["--connections", "1", "--limit", "2"]
    arguments = [*site.options, *in_order, f"{SITE}/404", feed, f"{SITE}/article"]
    result = ingest(db, *arguments)
    assert (totals(result), urls(db)) == ({"added": 2, "failed": 1}, [f"{SITE}/old", f"{SITE}/new"])
    assert totals(ingest(db, *arguments)) == {"unchanged": 2, "failed": 1}


def test_totals_say_passed_over_where_there_was_any(site, db, feed):
    line = ingest(db, *site.options, "--include", "new", feed).stdout
    assert "added 1, updated 0, unchanged 0, skipped 0, failed 0, passed over 2 in " in line
    assert "passed over" not in ingest(db, *site.options, feed).stdout
    report = json.loads(ingest(db, *site.options, "--json", "--include", "new", feed).stdout)
    assert (report["unchanged"], report["passed_over"]) == (1, 2)


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("--since", "soon", "'soon' is no date of the past, such as 2024-03-05"),
        ("--since", "2999-01-01", "'2999-01-01' is no date of the past"),
        ("--limit", "0", "0 is not in the range"),
        ("--include", "(", "'(' is no regular expression (missing ), unterminated subpattern"),
        ("--exclude", "[", "'[' is no regular expression"),
        ("--as", "nonsense", "'nonsense' is not one of 'html', 'text', 'feed', 'sitemap'"),
    ],
)
def test_wrong_values(db, option, value, said):
    result = run(db, "ingest", option, value, "x.html")
    assert (result.exit_code, result.stdout) == (2, "")
    assert said in result.stderr
    assert not db.exists()


def test_as_says_what_a_file_is(db, tmp_path):
    path = tmp_path / "story"
    path.write_text("A <p> in a title\n\n" + "Text with a <div> in it. " * 20)
    assert totals(ingest(db, "--as", "text", path)) == {"added": 1}
    assert rows(db, "select title from articles") == [{"title": "A <p> in a title"}]
    assert rows(db, "select kind from sources") == [{"kind": "text"}]


def test_as_says_what_an_address_is(site, db):
    # A page is no feed, and an article at the address of an index is asked for as one.
    result = ingest(db, *site.options, "--as", "feed", f"{SITE}/article")
    assert ledger(db, f"{SITE}/article")[:2] == ("failed", "malformed_feed")
    assert result.exit_code == 1
    result = ingest(db, *site.options, "--as", "html", f"{SITE}/article", f"{SITE}/feed")
    assert (totals(result), len(urls(db))) == ({"added": 1, "skipped": 1}, 1)


def test_as_holds_for_the_files_of_a_folder(db, tmp_path):
    (tmp_path / "pages").mkdir()
    (tmp_path / "pages" / "story.txt").write_bytes(page())
    assert totals(ingest(db, "--as", "html", tmp_path / "pages")) == {"added": 1}
    assert [row["title"] for row in rows(db, "select title from articles")] == [TITLE]
