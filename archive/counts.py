"""What the tables mean that hold counts and orders ready for pages; triggers keep them up to date.

They can be made anew from `articles`, `article_entities` and `ledger` at any time.
"""

from collections.abc import Mapping

from archive.description import Description

_ENTITY = "The entity (entities.id)"
_SITE = 'Host of the outlet; "" where it is not known'
_DAY = 'Day of publication, YYYY-MM-DD, UTC; "" where it is not known'
_ARTICLES = "Number of articles"
_MENTIONING = "Number of articles that mention the entity"
_MENTIONS = "Number of mentions in those articles"
_PUBLISHED = 'articles.published_at, UTC, ISO 8601; "" where it is not known'

COUNTS: Mapping[str, Description] = {
    "entity_timeline": Description(
        "The articles that mention an entity, in the order of their dates",
        {
            "entity_id": _ENTITY,
            "published_at": _PUBLISHED,
            "article_id": "The article (articles.id)",
            "site": _SITE,
            "mentions": "Number of times the article's text names the entity",
        },
        is_internal=True,
    ),
    "entity_days": Description(
        "How often each entity was in the news, by day",
        {"entity_id": _ENTITY, "day": _DAY, "articles": _MENTIONING, "mentions": _MENTIONS},
        is_internal=True,
    ),
    "entity_site_months": Description(
        "How often each site wrote about each entity, by month",
        {
            "entity_id": _ENTITY,
            "site": _SITE,
            "month": 'Month of publication, YYYY-MM, UTC; "" where it is not known',
            "articles": _MENTIONING,
            "mentions": _MENTIONS,
        },
        is_internal=True,
    ),
    "entity_site_totals": Description(
        "How often each site wrote about each entity",
        {"entity_id": _ENTITY, "site": _SITE, "articles": _MENTIONING, "mentions": _MENTIONS},
        is_internal=True,
    ),
    "entity_totals": Description(
        "How often each entity was in the news",
        {"entity_id": _ENTITY, "articles": _MENTIONING, "mentions": _MENTIONS},
        is_internal=True,
    ),
    "site_days": Description(
        "How many articles each site published, by day",
        {"site": _SITE, "day": _DAY, "articles": _ARTICLES},
        is_internal=True,
    ),
    "site_totals": Description(
        "How many articles there are of each site",
        {"site": _SITE, "articles": _ARTICLES},
        is_internal=True,
    ),
    "article_authors": Description(
        "The articles of each author, in the order of their dates",
        {
            "author": "Name of the author, one of articles.authors",
            "published_at": _PUBLISHED,
            "article_id": "The article (articles.id)",
        },
        is_internal=True,
    ),
    "author_totals": Description(
        "How many articles there are of each author",
        {"author": "Name of the author", "articles": _ARTICLES},
        is_internal=True,
    ),
    "ledger_totals": Description(
        "How many URLs of each site came to what, and why",
        {
            "site": "Host of the URL without its www",
            "state": "ledger.state",
            "reason": 'ledger.reason; "" where there is none',
            "entries": "Number of URLs",
            "last_tried_at": "When one of them was last tried, UTC, ISO 8601",
        },
        is_internal=True,
    ),
    "article_blocks": Description(
        "How many articles there are, in blocks of 1,024 ids",
        {"block": "articles.id divided by 1,024", "articles": _ARTICLES},
        is_internal=True,
    ),
    "enrichment_blocks": Description(
        "What each model has made, in blocks of 1,024 articles: where all is made, nothing is to do",
        {
            "task": "enrichments.task",
            "model_id": "The model (models.id)",
            "block": "articles.id divided by 1,024",
            "made": "Number of articles of which the model has made something",
            "up_to_date": "Those of which it has read the present text",
        },
        is_internal=True,
    ),
}
