"""A page in, an article out: decode, parse once, hear the voices, choose, check."""

from archive import Article, Page
from ingest.canonical import canonical_url, site_of
from ingest.choose import Choice, choose
from ingest.clean import names_of_site
from ingest.decode import Decoded, decode
from ingest.document import Document
from ingest.hearing import Voices
from ingest.language import detect_language
from ingest.notices import has_paywall_notice, refuse_unless_article
from ingest.read import Parser
from ingest.walls import refuse_redirect

#: The address of an article that was given without one; it is never stored.
_NO_URL = "about:blank"


def parse_article(html: bytes, url: str | None = None, parser: Parser = "all") -> Article:
    """Read a page of HTML as an article.

    Args:
        html: the page as it came, in any charset.
        url: where it came from; it helps to find the canonical URL, the site and the date.
        parser: "all" lets every voice be heard; "newspaper3k" takes what that one says.

    Returns:
        The article; `published_at` is aware, in the offset that the page gives; `votes` say which
        extractor each field came from.

    Raises:
        NotAnArticle: the page is something else; `.reason` says what.
        NotAPage: the bytes are no text.
    """
    return _parse(decode(html, url or "the page"), url, parser)


def parse_page(page: Page, parser: Parser = "all") -> tuple[Article, str | None]:
    """Read a fetched page as an article.

    Returns:
        The article, and a warning in one line where the page was read with a doubt, else None.

    Raises:
        NotAnArticle, NotAPage: as `parse_article`.
    """
    refuse_redirect(page.requested_url, page.final_url)
    decoded = decode(page.body, page.requested_url, page.header("content-type"))
    article = _parse(decoded, page.final_url, parser)
    return article, decoded.warning(page.requested_url, check_step(article))


def check_step(article: Article) -> str:
    """What to do about an article that was read with a doubt."""
    return f"Check the text with: newsarchive show {article.url}"


def _parse(decoded: Decoded, url: str | None, parser: Parser) -> Article:
    document = Document(decoded.text, url)
    voices = Voices(document)
    choice = choose(voices, names_of_site(document), None if parser == "all" else parser)
    refuse_unless_article(document, choice)
    address = canonical_url(url or _NO_URL, document.canonical_url, document.open_graph_url)
    return Article(
        url=address,
        title=choice.title or "",
        text=choice.text,
        site=site_of(address),
        site_name=choice.site_name,
        description=choice.description,
        authors=choice.authors,
        published_at=choice.published_at,
        modified_at=choice.modified_at,
        language=_language(choice),
        section=choice.section,
        keywords=choice.keywords,
        image_url=document.absolute(choice.image_url),
        is_paywalled=choice.is_paywalled or has_paywall_notice(document, choice),
        votes=choice.votes,
    )


def _language(choice: Choice) -> str | None:
    """The language of the text itself where there is enough of it, else what the page declares."""
    return detect_language(choice.text) or choice.language
