"""Made-up articles of realistic shape, to measure archives of any size with.

Word counts, entities to an article, sites, dates and copies are drawn from skewed distributions, so
that there are words in a third of all articles and words in one, names in a tenth of all articles
and names in two. Everything is drawn from one seed: the same number gives the same articles.
"""

import html
import itertools
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np

from archive.records import (
    Article,
    Entity,
    EntityType,
    FieldVote,
    Mention,
    Page,
    Salience,
    Summary,
    SummarySentence,
    Tagging,
)

_END = datetime(2024, 10, 14, tzinfo=UTC)
_YEARS = 10
_DIMENSIONS = 384
_TOPICS = 300
_SYLLABLES = "ba ce di fo gu la me ni po ru sa te vi wo ka lu mi no pe ra so tu ve zi".split()
#: Words that news is full of; the rest of the vocabulary is made up.
_COMMON = (
    "the of to and in a for on that with is as by at from it said was has its will be an are this "
    "company users data platform new more than which after have not year people million first "
    "service market chief executive app network social launch update security court law report "
    "billion government technology phone cloud model software chip deal price outage privacy"
).split()
_TYPES: tuple[EntityType, ...] = ("person", "organization", "product", "place", "work", "other")


@dataclass(frozen=True)
class Drawn:
    """One article, its page, and what models would make of it."""

    article: Article
    page: Page
    summary: Summary
    tagging: Tagging
    vector: bytes


