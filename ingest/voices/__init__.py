"""The voices: each reads a document in its own way and says what it thinks the fields are.

A voice is a function `read(document) -> Reading`; it answers None for what it does not know, and
never raises for a bad page. `ingest.choose` decides between them, field by field.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ingest.live_blogs import Post


@dataclass(frozen=True)
class Reading:
    """What one voice says. Text is as found: cleaning is the same for all and comes later."""

    title: str | None = None
    #: What <title> says, where the voice reads it beside the headline.
    page_title: str | None = None
    authors: tuple[str, ...] = ()
    #: Authors that the page itself declares to be organisations.
    organizations: tuple[str, ...] = ()
    published_at: str | None = None
    modified_at: str | None = None
    text: str | None = None
    description: str | None = None
    language: str | None = None
    section: str | None = None
    keywords: tuple[str, ...] = ()
    site_name: str | None = None
    image_url: str | None = None
    is_article: bool | None = None
    is_paywalled: bool | None = None
    #: The posts of a live blog, in the order of its data.
    posts: "tuple[Post, ...]" = ()
