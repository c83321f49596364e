"""What the page's JSON-LD says (schema.org NewsArticle and its relatives)."""

import html
import json
import re
from collections.abc import Iterator
from typing import Any

from ingest.document import Document
from ingest.live_blogs import Post, as_text, earliest, latest
from ingest.voices import Reading

_SCRIPTS = '//script[contains(translate(@type, "LDJSON", "ldjson"), "ld+json")]/text()'
_ARTICLE_TYPE = re.compile(
    r"Article$|^(?:BlogPosting|LiveBlogPosting|Report|Review|SocialMediaPosting)$"
)
_MAX_NODES = 2000
_MAX_POSTS = 1000
#: A list of authors, in it an author, in it its name: deeper nesting is no list of names.
_MAX_NAME_DEPTH = 4


def read(document: Document) -> Reading:
    """Read the first node of an article type; where there is none, nothing is said."""
    nodes = [node for script in document.tree.xpath(_SCRIPTS) for node in _nodes(str(script))]
    by_id = {
        node["@id"]: node for node in nodes if isinstance(node.get("@id"), str) and len(node) > 1
    }
    article = next((node for node in nodes if _is_article(node)), None)
    if article is None:
        return Reading()
    free = article.get("isAccessibleForFree")
    live = next((node for node in (article, *nodes) if node.get("liveBlogUpdate")), {})
    posts, changes = _posts(live.get("liveBlogUpdate"), by_id)
    body = _text(article.get("articleBody"), keep_lines=True)
    published, modified = _text(article.get("datePublished")), _text(article.get("dateModified"))
    return Reading(
        title=_text(article.get("headline")) or _text(article.get("name")),
        authors=tuple(_names(article.get("author"), by_id)),
        organizations=tuple(_names(article.get("author"), by_id, of_organizations=True)),
        published_at=earliest((published, _text(live.get("coverageStartTime")))) or published,
        modified_at=latest((modified, *changes)) or modified,
        text=as_text(body, posts) if posts else body,
        description=_text(article.get("description")),
        language=_text(article.get("inLanguage")),
        section=_text(article.get("articleSection")),
        keywords=_keywords(article.get("keywords")),
        site_name=next(_names(article.get("publisher"), by_id, of_organizations=True), None)
        or next(_names(article.get("publisher"), by_id), None),
        image_url=_address(article.get("image"), by_id),
        is_article=True,
        is_paywalled=None if free is None else str(free).lower() in ("false", "0", "no"),
        posts=posts,
    )


def _posts(
    value: Any, by_id: dict[str, dict[str, Any]]
) -> tuple[tuple[Post, ...], list[str | None]]:
    """The posts of a live blog, and all the dates that they have."""
    items = value if isinstance(value, list) else [value]
    posts, dates = [], []
    for item in items[:_MAX_POSTS]:
        if not isinstance(item, dict):
            continue
        node = item if len(item) > 1 else by_id.get(str(item.get("@id")), item)
        published = _text(node.get("datePublished"))
        post = Post(
            heading=_text(node.get("headline")) or "",
            written_at=published or _text(node.get("dateModified")) or "",
            text=_text(node.get("articleBody"), keep_lines=True) or "",
        )
        if post.heading or post.text:
            posts.append(post)
            dates += [published, _text(node.get("dateModified"))]
    return tuple(posts), dates


def _nodes(script: str) -> Iterator[dict[str, Any]]:
    """Every object in a script, outermost first; a script that is no JSON gives none."""
    text = script.strip().removeprefix("<!--").removesuffix("-->").strip().rstrip(";")
    try:
        # strict=False: real pages have raw line breaks inside strings.
        root = json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return
    queue, seen = [root], 0
    while queue and seen < _MAX_NODES:
        value = queue.pop(0)
        seen += 1
        if isinstance(value, dict):
            yield value
            queue += [child for child in value.values() if isinstance(child, dict | list)]
        elif isinstance(value, list):
            queue += value


def _is_article(node: dict[str, Any]) -> bool:
    types = node.get("@type")
    names = types if isinstance(types, list) else [types]
    return any(isinstance(name, str) and _ARTICLE_TYPE.search(name) for name in names)


def _text(value: Any, keep_lines: bool = False) -> str | None:
    if isinstance(value, list):
        value = next((item for item in value if isinstance(item, str | dict)), None)
    if isinstance(value, dict):
        value = value.get("name") or value.get("@value")
    if not isinstance(value, str):
        return None
    # Many publishers escape twice: &amp;quot; or markup within the string.
    text = html.unescape(html.unescape(value))
    text = re.sub(r"<(?:br|/p|/div)[^>]{0,200}>", "\n", text)
    text = re.sub(r"</?[a-zA-Z][^<>]{0,500}>", "", text)
    if keep_lines:
        return (
            "\n\n".join(" ".join(line.split()) for line in text.splitlines() if line.strip())
            or None
        )
    return " ".join(text.split()) or None


def _keywords(value: Any) -> tuple[str, ...]:
    """Keywords as a list, or as one string parted by commas."""
    values = value if isinstance(value, list) else [value]
    return tuple(text for item in values if (text := _text(item)))


def _names(
    value: Any,
    by_id: dict[str, dict[str, Any]],
    depth: int = 0,
    of_organizations: bool = False,
) -> Iterator[str]:
    """The names in a value: of people and of what has no type, or of organisations."""
    if depth > _MAX_NAME_DEPTH:
        return
    if isinstance(value, list):
        for item in value:
            yield from _names(item, by_id, depth + 1, of_organizations)
    elif isinstance(value, dict):
        node = value if value.get("name") else by_id.get(str(value.get("@id")), value)
        types = node.get("@type")
        names = types if isinstance(types, list) else [types]
        is_organization = any(str(name).endswith("Organization") for name in names)
        if is_organization == of_organizations:
            yield from _names(node.get("name"), {}, depth + 1)
    elif isinstance(value, str) and not of_organizations and (text := _text(value)):
        yield text


def _address(value: Any, by_id: dict[str, dict[str, Any]]) -> str | None:
    if isinstance(value, list):
        value = next(iter(value), None)
    if isinstance(value, dict):
        node = (
            value
            if value.get("url") or value.get("contentUrl")
            else by_id.get(str(value.get("@id")), value)
        )
        value = node.get("url") or node.get("contentUrl")
    return value.strip() if isinstance(value, str) else None
