"""Telling articles from other pages: walls, soft 404s, index pages, empty shells; and paywall notices."""

import re
from urllib.parse import urlsplit

from ingest.choose import Choice
from ingest.document import Document, text_of, too_complex
from ingest.errors import NotAnArticle
from ingest.phrases import MISSING, PAYWALL
from ingest.walls import refuse_walls
from ingest.word_counts import count_words

#: Fewer words than this are no article, unless the page says that it is one.
_MIN_WORDS = 80
#: ... and fewer than this never are.
_MIN_WORDS_EVER = 15

#: A paragraph of so many words is prose; an index page has few, and links that read like headlines.
_PROSE_WORDS = 25
_INDEX_MAX_PROSE = 8
_HEADLINE_WORDS = 4
_INDEX_MIN_HEADLINES = 4

#: A soft 404 has fewer paragraphs of prose than this, and not many words beside "not found".
_MISSING_MAX_PROSE = 3
_MISSING_MORE_WORDS = 2
_MAX_HEADING = 400
_FILLERS = re.compile(
    r"\b(?:sorry|oops|error|we|re|are|the|this|that|you|it|seems|looks|like)\b", re.I
)
_PARTS = re.compile(r"\s+[|–—·•-]\s+|\s*[|｜]\s*")
_LETTERS = re.compile(r"[^\W\d_]+")

#: A teaser has a paragraph of so many words.
_TEASER_WORDS = 20

_INDEX_PATH = re.compile(
    r"^/(?:[a-z]{2}/?)?$|/(?:tags?|topics?|category|categories|authors?|search|page/\d+)(?:/|$)",
    re.I,
)


def refuse_unless_article(document: Document, choice: Choice) -> None:
    """Check that the page is an article.

    Raises:
        NotAnArticle: reason "no_title", "no_text", "soft_404", "index", "too_short", or one of
            those of `ingest.walls`.
    """
    refuse_walls(document, choice)
    subject = document.url or "the page"
    words = count_words(choice.text)
    if _is_missing(document, choice):
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
    if words < _MIN_WORDS and document.is_cut:
        raise too_complex(subject, "its elements are nested more than 256 deep")
    if not words:
        raise NotAnArticle(
            subject,
            "no_text",
            "no article text was found",
            "If a browser shows one, save the page there and ingest the file.",
        )
    if words < _MIN_WORDS and not _is_dense(choice) and not _is_short_article(document, choice):
        raise NotAnArticle(
            subject,
            "too_short",
            f"only {words} {'word' if words == 1 else 'words'} of text {'was' if words == 1 else 'were'} found",
            "If a browser shows more, save the page there and ingest the file.",
        )
    if not choice.title:
        raise NotAnArticle(
            subject, "no_title", "no title was found", "Check the page in a browser."
        )


def has_paywall_notice(document: Document, choice: Choice) -> bool:
    """True if the page shows a notice that the rest is for subscribers and the text is a teaser."""
    if _words(choice) > 350:
        return False
    return any(
        PAYWALL.search(text)
        for element in document.tree.iter("p", "div", "h2", "h3", "section", "aside")
        if len(element) <= 5 and len(text := text_of(element)) < 400
    )


def _is_short_article(document: Document, choice: Choice) -> bool:
    """True for a text of few words that is an article by what else the page says."""
    return count_words(choice.text) >= _MIN_WORDS_EVER and (
        choice.says_article or _is_teaser(document, choice)
    )


def _is_teaser(document: Document, choice: Choice) -> bool:
    """True for the first lines of an article, with a notice that the rest is for subscribers."""
    is_prose = any(
        count_words(block) >= _TEASER_WORDS and not PAYWALL.search(block)
        for block in choice.text.split("\n\n")
    )
    return is_prose and bool(choice.title) and has_paywall_notice(document, choice)


def _is_missing(document: Document, choice: Choice) -> bool:
    """True if a page says as a heading, and not within one, that there is no such page.

    Articles are written about missing pages too: they have paragraphs.
    """
    if choice.says_article or _words(choice) >= 4 * _MIN_WORDS:
        return False
    title = " ".join(str(document.tree.findtext(".//title") or "").split())
    headings = [title[:_MAX_HEADING], (choice.title or "")[:_MAX_HEADING]]
    if _words(choice) < _MIN_WORDS:
        return any(MISSING.search(heading) for heading in headings)
    return _prose(choice) < _MISSING_MAX_PROSE and any(map(_says_missing, headings))


def _says_missing(heading: str) -> bool:
    """True if a part of a heading says that a page is missing, and little more."""
    return any(
        MISSING.search(part)
        and len(_LETTERS.findall(_FILLERS.sub("", MISSING.sub("", part)))) <= _MISSING_MORE_WORDS
        for part in _PARTS.split(heading)
    )


def _words(choice: Choice) -> int:
    """The number of words; in scripts without spaces between them, a guess at it."""
    words = count_words(choice.text)
    return max(words, len(choice.text) // 3) if _is_dense(choice) else words


def _is_index(document: Document, choice: Choice) -> bool:
    if choice.says_article:
        return False
    # A saved page is judged by the address that it gives for itself.
    is_web = (document.url or "").startswith("http")
    address = document.url if is_web else document.declared_url
    path = urlsplit(address).path if address else None
    prose = _prose(choice)
    if path is not None and _INDEX_PATH.search(path) and prose < _INDEX_MAX_PROSE:
        return True
    # However many lines an extractor kept of it: a list has hardly a paragraph of prose.
    is_bare = not prose or count_words(choice.text) < _MIN_WORDS
    if not is_bare or _is_dense(choice):
        return False
    headlines = sum(count_words(text_of(a)) >= _HEADLINE_WORDS for a in document.tree.iter("a"))
    return headlines >= _INDEX_MIN_HEADLINES


def _prose(choice: Choice) -> int:
    """The number of paragraphs of prose."""
    return sum(count_words(block) >= _PROSE_WORDS for block in choice.text.split("\n\n"))


def _is_dense(choice: Choice) -> bool:
    """Scripts without spaces between words: judge by characters."""
    return len(choice.text) > 200 and len(choice.text) / max(len(choice.text.split()), 1) > 15
