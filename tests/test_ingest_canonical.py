"""One article, one row: the forms of an address, what a page declares, and what is never merged."""

from datetime import UTC, datetime

import fault_server
import pytest
from fault_server import SITE, UTF8, article
from ingest_command import ingest, rows

from archive import Archive, Article, Page
from archive.addresses import normalize_url
from archive.url_forms import article_key, registrable_site
from ingest.canonical import canonical_url, site_of
from ingest.identity import address_in

STORY = "https://www.example.com/2024/05/ferry-cafe-has-a-screen"
TEXT = "The café on the quay has a screen now, and the old paper timetables will be framed. " * 9
OTHER = "Nobody had seen the grey boat before it turned up in the harbour on a Sunday night. " * 9

#: Address as it is met, and as it is asked for and stands in the ledger.
WRITTEN = {
    "scheme and host in capitals": ("HTTPS://WWW.Example.COM/A", "https://www.example.com/A"),
    "no path": ("http://example.com", "http://example.com/"),
    "white space around": (" http://example.com/a \n", "http://example.com/a"),
    "default port": ("http://example.com:80/a", "http://example.com/a"),
    "default port of https": ("https://example.com:443/a", "https://example.com/a"),
    "empty port": ("http://example.com:/a", "http://example.com/a"),
    "another port stays": ("https://example.com:80/a", "https://example.com:80/a"),
    "user name": ("http://me:secret@example.com/a", "http://example.com/a"),
    "dot at the end of the host": ("http://example.com./a", "http://example.com/a"),
    "fragment": ("http://example.com/a#comments", "http://example.com/a"),
    "empty query": ("http://example.com/a?", "http://example.com/a"),
    "IDN": ("http://münchen.example/a", "http://xn--mnchen-3ya.example/a"),
    "IDN in capitals": ("http://MÜNCHEN.example/a", "http://xn--mnchen-3ya.example/a"),
    "ideographic dot": ("http://新聞。example/a", "http://xn--efvv70d.example/a"),
    "IPv4 in decimal": ("http://134744072/a", "http://8.8.8.8/a"),
    "IPv4 in octal and wide digits": ("http://０10.8.0x8.8/a", "http://8.8.8.8/a"),
    "IPv6": ("http://[2001:DB8::1]:80/a", "http://[2001:db8::1]/a"),
    "escapes in lower case": ("http://example.com/%c3%a9t%c3%a9", "http://example.com/%C3%A9t%C3%A9"),
    "letters that need an escape": ("http://example.com/été", "http://example.com/%C3%A9t%C3%A9"),
    "needless escapes": ("http://example.com/%61%2Db%7E", "http://example.com/a-b~"),
    "escapes with a meaning stay": ("http://example.com/a%2Fb%3F?q=a%26b", "http://example.com/a%2Fb%3F?q=a%26b"),
    "bytes in another charset stay": ("http://example.com/%E9t%E9", "http://example.com/%E9t%E9"),
    "space": ("http://example.com/a b?c d", "http://example.com/a%20b?c%20d"),
    "stray percent": ("http://example.com/100%-sure", "http://example.com/100%25-sure"),
    "quotes and brackets": ('http://example.com/"a"<b>', "http://example.com/%22a%22%3Cb%3E"),
    "dot segments": ("http://example.com/a/./b/../c", "http://example.com/a/c"),
    "escaped dot segments": ("http://example.com/a/%2e%2e/c", "http://example.com/c"),
    "dots above the root": ("http://example.com/../../a", "http://example.com/a"),
    "Google Analytics": ("http://example.com/a?utm_source=x&utm_medium=y", "http://example.com/a"),
    "tracking among others": ("http://example.com/a?id=1&utm_source=x&b=%2f", "http://example.com/a?id=1&b=%2F"),
    "clicks": ("http://example.com/a?fbclid=1&gclid=2&msclkid=3&twclid=4&yclid=5", "http://example.com/a"),
    "clicks on iPhones": ("http://example.com/a?gbraid=1&wbraid=2&gad_source=1&_gl=1*x", "http://example.com/a"),
    "newsletters": ("http://example.com/a?mc_cid=1&mc_eid=2&mkt_tok=3&_hsenc=4&_hsmi=5", "http://example.com/a"),
    "publishers' own": ("http://example.com/a?CMP=x&smid=tw&ocid=y&ito=z&ns_mchannel=q", "http://example.com/a"),
    "Matomo": ("http://example.com/a?pk_campaign=1&mtm_source=2&piwik_kwd=3", "http://example.com/a"),
    "Instagram": ("http://example.com/a?igsh=abc&igshid=def", "http://example.com/a"),
    "answer to a comment": ("http://example.com/a?replytocom=12", "http://example.com/a"),
    "ampersand escaped twice": ("http://example.com/a?id=1&amp;utm_source=x&amp;b=2", "http://example.com/a?id=1&b=2"),
    "escaped name": ("http://example.com/a?utm%5Fsource=x", "http://example.com/a"),
    "ref where the path names the article": (f"{STORY}?ref=hackernews", STORY),
    "source likewise": (f"{STORY}?source=rss----1&from=timeline", STORY),
    "ref elsewhere": ("http://example.com/a?ref=x", "http://example.com/a?ref=x"),
    "ref with a number": (f"{STORY}?ref=123", f"{STORY}?ref=123"),
    "session in the path": ("http://example.com/a;jsessionid=0A1B2C?id=1", "http://example.com/a?id=1"),
    "session of PHP": ("http://example.com/a?PHPSESSID=abc&id=1", "http://example.com/a?id=1"),
    "session of ASP": ("http://example.com/a?ASPSESSIONIDABCD=abc", "http://example.com/a"),
    "session by its value": (f"http://example.com/a?sid={'0a' * 16}", "http://example.com/a"),
    "sid of an article": ("http://example.com/a?sid=42", "http://example.com/a?sid=42"),
    "AMP cache of Google": ("https://www-example-com.cdn.ampproject.org/c/s/www.example.com/a", "https://www.example.com/a"),
    "AMP cache, viewer": ("https://x.cdn.ampproject.org/v/s/example.com/a?usqp=mq&amp_js_v=0.1", "https://example.com/a"),
    "AMP cache, no TLS": ("https://x.cdn.ampproject.org/c/example.com/a", "http://example.com/a"),
    "AMP cache of Bing": ("https://x.bing-amp.com/c/s/example.com/a", "https://example.com/a"),
    "AMP viewer of Google": ("https://www.google.com/amp/s/www.example.com/a", "https://www.example.com/a"),
    "AMP viewer in a country": ("https://www.google.co.uk/amp/www.example.com/a", "http://www.example.com/a"),
    "AMP viewer in an AMP cache": ("https://www.google.com/amp/s/x.cdn.ampproject.org/c/s/example.com/a", "https://example.com/a"),
    "Google's own page": ("https://www.google.com/amp/about", "https://www.google.com/amp/about"),
    "slash at the end stays": ("http://example.com/a/", "http://example.com/a/"),
    "two slashes stay": ("http://example.com/a//b", "http://example.com/a//b"),
    "index file stays": ("http://example.com/a/index.html", "http://example.com/a/index.html"),
    "order of parameters stays": ("http://example.com/a?z=1&a=2", "http://example.com/a?z=1&a=2"),
}  # fmt: skip


