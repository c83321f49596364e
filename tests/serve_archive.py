"""Small archives for the reader's tests, made with the same API as real ones."""

import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import lxml.html
from datasette.app import Datasette
from jinja2.bccache import Bucket, BytecodeCache
from new_archive import new_archive

from archive import (
    Alias,
    Archive,
    Article,
    Entity,
    FieldVote,
    Mention,
    Page,
    Summary,
    SummarySentence,
)
from archive.records import Model, Salience, SummaryKind, Tagging, WorkItem

SUMMARIZER = Model("summary", "all-MiniLM-L6-v2", "1")
TAGGER = Model("tags", "gazetteer", "1")


@dataclass(frozen=True)
class Story:
    """An article, and what models are to have said of it.

    summary, dek and points hold sentences of the text, summary also such as a model has written; names
    maps a surface in the text to an entity.
    """

    article: Article
    summary: tuple[str | SummarySentence, ...] = ()
    dek: tuple[str, ...] = ()
    points: tuple[str, ...] = ()
    names: dict[str, Entity] = field(default_factory=dict)


def story(
    title: str,
    text: str,
    published: str | None = None,
    summary: tuple[str | SummarySentence, ...] = (),
    names: dict[str, Entity] | None = None,
    dek: tuple[str, ...] = (),
    points: tuple[str, ...] = (),
    **fields: object,
) -> Story:
    """A story with an address made from its title."""
    slug = re.sub(r"\W+", "-", title.lower()).strip("-")[:60] or "untitled"
    url = str(fields.pop("url", f"https://news.example/{slug}"))
    when = datetime.fromisoformat(published).replace(tzinfo=UTC) if published else None
    article = Article(url=url, title=title, text=text, published_at=when, **fields)
    return Story(article, summary, dek, points, names or {})


def page_of(article: Article) -> Page:
    """The page of an article; another title, text or byline is another page."""
    body = f"<html>{article.content_hash} {article.authors}</html>".encode()
    return Page(article.url, article.url, datetime(2024, 6, 1, tzinfo=UTC), body, 200)


def add(archive: Archive, told: Story) -> int:
    """Save a story the way ingest and summarize would; return its id."""
    article = told.article
    archive.ledger.ask(article.url, None)
    article_id = archive.save_article(article, page_of(article), article.url).article_id
    item = WorkItem(
        article_id,
        article.title,
        article.text,
        article.published_at,
        article.language,
        article.content_hash,
        frozenset(),
    )
    with archive.transaction():
        if told.summary:
            model_id = archive.enrichments.model_id(SUMMARIZER)
            kinds = {"paragraph": told.summary, "dek": told.dek, "points": told.points}
            made = [_summary(article.text, kinds[kind], kind) for kind in kinds if kinds[kind]]
            archive.enrichments.save_summaries(item, made, model_id)
        if told.names:
            model_id = archive.enrichments.model_id(TAGGER)
            archive.enrichments.save_tagging(item, _tagging(article.text, told.names), model_id)
    return article_id


def build(path: Path, *stories: Story) -> Path:
    """A new archive that holds the stories, with ids from 1 on in this order.

    One of STORIES is a copy of the first that was made, with the times at which that was.
    """
    if stories == STORIES:
        path.write_bytes(_archive_of_stories())
        return path
    return _build(path, stories)


@cache
def _archive_of_stories() -> bytes:
    # Most tests of the reader read this one: it is made once.
    with tempfile.TemporaryDirectory() as folder:
        return _build(Path(folder) / "stories.db", STORIES).read_bytes()


def _build(path: Path, stories: tuple[Story, ...]) -> Path:
    with Archive(new_archive(path)) as archive:
        for told in stories:
            add(archive, told)
    return path


def written(sentence: str, support: float, text: str, *sources: str) -> SummarySentence:
    """A sentence that a model has written of a text, and the sentences of it that support it."""
    (start, end), *others = [(text.index(one), text.index(one) + len(one)) for one in sources]
    return SummarySentence(sentence, support, start, end, "written", tuple(others))


def _summary(text: str, sentences: tuple[str | SummarySentence, ...], kind: SummaryKind) -> Summary:
    found = []
    for sentence in sentences:
        if isinstance(sentence, SummarySentence):
            found.append(sentence)
            continue
        start = text.index(sentence)
        found.append(SummarySentence(sentence, 1.0, start, start + len(sentence)))
    return Summary(tuple(found), tokens_read=len(text), tokens_total=len(text), kind=kind)


def _tagging(text: str, names: dict[str, Entity]) -> Tagging:
    mentions: list[Mention] = []
    for surface in sorted(names, key=len, reverse=True):
        entity = names[surface]
        for found in re.finditer(rf"(?<!\w){re.escape(surface)}(?!\w)", text):
            if not any(m.start < found.end() and found.start() < m.end for m in mentions):
                mentions.append(Mention(*found.span(), surface, entity.type, entity.name))
    mentions.sort(key=lambda mention: mention.start)
    entities = {entity.name: entity for entity in names.values()}
    counts = {name: sum(m.entity == name for m in mentions) for name in entities}
    ranked = sorted(entities, key=lambda name: -counts[name])
    salient = tuple(
        Salience(entities[name], counts[name], counts[name] / max(1, len(mentions)))
        for name in ranked
    )
    return Tagging(tuple(mentions), salient, tuple(ranked))


