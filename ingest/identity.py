"""Which row an article belongs to: the archive may hold it under another form of its address.

An address differs from that of another article, or from that of the same one, by a slash or by
"m."; only the texts tell which. So an article joins a row that another form of its address
has made only where both say the same. The ledger keeps what was asked for in either case.
"""

import re
from collections.abc import Iterable
from typing import Any, Protocol

from archive import Archive, Article
from archive.url_forms import article_key, same_article_forms
from ingest.canonical import canonical_url

_WORD = re.compile(r"\w+")
_RUN_WORDS = 4
#: This share of the runs of words of the shorter text is in both, or these are two articles. Two
#: extractions of one page have nearly all in common, two articles of one site a line or two.
_MIN_SHARED = 0.3


class Rows(Protocol):
    """Where articles stand: `archive.articles.Articles`, or a part of a Parquet folder."""

    def ids_of(self, urls: Iterable[str]) -> dict[str, int]:
        """The ids of the articles that stand under these very URLs, by URL."""

    def find(self, id_or_url: str) -> dict[str, Any] | None:
        """The row of an article by its id, with at least its url, title and text."""


def is_removed(archive: Archive, url: str) -> bool:
    """True if a URL, in any of its forms, led to an article that was taken out (`archive.removing`)."""
    try:
        forms = same_article_forms(url)
    except ValueError:  # no address: it has led nowhere, and why is told by who asks for it
        return False
    return archive.removals.of(*forms) is not None


def address_of(archive: Archive, article: Article, asked: str, before_id: int | None) -> str:
    """`address_in` of an archive; another form of the address of what was taken out is that address."""
    removal = archive.removals.of(*same_article_forms(article.url))
    return removal.url if removal else address_in(archive.articles, article, asked, before_id)


def address_in(rows: Rows, article: Article, asked: str, before_id: int | None) -> str:
    """The URL under which to save an article: that of its row, if it has one.

    Args:
        rows: where it is to be saved.
        article: with the URL that was chosen for it (see `ingest.canonical.canonical_url`).
        asked: where its page came from.
        before_id: the article to which the URL that was asked for has led before.
    """
    own = _own_form(asked)
    forms = same_article_forms(article.url)
    ids = rows.ids_of(forms)
    for url in (form for form in forms if form in ids):
        if before_id == ids[url] or url == own or _are_alike(rows, ids[url], article):
            return url
        if url == article.url:
            # Many pages name this address: a mistake of the site's templates.
            return own
    before = rows.find(str(before_id)) if before_id else None
    # An archive of an earlier version may have it under what was asked for then.
    if before is not None and article_key(before["url"]) == article_key(article.url):
        return str(before["url"])
    return article.url


def _own_form(asked: str) -> str:
    try:
        return canonical_url(asked, None, None)
    except ValueError:
        return asked


def _are_alike(rows: Rows, article_id: int, article: Article) -> bool:
    """True if a row and an article are one, of which one may be a teaser."""
    row = rows.find(str(article_id)) or {}
    old, new = _runs(row["text"]), _runs(article.text)
    if not old or not new:
        return bool(row["title"] == article.title)
    return len(old & new) >= _MIN_SHARED * min(len(old), len(new))


def _runs(text: str) -> set[tuple[str, ...]]:
    words = _WORD.findall(text.lower())
    return {tuple(words[at : at + _RUN_WORDS]) for at in range(len(words) - _RUN_WORDS + 1)}