@pytest.mark.parametrize(("met", "asked"), WRITTEN.values(), ids=WRITTEN.keys())
def test_address_in_the_ledger(met, asked):
    assert normalize_url(met) == asked
    assert normalize_url(asked) == asked


#: Other addresses of STORY.
FORMS = {
    "no TLS": "http://www.example.com/2024/05/ferry-cafe-has-a-screen",
    "no www": "https://example.com/2024/05/ferry-cafe-has-a-screen",
    "www2": "https://www2.example.com/2024/05/ferry-cafe-has-a-screen",
    "m.": "https://m.example.com/2024/05/ferry-cafe-has-a-screen",
    "mobile.": "http://mobile.example.com/2024/05/ferry-cafe-has-a-screen",
    "touch.": "https://touch.example.com/2024/05/ferry-cafe-has-a-screen",
    "amp.": "https://amp.example.com/2024/05/ferry-cafe-has-a-screen",
    "slash": f"{STORY}/",
    "m. and slash": "https://m.example.com/2024/05/ferry-cafe-has-a-screen/",
    "slashes": "https://www.example.com//2024//05/ferry-cafe-has-a-screen",
    "index.html": f"{STORY}/index.html",
    "index.php": f"{STORY}/index.php",
    "Default.aspx": f"{STORY}/Default.aspx",
    "/amp": f"{STORY}/amp",
    "/amp/": f"{STORY}/amp/",
    "/amp.html": f"{STORY}/amp.html",
    ".amp": f"{STORY}.amp",
    "/amp/ in front": "https://www.example.com/amp/2024/05/ferry-cafe-has-a-screen",
    "?amp": f"{STORY}?amp",
    "?amp=1": f"{STORY}?amp=1",
    "?amp=true": f"{STORY}?amp=true",
    "?outputType=amp": f"{STORY}?outputType=amp",
    "?output=amp": f"{STORY}?output=amp",
    "?_amp=1": f"{STORY}?_amp=1",
    "?print=1": f"{STORY}?print=1",
    "?print": f"{STORY}?print",
    "?view=print": f"{STORY}?view=print",
    "/print/": f"{STORY}/print/",
    "/print": f"{STORY}/print",
    "?mobile=1": f"{STORY}?mobile=1",
    "AMP cache": "https://www-example-com.cdn.ampproject.org/c/s/www.example.com/2024/05/ferry-cafe-has-a-screen/amp/",
    "AMP viewer": "https://www.google.com/amp/s/amp.example.com/2024/05/ferry-cafe-has-a-screen",
    "all at once": "HTTP://M.example.com:80/2024/05/./ferry%2Dcafe-has-a-screen/amp/?utm_source=x#top",
}  # fmt: skip


