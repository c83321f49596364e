"""From sample pages to a browser: the demo archive, served, read with JavaScript and without."""

import demo_archive
import pytest
import test_serve_browser
from test_serve_cli import serving

pytestmark = pytest.mark.browser

chromium = test_serve_browser.chromium
page = test_serve_browser.page


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """The demo archive, served by the real command in a process of its own."""
    folder, _ = demo_archive.build(tmp_path_factory.getbasetemp())
    with serving(folder / "demo.db") as (_process, _line, found):
        yield found


def test_search_open_follow_a_receipt_follow_a_tag(page, address):
    page.goto(address)
    assert page.locator("article").count() > 5
    page.get_by_role("searchbox").fill("meta outage")
    page.keyboard.press("Enter")
    hits = page.locator("main h2 a")
    title = hits.first.inner_text()
    hits.first.click()
    assert page.get_by_role("heading", level=1).inner_text() == title
    assert page.locator(".tags").first.inner_text().count("Elon Musk") == 1

    receipt = page.locator("#summary-1")
    sentence = receipt.evaluate("a => a.firstChild.data")
    receipt.click()
    assert page.url.endswith("#source-1")
    assert sentence in page.locator(".source:target").inner_text()

    page.locator(".head .tags").get_by_role("link", name="Elon Musk").click()
    assert page.get_by_role("heading", level=1).inner_text() == "Elon Musk"
    assert page.get_by_role("img", name="Mentions of Elon Musk by").is_visible()
    assert page.get_by_role("link", name=title).is_visible()
