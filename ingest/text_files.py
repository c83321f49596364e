"""Articles in plain text: the title in the first line, a date line, the rest the body."""

import re
from datetime import datetime

from archive import Article, Page
from ingest.body import trim
from ingest.clean import fold, one_line, paragraphs
from ingest.dates import DOTTED_DATE, WORDED_DATE, parse_date
from ingest.decode import decode
from ingest.document import CONTROL
from ingest.errors import NotAnArticle
from ingest.language import detect_language
from ingest.names import clean_authors
from ingest.parse import check_step
from ingest.text_patterns import DATELINE

#: The date and the byline stand among so many lines below the title.
_HEAD_LINES = 6
_MAX_DATE_CHARACTERS = 60
#: A file none of whose lines is longer was wrapped by an editor.
_WRAPPED_WIDTH = 120
_DATE = re.compile(rf"{WORDED_DATE}|{DOTTED_DATE}")
_BYLINE = re.compile(r"^by:?\s+\S", re.I)
_BEFORE_DATE = re.compile(r"^(?:date|dated|published|posted|updated)(?: on)?\s*:?\s+(?=\S)", re.I)


def parse_text(page: Page) -> tuple[Article, str | None]:
    """Read a text file as an article.

    The first line is the title; a date and a "By ..." line are taken from the lines below it. A
    repetition of the title in the head of the body, and what stands above it, is left out.

    Returns:
        The article, and a warning in one line where its charset was guessed, else None.

    Raises:
        NotAnArticle: reason "empty" or "no_text".
        NotAPage: the bytes are no text.
    """
    url = page.requested_url
    decoded = decode(page.body, url)
    lines = [CONTROL.sub(" ", line).strip() for line in decoded.text.splitlines()]
    filled = [at for at, line in enumerate(lines) if line]
    if not filled:
        raise NotAnArticle(url, "empty", "the file is empty", "Put a title and a text into it.")
    title = one_line(lines[filled[0]]) or ""
    published: datetime | None = None
    authors: tuple[str, ...] = ()
    taken = {filled[0]}
    for at in filled[1 : 1 + _HEAD_LINES]:
        line = lines[at]
        if len(line) > _MAX_DATE_CHARACTERS:
            continue
        if published is None and (published := parse_date(_BEFORE_DATE.sub("", line))):
            taken.add(at)
        elif not authors and _BYLINE.match(line):
            authors = clean_authors((line,), frozenset())
            published = published or _date_in(line)
            taken.add(at)
        elif DATELINE.match(line):
            published = published or _date_in(line)
            taken.add(at)
    kept = _paragraphs(["" if at in taken else line for at, line in enumerate(lines)], title)
    if not kept:
        raise NotAnArticle(
            url,
            "no_text",
            "the file has a title but no text",
            "The first line is the title, a date line may follow, the rest is the body.",
        )
    article_text = "\n\n".join(kept)
    article = Article(
        url=url,
        title=title,
        text=article_text,
        authors=authors,
        published_at=published,
        language=detect_language(article_text),
    )
    return article, decoded.warning(url, check_step(article))


def _date_in(line: str) -> datetime | None:
    """The day that a byline or dateline names."""
    found = _DATE.search(line)
    return parse_date(found.group()) if found else None


def _paragraphs(lines: list[str], title: str) -> list[str]:
    """Each line is a paragraph, unless the file is wrapped: then blank lines part paragraphs."""
    head = [at for at, line in enumerate(lines) if line][:_HEAD_LINES]
    repeated = next((at for at in head if fold(lines[at]) == fold(title)), -1)
    text = "\n".join(lines[repeated + 1 :]).strip()
    is_wrapped = max(map(len, lines)) <= _WRAPPED_WIDTH and "\n\n" in text
    blocks = text.split("\n\n") if is_wrapped else text.splitlines()
    return trim(paragraphs("\n".join(" ".join(block.split()) for block in blocks)))