def save(archive, url, text=TEXT, title="Ferry café has a screen", declared=None):
    """Save an article as the intake does; its row's id."""
    asked = normalize_url(url)
    found = Article(url=canonical_url(asked, declared, None), title=title, text=text)
    page = Page(asked, asked, datetime(2024, 5, 6, tzinfo=UTC), f"<p>{url}{text}".encode(), 200)
    known = archive.ledger.ask(asked, None)
    found = found.replace(url=address_in(archive.articles, found, asked, known.article_id))
    return archive.save_article(found, page, asked).article_id


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS.keys())
def test_two_forms_are_one_row_whichever_comes_first(tmp_path, form):
    assert article_key(normalize_url(form)) == article_key(STORY)
    for number, pair in enumerate([(STORY, form), (form, STORY)]):
        with Archive(tmp_path / f"{number}.db") as archive:
            assert save(archive, pair[0]) == save(archive, pair[1]) == save(archive, pair[0])
            # The ledger has both, as they are asked for.
            asked = {row["url"] for row in archive.db.query("select url from ledger")}
            assert asked == {normalize_url(url) for url in pair}
            assert archive.db.table("articles").count == 1
            assert archive.db.table("revisions").count == 0


def test_all_forms_are_one_row(archive):
    assert len({save(archive, form) for form in [*FORMS.values(), STORY]}) == 1


#: Addresses that look alike and are of two articles, which their texts show.
TWO_ARTICLES = {
    "p": ("http://a.example/?p=123", "http://a.example/?p=124"),
    "id": ("http://a.example/story.php?id=1", "http://a.example/story.php?id=2"),
    "article": ("http://a.example/?article=1", "http://a.example/?article=2"),
    "cid": ("http://a.example/news?cid=1", "http://a.example/news?cid=2"),
    "eid": ("http://a.example/news?eid=a1", "http://a.example/news?eid=a2"),
    "galleryid": ("http://a.example/news?galleryid=7", "http://a.example/news?galleryid=8"),
    "sid": ("http://a.example/news?sid=7", "http://a.example/news?sid=8"),
    "print with a number": ("http://a.example/?print=7", "http://a.example/?print=8"),
    "capitals in the path": ("http://a.example/Aa", "http://a.example/aA"),
    "two ports": ("http://a.example:8001/a", "http://a.example:8002/a"),
    "two blogs": ("http://one.blogspot.com/2024/05/a.html", "http://two.blogspot.com/2024/05/a.html"),
    "two subdomains": ("http://sport.a.example/a", "http://news.a.example/a"),
    "month of a blog": ("http://a.example/?m=202401", "http://a.example/?m=202402"),
    "about amplifiers": ("http://a.example/reviews/amp", "http://a.example/reviews"),
    "escaped slash": ("http://a.example/a%2Fb-c-d", "http://a.example/a/b-c-d"),
    "page of a site called m": ("http://m.co.uk/a", "http://amp.co.uk/a"),
}  # fmt: skip


@pytest.mark.parametrize("pair", TWO_ARTICLES.values(), ids=TWO_ARTICLES.keys())
def test_two_articles_are_two_rows(archive, pair):
    """Even if they say the same: that is for `duplicate_of` to tell."""
    assert article_key(pair[0]) != article_key(pair[1])
    assert save(archive, pair[0]) != save(archive, pair[1])


