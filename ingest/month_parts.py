"""The articles of a month in a Parquet folder: staged rows come in, each article once; copies are marked.

Both follow the rules by which the plain engine brings articles into an archive: `ingest.identity`
says which rows are one article, `ingest.duplicates` which articles are copies.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from archive import Article, times
from archive.parquet import ENRICHED, schema
from archive.parquet_folder import ParquetFolder, Part
from archive.signatures import Signed
from ingest.duplicates import buckets_of, originals_of
from ingest.identity import address_in

if TYPE_CHECKING:
    import pyarrow

#: What is read of every row; text and title only where two rows are to be compared.
_KEYS = ("url", "requested_url", "final_url", "content_hash", "fetched_at")
#: What the page says: a row in which one of these differs is another state of its article.
_SAID = (
    "title", "description", "authors", "published_at", "modified_at", "language", "section", "text",
    "image_url", "is_paywalled", "keywords", "site_name",
)  # fmt: skip


def merge(folder: ParquetFolder, part: Part) -> Counter[str]:
    """Bring what is staged for a part into its file; count what was added, updated and unchanged.

    Of two states of an article the one that was fetched later stays. What models made stays with the
    text that they made it from.
    """
    import pyarrow as pa

    old = folder.read(part)
    staged = folder.staged(part)
    tables = [*([] if old is None else [old]), *staged.values()]
    if not tables:
        return Counter()
    table = pa.concat_tables(tables)
    held = _Held(table, 0 if old is None else old.num_rows)
    if held.counts["added"] or held.counts["updated"]:
        folder.write(part, held.merged())
    folder.drop(list(staged))
    return held.counts


@dataclass
class _Place:
    """A row of the result: which row it comes from, what models made, and under which address."""

    row: int
    enriched: int
    url: str


class _Held:
    """The rows of a part as they are held together; `ingest.identity.Rows` for those taken so far."""

    def __init__(self, table: "pyarrow.Table", old_rows: int) -> None:
        self._table = table
        self._keys = table.select(_KEYS).to_pylist()
        self._places: dict[int, _Place] = {}
        self._by_url: dict[str, int] = {}
        self._by_requested: dict[str, int] = {}
        self.counts: Counter[str] = Counter()
        for row in range(old_rows):
            self._add(row, self._keys[row]["url"])
        new = range(old_rows, table.num_rows)
        for row in sorted(new, key=lambda row: self._keys[row]["fetched_at"]):
            self.counts[self._take(row)] += 1

    def ids_of(self, urls: Iterable[str]) -> dict[str, int]:
        """See `ingest.identity.Rows`."""
        return {url: self._by_url[url] for url in urls if url in self._by_url}

    def find(self, id_or_url: str) -> dict[str, Any] | None:
        """See `ingest.identity.Rows`."""
        place = self._places[int(id_or_url)]
        return {"url": place.url, **self._said(place.row, ("title", "text"))}

    def merged(self) -> "pyarrow.Table":
        """The rows that stay, in the order of publication; of two of one moment, as they were fetched."""
        import pyarrow as pa

        names = schema().names
        said = [name for name in names if name not in ENRICHED]
        moments = self._table["published_at"].to_pylist()
        first = datetime.min.replace(tzinfo=times.now().tzinfo)
        places = sorted(
            self._places.values(),
            key=lambda place: (
                moments[place.row] or first, self._keys[place.row]["fetched_at"], place.url
            ),
        )  # fmt: skip
        rows = self._table.select(said).take([place.row for place in places])
        made = self._table.select(list(ENRICHED)).take([place.enriched for place in places])
        columns = {name: rows[name] for name in said} | {name: made[name] for name in ENRICHED}
        columns["url"] = pa.array([place.url for place in places], pa.string())
        return pa.table([columns[name] for name in names], schema=schema())

    def _add(self, row: int, url: str) -> None:
        number = len(self._places) + 1
        self._places[number] = _Place(row, row, url)
        self._by_url[url] = self._by_requested[self._keys[row]["requested_url"]] = number

    def _take(self, row: int) -> str:
        keys = self._keys[row]
        before = self._by_requested.get(keys["requested_url"])
        article = Article(url=keys["url"], **self._said(row, ("title", "text")))
        url = address_in(self, article, keys["final_url"], before)
        number = self._by_url.get(url)
        if number is None:
            self._add(row, url)
            return "added"
        self._by_requested[keys["requested_url"]] = number
        place = self._places[number]
        held = self._keys[place.row]
        if held["fetched_at"] > keys["fetched_at"] or self._are_equal(place.row, row):
            return "unchanged"
        place.enriched = place.enriched if held["content_hash"] == keys["content_hash"] else row
        place.row = row
        return "updated"

    def _said(self, row: int, names: Sequence[str]) -> dict[str, Any]:
        return {name: self._table[name][row].as_py() for name in names}

    def _are_equal(self, one: int, other: int) -> bool:
        return self._said(one, _SAID) == self._said(other, _SAID)


def mark_copies(folder: ParquetFolder, month: str, before: str | None) -> int:
    """Find the copies among a month's articles, and mark them; return how many rows say otherwise now.

    Args:
        before: the month before it, among whose articles originals are looked for too.
    """
    parts = folder.parts()
    index = _Index(folder)
    for part in parts:
        if part.month == before:
            index.load(part)
    first = len(index.places)
    for part in parts:
        if part.month == month:
            index.load(part)
    found = originals_of(index, index.ids)
    changes: dict[Part, dict[int, tuple[str | None, float | None]]] = {}
    for number, original in found.items():
        if number <= first:
            continue
        part, row = index.places[number - 1]
        marks = (index.urls[original[0] - 1], original[1]) if original else (None, None)
        if marks != index.marks[number - 1]:
            changes.setdefault(part, {})[row] = marks
    for part, rows in changes.items():
        _rewrite(folder, part, rows)
    return sum(map(len, changes.values()))


def _rewrite(
    folder: ParquetFolder, part: Part, marks: dict[int, tuple[str | None, float | None]]
) -> None:
    import pyarrow as pa

    table = folder.read(part)
    if table is None:  # pragma: no cover - it was read a moment ago
        raise AssertionError(part)
    for position, name in enumerate(("duplicate_of_url", "duplicate_share")):
        values = table[name].to_pylist()
        for row, pair in marks.items():
            values[row] = pair[position]
        column = schema().field(name)
        at = table.schema.get_field_index(name)
        table = table.set_column(at, column, pa.array(values, column.type))
    folder.write(part, table)


@dataclass
class _Index:
    """The signatures of some parts, numbered from 1; see `ingest.duplicates.Index`.

    In memory an article takes its signature (512 bytes) and 20 buckets of 16 bytes, and its text if it
    shares a bucket with another.
    """

    folder: ParquetFolder
    signed: list[Signed] = field(default_factory=list)
    urls: list[str] = field(default_factory=list)
    marks: list[tuple[str | None, float | None]] = field(default_factory=list)
    places: list[tuple[Part, int]] = field(default_factory=list)
    texts: dict[int, str] = field(default_factory=dict)
    sorted_buckets: tuple[Any, Any] | None = None

    @property
    def ids(self) -> range:
        """All numbers."""
        return range(1, len(self.signed) + 1)

    def load(self, part: Part) -> None:
        """Add the articles of a part."""
        names = (
            "url", "published_at", "fetched_at", "signature", "duplicate_of_url", "duplicate_share",
            "site", "title",
        )  # fmt: skip
        table = self.folder.read(part, names)
        for row, record in enumerate(table.to_pylist() if table is not None else ()):
            dated_at = _dated_at(record["published_at"], record["fetched_at"])
            number = len(self.signed) + 1
            known = (record["signature"], record["site"], record["title"])
            self.signed.append(Signed(number, dated_at, None, *known))
            self.urls.append(record["url"])
            self.marks.append((record["duplicate_of_url"], record["duplicate_share"]))
            self.places.append((part, row))

    def get(self, article_ids: Iterable[int]) -> dict[int, Signed]:
        """See `ingest.duplicates.Index`."""
        return {number: self.signed[number - 1] for number in article_ids}

    def candidates(self, article_id: int, buckets: Sequence[int], limit: int) -> list[int]:
        """See `ingest.duplicates.Index`."""
        keys, numbers = self._buckets()
        wanted = np.array(buckets, np.int64)
        starts, ends = np.searchsorted(keys, wanted), np.searchsorted(keys, wanted, "right")
        shared: Counter[int] = Counter()
        for start, end in zip(starts, ends, strict=True):
            shared.update(numbers[start:end].tolist())
        del shared[article_id]
        return sorted(shared, key=lambda number: (-shared[number], number))[:limit]

    def clusters(self, article_ids: Iterable[int]) -> dict[int, int]:  # noqa: ARG002
        """See `ingest.duplicates.Index`; here every article is looked at anew."""
        return {}

    def text(self, article_id: int) -> str:
        """See `ingest.duplicates.Index`."""
        if not self.texts:
            self._load_texts()
        return self.texts[article_id]

    def _load_texts(self) -> None:
        """The texts of all that may have a copy, a part after the other."""
        keys, numbers = self._buckets()
        is_same = keys[1:] == keys[:-1]
        shared = set(numbers[1:][is_same].tolist()) | set(numbers[:-1][is_same].tolist())
        rows: dict[Part, list[int]] = {}
        for number in sorted(shared):
            rows.setdefault(self.places[number - 1][0], []).append(number)
        for part, some in rows.items():
            table = self.folder.read(part, ["text"])
            if table is not None:
                texts = table["text"].take([self.places[number - 1][1] for number in some])
                self.texts.update(zip(some, texts.to_pylist(), strict=True))

    def _buckets(self) -> tuple[Any, Any]:
        """All buckets in their order, and the article of each."""
        if self.sorted_buckets is None:
            buckets = [np.array(buckets_of(one.signature), np.int64) for one in self.signed]
            keys = np.concatenate([np.empty(0, np.int64), *buckets])
            numbers = np.repeat(np.array(self.ids), [len(some) for some in buckets])
            order = np.argsort(keys, kind="stable")
            self.sorted_buckets = keys[order], numbers[order]
        return self.sorted_buckets


def _dated_at(published_at: datetime | None, fetched_at: datetime) -> str:
    """As `archive.signatures` dates an article: one that tells no hour comes last in its day."""
    found = times.to_text(published_at or fetched_at) or ""
    return found.replace("T00:00:00Z", "T23:59:59Z") if published_at else found


def months_after(months: Iterable[str]) -> Iterator[tuple[str, str | None]]:
    """Each month with the one before it."""
    for month in sorted(set(months)):
        year, _, number = month.partition("-")
        if not number:
            yield month, None
        elif number == "01":
            yield month, f"{int(year) - 1:04}-12"
        else:
            yield month, f"{year}-{int(number) - 1:02}"
