"""One page of any kind in, an article out: HTML, text files, records of JSON Lines."""

from typing import Literal

from archive import Article, Page
from ingest.json_lines import read_record
from ingest.kinds import Kind, kind_of

#: See `ingest.parse_article`.
Parser = Literal["all", "newspaper3k"]


def read_page(
    page: Page, parser: Parser = "all", kind: Kind | None = None
) -> tuple[Article, str | None]:
    """Read a page as what it is; on the web that is HTML, whatever it looks like.

    Args:
        page: as it was fetched, read from a file, or stored in the archive.
        parser: see `ingest.parse_article`.
        kind: "html" or "text" where the operator said so, else it is detected.

    Returns:
        The article, and a warning in one line where the page was read with a doubt, else None.

    Raises:
        NotAnArticle, NotAPage: as `ingest.parse_article`.
        SourceError: reason "bad_record", for a record of JSON Lines.
    """
    if page.is_record:
        return read_record(page.body, page.requested_url), None
    # Here, for the workers alone: who tells them to read a page need not load the parser.
    is_file = page.requested_url.startswith("file:")
    if kind == "text" or (kind is None and is_file and kind_of(page.body) == "text"):
        from ingest.text_files import parse_text

        return parse_text(page)
    from ingest.parse import parse_page

    return parse_page(page, parser)
