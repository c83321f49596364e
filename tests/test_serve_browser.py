"""What a reader does, in a real browser, with JavaScript and without."""

import threading
from pathlib import Path

import pytest
from serve_archive import OUTAGE_TEXT, STORIES, build, opened, story

from archive import Entity

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
    "/-/entity/meta",
    "/-/search",
    "/-/search?q=meta",
    "/-/search?q=no+way",
]


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """A server as `newsarchive serve` runs it, on a free port, in a thread."""
    uvicorn = pytest.importorskip("uvicorn")
    from serve.cli import _listen

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
    ]
    path = build(tmp_path_factory.mktemp("browser") / "demo.db", *stories)
    with opened(path) as datasette, _listen("127.0.0.1", 0) as listener:
        config = uvicorn.Config(datasette.app(), log_level="warning", lifespan="on")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        thread.join()


@pytest.fixture(scope="module")
def chromium():
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if not CHROMIUM.exists():
        pytest.skip(f"no Chromium at {CHROMIUM}: apt-get install chromium")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        yield browser
        browser.close()


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
    assert page.title() == "Musk mocks Meta’s outage · newsarchive"
    page.locator("#summary-2").click()
    assert page.url.endswith("/-/article/4#source-2")
    target = page.locator(".source:target")
    assert target.inner_text().startswith("“If you’re reading this post")
    page.locator("#source-2 .back").click()
    assert page.locator(":target").get_attribute("id") == "summary-2"
    page.locator(".head .tags").get_by_role("link", name="Elon Musk").click()
    assert page.get_by_role("heading", level=1).inner_text() == "Elon Musk"
    assert page.get_by_role("img", name="Mentions of Elon Musk by").is_visible()
    page.get_by_text("mentions in numbers").click()
    assert page.locator("table.numbers").is_visible()


def test_a_receipt_far_down_comes_into_view_and_is_lit(page, address):
    page.goto(f"{address}/-/article/6")
    page.locator("#summary-1").click()
    source = page.locator("#source-1")
    assert 0 < source.bounding_box()["y"] < page.viewport_size["height"]


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


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("width", [320, 390, 900, 1280])
def test_no_horizontal_scroll(chromium, address, path, width):
    page = chromium.new_page(viewport={"width": width, "height": 800})
    page.goto(address + path)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.close()


@pytest.mark.parametrize("path", PAGES)
def test_nothing_is_asked_of_the_network_and_nothing_is_blocked(chromium, address, path):
    page = chromium.new_page()
    asked, complaints = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: complaints.append(message.text))
    page.goto(address + path)
    assert all(url.startswith(address) for url in asked)
    assert complaints == []
    page.close()


def test_the_skip_link_comes_first(page, address):
    page.goto(address)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.url.endswith("#main")


#: The contrast of every text with what is painted behind it.
CONTRAST = """() => {
  const rgb = s => s.match(/[\\d.]+/g).map(Number);
  const light = c => { const [r, g, b] = c.map(v => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const behind = e => { for (; e; e = e.parentElement) { const c = rgb(getComputedStyle(e).backgroundColor);
    if (c.length < 4 || c[3] === 1) return c.slice(0, 3); } return [255, 255, 255]; };
  const poor = [];
  for (const e of document.querySelectorAll('body *')) {
    if (![...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()) || !e.checkVisibility()) continue;
    const [a, b] = [light(rgb(getComputedStyle(e).color).slice(0, 3)), light(behind(e))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) poor.push([e.className || e.tagName, e.textContent.slice(0, 20), ratio]);
  }
  return poor;
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", [*PAGES, "/-/article/4#source-1"])
def test_contrast(chromium, address, path, scheme):
    page = chromium.new_page(color_scheme=scheme)
    page.goto(address + path)
    assert page.evaluate(CONTRAST) == []
    page.close()
