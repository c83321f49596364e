"""Walls: pages that stand where an article was asked for, and want something first.

A challenge for programs, a consent to cookies, a login, a subscription, another country. They come
with any status, under the article's own address or after a redirect. Articles are written about all
of them, so words alone decide nothing: a wall is a short page that says nowhere that it is an
article, and whose heading, controls and sentences agree.
"""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from archive.tracking import names_article
from archive.url_forms import article_key, registrable_site
from ingest import phrases
from ingest.canonical import ERROR_PATH, is_home
from ingest.choose import Choice
from ingest.document import Document, text_of
from ingest.errors import NotAnArticle

#: A text with more words than this is no wall, whatever it says.
_MAX_WORDS = 400
#: ... nor is a page with more words, without scripts and styles.
_MAX_PAGE_WORDS = 900
#: A page with hardly a sentence is what its heading says.
_BARE_WORDS = 60
#: This share of a consent page is about consent.
_MIN_CONSENT = 0.5
#: A challenge is shorter than the least article and its surroundings.
_CHALLENGE_WORDS = 300
_MAX_HEADINGS = 6
_MAX_HEADING = 400
_MAX_CONTROL = 60
#: More characters to a word than this, and there are no spaces between words.
_DENSE = 15
#: Paragraphs have so many words; walls have so many in paragraphs that speak of something else.
_PROSE_WORDS = 15
_MAX_PROSE = 60

#: What only the pages of protection services hold: Cloudflare, DataDome, HUMAN (PerimeterX),
#: Imperva, Akamai, AWS WAF, Sucuri. Their scripts on ordinary pages have other names.
_CHALLENGE_MARKUP = re.compile(
    r"_cf_chl_opt|cf-browser-verification|cf-error-details|/cdn-cgi/l/chk_|(?:geo|ct)\.captcha-delivery\.com|"
    r"id=[\"']?px-captcha|_Incapsula_Resource\?[^\"'<>]{0,300}(?:incident_id|SWUDNSAI|CWUDNSAI)|distil_r_|"
    r"errors\.edgesuite\.net|/_sec/cp_challenge|awsWafCookieDomainList|gokuProps|sucuri\.net/privacy-policy",
    re.I,
)
#: Headers of an answer that only a protection service gives.
_CHALLENGE_HEADERS = (
    ("cf-mitigated", re.compile(r"challenge|block", re.I)),
    ("x-amzn-waf-action", re.compile(r"challenge|captcha", re.I)),
    ("x-datadome", re.compile(r"protected|block|challenge", re.I)),
    ("x-sucuri-block", re.compile(r".")),
    ("server", re.compile(r"^(?:AkamaiGHost|DataDome|ddos-guard|PerimeterX)", re.I)),
)

#: Paths to which sites redirect; each is a whole segment of the path.
_WALL_PATHS = {
    "bot_wall": re.compile(r"/(?:captcha|challenge|blocked|sorry/index|distil_r_\w+|validate_?captcha)(?:[/.]|$)", re.I),
    "consent_wall": re.compile(r"/(?:(?:cookie-?)?consent|zustimmung|cookie-?walls?|collectconsent|gdpr|tcf|dsgvo|privacy-?(?:gate|wall))(?:[/.]|$)", re.I),
    "login_wall": re.compile(r"/(?:log-?in|sign-?in|signon|users?/sign_in|anmelden|anmeldung|connexion|inloggen|logga-in|accounts?/login|wp-login|register|registration)(?:[/.]|$)", re.I),
    "subscribe_page": re.compile(r"/(?:subscribe|subscriptions?|abo|abos|abonnement|abonnements|abonnieren|suscripcion(?:es)?|suscribete|abbonamenti|assinatura|assine|plans|offers?|paywall)(?:[/.]|$)", re.I),
}  # fmt: skip
_WALL_HOSTS = {
    "consent_wall": re.compile(r"(?:consent|consents|guce|cmp)\..+"),
    "login_wall": re.compile(r"(?:login|signin|accounts?|auth|sso|identity|konto)\..+"),
    "subscribe_page": re.compile(r"(?:subscribe|subscriptions?|abo|abonnement|suscripcion|offers?)\..+"),
}  # fmt: skip

_SEPARATOR = re.compile(r"\s+[|–—·•»-]\s+|\s*[|｜]\s*")
_CONTROLS = (
    '//button | //a[contains(@class, "button") or contains(@class, "btn")] | //*[@role="button"]'
)
_HIDDEN = frozenset({"script", "style", "template", "svg", "head"})


