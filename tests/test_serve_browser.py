"""What a reader does, in a real browser, with JavaScript and without."""

import re
import threading
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import pytest
from serve_archive import OUTAGE_TEXT, STORIES, WRITTEN, build, opened, story

from archive import Alias, Archive, Entity, FieldVote

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
# What a page comes to show is waited for: a click or a key ends before its page has come.
expect = playwright.expect
pytestmark = pytest.mark.browser

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
LONG = " ".join(f"Filler sentence number {n}." for n in range(400))
PAGES = [
    "/",
    "/-/article/4",
    "/-/article/6",
    "/-/article/7/changes",
    "/-/article/8",
    "/-/article/4/names",
    "/-/article/6/names",
    "/-/entities",
    "/-/entity/meta",
    "/-/coverage/meta",
    "/-/changes",
    "/-/changes?site=daily.example&stealth=1",
    "/-/sites",
    "/-/site/daily.example",
    "/-/author/Ada%20Writer",
    "/-/health",
    "/-/search",
    "/-/search?q=meta",
    "/-/search?q=no+way",
    "/-/search?q=meta&site=daily.example&since=2024-01-01",
]


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """A server of an archive with everything that pages show, some of it very long."""
    wide = Entity("W" * 120, "other", "w" * 300)
    stories = [
        *STORIES,
        story(
            "Unbreakable" * 12,
            f"{'W' * 120} {'x' * 500}\n\n{LONG}\n\n{OUTAGE_TEXT}",
            "2024-03-06T00:00:00",
            (
                "“If you’re reading this post, it’s because our servers are working,” Musk wrote on X.",
            ),
            {"W" * 120: wide},
            url="https://a.example/" + "y" * 300,
            site="s" * 90,
            authors=("A" * 90,),
        ),
        story(
            "First title", "The text was short.", "2023-01-01T00:00:00", url="https://a.example/c"
        ),
        story(
            "Second title", "The text is long.", "2023-01-01T00:00:00", url="https://a.example/c"
        ),
    ]
    path = build(tmp_path_factory.mktemp("browser") / "demo.db", *stories, WRITTEN)
    with Archive(path) as archive:
        gone = "https://" + "s" * 90 + ".example/gone"
        archive.ledger.ask(gone, None)
        archive.save_refusal(gone, "failed", "http_404", "gone")
        with archive.runs.record("ingest") as run:
            run.count("added", 2)
    with served(path) as address:
        yield address


@contextmanager
def served(*paths):
    """The address of a server as `newsarchive serve` runs it, on a free port, in a thread."""
    uvicorn = pytest.importorskip("uvicorn")
    from serve.cli import _listen

    with opened(*paths) as datasette, _listen("127.0.0.1", 0) as listener:
        config = uvicorn.Config(datasette.app(), log_level="warning", lifespan="on")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


@pytest.fixture(scope="module")
def chromium():
    if not CHROMIUM.exists():
        pytest.skip(f"no Chromium at {CHROMIUM}: apt-get install chromium")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def tab(chromium):
    """A page that tests use in turns: most of what a new one costs is its context and process."""
    page = chromium.new_page(reduced_motion="reduce")
    yield page
    page.close()


@pytest.fixture(params=[True, False], ids=["JavaScript", "no JavaScript"])
def page(chromium, request):
    context = chromium.new_context(java_script_enabled=request.param, reduced_motion="reduce")
    yield context.new_page()
    context.close()


def test_search_open_follow_a_receipt_follow_a_tag(page, address):
    page.goto(address)
    page.get_by_role("searchbox").fill('servers "working"')
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Musk mocks Meta’s outage").click()
    expect(page).to_have_title("Musk mocks Meta’s outage · newsarchive")
    page.locator("#summary-2").click()
    expect(page).to_have_url(f"{address}/-/article/4#source-2")
    target = page.locator(".source:target")
    expect(target).to_contain_text("“If you’re reading this post")
    page.locator("#source-2 .back").click()
    expect(page.locator(":target")).to_have_id("summary-2")
    page.locator(".head .tags").get_by_role("link", name="Elon Musk").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Elon Musk")
    expect(page.get_by_role("img", name="Mentions of Elon Musk by")).to_be_visible()
    page.get_by_text("mentions in numbers").click()
    expect(page.locator("table.numbers")).to_be_visible()


