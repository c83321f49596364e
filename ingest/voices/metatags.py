"""What the meta tags say: Open Graph, article:*, Dublin Core, and the older names."""

from ingest.document import Document
from ingest.voices import Reading

# For each field the names in order of trust, folded to lower case.
_TITLE = ("og:title", "twitter:title", "dc.title", "dcterms.title", "sailthru.title")
_AUTHORS = (
    "author", "article:author_name", "byl", "parsely-author", "sailthru.author", "dc.creator",
    "dcterms.creator", "article:author", "twitter:data1", "og:author", "cxenseparse:author",
)  # fmt: skip
_PUBLISHED = (
    "article:published_time", "og:article:published_time", "og:published_time", "datepublished",
    "date.published", "parsely-pub-date", "sailthru.date", "article.published", "published-date",
    "publish-date", "publishdate", "publish_date", "publication_date", "pubdate", "ptime",
    "cxenseparse:recs:publishtime", "dc.date.issued", "dcterms.created", "dc.date", "date",
    "article:publicationdate", "last-publication-date", "analyticsattributes.articledate",
)  # fmt: skip
_MODIFIED = (
    "article:modified_time", "og:updated_time", "datemodified", "dcterms.modified", "lastmod",
    "last-modified", "revised",
)  # fmt: skip
_DESCRIPTION = ("description", "og:description", "twitter:description", "dc.description")
_SECTION = ("article:section", "parsely-section", "section")
_IMAGE = ("og:image", "og:image:url", "og:image:secure_url", "twitter:image", "twitter:image:src")
_KEYWORDS = ("news_keywords", "keywords", "article:tag", "parsely-tags", "sailthru.tags")
_SITE_NAME = ("og:site_name", "application-name", "apple-mobile-web-app-title", "publisher")
_TIERS = ("article:content_tier", "content_tier")


def read(document: Document) -> Reading:
    """Read the meta tags of a page, wherever in the page they stand."""
    meta = _collect(document)

    def first(names: tuple[str, ...]) -> str | None:
        return next((meta[name][0] for name in names if name in meta), None)

    authors = next(
        (
            names
            for key in _AUTHORS
            # article:author is often a profile page, twitter:data1 a reading time.
            if (names := [v for v in meta.get(key, []) if "://" not in v and not v[:1].isdigit()])
        ),
        [],
    )
    tier = (first(_TIERS) or "").lower()
    kind = (first(("og:type",)) or "").lower()
    locale = first(("og:locale", "content-language", "dc.language", "language"))
    return Reading(
        title=first(_TITLE),
        authors=tuple(authors),
        published_at=first(_PUBLISHED),
        modified_at=first(_MODIFIED),
        description=first(_DESCRIPTION),
        language=locale,
        section=first(_SECTION),
        keywords=next((tuple(meta[name]) for name in _KEYWORDS if name in meta), ()),
        site_name=first(_SITE_NAME),
        image_url=first(_IMAGE),
        is_article=True if kind == "article" or "article:published_time" in meta else None,
        is_paywalled=tier in ("locked", "metered", "premium", "paid") if tier else None,
    )


def _collect(document: Document) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for element in document.tree.iter("meta"):
        name = element.get("property") or element.get("name") or element.get("http-equiv")
        content = (element.get("content") or "").strip()
        if name and content:
            found.setdefault(name.strip().lower(), []).append(content)
    return found
