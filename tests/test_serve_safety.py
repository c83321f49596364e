"""Whatever is stored or asked comes out inert; whoever may not read does not."""

import json
from urllib.parse import quote

import pytest
from new_archive import new_archive
from serve_archive import ROOMS, STORIES, add, build, opened, parsed, story, texts, words

from archive import Alias, Archive, Entity, FieldVote
from archive.records import Source

XSS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    '"><script>alert(1)</script>',
    "'><script>alert(1)</script>",
    '" onmouseover="alert(1)',
    "' onmouseover='alert(1)",
    "</title><script>alert(1)</script>",
    "</textarea><script>alert(1)</script>",
    "</style><script>alert(1)</script>",
    "<!--<script>alert(1)</script>-->",
    "--><script>alert(1)</script>",
    "]]><script>alert(1)</script>",
    "<iframe src=javascript:alert(1)>",
    "<object data=javascript:alert(1)>",
    "<embed src=//evil.example/x.swf>",
    "<a href=javascript:alert(1)>x</a>",
    "<form action=//evil.example><input name=q>",
    "<base href=//evil.example/>",
    "<meta http-equiv=refresh content='0;url=//evil.example'>",
    "<link rel=stylesheet href=//evil.example/x.css>",
    "<style>*{display:none}</style>",
    "<body onload=alert(1)>",
    "<details open ontoggle=alert(1)>",
    "<math><mi xlink:href='javascript:alert(1)'>x",
    "<video><source onerror=alert(1)>",
    "<marquee onstart=alert(1)>",
    "{{ 7 * 7 }}{% raw %}",
    "{{ request.scope }}",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&#60;script&#62;alert(1)&#60;/script&#62;",
    "<scr\x00ipt>alert(1)</scr\x00ipt>",
    "\ue000<script>\ue001alert(1)",
    "<\u200bscript>alert(1)",
    "<ScRiPt SrC=//evil.example></sCrIpT>",
    "`onclick=alert(1)`",
    "javascript:alert(1)//<script>",
    "\u202e<script>alert(1)</script>",
]
WICKED_URLS = [
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    " javascript:alert(1)",
    "java\nscript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:msgbox(1)",
    "file:///etc/passwd",
    "//evil.example/",
    "https:evil",
    "https://a b.example/",
    'https://a.example/"onmouseover="alert(1)',
    "https://[::1/",
    "",
]
#: The tags that our templates draw; anything else was smuggled in.
OURS = {
    *("html", "head", "meta", "title", "link", "body", "header", "main", "nav", "footer", "aside"),
    *(
        "form",
        "label",
        "input",
        "button",
        "h1",
        "h2",
        "h3",
        "p",
        "a",
        "b",
        "q",
        "code",
        "sup",
        "mark",
    ),
    *("div", "span", "article", "section", "time", "ul", "ol", "li", "dl", "dt", "dd", "details"),
    *(
        "summary",
        "table",
        "caption",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "figure",
        "svg",
        "rect",
        "desc",
        "select",
        "option",
        "datalist",
        "pre",
        "ins",
        "del",
    ),
}


def assert_inert(html):
    page = parsed(html)
    assert {element.tag for element in page.iter() if isinstance(element.tag, str)} <= OURS
    names = {name for element in page.iter() for name in element.attrib}
    assert not [name for name in names if name.startswith("on") or name in ("style", "srcdoc")]
    for element in page.iter():
        for name in ("href", "src", "action"):
            value = element.get(name, "#")
            assert value.startswith(("#", "/", "http://", "https://")), value
            assert not value.startswith("//")
    assert {meta.get("http-equiv") for meta in page.xpath("//meta")} == {None}
    assert {link.get("rel") for link in page.xpath("//link")} == {
        "stylesheet",
        "search",
        "alternate",
    }
    assert all(
        form.get("action").endswith(("/-/search", "/-/changes")) for form in page.xpath("//form")
    )
    return page