def test_several_archives_are_one_reading_room(page, tmp_path):
    second = story("Outage again", "Meta had another outage. Musk was silent.",
                   "2024-04-01T00:00:00", names={"Meta": Entity("Meta", "organization")})  # fmt: skip
    files = build(tmp_path / "march.db", *STORIES), build(tmp_path / "april.db", second)
    with served(*files) as address:
        page.goto(address)
        page.get_by_role("searchbox").fill("outage")
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_have_text("2 articles for outage")
        expect(page.locator(".archive")).to_have_text(["april", "march"], use_inner_text=True)
        page.get_by_role("link", name="Outage again").click()
        expect(page).to_have_url(f"{address}/-/article/april/1")
        page.locator(".head .tags").get_by_role("link", name="Meta").click()
        expect(page.locator(".results h3")).to_have_text(
            ["Outage again", "An evening edition", "Musk mocks Meta’s outage"]
        )
        page.get_by_role("link", name="Musk mocks Meta’s outage").click()
        expect(page).to_have_url(f"{address}/-/article/march/4")


def test_a_receipt_far_down_comes_into_view_and_is_lit(page, address):
    page.goto(f"{address}/-/article/6")
    page.locator("#summary-1").click()
    expect(page.locator("#source-1")).to_be_in_viewport()


def background(page, selector):
    return page.locator(selector).evaluate("e => getComputedStyle(e).backgroundColor")


def test_hovering_and_focus_light_the_source(chromium, address):
    page = chromium.new_page()
    page.goto(f"{address}/-/article/4")
    plain = background(page, "#source-1")
    page.locator("#summary-1").hover()
    assert background(page, "#source-1") != plain
    assert background(page, "#source-2") == plain
    page.mouse.move(0, 0)
    assert background(page, "#source-1") == plain
    page.locator(".tags a").last.focus()
    page.keyboard.press("Tab")
    assert background(page, "#source-1") != plain
    page.keyboard.press("Enter")
    page.locator("h1").click()
    assert background(page, "#source-1") != plain
    page.close()


def test_each_source_of_a_written_sentence_can_be_reached_by_keyboard(page, address):
    page.goto(f"{address}/-/article/8")
    page.locator("#summary-2").focus()
    for name, anchor, text in (
        ("Another source: 2b", "source-2-2", "A cable had been cut on Monday morning."),
        ("Another source: 2c", "source-2-3", "They mended it at dawn."),
    ):
        page.keyboard.press("Tab")
        expect(page.locator(":focus")).to_have_accessible_name(name)
        page.keyboard.press("Enter")
        expect(page).to_have_url(f"{address}/-/article/8#{anchor}")
        expect(page.locator(".source:target")).to_contain_text(text)
        back = page.locator(".source:target .back")
        expect(back).to_have_accessible_name(f"Back to sentence {name[-2:]} of the summary")
        back.press("Enter")
        expect(page.locator(":target")).to_have_id("summary-2")
        page.get_by_role("link", name=name).focus()


def test_all_sources_of_a_sentence_are_lit_together(chromium, address):
    page = chromium.new_page()
    page.goto(f"{address}/-/article/8")
    plain = background(page, "#source-1")
    for link in ("#summary-2", ".more >> nth=0"):
        page.locator(link).hover()
        for source in ("#source-2", "#source-2-2", "#source-2-3"):
            assert background(page, source) != plain
        assert background(page, "#source-1") == plain
        page.mouse.move(0, 0)
    page.goto(f"{address}/-/article/8#source-2-3")
    assert background(page, "#source-2") != plain
    page.close()