#: Addresses that some servers answer alike, and others with two articles, which the texts show.
TOLD_BY_TEXT = {
    "slash at the end": ("http://a.example/a", "http://a.example/a/"),
    "mobile host": ("http://m.a.example/a", "http://www.a.example/a"),
    "scheme": ("http://a.example/a", "https://a.example/a"),
}


@pytest.mark.parametrize("pair", TOLD_BY_TEXT.values(), ids=TOLD_BY_TEXT.keys())
def test_texts_tell_whether_two_forms_are_one_article(archive, pair):
    first = save(archive, pair[0])
    second = save(archive, pair[1], OTHER, "Another boat turns up")
    assert first != second
    again = (save(archive, pair[0]), save(archive, pair[1], OTHER, "Another boat turns up"))
    assert again == (first, second)
    assert archive.db.table("revisions").count == 0


A = "https://www.example.com/2024/05/ferry-cafe-has-a-screen"
ID = "https://example.com/story.php?id=7"

#: Where a page came from, what it declares, and whether that is believed.
DECLARED = {
    "another path": (ID, A, True),
    "another subdomain": ("https://news.example.com/x", A, True),
    "mobile host": ("https://m.example.com/s/7", A, True),
    "AMP host": ("https://amp.example.com/s/7", A, True),
    "AMP page": ("https://www.example.com/amp/s/7", A, True),
    "in Google's AMP viewer": ("https://www.google.com/amp/s/amp.example.com/s/7", A, True),
    "no TLS": ("http://www.example.com/x", A, True),
    "second page of an article": (f"{A}?page=2", A, True),
    "comments of an article": (f"{A}/comments", A, True),
    "its number in the path": (ID, "https://example.com/7/", True),
    "its number under another name": (ID, "https://example.com/a.php?article=7", True),
    "home page of the home page": ("https://example.com/index.html", "https://www.example.com/", True),
    "a saved file": ("file:///home/a/x.html", A, True),
    "another site": ("https://elsewhere.example/x", A, False),
    "another blog": ("https://one.blogspot.com/x", "https://two.blogspot.com/x", False),
    "another site of one country": ("https://one.co.uk/x", "https://two.co.uk/x", False),
    "another page host": ("https://one.github.io/x", "https://two.github.io/x", False),
    "home page": (A, "https://www.example.com/", False),
    "home page of the mobile site": (A, "https://m.example.com", False),
    "home page in a language": (A, "https://www.example.com/en/", False),
    "home page with its file": (A, "https://www.example.com/index.php", False),
    "section": (A, "https://www.example.com/2024/05/", False),
    "section above": ("https://example.com/news/ferry", "https://example.com/news", False),
    "tag": (A, "https://www.example.com/tag/ferries", False),
    "category": (A, "https://www.example.com/category/harbour/", False),
    "page of a list": (A, "https://www.example.com/news/page/2", False),
    "number lost": (ID, "https://example.com/story.php", False),
    "number of another": (ID, "https://example.com/story.php?id=8", False),
    "error page": (A, "https://www.example.com/404", False),
    "error page by name": (A, "https://www.example.com/page-not-found.html", False),
    "error": (A, "https://www.example.com/error/", False),
    "template": (A, "https://www.example.com/{{ post.url }}", False),
    "template, escaped": (A, "https://www.example.com/%7B%7Bslug%7D%7D", False),
    "template of PHP": (A, "https://www.example.com/<?= $url ?>", False),
    "template of JSP": (A, "https://www.example.com/<%= url %>", False),
    "undefined": (A, "https://www.example.com/undefined", False),
    "null": (A, "https://www.example.com/news/null", False),
    "object": (A, "https://www.example.com/[object Object]", False),
    "no URL": (A, "http://[broken", False),
    "another scheme": (A, "ftp://www.example.com/x", False),
    "developer's machine": (A, "http://localhost:3000/x", False),
    "template in a saved file": ("file:///home/a/x.html", "https://www.example.com/{{ url }}", False),
}  # fmt: skip


@pytest.mark.parametrize(
    ("asked", "declared", "is_believed"), DECLARED.values(), ids=DECLARED.keys()
)
def test_what_a_page_declares(asked, declared, is_believed):
    own = canonical_url(asked, None, None)
    found = canonical_url(asked, declared, None)
    assert found == (canonical_url(declared, None, None) if is_believed else own)
    # og:url is asked where rel=canonical is not believed.
    assert canonical_url(asked, declared, STORY) == (
        found if is_believed else canonical_url(asked, None, STORY)
    )


