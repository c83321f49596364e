"""Cleaning of text, titles and keywords, the same for every voice: titles lose the site's name."""

import html
import re
import unicodedata

from ingest.document import CONTROL, Document

#: What publishers put between a headline and their name.
_SEPARATOR = re.compile(r"\s+[|–—·•»«:-]\s+|\s*[|｜：]\s*|:\s+")
_MAX_TITLE_CHARACTERS = 500
_MAX_KEYWORDS = 50
_MAX_KEYWORD_CHARACTERS = 100


def one_line(text: str | None) -> str | None:
    """Text without entities, invisible characters and runs of white space; None if nothing is left."""
    if not text:
        return None
    # JSON can hold what HTML cannot: NULs, and halves of characters that no file can.
    text = CONTROL.sub(" ", html.unescape(text))
    text = unicodedata.normalize("NFC", text).replace("\u00ad", "")
    text = re.sub("[\u200b\u200e\u200f\u2060\ufeff]", "", text)
    return " ".join(text.split()) or None


def clean_title(title: str | None, site_names: frozenset[str]) -> str | None:
    """A headline without the site's name before or after it."""
    title = one_line(title)
    if not title:
        return None
    title = title[:_MAX_TITLE_CHARACTERS]
    changed = True
    while changed:
        changed = False
        for match in _SEPARATOR.finditer(title):
            before, after = title[: match.start()], title[match.end() :]
            if after and before and fold(after) in site_names:
                title, changed = before, True
                break
            if after and before and fold(before) in site_names:
                title, changed = after, True
                break
    return title


def names_of_site(document: Document) -> frozenset[str]:
    """What the site calls itself, folded: og:site_name, the publisher, its host in several forms."""
    from ingest.canonical import site_of

    names = set(
        document.strings(
            '//meta[@property="og:site_name" or @name="application-name" '
            'or @name="apple-mobile-web-app-title"]/@content'
        )
    )
    publisher = '//*[@itemprop="publisher"]//*[@itemprop="name"]'
    names.update(document.strings(f"{publisher}/@content | {publisher}/text()"))
    names.update(
        re.findall(r'"publisher"\s*:\s*\{[^{}]*?"name"\s*:\s*"([^"]{2,60})"', document.html)
    )
    for url in (document.url, document.declared_url):
        if site := site_of(url):
            parts = site.split(".")
            names.update({site, parts[0], parts[-2] if len(parts) > 1 else site})
            names.update({f"www.{site}", site.replace("-", " "), parts[0].replace("-", " ")})
    folded = {fold(name) for name in names}
    return frozenset(name for name in folded | {f"the {name}" for name in folded} if len(name) > 1)


def clean_keywords(keywords: tuple[str, ...]) -> tuple[str, ...]:
    """Keywords, one by one, each once; a single string is a list parted by commas or semicolons."""
    found: dict[str, str] = {}
    for raw in keywords[: 2 * _MAX_KEYWORDS]:
        parts = re.split(r"[,;،、]", raw) if len(keywords) == 1 else [raw]
        for part in parts[: 2 * _MAX_KEYWORDS]:
            keyword = one_line(part[: 2 * _MAX_KEYWORD_CHARACTERS])
            if keyword and len(keyword) <= _MAX_KEYWORD_CHARACTERS:
                found.setdefault(fold(keyword), keyword)
    return tuple(found.values())[:_MAX_KEYWORDS]


def fold(text: str) -> str:
    """Text for comparison: letters and digits in lower case, single spaces between words."""
    return " ".join(re.findall(r"\w+", text.lower()))


def paragraphs(text: str | None) -> list[str]:
    """The paragraphs of a body, each in one line."""
    return [line for raw in (text or "").splitlines() if (line := one_line(raw))]
