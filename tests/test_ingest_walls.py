"""Walls, teasers and missing pages are told from articles, and from articles about them."""

import fault_server
import pytest
from fault_server import HTML, SITE, UTF8
from ingest_command import ingest, ledger, rows
from wall_pages import ABOUT, MISSING, TEASERS, WALLS, missing, teaser

from ingest import NotAnArticle, parse_article
from ingest.walls import refuse_redirect

URL = "http://quay.example/2024/05/a-story-of-the-quay"


@pytest.mark.parametrize(("reason", "html"), WALLS.values(), ids=WALLS.keys())
def test_wall(reason, html):
    with pytest.raises(NotAnArticle) as error:
        parse_article(html.encode(), URL)
    assert error.value.reason == reason
    assert error.value.next_step


@pytest.mark.parametrize("html", ABOUT.values(), ids=ABOUT.keys())
def test_article_about_walls(html):
    found = parse_article(html.encode(), URL)
    assert found.title
    assert len(found.text.split()) > 70
    assert not found.is_paywalled


def test_article_about_walls_in_a_script_without_spaces():
    """Its length is told by its characters."""
    paragraph = (
        "港の事務所では、画面の表示が誰かに関わるとは誰も思っていなかったと、時刻表を管理するアダさんは話す。"
        "月曜日、最初の乗客は画面の前に立ち、二度読み、売店へ意味を尋ねに行った。売店は答えを知らず、コーヒーを売った。"
    )
    more = (
        "港長は二時に塔から降りてきて、画面と行列を眺め、その表示を消させた。白鳥が戻ってくる方がよいと彼は言った。"
        "翌朝には紙の時刻表がまた掲示され、船は時間どおりに出航し、乗客は黙って並んだという。"
    )
    quoted = "「ロボットではないことを確認してください」と画面は港の人々に求め、しばらくは何も表示しなかった。"
    html = f"<title>アクセスが拒否されました</title><h1>画面と港</h1><p>{paragraph}</p><p>{more}</p><p>{quoted}</p><p>{more[::-1]}</p>"
    assert quoted in parse_article(html.encode(), URL).text


@pytest.mark.parametrize("notices", TEASERS.values(), ids=TEASERS.keys())
def test_paywalled_teaser(notices):
    found = parse_article(teaser(notices).encode(), URL)
    assert (found.title, found.is_paywalled) == ("Second screen for the harbour", True)
    assert found.text.startswith("The harbour will have a second screen")


@pytest.mark.parametrize("heading", MISSING)
def test_missing_page(heading):
    with pytest.raises(NotAnArticle) as error:
        parse_article(missing(heading).encode(), URL)
    assert error.value.reason == "soft_404"


ASKED = "https://www.quay.example/2024/05/a-story"


@pytest.mark.parametrize(
    ("landed", "reason"),
    [
        ("https://www.quay.example/", "soft_404"),
        ("https://quay.example", "soft_404"),
        ("https://www.quay.example/en/", "soft_404"),
        ("https://www.quay.example/index.html", "soft_404"),
        ("https://www.quay.example/404", "soft_404"),
        ("https://www.quay.example/page-not-found.html", "soft_404"),
        ("https://consent.quay.example/m?continue=x", "consent_wall"),
        ("https://consent.elsewhere.example/v2/collectConsent?sessionId=1", "consent_wall"),
        ("https://www.quay.example/zustimmung?url=x", "consent_wall"),
        ("https://www.quay.example/consent/tcf/2024/05/a-story", "consent_wall"),
        ("https://www.quay.example/login?next=/2024/05/a-story", "login_wall"),
        ("https://account.quay.example/u?back=x", "login_wall"),
        ("https://www.quay.example/users/sign_in", "login_wall"),
        ("https://www.quay.example/subscribe?from=x", "subscribe_page"),
        ("https://abo.quay.example/angebote", "subscribe_page"),
        ("https://www.elsewhere.example/sorry/index?continue=x", "bot_wall"),
        ("https://www.quay.example/captcha?u=x", "bot_wall"),
    ],
)
def test_redirect_to_something_else(landed, reason):
    with pytest.raises(NotAnArticle) as error:
        refuse_redirect(ASKED, landed)
    assert (error.value.reason, error.value.subject) == (reason, ASKED)


@pytest.mark.parametrize(
    "landed",
    [
        "https://www.quay.example/2024/05/a-story/",
        "https://m.quay.example/2024/05/a-story",
        "https://www.quay.example/2024/05/log-in-or-stay-out",
        "https://www.quay.example/subscribers-leave-the-ferry",
        "https://www.quay.example/business/12345",
        "https://www.quay.example/abo/a-story-of-the-quay",
        "https://id.quay.example/berita/kapal",
        "https://www.elsewhere.example/",
    ],
)
def test_redirect_that_may_lead_to_the_article(landed):
    refuse_redirect(ASKED, landed)


