"""Generated news pages, for benchmarks: any number, each the same on every run, no two alike.

A page has what real ones have around the text: navigation, cards of other stories, scripts, comments,
a newsletter box, JSON-LD. By default it is about as large as the mean page of the public article
extraction benchmark (181 pages: 174 KB, of them 94 KB scripts; 740 elements, 144 links, 15 levels).
The words are drawn from a fixed list, so that no text is anybody's.
"""

import json
import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from html import escape

_NOUNS = (
    "harbour council engineer network battery court regulator satellite market factory harvest "
    "museum bridge river teacher hospital forecast signal archive printer camera library railway "
    "vaccine reactor forest airline software theatre stadium mineral budget treaty patent"
).split()
_VERBS = (
    "announced delayed opened rejected tested repaired doubled lost found questioned approved "
    "measured replaced postponed welcomed described sold rebuilt closed copied published"
).split()
_ADJECTIVES = (
    "new old quiet public private northern southern costly cheap early late digital rural local "
    "foreign joint hidden careful sudden steady"
).split()
_NAMES = (
    "Ada Boris Chen Dina Emeka Farah Goran Hana Ivo Jana Kofi Lena Mirko Nadia Omar Petra".split()
)
_SURNAMES = (
    "Adler Bauer Costa Dubois Ekwueme Fischer Garcia Haddad Ivanov Jensen Kim Lopez Mensah".split()
)
_FIRST_DAY = datetime(2020, 1, 1, 6, tzinfo=UTC)


@dataclass(frozen=True)
class NewsPage:
    """A generated page, and what an extractor should find on it."""

    title: str
    author: str
    published_at: datetime
    paragraphs: tuple[str, ...]
    html: bytes

    @property
    def text(self) -> str:
        return "\n\n".join(self.paragraphs)


def news_page(n: int, words: int = 600, padding_bytes: int = 94_000) -> NewsPage:
    """The n-th page.

    Args:
        words: about so many in the body.
        padding_bytes: about so much of scripts and style, which real pages are mostly made of.
    """
    chance = random.Random(n)
    title = _sentence(chance, 7).rstrip(".")
    author = f"{chance.choice(_NAMES)} {chance.choice(_SURNAMES)}"
    published_at = _FIRST_DAY + timedelta(minutes=37 * n)
    paragraphs = []
    while sum(len(paragraph.split()) for paragraph in paragraphs) < words:
        paragraphs.append(" ".join(_sentence(chance, chance.randint(8, 24)) for _ in range(4)))
    page = NewsPage(title, author, published_at, tuple(paragraphs), b"")
    return NewsPage(
        title, author, published_at, page.paragraphs, _html(page, chance, padding_bytes).encode()
    )


def _sentence(chance: random.Random, length: int) -> str:
    kinds = (_ADJECTIVES, _NOUNS, _VERBS)
    words = ["The", *(chance.choice(kinds[at % 3]) for at in range(length))]
    return " ".join(words) + "."


def _links(chance: random.Random, count: int) -> str:
    return "".join(
        f'<li class="menu-item menu-item-{n}"><a class="menu-link" data-track="nav:{n}" '
        f'href="/news/{chance.randrange(10**6)}"><span>{_sentence(chance, 2)[:-1]}</span></a></li>'
        for n in range(count)
    )


def _cards(chance: random.Random, count: int) -> str:
    cards = []
    for n in range(count):
        href = f"/news/{chance.randrange(10**6)}"
        cards.append(
            f'<div class="card card--small"><div class="card__media"><a href="{href}">'
            f'<img loading="lazy" alt="" width="320" height="180" src="/img/{n}-320.jpg" '
            f'srcset="/img/{n}-320.jpg 320w, /img/{n}-640.jpg 640w, /img/{n}-1280.jpg 1280w"></a></div>'
            f'<div class="card__body"><h3 class="card__title"><a href="{href}">'
            f'{_sentence(chance, 6)[:-1]}</a></h3><div class="card__meta"><span>{n} min</span>'
            f'<time datetime="2020-01-01">1 January</time></div></div></div>'
        )
    return "".join(cards)


def _scripts(chance: random.Random, size: int) -> str:
    count = 30
    data = [{f"key{n}": chance.random() for n in range(size // count // 30)} for _ in range(count)]
    return "".join(
        f"<script>window.s{n} = {json.dumps(part)};</script>\n" for n, part in enumerate(data)
    )


def _html(page: NewsPage, chance: random.Random, padding_bytes: int) -> str:
    data = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": page.title,
        "datePublished": page.published_at.isoformat(),
        "author": [{"@type": "Person", "name": page.author}],
        "publisher": {"@type": "Organization", "name": "The Benchmark"},
    }
    body = "".join(f"<p>{escape(paragraph)}</p>\n" for paragraph in page.paragraphs)
    comments = "".join(
        f'<div class="comment"><b>{chance.choice(_NAMES)}</b><p>{_sentence(chance, 12)}</p></div>'
        for _ in range(8)
    )
    wrapped = "".join(f'<div class="layout layout--{n}">' for n in range(6))
    return f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>{escape(page.title)} | The Benchmark</title>
<meta property="og:title" content="{escape(page.title)}">
<meta property="article:published_time" content="{page.published_at.isoformat()}">
<script type="application/ld+json">{json.dumps(data)}</script>
{_scripts(chance, padding_bytes)}</head>
<body><header><nav><ul>{_links(chance, 60)}</ul></nav></header>
{wrapped}<main><article><h1>{escape(page.title)}</h1>
<p class="byline">By {page.author}</p><time datetime="{page.published_at.isoformat()}"></time>
{body}
<aside class="newsletter"><h3>Our newsletter</h3><p>Sign up for the news of the week.</p></aside>
</article>
<section class="related"><h2>Related</h2>{_cards(chance, 24)}</section>
<section class="comments">{comments}</section></main>{"</div>" * 6}
<footer><ul>{_links(chance, 30)}</ul></footer></body></html>
"""