def test_one_declared_address_on_many_pages(archive):
    """A template that names the same address everywhere costs no article."""
    declared = "https://www.example.com/story"
    one = save(archive, "https://www.example.com/one", declared=declared)
    two = save(archive, "https://www.example.com/two", OTHER, "Another boat", declared)
    three = save(archive, "https://www.example.com/three", declared=declared)
    assert (one != two, three) == (True, one)
    urls = [row["url"] for row in archive.db.query("select url from articles order by id")]
    assert urls == [declared, "https://www.example.com/two"]
    assert save(archive, "https://www.example.com/two", OTHER, "Another boat", declared) == two


def test_a_changed_article_keeps_its_row(archive):
    """However much of it changes: asked at the same address, it is the same article."""
    first = save(archive, STORY)
    assert save(archive, f"{STORY}/amp") == first
    assert save(archive, f"{STORY}/amp", OTHER, "All new") == first
    assert save(archive, STORY, TEXT, "And back") == first
    assert archive.db.table("revisions").count == 2


@pytest.mark.parametrize(
    "old",
    [f"{STORY}/amp/", f"{STORY}/index.html", f"{STORY}?print=1", "https://www.example.com//2024/05/ferry-cafe-has-a-screen"],
)  # fmt: skip
def test_archive_of_an_earlier_version(archive, old):
    """Rows that were stored under forms that are told apart no more are found and keep their URL."""
    page = Page(old, old, datetime(2024, 5, 6, tzinfo=UTC), b"<p>", 200)
    archive.ledger.ask(old, None)
    article_id = archive.save_article(Article(old, "Ferry", TEXT), page, old).article_id
    assert save(archive, old) == article_id
    assert [row["url"] for row in archive.db.query("select url from articles")] == [old]


def test_letters_beyond_ascii_in_an_earlier_archive(archive):
    old = "https://www.example.com/2024/fähre-hat-einen-bildschirm"
    page = Page(old, old, datetime(2024, 5, 6, tzinfo=UTC), b"<p>", 200)
    archive.ledger.ask(old, None)
    article_id = archive.save_article(Article(old, "Fähre", TEXT), page, old).article_id
    assert save(archive, old) == article_id


@pytest.mark.parametrize(
    ("host", "site"),
    [
        ("www.bbc.co.uk", "bbc.co.uk"),
        ("a.b.example.com", "example.com"),
        ("one.blogspot.com", "one.blogspot.com"),
        ("quay.example", "quay.example"),
        ("a.quay.example", "quay.example"),
        ("localhost", "localhost"),
        ("127.0.0.1", "127.0.0.1"),
        ("2001:db8::1", "2001:db8::1"),
        ("xn--80ak6aa92e.xn--p1ai", "xn--80ak6aa92e.xn--p1ai"),
    ],
)
def test_registrable_site(host, site):
    assert registrable_site(host) == site


@pytest.mark.parametrize(
    ("url", "site"),
    [
        ("https://www.example.com/a", "example.com"),
        ("https://en.m.wikipedia.org/wiki/A", "en.wikipedia.org"),
        ("https://touch.a.example/", "a.example"),
        ("https://m.co.uk/", "m.co.uk"),
        ("https://amp.dev/", "amp.dev"),
        ("http://127.0.0.1:8001/a", "127.0.0.1"),
        ("http://[::1]/a", "::1"),
        ("file:///home/a/x.html", None),
        ("http://[broken", None),
        (None, None),
    ],
)
def test_site_of(url, site):
    assert site_of(url) == site


def test_forms_on_the_web_and_in_one_run(site, db, monkeypatch):
    """A feed of the page, an AMP form of it and its print version give one row."""
    story = article(canonical=None)
    paths = ["/2024/a-story-of-boats", "/2024/a-story-of-boats/amp/", "/2024/a-story-of-boats/"]
    for path in paths:
        monkeypatch.setitem(fault_server.ANSWERS, path, (200, UTF8, story, {}))
    result = ingest(db, *site.options, *(f"{SITE}{path}" for path in reversed(paths)))
    assert result.exit_code == 0
    assert [row["url"] for row in rows(db, "select url from articles")] == [
        f"{SITE}/2024/a-story-of-boats/"
    ]
    states = [tuple(row.values()) for row in rows(db, "select url, state, article_id from ledger")]
    assert sorted(states) == sorted((f"{SITE}{path}", "article", 1) for path in paths)