class Maker:
    """Draws the articles of an archive of `count`, one after the other.

    words is the median length of a text; a tenth is less than half as long, a tenth twice.
    """

    def __init__(self, count: int, words: int) -> None:
        self._random = np.random.default_rng(20241014)
        self._count = count
        self._median_words = words
        made = sorted({self._word() for _ in range(60_000)})
        self._random.shuffle(made)
        self._words = np.array([*_COMMON, *made[:30_000]], object)
        self._word_ends = _ends(len(self._words), 1.05)
        entities = max(200, min(20_000, count // 20))
        self._entity_ends = _ends(entities, 1.0)
        self._entities = [
            Entity(self._name(n), _TYPES[n % len(_TYPES)], "Made up for measuring")
            for n in range(entities)
        ]
        self._sites = [f"{self._word()}{n}.example" for n in range(max(8, min(500, count // 100)))]
        self._site_ends = _ends(len(self._sites), 0.9)
        self._authors = [self._name(n) for n in range(max(20, min(4000, count // 50)))]
        self._centres = self._random.standard_normal((_TOPICS, _DIMENSIONS)).astype(np.float32)
        #: Those of which the next may be copies.
        self._latest: deque[Drawn] = deque(maxlen=10)

    def articles(self, first: int = 1) -> Iterator[Drawn]:
        """All of them, the oldest first; from a number past the count on, those that come after."""
        for number in itertools.count(first):
            if number > self._count and first == 1:
                return
            if len(self._latest) == self._latest.maxlen and self._random.random() < 0.04:
                yield self._copy(number)
                continue
            drawn = self._original(number)
            self._latest.append(drawn)
            yield drawn

    def _original(self, number: int) -> Drawn:
        random = self._random
        length = self._median_words * random.lognormal(0, 0.6)
        words = self._choose(int(np.clip(length, 40, 6000)))
        chosen = _drawn(random, self._entity_ends, int(np.clip(random.poisson(6), 1, 14)))
        entities = [self._entities[n] for n in dict.fromkeys(chosen.tolist())]
        text, mentions, sentences = self._text(words, entities)
        title = f"{entities[0].name} {' '.join(self._choose(8))}"
        centre = self._centres[int(chosen[0]) % _TOPICS]
        vector = centre + 0.8 * random.standard_normal(_DIMENSIONS).astype(np.float32)
        language = "en" if random.random() < 0.93 else str(random.choice(["de", "fr", "es"]))
        counts = {one.name: 0 for one in entities}
        for mention in mentions:
            counts[str(mention.entity)] += 1
        saliences = tuple(
            Salience(one, counts[one.name] or 1, 1 / (place + 2))
            for place, one in enumerate(entities)
        )
        return self._published(
            number,
            title,
            text,
            language,
            Summary(tuple(sentences), 100, 100),
            Tagging(tuple(mentions), saliences, tuple(one.name for one in entities[:5])),
            (vector / np.linalg.norm(vector)).astype("<f2").tobytes(),
        )

    def _copy(self, number: int) -> Drawn:
        """One of the latest articles at another site, a sentence longer."""
        original = self._latest[int(self._random.integers(len(self._latest)))]
        article = original.article
        return self._published(
            number,
            article.title,
            f"{article.text} {' '.join(self._choose(20))}.",
            article.language or "en",
            original.summary,
            original.tagging,
            original.vector,
        )

    def _published(
        self,
        number: int,
        title: str,
        text: str,
        language: str,
        summary: Summary,
        tagging: Tagging,
        vector: bytes,
    ) -> Drawn:
        random = self._random
        site = int(_drawn(random, self._site_ends, 1)[0])
        author = self._authors[(site * 7 + int(random.integers(12))) % len(self._authors)]
        before_end_s = _YEARS * 365 * 86_400 * (1 - number / self._count)
        at = _END - timedelta(seconds=before_end_s + float(random.exponential(3e4)))
        at = at.replace(microsecond=0)
        votes = tuple(
            FieldVote(field, extractor, value, is_chosen)
            for field, value in (("title", title), ("published_at", at.isoformat()))
            for extractor, is_chosen in (("json-ld", True), ("meta", False), ("newspaper", False))
        )
        article = Article(
            url=f"https://{self._sites[site]}/{at:%Y/%m/%d}/{number}",
            title=title,
            text=text,
            site=self._sites[site],
            authors=(author,),
            published_at=at,
            modified_at=at,
            language=language,
            is_paywalled=bool(random.random() < 0.05),
            votes=votes,
        )
        return Drawn(article, _page(article), summary, tagging, vector)

    def _text(
        self, words: list[str], entities: list[Entity]
    ) -> tuple[str, list[Mention], list[SummarySentence]]:
        """Sentences of about 20 words, paragraphs of three, a name in some of the sentences."""
        named = itertools.cycle(entities)
        parts: list[str] = []
        mentions: list[Mention] = []
        sentences: list[SummarySentence] = []
        position = 0
        for count, start in enumerate(range(0, len(words), 20)):
            opening = ""
            if count < 2 or self._random.random() < 0.3:
                one = next(named)
                opening = f"{one.name} "
                end = position + len(one.name)
                mentions.append(Mention(position, end, one.name, one.type, one.name))
            sentence = f"{opening}{' '.join(words[start : start + 20])}."
            if count < 2:
                end = position + len(sentence)
                sentences.append(SummarySentence(sentence, 1.0, position, end))
            gap = "\n\n" if count % 3 == 2 else " "
            parts.append(sentence + gap)
            position += len(sentence) + len(gap)
        return "".join(parts).strip(), mentions, sentences

    def _choose(self, count: int) -> list[str]:
        chosen: list[str] = self._words[_drawn(self._random, self._word_ends, count)].tolist()
        return chosen

    def _word(self) -> str:
        return "".join(self._random.choice(_SYLLABLES, int(self._random.integers(2, 5))))

    def _name(self, number: int) -> str:
        return f"{self._word().capitalize()} {self._word().capitalize()}{number % 7 or ''}"


def _page(article: Article) -> Page:
    """The page that says what the article says, as a small site would send it."""
    at = article.published_at
    paragraphs = "".join(f"<p>{html.escape(part)}</p>\n" for part in article.text.split("\n\n"))
    title, author = html.escape(article.title), html.escape(article.authors[0])
    body = (
        f'<!doctype html>\n<html lang="{article.language}"><head><meta charset="utf-8">'
        f'<title>{title}</title><link rel="canonical" href="{article.url}">'
        f'<meta name="author" content="{author}">'
        f'<meta property="article:published_time" content="{at:%Y-%m-%dT%H:%M:%SZ}"></head>\n'
        f"<body><nav><a href='/'>Front page</a></nav><article><h1>{title}</h1>\n{paragraphs}"
        f"</article><footer>Made up for measuring</footer></body></html>\n"
    )
    headers = (("content-type", "text/html; charset=utf-8"), ("etag", f'"{article.url[-9:]}"'))
    return Page(article.url, article.url, at or _END, body.encode(), 200, headers)


def _ends(count: int, exponent: float) -> np.ndarray:
    """The cumulative shares of so many things by Zipf's law, the first three levelled."""
    shares = 1.0 / np.arange(3, count + 3) ** exponent
    return np.cumsum(shares / shares.sum())


def _drawn(random: np.random.Generator, ends: np.ndarray, count: int) -> np.ndarray:
    """So many numbers drawn by cumulative shares; `Generator.choice` would sum them each time."""
    return np.minimum(np.searchsorted(ends, random.random(count)), len(ends) - 1)
