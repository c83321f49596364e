"""The articles of an archive as a Parquet folder, with all that models made of them."""

import itertools
import json
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from archive import taggings, times
from archive.articles import ARRAYS
from archive.export import Selection, ids
from archive.parquet import Row, enriched, month_of, table_of
from archive.parquet_folder import FolderError, ParquetFolder, Part
from archive.records import Model, Summary, SummarySentence
from archive.store import Archive

#: Rows that are held at once before they become part of a table.
_CHUNK = 200
_TIMES = ("published_at", "modified_at", "fetched_at")


def write_parquet(archive: Archive, selection: Selection, output: Path) -> int:
    """Write the articles that match, a file for each month; return how many.

    A month's file takes the place of one that is there; other months stay.

    Raises:
        FolderError: the folder is one that a cluster writes to.
        NoSuchEntity: the selection names one that the archive does not know.
    """
    import pyarrow as pa

    folder = ParquetFolder(str(output.absolute()))
    if folder.has_inputs():
        raise FolderError(
            str(output), "newsarchive ingest --engine ray writes to this folder",
            "Name another with --output.",
        )  # fmt: skip
    found = [
        (_month(published_at), published_at or "", n) for n, published_at in ids(archive, selection)
    ]
    folder.prepare(1)
    rows = _Rows(archive)
    for month, some in itertools.groupby(sorted(found), key=lambda one: one[0]):
        numbers = (number for _, _, number in some)
        tables = [table_of(map(rows.row, chunk)) for chunk in _chunks(numbers)]
        folder.write(Part(month, 0), pa.concat_tables(tables))
    return len(found)


class _Rows:
    """Rows of Parquet, from the tables of an archive."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._aliases = lru_cache(10_000)(self._read_aliases)

    def row(self, article_id: int) -> Row:
        """All that the archive has of an article."""
        found = next(
            self._archive.db.query(
                """
                select a.*, o.url as duplicate_of_url, s.signature, p.requested_url, p.final_url,
                       max(p.fetched_at, coalesce(a.last_seen_at, '')) as fetched_at, p.http_status, p.body_sha256 as page_sha256,
                       (select url from sources where id = l.source_id) as source_url
                from articles a left join articles o on o.id = a.duplicate_of
                left join signatures s on s.article_id = a.id
                left join pages p on p.id = a.page_id
                left join ledger l on l.url = p.requested_url
                where a.id = ?
                """,
                [article_id],
            )
        )
        return {
            **found,
            **{name: json.loads(found[name]) for name in ARRAYS},
            **{name: times.from_text(found[name]) for name in _TIMES},
            "is_paywalled": bool(found["is_paywalled"]),
            "votes": self._votes(article_id),
            **self._made(article_id),
        }

    def _votes(self, article_id: int) -> list[dict[str, Any]]:
        query = "select field, extractor, value, is_chosen from field_votes where article_id = ?"
        return [
            {**vote, "is_chosen": bool(vote["is_chosen"])}
            for vote in self._archive.db.query(query, [article_id])
        ]

    def _made(self, article_id: int) -> dict[str, Any]:
        """What the article shows of what models made, and by which."""
        shown = self._shown(article_id)
        if not shown:
            return {}
        tagging = taggings.shown(self._archive.db, article_id) if "tags" in shown else None
        vector = self._archive.enrichments.current_vector(article_id) if "vector" in shown else None
        made = enriched(self._summaries(article_id), tagging, vector, list(shown.values()))
        for entity in made["entities"] or ():
            entity["aliases"] = self._aliases(entity["name"], entity["type"])
        return made

    def _shown(self, article_id: int) -> dict[str, Model]:
        """The models of what an article shows, by task; none of what was made of an earlier text."""
        rows = self._archive.db.execute(
            """
            select m.task, m.name, m.revision, m.parameters from enrichments e
            join models m on m.id = e.model_id
            join articles a on a.id = e.article_id and a.content_hash = e.content_hash
            where e.article_id = ? and case m.task
                when 'vector' then m.is_current
                when 'tags' then not exists (select 1 from taggings t
                    where t.article_id = e.article_id and t.model_id = m.id)
                else exists (select 1 from summaries s
                    where s.article_id = e.article_id and s.model_id = m.id and s.is_current)
                end
            """,
            [article_id],
        )
        return {
            task: Model(task, name, revision, tuple(json.loads(parameters).items()))
            for task, name, revision, parameters in rows
        }

    def _summaries(self, article_id: int) -> list[Summary]:
        summaries = self._archive.db.execute(
            "select id, kind, tokens_read, tokens_total from summaries "
            "where article_id = ? and is_current order by id",
            [article_id],
        ).fetchall()
        return [
            Summary(tuple(self._sentences(number)), tokens_read, tokens_total, kind)
            for number, kind, tokens_read, tokens_total in summaries
        ]

    def _sentences(self, summary_id: int) -> Iterator[SummarySentence]:
        rows = self._archive.db.execute(
            "select text, support, source_start, source_end, origin, other_sources "
            "from summary_sentences where summary_id = ? order by position",
            [summary_id],
        )
        for text, support, start, end, origin, others in rows:
            sources = tuple((first, last) for first, last in json.loads(others or "[]"))
            yield SummarySentence(text, support, start, end, origin, sources)

    def _read_aliases(self, name: str, kind: str) -> list[dict[str, Any]]:
        return list(
            self._archive.db.query(
                """
                select alias, valid_from, valid_until, origin from aliases
                where entity_id = (select id from entities where name = ? and type = ?) order by id
                """,
                [name, kind],
            )
        )


def _month(published_at: str | None) -> str:
    return month_of(times.from_text(published_at))


def _chunks(numbers: Iterable[int]) -> Iterator[list[int]]:
    numbers = iter(numbers)
    while chunk := list(itertools.islice(numbers, _CHUNK)):
        yield chunk
