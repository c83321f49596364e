"""The sample site and its server."""

import hashlib
import json
import re
import socket
from pathlib import Path

import httpx
import lxml.html
import pytest
from lxml import etree

from samples import server
from samples.server import FOLDER, SampleServer

TIKTOK = ("oldtown-courier.example", "/news/250118-tiktok-dark.html")
STORY = ("tidewire.example", "/story/2024/03/05/meta-outage-musk-reply")

#: Read once for all clients: reading them takes longer than a request.
CERTIFICATES = httpx.create_ssl_context()


@pytest.fixture(scope="module")
def shared_site():
    with SampleServer() as site:
        yield site


@pytest.fixture
def site(shared_site):
    shared_site.revision = 1
    shared_site.requests.clear()
    return shared_site


def ask(site, host, path, method="GET", **headers):
    ip, port = site.address
    sent = {"Host": host, "Accept-Encoding": "identity"}
    sent |= {name.replace("_", "-"): value for name, value in headers.items()}
    with httpx.Client(trust_env=False, verify=CERTIFICATES) as client:
        return client.request(method, f"http://{ip}:{port}{path}", headers=sent)


def get_url(site, url):
    host, _, path = url.removeprefix("http://").partition("/")
    return ask(site, host, "/" + path)


def raw(site, request):
    """The answer to bytes that no well-behaved client would send."""
    with socket.create_connection(site.address, timeout=5) as connection:
        connection.sendall(request)
        answer = b""
        while chunk := connection.recv(65536):
            answer += chunk
    return answer


def file(host, name):
    return (FOLDER / host / name).read_bytes()


