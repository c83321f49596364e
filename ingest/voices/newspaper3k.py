"""What newspaper3k says: title, authors, date, image, text. It is given HTML and never fetches."""

import warnings

from ingest.document import Document
from ingest.voices import Reading
from ingest.voices.quiet_jieba import quiet_jieba

#: It compares each paragraph with all that stand before it within one element.
_MAX_CHILDREN = 1_000


def read(document: Document) -> Reading:
    """Run newspaper3k on a page; of one on which it fails, or would not end, it says nothing."""
    if document.most_children > _MAX_CHILDREN:
        return Reading()
    with warnings.catch_warnings():
        # Its source has invalid escapes, and dateutil, which it calls, warns of unknown zones.
        warnings.simplefilter("ignore")
        try:
            return _read(document)
        except Exception:  # it meets odd pages with whatever error its parser falls over
            return Reading()


def _read(document: Document) -> Reading:
    from newspaper import Article, Config

    quiet_jieba()
    config = Config()
    config.fetch_images = False
    config.follow_meta_refresh = False
    config.memoize_articles = False
    article = Article(document.url or "http://page.invalid/", config=config)
    article.download(input_html=document.html)
    article.parse()
    published = article.publish_date
    return Reading(
        title=article.title or None,
        authors=tuple(article.authors),
        published_at=published.isoformat() if published else None,
        text=article.text or None,
        description=article.meta_description or None,
        language=article.meta_lang or None,
        image_url=article.top_image or None,
    )