def wicked_archive(path, payload):
    """An archive that says the payload wherever it can say anything."""
    entity = Entity(payload, "person", payload, (Alias(payload, payload, payload),))
    text = f"Zed {payload} one.\n\n{payload}"
    told = story(
        payload,
        text,
        "2024-03-05T00:00:00",
        summary=(f"Zed {payload} one.",),
        names={"Zed": entity},
        url="https://a.example/1",
        authors=(payload,),
        site=payload,
        section=payload,
        language=payload,
        description=payload,
        image_url=payload,
        votes=(FieldVote(payload, payload, payload, True),),
    )
    changed = story(f"{payload} 2", "Zed again.", url="https://a.example/2", site=payload)
    with Archive(new_archive(path)) as archive:
        add(archive, told)
        add(archive, changed)
        add(archive, story(f"{payload} 3", f"{payload} Zed", url="https://a.example/2"))
        archive.db.execute("update articles set tags = ?", [json.dumps([payload, 7, None])])
        archive.db.execute(
            "update articles set published_at = ?, modified_at = ? where id = 2", [payload] * 2
        )
        archive.save_refusal("https://a.example/3", "failed", payload, payload)
        archive.db.execute(
            "update ledger set url = ? where reason = ?", [f"x://{payload}", payload]
        )
        archive.ledger.register(Source("feed", payload, payload))
        with archive.runs.record(payload) as run:
            run.error(payload, payload, payload, payload)
            run.count(payload)
        archive.db.execute("update models set name = ?", [payload])
        archive.db.execute("update summaries set kind = ?", [payload])
    return path


@pytest.mark.parametrize("payload", XSS, ids=range(len(XSS)))
async def test_stored_markup_is_text(tmp_path, payload):
    with opened(wicked_archive(tmp_path / "a.db", payload)) as datasette:
        with Archive(tmp_path / "a.db", "read") as archive:
            (slug,) = archive.db.execute("select slug from entities").fetchone()
        encoded = quote(payload, safe="")
        for path in (
            "/",
            "/-/article/1",
            "/-/article/2",
            "/-/article/2/changes",
            "/-/article/1/names",
            f"/-/entity/{slug}",
            f"/-/coverage/{slug}",
            f"/-/site/{encoded}",
            # SQLite's JSON ends a string at a NUL, so that this author has another name.
            *([] if "\x00" in payload else [f"/-/author/{encoded}"]),
            "/-/changes",
            "/-/sites",
            "/-/entities",
            "/-/health",
            "/-/search?q=zed",
            f"/-/search?q=zed&site={encoded}",
        ):
            response = await datasette.client.get(path)
            assert response.status_code == 200, path
            page = assert_inert(response.text)
            shown = page.xpath("string(//title)") + page.text_content()
            visible = payload.replace("\x00", "\ufffd").strip("\ue000")
            if path == "/-/article/1" and "\x00" not in payload:
                assert words(page.xpath("//h1")[0]) == " ".join(payload.split())
            assert visible.replace("\ue000", "").replace("\ue001", "")[:4] in shown.replace(
                "\ue000", ""
            )


@pytest.fixture(scope="module")
def reader(tmp_path_factory):
    with opened(build(tmp_path_factory.mktemp("reader") / "a.db", *STORIES)) as datasette:
        yield datasette


PARAMETERS = "site entity type language since until length paywall sort by like shortest".split()


@pytest.mark.parametrize("payload", XSS, ids=range(len(XSS)))
async def test_asked_markup_is_text(reader, payload):
    for path in (
        f"/-/search?q={quote(payload)}",
        f"/-/search?q=meta&page={quote(payload)}",
        f"/?before={quote(payload)}",
        f"/-/entity/{quote(payload, safe='')}",
        f"/-/article/{quote(payload, safe='')}",
        f"/-/site/{quote(payload, safe='')}",
        f"/-/author/{quote(payload, safe='')}",
        f"/-/coverage/{quote(payload, safe='')}",
        f"/-/changes?site={quote(payload)}&stealth={quote(payload)}",
        f"/-/changes?before={quote(payload)}",
        *(f"/-/search?q=meta&{name}={quote(payload)}" for name in PARAMETERS),
    ):
        response = await reader.client.get(path)
        assert response.status_code in (200, 302, 400, 404), path
        if response.headers.get("content-security-policy"):
            assert_inert(response.text)


@pytest.mark.parametrize("url", WICKED_URLS, ids=range(len(WICKED_URLS)))
async def test_only_web_addresses_are_linked(tmp_path, url):
    with opened(build(tmp_path / "a.db", story("T", "text", url=url, image_url=url))) as datasette:
        page = assert_inert((await datasette.client.get("/-/article/1")).text)
    linked = page.xpath("//main//a[@rel]/@href")
    assert linked == ([url] * 3 if url.startswith('https://a.example/"') else [])


