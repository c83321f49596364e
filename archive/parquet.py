"""Articles as rows of Parquet (https://parquet.apache.org/docs/): what a cluster writes and any tool reads.

A row is an article with where it came from and all that models made of it. Lists and records are
nested columns, times are timestamps in UTC, so that DuckDB, Spark or pandas query it as it is.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from archive import times
from archive.records import (
    Alias,
    Article,
    Entity,
    FieldVote,
    Mention,
    Model,
    Page,
    Salience,
    Summary,
    SummarySentence,
    Tagging,
)

if TYPE_CHECKING:
    import pyarrow

Row = dict[str, Any]

#: The columns that hold what models made; null until then.
ENRICHED = (
    *("summary", "summaries", "tags", "mentions", "title_mentions", "entities", "vector", "models"),
)
#: The kind of summary that an article shows.
_SHOWN = "paragraph"
#: Rows that stand in one group of a file, as it is read.
ROWS_PER_GROUP = 5_000


def schema() -> "pyarrow.Schema":
    """The columns, in their order."""
    import pyarrow as pa

    text, moment, number = pa.string(), pa.timestamp("s", "UTC"), pa.int32()

    def record(**fields: Any) -> Any:
        return pa.struct(list(fields.items()))

    vote = record(field=text, extractor=text, value=text, is_chosen=pa.bool_())
    stretch = record(start=number, end=number)
    sentence = record(
        text=text, support=pa.float64(), source_start=number, source_end=number, origin=text,
        other_sources=pa.list_(stretch),
    )  # fmt: skip
    summary = record(
        kind=text, text=text, tokens_read=number, tokens_total=number, sentences=pa.list_(sentence)
    )
    mention = record(
        start=number, end=number, surface=text, type=text, entity=text, score=pa.float64(),
        reason=pa.list_(text),
    )  # fmt: skip
    alias = record(alias=text, valid_from=text, valid_until=text, origin=text)
    entity = record(
        name=text, type=text, description=text, aliases=pa.list_(alias),
        mention_count=number, salience=pa.float64(),
    )  # fmt: skip
    model = record(task=text, name=text, revision=text, parameters=text)
    columns: dict[str, Any] = {
        # What the page says.
        "url": text, "site": text, "title": text, "description": text,
        "authors": pa.list_(text), "published_at": moment, "modified_at": moment,
        "language": text, "section": text, "text": text, "word_count": number,
        "image_url": text, "is_paywalled": pa.bool_(), "keywords": pa.list_(text),
        "site_name": text, "content_hash": text, "votes": pa.list_(vote),
        # Of which article it is a copy.
        "duplicate_of_url": text, "duplicate_share": pa.float64(), "signature": pa.binary(),
        # Where the page came from.
        "requested_url": text, "final_url": text, "fetched_at": moment, "http_status": number,
        "page_sha256": text, "source_url": text,
        # What models made of it.
        "summary": text, "summaries": pa.list_(summary), "tags": pa.list_(text),
        "mentions": pa.list_(mention), "title_mentions": pa.list_(mention),
        "entities": pa.list_(entity), "vector": pa.binary(), "models": pa.list_(model),
    }  # fmt: skip
    return pa.schema(list(columns.items()))


def row_of(article: Article, page: Page, source_url: str | None) -> Row:
    """An article as it was read from a page, as a row; what models make is not there yet."""
    return {
        "url": article.url,
        "site": article.site,
        "title": article.title,
        "description": article.description,
        "authors": list(article.authors),
        "published_at": article.published_at,
        "modified_at": article.modified_at,
        "language": article.language,
        "section": article.section,
        "text": article.text,
        "word_count": article.word_count,
        "image_url": article.image_url,
        "is_paywalled": article.is_paywalled,
        "keywords": list(article.keywords),
        "site_name": article.site_name,
        "content_hash": article.content_hash,
        "votes": [
            {"field": v.field, "extractor": v.extractor, "value": v.value, "is_chosen": v.is_chosen}
            for v in article.votes
        ],
        "requested_url": page.requested_url,
        "final_url": page.final_url,
        "fetched_at": page.fetched_at,
        "http_status": page.http_status,
        "page_sha256": page.body_sha256,
        "source_url": source_url,
    }


def article_of(row: Mapping[str, Any]) -> Article:
    """The article in a row."""
    return Article(
        url=row["url"],
        title=row["title"],
        text=row["text"],
        site=row["site"],
        description=row["description"],
        authors=tuple(row["authors"] or ()),
        published_at=row["published_at"],
        modified_at=row["modified_at"],
        language=row["language"],
        section=row["section"],
        image_url=row["image_url"],
        is_paywalled=bool(row["is_paywalled"]),
        keywords=tuple(row["keywords"] or ()),
        site_name=row["site_name"],
        votes=tuple(FieldVote(**vote) for vote in row["votes"] or ()),
    )


def enriched(
    summaries: Sequence[Summary],
    tagging: Tagging | None,
    vector: bytes | None,
    models: Sequence[Model],
) -> dict[str, Any]:
    """The values of the columns `ENRICHED`."""
    shown = next((one for one in summaries if one.kind == _SHOWN), None)
    return {
        "summary": shown.text if shown else None,
        "summaries": [_summary_record(summary) for summary in summaries],
        "tags": list(tagging.tags) if tagging else None,
        "mentions": list(map(_mention_record, tagging.mentions)) if tagging else None,
        "title_mentions": list(map(_mention_record, tagging.title)) if tagging else None,
        "entities": [_entity_record(one) for one in tagging.entities] if tagging else None,
        "vector": vector,
        "models": [model_record(model) for model in models],
    }


def model_record(model: Model) -> dict[str, str]:
    """A model as it stands in the column "models"; its parameters are JSON."""
    parameters = json.dumps(dict(model.parameters), sort_keys=True)
    return {
        "task": model.task,
        "name": model.name,
        "revision": model.revision,
        "parameters": parameters,
    }


def models_of(row: Mapping[str, Any]) -> dict[str, Model]:
    """The models that made what a row holds, by task."""
    return {
        record["task"]: Model(
            record["task"],
            record["name"],
            record["revision"],
            tuple(json.loads(record["parameters"]).items()),
        )
        for record in row["models"] or ()
    }


def summaries_of(row: Mapping[str, Any]) -> tuple[Summary, ...]:
    """The summaries in a row that holds some."""
    return tuple(
        Summary(
            tuple(map(_sentence, record["sentences"])),
            record["tokens_read"],
            record["tokens_total"],
            record["kind"],
        )
        for record in row["summaries"] or ()
    )


def tagging_of(row: Mapping[str, Any]) -> Tagging:
    """Mentions, entities and tags in a row that holds them."""
    return Tagging(
        tuple(map(_mention, row["mentions"] or ())),
        tuple(map(_salience, row["entities"] or ())),
        tuple(row["tags"] or ()),
        tuple(map(_mention, row["title_mentions"] or ())),
    )


def table_of(rows: Iterable[Mapping[str, Any]]) -> "pyarrow.Table":
    """Rows as a table; a column that a row lacks is null in it."""
    import pyarrow as pa

    columns = schema()
    return pa.Table.from_pylist([_clean(row, columns.names) for row in rows], schema=columns)


def month_of(published_at: datetime | None) -> str:
    """The partition of an article: the month of its publication, UTC, as 2024-03; or "undated"."""
    return (times.to_text(published_at) or "undated")[:7]


def _clean(row: Mapping[str, Any], names: Sequence[str]) -> Row:
    """What Arrow can hold: a page may have surrogates, which are no text."""
    return {name: _no_surrogates(row.get(name)) for name in names}


def _no_surrogates(value: Any) -> Any:
    if isinstance(value, str):
        return value if value.isascii() else value.encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, list):
        return [_no_surrogates(one) for one in value]
    if isinstance(value, dict):
        return {name: _no_surrogates(one) for name, one in value.items()}
    return value


def _summary_record(summary: Summary) -> dict[str, Any]:
    return {
        "kind": summary.kind,
        "text": summary.text,
        "tokens_read": summary.tokens_read,
        "tokens_total": summary.tokens_total,
        "sentences": [
            {
                **vars(sentence),
                "other_sources": [{"start": s, "end": e} for s, e in sentence.other_sources],
            }
            for sentence in summary.sentences
        ],
    }


def _sentence(record: Mapping[str, Any]) -> SummarySentence:
    others = tuple((one["start"], one["end"]) for one in record["other_sources"])
    return SummarySentence(**{**record, "other_sources": others})


def _mention_record(mention: Mention) -> dict[str, Any]:
    return {**vars(mention), "reason": list(mention.reason)}


def _mention(record: Mapping[str, Any]) -> Mention:
    return Mention(**{**record, "reason": tuple(record["reason"] or ())})


def _entity_record(salience: Salience) -> dict[str, Any]:
    entity = salience.entity
    return {
        "name": entity.name,
        "type": entity.type,
        "description": entity.description,
        "aliases": [vars(alias) for alias in entity.aliases],
        "mention_count": salience.mention_count,
        "salience": salience.salience,
    }


def _salience(record: Mapping[str, Any]) -> Salience:
    aliases = tuple(Alias(**alias) for alias in record["aliases"] or ())
    entity = Entity(record["name"], record["type"], record["description"], aliases)
    return Salience(entity, record["mention_count"], record["salience"])
