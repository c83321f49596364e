"""Records for the tests of the archive."""

from datetime import UTC, datetime

from archive import Alias, Article, Entity, FieldVote, Mention, Page, Summary, SummarySentence
from archive.records import Model, Salience, Tagging

URL = "https://news.example/outage"
SUMMARIZER = Model("summary", "encoder", "1", (("sentences", 3),))
TAGGER = Model("tags", "gazetteer", "1")
EMBEDDER = Model("vector", "encoder", "1")

META = Entity("Meta", "organization", "Owner of Facebook", (Alias("Facebook", None, "2021-10-28"),))
X = Entity("X", "organization", None, (Alias("Twitter", None, "2023-07-23"), Alias("X")))

ARTICLE = Article(
    url=URL,
    title="Meta goes dark",
    text="Meta went dark on Tuesday.\n\nPeople met on X instead. Meta said little.",
    site="news.example",
    description="An outage",
    authors=("Ada Writer", "José Peñaloza"),
    published_at=datetime(2024, 3, 5, 16, 42, tzinfo=UTC),
    modified_at=datetime(2024, 3, 5, 21, 34, tzinfo=UTC),
    language="en",
    section="Technology",
    image_url="https://img.example/a.jpg",
    is_paywalled=True,
    keywords=("outage", "Zuckerberg"),
    site_name="The News",
    votes=(
        FieldVote("title", "jsonld", "Meta goes dark", True),
        FieldVote("title", "newspaper3k", "News: Meta goes dark", False),
    ),
)
BODY = "<html>“Meta” — 🐧</html>".encode() * 50


def page_of(article=ARTICLE, body=BODY, url=None, minutes=0):
    """The page of an article, fetched so many minutes after eight."""
    return Page(
        url or article.url,
        article.url,
        datetime(2024, 3, 6, 8, minutes, tzinfo=UTC),
        body,
        200,
        (("Content-Type", "text/html"), ("ETag", '"abc"'), ("Last-Modified", "yesterday")),
    )


def save(archive, article=ARTICLE, body=None, asked=None, minutes=0):
    """Save an article the way ingest does, as asked for by some URL; another text is another page."""
    asked = asked or article.url
    if body is None:
        body = BODY + (article.text + article.title).encode() * (
            article.content_hash != ARTICLE.content_hash
        )
    archive.ledger.ask(asked, None)
    return archive.save_article(article, page_of(article, body, asked, minutes), asked)


def rows(archive, table):
    """The whole of a table."""
    return list(archive.db.query(f"select * from {table} order by 1, 2"))


def summary_of(text, *sentences):
    """A summary of sentences that stand in the text."""
    found = [(sentence, text.index(sentence)) for sentence in sentences]
    receipts = tuple(SummarySentence(s, 1.0, start, start + len(s)) for s, start in found)
    return Summary(receipts, tokens_read=18, tokens_total=18)


TAGGING = Tagging(
    (
        Mention(0, 4, "Meta", "organization", "Meta", 0.9),
        Mention(42, 43, "X", "organization", "X", 0.8),
        Mention(53, 57, "Meta", "organization", "Meta", 0.9),
        Mention(18, 25, "Tuesday", "other", None, 0.1),
    ),
    (Salience(META, 2, 0.75), Salience(X, 1, 0.25)),
    ("Meta", "X"),
)