def refuse_walls(document: Document, choice: Choice) -> None:
    """Check that a page is no wall.

    Raises:
        NotAnArticle: reason "bot_wall", "consent_wall", "region_wall", "login_wall" or
            "subscribe_page".
    """
    if choice.says_article or _size(choice.text) > _MAX_WORDS:
        return
    front = _Front.of(document)
    if front.words > _MAX_PAGE_WORDS:
        return
    subject = document.url or "the page"
    host = urlsplit(document.url or "").hostname or ""
    if _is_challenge(document.html, front, choice):
        raise bot_wall(subject)
    if _WALL_HOSTS["consent_wall"].fullmatch(host) or _is_consent(front, choice):
        raise consent_wall(subject)
    if phrases.REGION.search(front.text) and not _has_prose(choice, phrases.REGION):
        raise region_wall(subject)
    asks = front.asks_for_login and _has_heading(front, phrases.LOGIN_HEADING)
    if asks and not _has_prose(choice, phrases.LOGIN_HEADING):
        raise login_wall(subject)
    if _is_offer(front) and not _has_prose(choice, phrases.PRICE):
        raise subscribe_page(subject)


def refuse_redirect(asked: str, landed: str) -> None:
    """Check that a redirect led to an article's place, and not to a wall or the home page.

    Raises:
        NotAnArticle: reason "soft_404", or one of those of `refuse_walls`.
    """
    here, there = urlsplit(asked), urlsplit(landed)
    if not {here.scheme, there.scheme} <= {"http", "https"} or article_key(asked) == article_key(
        landed
    ):
        return
    walls = {
        "bot_wall": bot_wall, "consent_wall": consent_wall, "login_wall": login_wall,
        "subscribe_page": subscribe_page,
    }  # fmt: skip
    for reason, wall in walls.items():
        path, host = _WALL_PATHS[reason], _WALL_HOSTS.get(reason)
        is_there = path.search(there.path) or (host and host.fullmatch(there.hostname or ""))
        was_asked = path.search(here.path) or (host and host.fullmatch(here.hostname or ""))
        # Some sites keep their subscribers' articles in a folder named so: /abo/a-story-of-boats;
        # others ask for consent at /consent/ and the article's own path.
        is_article = names_article(there.path) and not there.path.endswith(here.path)
        if is_there and not was_asked and not is_article:
            raise wall(asked)
    if ERROR_PATH.search(there.path) and not ERROR_PATH.search(here.path):
        raise _moved(asked, "an error page")
    is_same_site = registrable_site(here.hostname or "") == registrable_site(there.hostname or "")
    if is_same_site and is_home(landed) and not is_home(asked):
        raise _moved(asked, "its home page")


def answers_with_challenge(headers: list[tuple[str, str]], head: str) -> bool:
    """True if an error answer comes from a protection service.

    Args:
        headers: of the answer.
        head: the beginning of its body, decoded somehow; "" if it was not read.
    """
    for name, value in headers:
        if any(name.lower() == known and form.search(value) for known, form in _CHALLENGE_HEADERS):
            return True
    title = re.search(r"<title[^>]{0,200}>([^<]{0,300})", head, re.I)
    heading = title.group(1) if title else ""
    text = " ".join(re.sub(r"<[^<>]*>", " ", head).split())
    return bool(
        _CHALLENGE_MARKUP.search(head)
        or phrases.CHALLENGE.search(text)
        or (_is_heading(heading, phrases.CHALLENGE_HEADING) and "denied" not in heading.lower())
    )


@dataclass(frozen=True)
class _Front:
    """What a person sees of a short page."""

    text: str
    headings: tuple[str, ...]
    lower_headings: tuple[str, ...]
    blocks: tuple[str, ...]
    controls: tuple[str, ...]
    asks_for_login: bool

    @property
    def words(self) -> int:
        return _size(self.text)

    @classmethod
    def of(cls, document: Document) -> "_Front":
        tree = document.tree
        shown: list[str] = []
        blocks: list[str] = []
        for element in tree.iter():
            own = element.text if element.tag not in _HIDDEN else None
            shown += filter(None, (own, element.tail))
            if element.tag not in _HIDDEN:
                pieces = (element.text, *(child.tail for child in element))
                blocks.append(" ".join(" ".join(filter(None, pieces)).split()))
        fields = list(tree.iter("input"))
        buttons = [text_of(control) for control in tree.xpath(_CONTROLS)]
        buttons += [str(field.get("value") or "") for field in fields]
        return cls(
            text=" ".join(" ".join(shown).split()),
            headings=(str(tree.findtext(".//title") or ""), *map(text_of, tree.iter("h1")))[
                :_MAX_HEADINGS
            ],
            lower_headings=tuple(map(text_of, tree.iter("h2")))[:_MAX_HEADINGS],
            blocks=tuple(filter(None, dict.fromkeys(blocks))),
            controls=tuple(text for text in buttons if 0 < len(text) < _MAX_CONTROL),
            asks_for_login=any(field.get("type") in ("password", "email") for field in fields),
        )