@pytest.mark.parametrize(
    ("asked", "landed"),
    [
        ("https://www.quay.example/users/login", "https://www.quay.example/login/"),
        ("https://www.quay.example/", "https://www.quay.example/en/"),
        ("https://consent.quay.example/x", "https://consent.quay.example/y"),
        ("file:///home/a/story.html", "https://www.quay.example/login"),
    ],
)
def test_what_was_asked_for_is_no_detour(asked, landed):
    refuse_redirect(asked, landed)


def test_every_kind_in_one_run(site, db, monkeypatch):
    """Each is one row of the ledger with its own reason; its page is kept, and no article made."""
    expected = {}
    for number, (reason, html) in enumerate(WALLS.values()):
        monkeypatch.setitem(fault_server.ANSWERS, f"/w/{number}", (200, UTF8, html.encode(), {}))
        expected[f"{SITE}/w/{number}"] = ("skipped", reason)
    monkeypatch.setitem(fault_server.REDIRECTS, "/2024/gone", "/")
    monkeypatch.setitem(fault_server.ANSWERS, "/", (200, UTF8, fault_server.page("index.html"), {}))
    expected[f"{SITE}/2024/gone"] = ("skipped", "soft_404")
    result = ingest(db, *site.options, *expected)
    assert result.exit_code == 1
    found = rows(db, "select url, state, reason from ledger where page_id is not null")
    assert {row["url"]: (row["state"], row["reason"]) for row in found} == expected
    assert rows(db, "select count(*) as n from articles") == [{"n": 0}]


CLOUDFLARE = WALLS["Cloudflare, challenge"][1].encode()
BLOCKED = "the site answers programs with a check that only a person can pass"

#: Answers with a status of error: status, body, headers, reason.
ANSWERS = {
    "Cloudflare by its header": (403, b"<p>Sorry", {"cf-mitigated": "challenge"}, "bot_wall"),
    "Cloudflare by its page": (403, CLOUDFLARE, {"Server": "cloudflare"}, "bot_wall"),
    "Cloudflare, 503": (503, CLOUDFLARE, {}, "bot_wall"),
    "Cloudflare, 429": (429, CLOUDFLARE, {}, "bot_wall"),
    "DataDome": (403, b"<p>Sorry", {"X-DataDome": "protected"}, "bot_wall"),
    "Akamai": (403, WALLS["Akamai"][1].encode(), {}, "bot_wall"),
    "Akamai by its header": (403, b"<p>Sorry", {"X-Server": "x", "X-Amzn-Waf-Action": "captcha"}, "bot_wall"),
    "AWS": (405, b"", {"x-amzn-waf-action": "captcha"}, "bot_wall"),
    "page without an end": (403, b"<title>Just a moment...</title>" + b"x" * 3_000_000, {}, "bot_wall"),
    "packed badly": (403, b"\x1f\x8b nonsense", {"Content-Encoding": "gzip"}, "http_403"),
    "plain refusal": (403, b"<title>403 Forbidden</title><h1>Forbidden</h1>", {"Server": "nginx"}, "http_403"),
    "plain refusal behind Cloudflare": (403, b"<h1>Forbidden</h1>", {"Server": "cloudflare"}, "http_403"),
    "too many": (429, b"<h1>Too many requests</h1>", {}, "http_429"),
    "out of order": (503, b"<title>Back soon</title>", {}, "http_503"),
    "no such page": (404, b"<title>Just a page that was not found</title>", {}, "http_404"),
    "a picture": (403, CLOUDFLARE, {"Content-Type": "image/png"}, "http_403"),
    "payment": (402, b"<p>Pay", {}, "http_402"),
    "law": (451, b"<p>Law", {}, "http_451"),
}  # fmt: skip


@pytest.mark.parametrize(
    ("status", "body", "headers", "reason"), ANSWERS.values(), ids=ANSWERS.keys()
)
def test_error_answer(site, db, monkeypatch, status, body, headers, reason):
    content_type = headers.get("Content-Type", HTML)
    others = {name: value for name, value in headers.items() if name != "Content-Type"}
    monkeypatch.setitem(fault_server.ANSWERS, "/w", (status, content_type, body, others))
    result = ingest(db, *site.options, f"{SITE}/w", f"{SITE}/article")
    assert ledger(db, f"{SITE}/w") == ("failed", reason, status)
    assert (BLOCKED in result.stderr) == (reason == "bot_wall")
    assert ledger(db, f"{SITE}/article")[0] == "article"
