"""Telling articles from other pages: index pages, soft 404s, empty shells; and paywall notices."""

import re
from urllib.parse import urlsplit

from ingest.choose import Choice
from ingest.document import Document, text_of
from ingest.errors import NotAnArticle

#: Fewer words than this are no article, unless the page says that it is one.
_MIN_WORDS = 80
#: ... and fewer than this never are.
_MIN_WORDS_EVER = 15

#: A paragraph of so many words is prose; an index page has few, and links that read like headlines.
_PROSE_WORDS = 25
_INDEX_MAX_PROSE = 8
_HEADLINE_WORDS = 4
_INDEX_MIN_HEADLINES = 4

_MISSING = re.compile(
    r"\b(?:404|(?:page|story|article|content)\s+(?:\w+\s+){0,4}?(?:not (?:be )?found|no longer (?:available|exists?)|"
    r"cannot be found|could not be found|does not exist|doesn.t exist|was not found|has been removed)|"
    r"not found|seite nicht gefunden|page introuvable|p[áa]gina no encontrada)\b",
    re.I,
)
_PAYWALL = re.compile(
    r"subscribe (?:now )?to (?:continue|read|keep)|(?:free|complimentary) articles? (?:this month|left|remaining)|"
    r"to (?:continue|keep) reading,? (?:please )?(?:subscribe|sign|log)|already a subscriber\?|"
    r"this (?:article|story|content) is (?:for|only for|exclusive to|reserved for) (?:our )?subscribers|"
    r"weiterlesen mit|jetzt abonnieren und weiterlesen|r[ée]serv[ée] aux abonn[ée]s",
    re.I,
)
_INDEX_PATH = re.compile(
    r"^/(?:[a-z]{2}/?)?$|/(?:tags?|topics?|category|categories|authors?|search|page/\d+)(?:/|$)",
    re.I,
)


def refuse_unless_article(document: Document, choice: Choice) -> None:
    """Check that the page is an article.

    Raises:
        NotAnArticle: reason "no_title", "no_text", "soft_404", "index" or "too_short".
    """
    subject = document.url or "the page"
    words = len(choice.text.split())
    heading = f"{document.tree.findtext('.//title') or ''} {choice.title or ''}"
    if not choice.says_article and words < 4 * _MIN_WORDS and _MISSING.search(heading):
        raise NotAnArticle(
            subject,
            "soft_404",
            "the page says that the article was not found",
            "Look for its new address.",
        )
    if _is_index(document, choice):
        raise NotAnArticle(
            subject,
            "index",
            "this is a list of articles, not an article",
            "Ingest the site's feed, or one article.",
        )
    if not words:
        raise NotAnArticle(
            subject,
            "no_text",
            "no article text was found",
            "If a browser shows one, save the page there and ingest the file.",
        )
    if words < (_MIN_WORDS_EVER if choice.says_article else _MIN_WORDS) and not _is_dense(choice):
        raise NotAnArticle(
            subject,
            "too_short",
            f"only {words} words of text were found",
            "If a browser shows more, save the page there and ingest the file.",
        )
    if not choice.title:
        raise NotAnArticle(
            subject, "no_title", "no title was found", "Check the page in a browser."
        )


def has_paywall_notice(document: Document, choice: Choice) -> bool:
    """True if the page shows a notice that the rest is for subscribers and the text is a teaser."""
    if len(choice.text.split()) > 350:
        return False
    return any(
        _PAYWALL.search(text)
        for element in document.tree.iter("p", "div", "h2", "h3", "section", "aside")
        if len(element) <= 5 and len(text := text_of(element)) < 400
    )


def _is_index(document: Document, choice: Choice) -> bool:
    if choice.says_article:
        return False
    # A saved page is judged by the address that it gives for itself.
    is_web = (document.url or "").startswith("http")
    address = document.url if is_web else document.declared_url
    path = urlsplit(address).path if address else None
    prose = [p for p in choice.text.split("\n\n") if len(p.split()) >= _PROSE_WORDS]
    if path is not None and _INDEX_PATH.search(path) and len(prose) < _INDEX_MAX_PROSE:
        return True
    headlines = sum(len(text_of(a).split()) >= _HEADLINE_WORDS for a in document.tree.iter("a"))
    short = len(choice.text.split()) < _MIN_WORDS and not _is_dense(choice)
    return short and headlines >= _INDEX_MIN_HEADLINES


def _is_dense(choice: Choice) -> bool:
    """Scripts without spaces between words: judge by characters."""
    return len(choice.text) > 200 and len(choice.text) / max(len(choice.text.split()), 1) > 15