@pytest.mark.parametrize("path", PAGES)
def test_no_horizontal_scroll(chromium, address, path):
    page = chromium.new_page()
    page.goto(address + path)
    widest = {}
    for width in (320, 390, 900, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        widest[width] = page.evaluate("document.documentElement.scrollWidth")
    assert {width: found for width, found in widest.items() if found > width} == {}
    page.close()


#: Elements whose content is wider than they are, the others being cut off or scrolled.
SIDEWAYS = """
    () => [...document.querySelectorAll('body *')].filter(e =>
        e.clientWidth > 1 && e.scrollWidth > e.clientWidth + 1 &&
        getComputedStyle(e).overflowX !== 'visible').map(e => e.outerHTML.slice(0, 80))
"""


@pytest.mark.parametrize("path", PAGES)
def test_on_a_phone_nothing_is_moved_sideways_or_cut_off(chromium, address, path):
    page = chromium.new_page(viewport={"width": 360, "height": 844})
    page.goto(address + path)
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    assert page.evaluate(SIDEWAYS) == []
    page.close()


@pytest.mark.parametrize(
    "path", ["/-/article/4/names", "/-/article/4", "/-/health", "/-/coverage/meta"]
)
def test_rows_are_blocks_on_a_phone_and_still_a_table_to_who_cannot_see(chromium, address, path):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    page = chromium.new_page()
    page.goto(address + path)
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    table = page.get_by_role("table").last
    row = table.get_by_role("row").nth(1)
    tops, told = {}, {}
    for width in (390, 1280):
        page.set_viewport_size({"width": width, "height": 844})
        boxes = row.locator("th, td").evaluate_all(
            "all => all.map(e => e.getBoundingClientRect().top)"
        )
        tops[width] = boxes == sorted(set(boxes))
        told[width] = [
            table.get_by_role(role).all_text_contents()
            for role in ("columnheader", "rowheader", "cell")
        ]
        assert axe.run(page, options={"resultTypes": ["violations"]}).response["violations"] == []
    assert tops == {390: True, 1280: False}
    assert told[390] == told[1280]
    assert all(told[390])
    page.close()


@pytest.mark.parametrize("path", PAGES)
def test_nothing_is_asked_of_the_network_and_nothing_is_blocked(tab, address, path):
    asked, complaints = [], []
    hear = {
        "request": lambda request: asked.append(request.url),
        "console": lambda message: complaints.append(message.text),
    }
    for event, note in hear.items():
        tab.on(event, note)
    tab.goto(address + path)
    for event, note in hear.items():
        tab.remove_listener(event, note)
    assert address + path in asked
    assert all(url.startswith(address) for url in asked)
    assert complaints == []


def test_the_skip_link_comes_first(page, address):
    page.goto(address)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{address}/#main")


@pytest.mark.parametrize("path", [*PAGES, "/-/article/4#source-1", "/-/article/99"])
def test_axe_finds_no_violation(tab, address, path):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    tab.goto("about:blank")  # so that another place of the same page is loaded too
    tab.goto(address + path)
    tab.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    found = []
    for scheme in ("light", "dark"):
        tab.emulate_media(color_scheme=scheme)
        violations = axe.run(tab, options={"resultTypes": ["violations"]}).response["violations"]
        found += [
            (scheme, one["id"], [node["html"] for node in one["nodes"]]) for one in violations
        ]
    assert found == []


def test_axe_sees_what_is_wrong(chromium):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    page = chromium.new_page()
    page.set_content("<html><body><p style='color: #ccc'>Pale</p><img src='x'></body></html>")
    found = {one["id"] for one in axe.run(page).response["violations"]}
    assert {"color-contrast", "image-alt", "html-has-lang"} <= found
    page.close()


def test_filter_page_and_go_back(page, address):
    page.goto(f"{address}/-/search?q=sentence")
    page.get_by_text("Filters").first.click()
    page.get_by_label("Site", exact=True).fill("daily.example")
    page.get_by_label("From", exact=True).fill("2024-01-01")
    page.get_by_label("Length").select_option("short")
    page.get_by_label("Words", exact=True).fill("meta")
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("2 articles for meta")
    expect(page.get_by_label("Site", exact=True)).to_have_value("daily.example")
    page.get_by_role("link", name="Newest first").click()
    expect(page.locator("article h2").first).to_have_text("An evening edition")
    expect(page).to_have_url(re.compile("site=daily.example"))
    page.go_back()
    page.get_by_role("link", name="Without filters").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("articles for meta$"))


def test_from_a_name_to_its_coverage_and_to_a_site_and_an_author(page, address):
    page.goto(address)
    page.get_by_role("navigation", name="Sections").get_by_role("link", name="Names").click()
    page.get_by_role("main").get_by_role("link", name="Meta", exact=True).click()
    page.get_by_role("link", name="Coverage").click()
    page.get_by_text("The numbers as a table").click()
    expect(page.locator("table")).to_be_visible()
    page.get_by_role("link", name="daily.example").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("daily.example")
    page.get_by_role("link", name="Ada Writer").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Ada Writer")


def test_what_was_changed_can_be_seen(page, address):
    page.goto(f"{address}/-/article/7")
    page.get_by_role("link", name="Changed once").click()
    expect(page.locator(".diff.title del")).to_have_text("First")
    expect(page.locator(".diff.title ins")).to_have_text("Second")


def test_a_feed_can_be_subscribed_to(page, address):
    page.goto(f"{address}/-/entity/meta")
    href = page.locator("link[rel=alternate]").last.get_attribute("href")
    response = page.request.get(address + href)
    assert response.headers["content-type"].startswith("application/atom+xml")
    assert "Musk mocks Meta" in response.text()


def test_the_stored_page_is_saved_and_not_shown(page, address):
    page.goto(f"{address}/-/article/4")
    with page.expect_download() as download:
        page.get_by_text("The page as it was stored").click()
    assert download.value.suggested_filename == "daily.example-4.html"
    assert page.url.endswith("/-/article/4")


