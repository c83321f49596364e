"""Ingest: sources -> candidate URLs -> pages -> articles -> the archive."""

from typing import TYPE_CHECKING, Any

from ingest.errors import FetchError, IngestError, NotAnArticle, NotAPage, SourceError

if TYPE_CHECKING:
    from ingest.parse import parse_article

__all__ = [
    "FetchError",
    "IngestError",
    "NotAPage",
    "NotAnArticle",
    "SourceError",
    "parse_article",
]


def __getattr__(name: str) -> Any:
    # lxml and the parsers are heavy: `import ingest` alone does not pay for them.
    if name == "parse_article":
        from ingest.parse import parse_article

        return parse_article
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