async def test_a_web_address_is_linked_without_telling_who_asks(tmp_path):
    url = "https://a.example/?a=1&b=2"
    with opened(build(tmp_path / "a.db", story("T", "text", url=url))) as datasette:
        page = parsed((await datasette.client.get("/-/article/1")).text)
    links = page.xpath("//main//a[@rel]")
    assert {(a.get("href"), a.get("rel")) for a in links} == {(url, "noopener noreferrer nofollow")}


PAGES = [
    "/",
    *ROOMS,
    "/-/search?q=meta",
    "/-/article/99",
    "/?before=x",
]


@pytest.mark.parametrize("path", PAGES)
async def test_headers(reader, path):
    headers = (await reader.client.get(path)).headers
    assert headers["content-security-policy"] == (
        "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    )
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"


@pytest.mark.parametrize(
    "path",
    [
        "/-/article/0",
        "/-/article/99",
        "/-/article/-1",
        "/-/article/4x",
        "/-/article/x",
        "/-/article/1.0",
        "/-/article/٤",
        "/-/article/" + "9" * 18,
        "/-/article/" + "9" * 4000,
        "/-/entity/nobody",
        "/-/entity/META",
        "/-/entity/meta'--",
    ],
)
async def test_what_is_not_there(reader, path):
    response = await reader.client.get(path)
    assert response.status_code == 404
    assert "newsarchive.css" in response.text


@pytest.mark.parametrize("name", ["before", "after"])
@pytest.mark.parametrize(
    "value", ["x", "_", "2024_x", "' or 1=1", "a" * 41 + "_1", "_" + "9" * 19, "\x00_"]
)
@pytest.mark.parametrize("path", ["/", "/-/entity/meta"])
async def test_garbage_cursors(reader, path, name, value):
    assert (await reader.client.get(path, params={name: value})).status_code == 400


@pytest.mark.parametrize(
    "value", ["_1", "2024-03-05T17:04:00Z_4", "zzz_1", "' or 1=1 --_3", "_" + "9" * 18, "\x00_1"]
)
@pytest.mark.parametrize("name", ["before", "after"])
async def test_odd_cursors_are_places_too(reader, name, value):
    assert (await reader.client.get("/", params={name: value})).status_code == 200


@pytest.mark.parametrize("value", ["0", "-1", "x", "1.5", "9" * 5000, "²", "٣", "", " ", "1e9"])
async def test_garbage_page_numbers_are_clamped(reader, value):
    response = await reader.client.get("/-/search", params={"q": "meta", "page": value})
    assert response.status_code == 200
    assert len(parsed(response.text).xpath("//article")) == 2


QUESTIONS = [
    '"', '""', '"meta', "meta*", "title:meta", "AT&T", "C++", "pre-election", "meta AND", "NOT meta",
    "NEAR(meta, 2)", "(", ")", "^meta", "meta:", "-meta", "{meta}", "meta OR", "'", "';--", "\\", "%",
    "_", "*", "\x00", "🐧", "٣", "\ue000meta\ue001", "a" * 5000, "a " * 2000, '"a" ' * 900, "é", "Ⅷ",
]  # fmt: skip


@pytest.mark.parametrize("question", QUESTIONS, ids=range(len(QUESTIONS)))
async def test_any_punctuation_can_be_asked(reader, question):
    response = await reader.client.get("/-/search", params={"q": question})
    assert response.status_code == 200


async def test_a_slow_search_says_so(tmp_path, monkeypatch):
    def crawl(connection, *_arguments):
        endless = (
            "with recursive n(i) as (select 1 union all select i + 1 from n) select max(i) from n"
        )
        return connection.execute(endless).fetchall()

    monkeypatch.setattr("serve.pages.search.find", crawl)
    path = build(tmp_path / "a.db", *STORIES)
    with opened(path, settings={"sql_time_limit_ms": 60}) as datasette:
        response = await datasette.client.get("/-/search?q=meta")
    assert response.status_code == 503
    assert "took too long" in response.text


@pytest.mark.parametrize("path", PAGES)
async def test_head(reader, path):
    response = await reader.client.head(path)
    assert (response.status_code, response.text) == (
        (await reader.client.get(path)).status_code,
        "",
    )


async def test_nothing_but_reading(reader):
    for method in ("put", "patch", "delete", "options"):
        response = await reader.client.request(method.upper(), "/-/article/4")
        assert response.status_code == 405


ROOT = {"id": "root"}
CONTENT = [
    *ROOMS,
    "/-/article/4/page",
    "/-/feed.atom",
    "/-/feed.json?q=meta",
    "/-/opensearch.xml",
    "/sitemap.xml",
    "/sitemap-1.xml",
    "/-/search?q=meta",
    "/-/search",
    "/-/article/99",
    "/-/entity/no",
]
DENIALS = {
    "instance": {"allow": {"id": "root"}},
    "database": {"databases": {"a": {"allow": {"id": "root"}}}},
    "table": {"databases": {"a": {"tables": {"articles": {"allow": {"id": "root"}}}}}},
}


async def get_as(datasette, path, actor):
    cookies = {"ds_actor": datasette.sign({"a": actor}, "actor")} if actor else {}
    return await datasette.client.get(path, cookies=cookies)


@pytest.fixture(scope="module", params=DENIALS)
def guarded(tmp_path_factory, request):
    """A reader that may not be read by everybody."""
    path = build(tmp_path_factory.mktemp("guarded") / "a.db", *STORIES)
    with opened(path, metadata=DENIALS[request.param]) as datasette:
        yield datasette


@pytest.mark.parametrize("path", CONTENT)
async def test_denied_and_allowed(guarded, path):
    denied = await get_as(guarded, path, None)
    allowed = await get_as(guarded, path, ROOT)
    assert denied.status_code == 403
    assert "Musk" not in denied.text
    assert allowed.status_code in (200, 404)
    is_page = allowed.headers["content-type"].startswith("text/html")
    assert ("newsarchive.css" in allowed.text) == is_page


@pytest.mark.parametrize(
    ("level", "status"), [("instance", 403), ("database", 200), ("table", 200)]
)
async def test_front_falls_back_to_what_datasette_shows(tmp_path, level, status):
    with opened(build(tmp_path / "a.db", *STORIES), metadata=DENIALS[level]) as datasette:
        denied = await get_as(datasette, "/", None)
        allowed = await get_as(datasette, "/", ROOT)
    assert denied.status_code == status
    assert "Musk" not in denied.text
    assert "Musk mocks" in allowed.text


def deny(*tables):
    return {"databases": {"a": {"tables": {table: {"allow": False} for table in tables}}}}


async def test_parts_of_a_page_follow_their_tables(tmp_path):
    tables = ("entities", "revisions", "field_votes", "summary_sentences", "aliases")
    with opened(build(tmp_path / "a.db", *STORIES), metadata=deny(*tables)) as datasette:
        article = parsed((await datasette.client.get("/-/article/4")).text)
        front = parsed((await datasette.client.get("/")).text)
        entity = await datasette.client.get("/-/entity/meta")
    assert not article.xpath(
        "//*[contains(@class, 'mention')] | //table | //a[contains(@class, 'receipt')]"
    )
    assert words(article.xpath("//section[@class='brief']/p")[0]).startswith("Meta went dark")
    assert texts(article, "//ul[@class='tags']/li")[0] == "Meta"
    assert not article.xpath("//ul[@class='tags']//a") + front.xpath("//aside")
    assert entity.status_code == 403


async def test_the_menu_shows_the_reader_to_readers_only(tmp_path):
    with opened(build(tmp_path / "a.db", *STORIES), metadata=DENIALS["table"]) as datasette:
        assert "Latest articles" not in (await get_as(datasette, "/a", None)).text
        assert "Latest articles" in (await get_as(datasette, "/a", ROOT)).text


async def test_a_denial_for_tables_everywhere_stays_in_force(tmp_path):
    metadata = {"tables": {"articles": {"allow": False}}}
    with opened(build(tmp_path / "a.db", *STORIES), metadata=metadata) as datasette:
        assert (await datasette.client.get("/-/article/4")).status_code == 403
        assert (await datasette.client.get("/a/articles")).status_code == 403


async def test_titles_in_tables_are_escaped(tmp_path):
    told = story("<b>bold</b>", "Zed.", names={"Zed": Entity("<i>x</i>", "other")})
    with opened(build(tmp_path / "a.db", told)) as datasette:
        articles = parsed((await datasette.client.get("/a/articles")).text)
        entities = parsed((await datasette.client.get("/a/entities")).text)
    assert articles.xpath("string(//td[contains(@class, 'col-title')]/a)") == "<b>bold</b>"
    assert entities.xpath("string(//td[contains(@class, 'col-name')]/a)") == "<i>x</i>"