def _has_prose(choice: Choice, pattern: re.Pattern[str]) -> bool:
    """True if a page has paragraphs about something else: then it is no wall, but speaks of one."""
    sizes = [_size(block) for block in choice.text.split("\n\n") if not pattern.search(block)]
    return sum(size for size in sizes if size >= _PROSE_WORDS) > _MAX_PROSE


def _size(text: str) -> int:
    """The number of words; in scripts without spaces between them, a guess at it."""
    words = len(text.split())
    return len(text) // 3 if len(text) > _DENSE * max(words, 1) else words


def _is_challenge(html: str, front: _Front, choice: Choice) -> bool:
    if front.words > _CHALLENGE_WORDS or _has_prose(choice, phrases.CHALLENGE):
        return False
    speaks = bool(phrases.CHALLENGE.search(front.text))
    if _has_heading(front, phrases.CHALLENGE_HEADING, lower=True) and (
        speaks or front.words < _BARE_WORDS
    ):
        return True
    if _CHALLENGE_MARKUP.search(html):
        # An article may quote these names; it has an article's length.
        return speaks or front.words < 2 * _BARE_WORDS
    return speaks and front.words < _BARE_WORDS


def _is_consent(front: _Front, choice: Choice) -> bool:
    """A consent page has a button to agree, and speaks of nothing else."""
    if not any(phrases.ACCEPT.search(control) for control in front.controls):
        return False
    blocks = choice.text.split("\n\n") if choice.text.strip() else list(front.blocks)
    total = sum(map(_size, blocks))
    about = sum(_size(block) for block in blocks if phrases.CONSENT.search(block))
    if _has_heading(front, phrases.CONSENT_HEADING, whole=False, lower=True):
        return about >= _MIN_CONSENT * total
    # No heading of its own: then nothing but consent may be said, as in a manager's own frame.
    return total < _MAX_WORDS and about >= 0.8 * total > 0


def _is_offer(front: _Front) -> bool:
    return (
        _has_heading(front, phrases.SUBSCRIBE_HEADING)
        and len(phrases.PRICE.findall(front.text)) >= 2
        and bool(front.controls)
    )


def _has_heading(
    front: _Front, pattern: re.Pattern[str], whole: bool = True, lower: bool = False
) -> bool:
    """True if the page's title or <h1> is such a heading; lower: or one below them."""
    headings = (*front.headings, *(front.lower_headings if lower else ()))
    return any(_is_heading(heading, pattern, whole) for heading in headings)


def _is_heading(heading: str, pattern: re.Pattern[str], whole: bool = True) -> bool:
    """True if a heading, without the site's name beside it, is such a one."""
    # White space in runs would be searched for a separator from each of its characters.
    for part in _SEPARATOR.split(" ".join(heading.split())[:_MAX_HEADING]):
        part = part.strip(" \t\n.…!?¡¿:。！？")
        if pattern.fullmatch(part) or (
            not whole and len(part.split()) <= 12 and pattern.search(part)
        ):
            return True
    return False


def bot_wall(subject: str, http_status: int | None = None) -> NotAnArticle:
    """The page is a challenge for programs."""
    return NotAnArticle(
        subject, "bot_wall", "the site answers programs with a check that only a person can pass",
        "Save the page in a browser and ingest the file.", http_status,
    )  # fmt: skip


def consent_wall(subject: str) -> NotAnArticle:
    """The page asks for consent to cookies."""
    return NotAnArticle(
        subject, "consent_wall", "the site shows a request for consent in the article's place",
        "Answer it in a browser, save the page there and ingest the file.",
    )  # fmt: skip


def region_wall(subject: str) -> NotAnArticle:
    """The page is withheld from this country."""
    return NotAnArticle(
        subject, "region_wall", "the site does not show the article in this country",
        "Look for it in a web archive, or ingest a file saved elsewhere.",
    )  # fmt: skip


def login_wall(subject: str) -> NotAnArticle:
    """The page asks for a login."""
    return NotAnArticle(
        subject, "login_wall", "the site asks for a login in the article's place",
        "Log in with a browser, save the page there and ingest the file.",
    )  # fmt: skip


def subscribe_page(subject: str) -> NotAnArticle:
    """The page sells subscriptions."""
    return NotAnArticle(
        subject, "subscribe_page", "the site offers a subscription in the article's place",
        "If you have one, save the page in a browser and ingest the file.",
    )  # fmt: skip


def _moved(subject: str, where: str) -> NotAnArticle:
    return NotAnArticle(
        subject, "soft_404", f"the site led to {where} in the article's place",
        "Look for its new address.",
    )  # fmt: skip