def test_every_page_can_be_walked_by_keyboard(chromium, address):
    page = chromium.new_page()
    page.goto(f"{address}/-/article/4")
    seen = set()
    for _ in range(200):
        page.keyboard.press("Tab")
        mark = page.evaluate(
            """() => { const e = document.activeElement, s = getComputedStyle(e);
            return [e.tagName, e.getAttribute('href') || e.textContent.slice(0, 30),
                    s.outlineStyle !== 'none' || s.backgroundColor !== 'rgba(0, 0, 0, 0)']; }"""
        )
        if mark[0] == "BODY" and seen:
            break
        seen.add(tuple(mark))
    assert all(is_visible for *_, is_visible in seen)
    reached = {href for _, href, _ in seen}
    links = page.locator("a[href]").evaluate_all(
        "all => all.filter(a => a.checkVisibility()).map(a => a.getAttribute('href'))"
    )
    assert set(links) <= reached
    page.close()


SCRIPTS = [
    "<script>{0}</script>", "<img src=x onerror={0}>", "<svg/onload={0}>", "\"><script>{0}</script>",
    "'><script>{0}</script>", "\" onmouseover=\"{0}", "' onfocus='{0}' autofocus x='",
    "</title><script>{0}</script>", "</textarea><script>{0}</script>", "</style><script>{0}</script>",
    "<!--<script>{0}</script>-->", "--><script>{0}</script>", "]]><script>{0}</script>",
    "<iframe src=javascript:{0}>", "<object data=javascript:{0}>", "<embed src=javascript:{0}>",
    "<a href=javascript:{0}>x</a>", "<form action=javascript:{0}><input type=submit>",
    "<base href=javascript:{0}//>", "<meta http-equiv=refresh content='0;url=javascript:{0}'>",
    "<body onload={0}>", "<details open ontoggle={0}>", "<math><mi xlink:href='javascript:{0}'>x",
    "<video><source onerror={0}>", "<marquee onstart={0}>", "<input autofocus onfocus={0}>",
    "<select autofocus onfocus={0}>", "<keygen autofocus onfocus={0}>", "<audio src onerror={0}>",
    "<svg><animate onbegin={0} attributeName=x dur=1s>", "<svg><script>{0}</script></svg>",
    "<svg><a xlink:href=javascript:{0}><text>x</text></a></svg>", "<ScRiPt>{0}</sCrIpT>",
    "<scr<script>ipt>{0}</scr</script>ipt>", "<img/src=x/onerror={0}>", "<img src=`x`onerror={0}>",
    "&lt;script&gt;{0}&lt;/script&gt;", "&#60;script&#62;{0}&#60;/script&#62;",
    "{{{{ '{0}' }}}}{{% raw %}}", "javascript:{0}//",
]  # fmt: skip
CALLS = [
    "alert(1)",
    "confirm`1`",
    "eval(atob('YWxlcnQoMSk='))",
    "top['al'+'ert'](1)",
    "window.hit=1",
]
PAYLOADS = [script.format(call) for script in SCRIPTS for call in CALLS]


@pytest.fixture(scope="module")
def wicked(tmp_path_factory):
    """A server of an archive with each payload as title, author, site, section, entity and text."""
    told = [
        story(
            payload,
            f"Zed{n} {payload} one.",
            "2024-03-05T00:00:00",
            (f"Zed{n} {payload} one.",),
            {f"Zed{n}": Entity(payload, "person", payload, (Alias(payload),))},
            url=f"https://a.example/{n}",
            authors=(payload,),
            site=payload,
            section=payload,
            description=payload,
            image_url=payload,
            votes=(FieldVote("title", "jsonld", payload, True),),
        )
        for n, payload in enumerate(PAYLOADS)
    ]
    with served(build(tmp_path_factory.mktemp("wicked") / "wicked.db", *told)) as address:
        yield address


def test_200_scripts_are_inert(chromium, wicked):
    """In the browser itself: no dialog, no script element, nothing set, nothing asked elsewhere."""
    assert len(set(PAYLOADS)) == 200
    page = chromium.new_page()
    dialogs, asked = [], []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    page.on("request", lambda request: asked.append(request.url))
    encoded = [quote(payload, safe="") for payload in PAYLOADS[::5]]
    paths = [
        "/", "/-/changes", "/-/sites", "/-/entities", "/-/health",
        *(f"/-/article/{n}" for n in range(1, 201)),
        *(f"/-/search?q={one}&site={one}&entity={one}" for one in encoded),
        *(f"/-/site/{one}" for one in encoded[::3]), *(f"/-/author/{one}" for one in encoded[::3]),
    ]  # fmt: skip
    for path in paths:
        page.goto(wicked + path, wait_until="domcontentloaded")
        state = page.evaluate(
            """() => [document.querySelectorAll('script, iframe, object, embed, base, img').length,
            window.hit || 0, [...document.querySelectorAll('*')].flatMap(e => [...e.attributes])
            .filter(a => a.name.startsWith('on') || /^\\s*javascript:/i.test(a.value)
                && ['href', 'src', 'action', 'data'].includes(a.name)).length]"""
        )
        assert state == [0, 0, 0], path
    assert dialogs == []
    assert all(url.startswith(wicked) for url in asked)
    page.close()
