"""What parse_article owes for any bytes: an article that can be stored, or an error of ours."""

from archive import Article
from ingest import IngestError, parse_article
from ingest.canonical import site_of

REASONS = {
    "binary", "bot_wall", "charset", "consent_wall", "empty", "index", "login_wall", "no_text", "no_title",
    "region_wall", "soft_404", "subscribe_page", "too_complex", "too_short",
}  # fmt: skip


def outcome(function, *arguments):
    """What a function returns, or the error of ours that it raises."""
    try:
        return function(*arguments)
    except IngestError as error:
        return error


def parse(html, url="http://quay.example/2024/a-story"):
    """Parse, and check what every article and every refusal must be."""
    article = outcome(parse_article, html, url)
    if isinstance(article, IngestError):
        assert article.reason in REASONS
        assert article.cause
        assert "\n" not in str(article)
        return
    assert isinstance(article, Article)
    assert article.title.strip()
    assert article.text.strip()
    assert site_of(article.url) == "quay.example"
    for moment in (article.published_at, article.modified_at):
        assert moment is None or moment.utcoffset() is not None
    # All of it can be stored: no halves of characters, no NULs.
    stored = [article.url, article.title, article.text, *article.authors]
    stored += article.keywords
    unsure = (article.description, article.section, article.image_url, article.site_name)
    stored += [text for text in unsure if text]
    stored += [vote.value for vote in article.votes]
    assert "\x00" not in "".join(stored).encode().decode()
