"""Archives of any size to measure the reader with: made up, but of realistic shape.

Word counts, entities to an article, sites, dates and copies are drawn from skewed distributions, so
that there are words in a third of all articles and words in one, names in a tenth of all articles
and names in two. Everything is drawn from one seed: the same number gives the same archive.
"""

import itertools
import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import zstandard

from archive import Archive
from archive.entities import slugify

_END = datetime(2024, 10, 14, tzinfo=UTC)
_YEARS = 10
_DIMENSIONS = 384
_BATCH = 2000
_TOPICS = 300
_SYLLABLES = "ba ce di fo gu la me ni po ru sa te vi wo ka lu mi no pe ra so tu ve zi".split()
#: Words that news is full of; the rest of the vocabulary is made up.
_COMMON = (
    "the of to and in a for on that with is as by at from it said was has its will be an are this "
    "company users data platform new more than which after have not year people million first "
    "service market chief executive app network social launch update security court law report "
    "billion government technology phone cloud model software chip deal price outage privacy"
).split()
_TYPES = ("person", "organization", "product", "place", "work", "other")


class Maker:
    """Draws articles one after the other."""

    def __init__(self, count: int) -> None:
        self._random = np.random.default_rng(20241014)
        self._count = count
        made = sorted({self._word() for _ in range(60_000)})
        self._random.shuffle(made)
        self._words = np.array([*_COMMON, *made[:30_000]])
        self._word_shares = _zipf(len(self._words), 1.05)
        self._entities = max(200, min(20_000, count // 20))
        self._entity_shares = _zipf(self._entities, 1.0)
        self.names = [self._name(n) for n in range(self._entities)]
        self._sites = [f"{self._word()}{n}.example" for n in range(max(8, min(500, count // 100)))]
        self._site_shares = _zipf(len(self._sites), 0.9)
        self._authors = [self._name(n) for n in range(max(20, min(4000, count // 50)))]
        self._centres = self._random.standard_normal((_TOPICS, _DIMENSIONS)).astype(np.float32)

    def entities(self) -> Iterator[tuple[int, str, str, str, str]]:
        """Rows of `entities`."""
        for number, name in enumerate(self.names):
            kind = _TYPES[number % len(_TYPES)]
            yield number + 1, name, kind, f"{slugify(name)}-{number}", "Made up for measuring"

    def article(self, number: int) -> "Drawn":
        """The article with this id."""
        random = self._random
        length = int(np.clip(random.lognormal(6.2, 0.6), 60, 6000))
        words = random.choice(self._words, length, p=self._word_shares)
        chosen = random.choice(
            self._entities, int(np.clip(random.poisson(6), 1, 14)), p=self._entity_shares
        )
        entities = list(dict.fromkeys(int(n) for n in chosen))
        text, mentions, sentences = self._text(words.tolist(), entities)
        title = f"{self.names[entities[0]]} {' '.join(random.choice(self._words, 8, p=self._word_shares))}"
        seconds = _YEARS * 365 * 86_400 * (1 - number / self._count) + float(
            random.exponential(3e4)
        )
        vector = self._centres[entities[0] % _TOPICS] + 0.8 * random.standard_normal(
            _DIMENSIONS
        ).astype(np.float32)
        site = int(random.choice(len(self._sites), p=self._site_shares))
        author = self._authors[(site * 7 + int(random.integers(12))) % len(self._authors)]
        is_copy = number > 10 and random.random() < 0.04
        return Drawn(
            number,
            self._sites[site],
            title,
            author,
            (_END - timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "en" if random.random() < 0.93 else str(random.choice(["de", "fr", "es"])),
            text,
            length,
            int(random.random() < 0.05),
            sentences,
            mentions,
            [entity + 1 for entity in entities],
            number - int(random.integers(1, 10)) if is_copy else None,
            (vector / np.linalg.norm(vector)).astype("<f2").tobytes(),
        )

    def _text(
        self, words: list[str], entities: list[int]
    ) -> tuple[str, list[tuple[int, int, int, str]], list[tuple[int, int, str]]]:
        """Sentences of about 20 words, paragraphs of three, a name in some of the sentences."""
        named = itertools.cycle(entities)
        parts: list[str] = []
        mentions: list[tuple[int, int, int, str]] = []
        sentences: list[tuple[int, int, str]] = []
        position = 0
        for count, start in enumerate(range(0, len(words), 20)):
            opening = ""
            if count < 2 or self._random.random() < 0.3:
                entity = next(named)
                opening = self.names[entity] + " "
                mentions.append((position, position + len(opening) - 1, entity + 1, opening[:-1]))
            sentence = f"{opening}{' '.join(words[start : start + 20])}."
            if count < 2:
                sentences.append((position, position + len(sentence), sentence))
            gap = "\n\n" if count % 3 == 2 else " "
            parts.append(sentence + gap)
            position += len(sentence) + len(gap)
        return "".join(parts).strip(), mentions, sentences

    def _word(self) -> str:
        return "".join(self._random.choice(_SYLLABLES, int(self._random.integers(2, 5))))

    def _name(self, number: int) -> str:
        return f"{self._word().capitalize()} {self._word().capitalize()}{number % 7 or ''}"


class Drawn:
    """One article as it was drawn, and its rows."""

    def __init__(
        self, number, site, title, author, at, language, text, length, paywalled, sentences,
        mentions, entities, original, vector,
    ) -> None:  # fmt: skip
        self.number, self.site, self.entities, self.original = number, site, entities, original
        self.vector, self.mentions, self.sentences = vector, mentions, sentences
        self.summary = " ".join(sentence for _, _, sentence in sentences)
        self.url = f"https://{site}/{at[:10].replace('-', '/')}/{number}"
        self.at = at
        names = dict.fromkeys(surface for _, _, _, surface in mentions)
        self.row = (
            number, self.url, site, title, json.dumps([author]), at, at, language, text, length,
            paywalled, self.summary, json.dumps(list(names)[:5]), f"sha256:{number:064x}",
            at, at,
        )  # fmt: skip


def make(count: int, path: Path) -> None:
    """Write an archive of `count` articles to a new file."""
    path.unlink(missing_ok=True)
    maker = Maker(count)
    with Archive(path) as archive:
        db = archive.db.conn
        db.execute("pragma synchronous = off")
        db.execute("pragma cache_size = -400000")
        with archive.transaction():
            db.executemany(
                "insert into entities (id, name, type, slug, description) values (?, ?, ?, ?, ?)",
                maker.entities(),
            )
            db.executemany(
                "insert into aliases (entity_id, alias, origin) values (?, ?, 'bench')",
                ((n + 1, name.split()[1]) for n, name in enumerate(maker.names)),
            )
            db.executemany(
                "insert into models (id, task, name, revision, is_current) values (?, ?, ?, '1', 1)",
                [(1, "summary", "made up"), (2, "tags", "made up"), (3, "vector", "made up")],
            )
        for first in range(1, count + 1, _BATCH):
            drawn = [maker.article(n) for n in range(first, min(first + _BATCH, count + 1))]
            with archive.transaction():
                _save(db, drawn)
            print(f"\r{drawn[-1].number:,} of {count:,}", end="", file=sys.stderr, flush=True)
        print(file=sys.stderr)
        db.execute("pragma wal_checkpoint(truncate)")
        db.execute("insert into articles_fts(articles_fts, rank) values ('automerge', 8)")
        db.execute("insert into articles_fts(articles_fts) values ('optimize')")
        db.execute("pragma wal_checkpoint(truncate)")


def _save(db, drawn: list[Drawn]) -> None:
    db.executemany(
        "insert into articles (id, url, site, title, authors, published_at, modified_at, language, "
        "text, word_count, is_paywalled, summary, tags, content_hash, first_seen_at, updated_at) "
        f"values ({', '.join('?' * 16)})",
        (one.row for one in drawn),
    )
    db.executemany(
        "update articles set duplicate_of = ?, duplicate_share = 0.93 where id = ?",
        ((one.original, one.number) for one in drawn if one.original),
    )
    db.executemany(
        "insert into article_entities values (?, ?, ?, ?)",
        (
            (one.number, entity, sum(m[2] == entity for m in one.mentions) or 1, 1 / (place + 2))
            for one in drawn
            for place, entity in enumerate(one.entities)
        ),
    )
    db.executemany(
        'insert into mentions (article_id, start, "end", entity_id, surface, type, score, model_id) '
        "select ?, ?, ?, id, ?, type, 1.0, 2 from entities where id = ?",
        (
            (one.number, start, end, surface, entity)
            for one in drawn
            for start, end, entity, surface in one.mentions
        ),
    )
    db.executemany(
        "insert into summaries values (?, ?, 1, 'paragraph', ?, 100, 100, 1, ?)",
        ((one.number, one.number, one.summary, one.at) for one in drawn),
    )
    db.executemany(
        "insert into summary_sentences values (?, ?, ?, 1.0, ?, ?)",
        (
            (one.number, place, text, start, end)
            for one in drawn
            for place, (start, end, text) in enumerate(one.sentences)
        ),
    )
    db.executemany(
        "insert into vectors values (?, 3, ?)", ((one.number, one.vector) for one in drawn)
    )
    db.executemany(
        "insert into ledger (url, state, tries, reason, first_seen_at, last_tried_at, article_id) "
        "values (?, ?, 1, ?, ?, ?, ?)",
        (
            row
            for one in drawn
            for row in (
                (one.url, "article", None, one.at, one.at, one.number),
                *(
                    [(f"{one.url}/gone", "failed", "http_404", one.at, one.at, None)]
                    if one.number % 20 == 0
                    else []
                ),
            )
        ),
    )
    db.executemany(
        "insert into pages (requested_url, final_url, fetched_at, http_status, body, body_bytes, "
        "body_sha256) values (?, ?, ?, 200, ?, ?, ?)",
        (
            (one.url, one.url, one.at, _packed(one), len(one.summary), f"{one.number:064x}")
            for one in drawn
            if one.number % 100 == 0
        ),
    )


def _packed(one: Drawn) -> bytes:
    return zstandard.ZstdCompressor().compress(one.summary.encode())


def _zipf(count: int, exponent: float) -> np.ndarray:
    shares = 1.0 / np.arange(3, count + 3) ** exponent
    return shares / shares.sum()