MUSK = Entity("Elon Musk", "person", "Entrepreneur", (Alias("Musk"), Alias("Elon Musk")))
ZUCKERBERG = Entity("Mark Zuckerberg", "person", None, (Alias("Zuckerberg"),))
META = Entity(
    "Meta",
    "organization",
    "Owner of Facebook, Instagram and WhatsApp",
    (Alias("Facebook, Inc.", None, "2021-10-28"), Alias("Meta Platforms", "2021-10-28")),
)
X = Entity(
    "X",
    "organization",
    "Social network",
    (Alias("Twitter", None, "2023-07-23"), Alias("X", "2023-07-23")),
)
THREADS = Entity("Threads", "product")

OUTAGE_TEXT = (
    "Meta went dark on Tuesday. Facebook, Instagram and Threads were unreachable for hours.\n\n"
    "“If you’re reading this post, it’s because our servers are working,” Musk wrote on X. "
    "Mark Zuckerberg, who runs Meta, did not answer 🐧.\n\n"
    "Service came back by evening."
)

#: An article whose summary was written by a model: its second sentence says what two others do.
WRITTEN = story(
    "The harbour lights",
    (
        WRITTEN_TEXT := "The harbour was dark for a night. A cable had been cut on Monday morning. "
        "Ships waited outside.\n\nEngineers found the cable under a wreck. They mended it at dawn. "
        "Nobody was hurt."
    ),
    "2024-03-01T06:00:00",
    (
        "The harbour was dark for a night.",
        written(
            "A cut cable, found under a wreck, was mended at dawn.", 0.84, WRITTEN_TEXT,
            "Engineers found the cable under a wreck.", "A cable had been cut on Monday morning.",
            "They mended it at dawn.",
        ),
    ),
    site="daily.example",
    language="en",
)  # fmt: skip

#: Five articles, oldest first: 1 undated and bare, 2 German, 3 to 5 with everything.
STORIES = (
    story("A note without a date", "Nothing is known about when this was written.", site=None),
    story(
        "Der Tag, an dem Twitter X wurde",
        "Aus Twitter wurde X. Elon Musk tauschte das Logo.",
        "2023-07-24T08:00:00",
        ("Aus Twitter wurde X.",),
        {"X": X, "Twitter": X, "Elon Musk": MUSK},
        site="zeitung.example",
        language="de",
    ),
    story(
        "Threads passes 100 million",
        "Threads grew fast. Zuckerberg counted the days.",
        "2024-03-04T09:30:00",
        ("Threads grew fast.",),
        {"Threads": THREADS, "Zuckerberg": ZUCKERBERG},
        site="wire.example",
        language="en",
    ),
    story(
        "Musk mocks Meta’s outage",
        OUTAGE_TEXT,
        "2024-03-05T17:04:00",
        (
            "Meta went dark on Tuesday.",
            "“If you’re reading this post, it’s because our servers are working,” Musk wrote on X.",
        ),
        {"Meta": META, "Threads": THREADS, "Musk": MUSK, "Mark Zuckerberg": ZUCKERBERG, "X": X},
        site="daily.example",
        language="en",
        section="Technology",
        authors=("Ada Writer", "Ben Scribe"),
        modified_at=datetime(2024, 3, 5, 19, 30, tzinfo=UTC),
        image_url="https://img.example/x.jpg",
        is_paywalled=True,
        votes=(
            FieldVote("title", "json-ld", "Musk mocks Meta’s outage", True),
            FieldVote("title", "newspaper3k", "Daily: Musk mocks", False),
        ),
    ),
    story(
        "An evening edition",
        "Meta is back. The cage match is not.",
        "2024-03-05T21:00:00",
        ("Meta is back.",),
        {"Meta": META},
        site="daily.example",
        language="en",
        description="What happened late",
    ),
)


class _Compiled(BytecodeCache):
    """Templates that one Datasette has compiled, for the next: most of what a first page costs.

    Jinja looks a template up by its file and asks for its source each time.
    """

    def __init__(self) -> None:
        self._made: dict[tuple[str, str], bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if made := self._made.get((bucket.key, bucket.checksum)):
            bucket.bytecode_from_string(made)

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._made[bucket.key, bucket.checksum] = bucket.bytecode_to_string()


_COMPILED = _Compiled()


@contextmanager
def opened(*paths: Path, **options: object) -> Iterator[Datasette]:
    """A Datasette on these files, closed afterwards."""
    datasette = Datasette([str(path) for path in paths], **options)
    datasette.jinja_env.bytecode_cache = _COMPILED
    try:
        yield datasette
    finally:
        datasette.executor.shutdown()
        for database in datasette.databases.values():
            database.close()


async def page(datasette: Datasette, address: str, status: int = 200) -> lxml.html.HtmlElement:
    """The page at an address, which answers with this status."""
    response = await datasette.client.get(address)
    assert response.status_code == status, response.text
    return parsed(response.text)


def parsed(html: str) -> lxml.html.HtmlElement:
    return lxml.html.document_fromstring(html)


def words(element: lxml.html.HtmlElement) -> str:
    """The text of an element, white space folded."""
    return " ".join(element.text_content().split())


def texts(page: lxml.html.HtmlElement, selector: str) -> list[str]:
    """The texts of the elements that a CSS-like XPath finds."""
    return [words(element) for element in page.xpath(selector)]


#: Pages of an archive of STORIES, one of each room of the reader but the front and the search.
ROOMS = [
    "/-/article/4",
    "/-/article/4/changes",
    "/-/article/4/names",
    "/-/entities",
    "/-/entity/meta",
    "/-/coverage/meta",
    "/-/changes",
    "/-/sites",
    "/-/site/daily.example",
    "/-/author/Ada%20Writer",
    "/-/health",
]