def gold():
    for path in sorted(FOLDER.glob("*.example/expected.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            yield path.parent.name, json.loads(line)


ARTICLES = [(host, page) for host, page in gold() if page["kind"] == "article"]


def folded(text):
    return " ".join(text.split())


# The server


def test_hosts_and_feeds(site):
    assert site.hosts == (
        "fieldnotes.example",
        "harborledger.example",
        "oldtown-courier.example",
        "tidewire.example",
    )
    assert site.feeds == (
        "http://fieldnotes.example/atom.xml",
        "http://harborledger.example/rss.xml",
        "http://oldtown-courier.example/rss.xml",
        "http://tidewire.example/feed.xml",
    )
    assert site.address[0] == "127.0.0.1"


def test_no_address_before_it_runs():
    with pytest.raises(RuntimeError, match="with block"):
        _ = SampleServer().address


@pytest.mark.parametrize(
    ("host", "path", "name"),
    [
        ("tidewire.example", "/", "index.html"),
        ("tidewire.example", "/index.html", "index.html"),
        (STORY[0], STORY[1], STORY[1][1:] + "/index.html"),
        (STORY[0], STORY[1] + "/", STORY[1][1:] + "/index.html"),
        (STORY[0], STORY[1] + "/?utm_source=feed", STORY[1][1:] + "/index.html"),
        (STORY[0], STORY[1].replace("meta", "%6Deta"), STORY[1][1:] + "/index.html"),
        (*TIKTOK, TIKTOK[1][1:]),
        ("TideWire.example:8080", "/robots.txt", "robots.txt"),
    ],
)
def test_paths_lead_to_files(site, host, path, name):
    answer = ask(site, host, path)
    assert answer.status_code == 200
    assert answer.content == file(host.partition(":")[0].lower(), name)


@pytest.mark.parametrize(
    ("host", "path"),
    [
        ("nowhere.example", "/"),
        ("", "/"),
        ("tidewire.example", "/nothing"),
        ("tidewire.example", "/story"),
        ("tidewire.example", "/robots.txt/"),
        ("tidewire.example", "/expected.jsonl"),
        ("oldtown-courier.example", "/news/250118-tiktok-dark.rev2.html"),
        (".", "/README.md"),
        ("..", "/pyproject.toml"),
    ],
)
@pytest.mark.parametrize("revision", [1, 2])
def test_not_found(site, host, path, revision):
    site.revision = revision
    answer = ask(site, host, path)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "text/html"
    assert "Not Found" in answer.text


@pytest.mark.parametrize(
    "path",
    [
        b"/../../pyproject.toml",
        b"/../tidewire.example/expected.jsonl",
        b"/%2e%2e/%2e%2e/pyproject.toml",
        b"/..%2f..%2fpyproject.toml",
        b"/..\\..\\pyproject.toml",
        b"//etc/passwd",
        b"/%2Fetc/passwd",
        b"/img/../../__init__.py",
        b"/%00",
        b"/%ff%fe",
        b"http://../pyproject.toml",
        b"http://[/",
        b"*",
    ],
)
def test_no_way_out_of_the_folder(site, path):
    request = b"GET " + path + b" HTTP/1.1\r\nHost: tidewire.example\r\nConnection: close\r\n\r\n"
    assert raw(site, request).startswith(b"HTTP/1.1 404 ")


def test_a_whole_url_as_to_a_proxy(site):
    request = (
        b"GET http://tidewire.example/feed.xml HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    )
    assert raw(site, request).startswith(b"HTTP/1.1 200 ")
    assert site.requests == [("tidewire.example", "/feed.xml")]


@pytest.mark.parametrize(
    ("host", "path", "kind"),
    [
        ("tidewire.example", "/", "text/html"),
        ("tidewire.example", "/feed.xml", "application/rss+xml"),
        ("fieldnotes.example", "/atom.xml", "application/atom+xml"),
        ("tidewire.example", "/sitemap.xml", "application/xml"),
        ("tidewire.example", "/robots.txt", "text/plain; charset=utf-8"),
        ("fieldnotes.example", "/img/headset.png", "image/png"),
    ],
)
def test_content_types(site, host, path, kind):
    assert ask(site, host, path).headers["content-type"] == kind


def test_revisions(site):
    before = ask(site, *TIKTOK)
    site.revision = 2
    after = ask(site, *TIKTOK)
    assert before.content == file(TIKTOK[0], "news/250118-tiktok-dark.html")
    assert after.content == file(TIKTOK[0], "news/250118-tiktok-dark.rev2.html")
    assert before.headers["etag"] != after.headers["etag"]
    assert ask(site, *STORY).content == file(STORY[0], STORY[1][1:] + "/index.html")


def test_conditional_requests(site):
    first = ask(site, *STORY)
    etag = first.headers["etag"]
    assert etag == f'"{hashlib.sha256(first.content).hexdigest()}"'
    assert first.headers["last-modified"].endswith(" GMT")
    for known in (etag, f"W/{etag}", f'"old", {etag}', "*"):
        again = ask(site, *STORY, If_None_Match=known)
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == etag
    assert ask(site, *STORY, If_None_Match='"old"').status_code == 200


def test_head(site):
    get = ask(site, *STORY)
    head = ask(site, *STORY, method="HEAD")
    assert (head.status_code, head.content) == (200, b"")
    for name in ("content-type", "content-length", "etag", "last-modified"):
        assert head.headers[name] == get.headers[name]
    assert ask(site, STORY[0], "/nothing", method="HEAD").status_code == 404


@pytest.mark.parametrize(
    ("accepts", "expected"),
    [
        ("gzip", "gzip"),
        ("br, gzip;q=0.5", "gzip"),
        ("gzip;q=0", None),
        ("gzip; q=0.0", None),
        ("br", None),
    ],
)
def test_gzip_where_it_is_taken(site, accepts, expected):
    answer = ask(site, *STORY, Accept_Encoding=accepts)
    assert answer.headers.get("content-encoding") == expected
    assert answer.headers["vary"] == "Accept-Encoding"
    assert answer.content == file(STORY[0], STORY[1][1:] + "/index.html")


def test_pictures_are_not_compressed(site):
    answer = ask(site, "fieldnotes.example", "/img/headset.png", Accept_Encoding="gzip")
    assert "content-encoding" not in answer.headers


def test_requests_are_listed_and_nothing_is_printed(site, capsys):
    ask(site, "tidewire.example", "/feed.xml")
    ask(site, "nowhere.example", "/a%20b?c=d")
    assert site.requests == [("tidewire.example", "/feed.xml"), ("nowhere.example", "/a b")]
    assert capsys.readouterr() == ("", "")


def test_other_methods_are_refused(site):
    assert ask(site, "tidewire.example", "/", method="POST").status_code == 501


def test_the_port_is_free_afterwards():
    with SampleServer() as site:
        address = site.address
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(address, timeout=1).close()


def test_a_taken_port_is_one_line(site, capsys):
    assert server.main(["--port", str(site.address[1])]) == 1
    message = capsys.readouterr().err
    assert message.startswith(f"port {site.address[1]}: ")
    assert message.count("\n") == 1


def test_by_hand(monkeypatch, capsys):
    def interrupt(_event):
        raise KeyboardInterrupt

    monkeypatch.setattr("threading.Event.wait", interrupt, raising=True)
    monkeypatch.setattr(SampleServer, "__enter__", lambda self: self)
    monkeypatch.setattr(SampleServer, "address", ("127.0.0.1", 8123))
    assert server.main(["--port", "8123", "--revision", "2"]) == 0
    shown = capsys.readouterr().out
    assert "curl --connect-to ::127.0.0.1:8123 http://tidewire.example/feed.xml" in shown
    assert "curl --resolve fieldnotes.example:8123:127.0.0.1" in shown


# The site


def linked():
    """Every URL that a feed or a sitemap names."""
    for path in sorted(FOLDER.glob("*.example/*.xml")):
        tree = etree.parse(str(path))
        for element in tree.iter("{*}loc", "{*}link"):
            yield element.get("href") or element.text


def test_everything_that_feeds_and_sitemaps_name_is_there(site):
    urls = sorted(set(linked()))
    assert len(urls) >= 40
    statuses = {url: get_url(site, url).status_code for url in urls}
    assert {url for url, status in statuses.items() if status != 200} == set()


def test_robots_name_a_sitemap_that_is_there(site):
    for host in site.hosts:
        (sitemap,) = re.findall(r"(?m)^Sitemap: (\S+)$", ask(site, host, "/robots.txt").text)
        assert get_url(site, sitemap).status_code == 200


def test_every_article_is_in_the_feed_and_the_sitemap_of_its_outlet():
    urls = {page["url"] for _, page in ARTICLES}
    for pattern in ("*.example/sitemap.xml", "*.example/[!s]*.xml"):
        named = {
            element.get("href") or element.text
            for path in FOLDER.glob(pattern)
            for element in etree.parse(str(path)).iter("{*}loc", "{*}link")
        }
        assert urls <= named


@pytest.mark.parametrize(
    ("host", "page"), [pytest.param(h, p, id=f"{h}{p['path']}") for h, p in gold()]
)
def test_expected_pages_are_there_and_hold_the_gold(site, host, page):
    site.revision = page.get("revision", 1)
    assert page["url"] == f"http://{host}{page['path']}"
    answer = ask(site, host, page["path"])
    assert answer.status_code == 200
    if "file" in page:
        assert answer.content == file(host, page["file"])
    if page["kind"] != "article":
        assert page["kind"] in ("index", "tag", "soft404")
        return
    encoding = "windows-1252" if b"windows-1252" in answer.content else "utf-8"
    parser = lxml.html.HTMLParser(encoding=encoding)
    shown = folded(lxml.html.document_fromstring(answer.content, parser=parser).text_content())
    for paragraph in page["text"].split("\n\n"):
        assert folded(paragraph) in shown
    for author in page["authors"]:
        assert author.casefold() in shown.casefold()
    assert folded(page["title"]) in shown


def test_every_page_has_gold():
    expected = {(host, page["path"]) for host, page in gold()}
    for path in FOLDER.glob("*.example/**/*.html"):
        if ".rev2." in path.name:
            continue
        host, _, name = path.relative_to(FOLDER).as_posix().partition("/")
        address = "/" + name.removesuffix("index.html")
        assert {(host, address), (host, address.rstrip("/"))} & expected


def words(page):
    return len(page["text"].split())


def test_the_site_holds_what_the_demo_and_the_tests_need(site):
    first_revisions = [page for _, page in ARTICLES if "revision" not in page]
    assert len(first_revisions) == len({page["url"] for page in first_revisions})
    assert sum(250 <= words(page) <= 900 for page in first_revisions) >= 24
    assert {host for host, _ in ARTICLES} == set(site.hosts)
    assert sum(words(page) > 2400 for page in first_revisions) == 1
    assert [page["is_paywalled"] for page in first_revisions].count(True) == 1
    assert sorted({page["language"] for page in first_revisions}) == ["de", "en"]
    assert {page["kind"] for _, page in gold()} == {"article", "index", "tag", "soft404"}


def test_one_article_has_two_revisions():
    (second,) = [page for _, page in ARTICLES if page.get("revision") == 2]
    (first,) = [p for _, p in ARTICLES if p["url"] == second["url"] and "revision" not in p]
    assert first["text"] != second["text"]
    assert second["modified_at"] > first["published_at"]


def test_one_wire_story_stands_in_two_outlets():
    def shingles(page):
        found = page["text"].split()
        return {tuple(found[n : n + 5]) for n in range(len(found) - 4)}

    alike = []
    for n, (host, page) in enumerate(ARTICLES):
        for other_host, other in ARTICLES[n + 1 :]:
            mine, theirs = shingles(page), shingles(other)
            if page["url"] != other["url"] and len(mine & theirs) > 0.5 * min(
                len(mine), len(theirs)
            ):
                alike.append({host, other_host})
    assert alike == [{"tidewire.example", "harborledger.example"}]


def test_readme_names_pages_that_exist(site):
    readme = Path(FOLDER / "README.md").read_text(encoding="utf-8")
    named = re.findall(r"`(\w[\w-]*\.example)(/[^`]*)`", readme)
    assert len(named) >= 9
    for host, path in named:
        assert ask(site, host, path).status_code == 200
