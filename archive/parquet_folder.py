"""A folder of Parquet files, partitioned by month of publication, here or in an object store.

    month=2024-03/part-0.parquet ...    the articles; tools see `month` as a column (Hive's form)
    _staged/..., _made/...              rows, and what models made, on the way to the files of their month
    _inputs/KEY.parquet                 what was read: refusals as rows, the rest as metadata

An article's file follows from its month and the key of its address alone, and a file is replaced in
one step: so writing the same again changes nothing, and whoever reads sees old rows or new, never half.
"""

import contextlib
import hashlib
import json
import os
import posixpath
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from archive.errors import NewsarchiveError
from archive.parquet import ROWS_PER_GROUP

if TYPE_CHECKING:
    import pyarrow

_ABOUT = "_folder.json"
#: Where rows wait for the file of their month, and where what models made does.
STAGED, MADE = "_staged", "_made"
_INPUTS = "_inputs"


class FolderError(NewsarchiveError):
    """The folder cannot be used as asked."""


@dataclass(frozen=True, order=True)
class Part:
    """One file of articles: of a month, those whose key falls to this number."""

    month: str
    number: int


class ParquetFolder:
    """The files under one address.

    Args:
        url: a path, or any URL that fsspec opens (s3://bucket/folder).
    """

    def __init__(self, url: str) -> None:
        import fsspec

        self.url = url
        try:
            self._fs, root = fsspec.core.url_to_fs(url, use_listings_cache=False)
        except (ImportError, ValueError) as error:
            raise FolderError(
                url, f"this address cannot be opened ({error})", "Check it."
            ) from None
        self._root = str(root).rstrip("/")
        self._is_local = type(self._fs).__name__ == "LocalFileSystem"

    def prepare(self, parts: int | None) -> int:
        """Make the folder, or look at the one that is there; return how many files a month has.

        Raises:
            FolderError: it was made with another number, or cannot be written.
        """
        try:
            about = self._about(parts)
        except (OSError, ValueError) as error:
            cause = getattr(error, "strerror", None) or str(error)
            raise FolderError(
                self.url, f"it cannot be used as a folder of Parquet ({cause})",
                "Name another with --output.",
            ) from error  # fmt: skip
        found = about["parts"]
        if parts not in (None, found):
            raise FolderError(
                self.url, f"it has {found} files a month, and not {parts}",
                "Leave --parts out, or name another folder.",
            )  # fmt: skip
        return found

    def part_of(self, month: str, key: str, parts: int) -> Part:
        """Where the article with a key stands."""
        digest = hashlib.sha256(key.encode("utf-8", "replace")).digest()
        return Part(month, int.from_bytes(digest[:4], "big") % parts)

    def parts(self) -> list[Part]:
        """The parts that have a file, in the order of months."""
        return self._list(self._root, "part-")

    def staged_parts(self, area: str = STAGED) -> list[Part]:
        """The parts for which something is staged."""
        return self._list(self._path(area), "part=")

    def file(self, part: Part) -> str:
        """The path of a part's file within the file system."""
        return self._path(f"month={part.month}", f"part-{part.number}.parquet")

    def read(self, part: Part, columns: Sequence[str] | None = None) -> "pyarrow.Table | None":
        """A part as a table, None if it has no file."""
        import pyarrow.parquet as pq

        try:
            with self._fs.open(self.file(part), "rb") as file:
                return pq.ParquetFile(file).read(columns=columns)
        except FileNotFoundError:
            return None

    def files(self) -> list[tuple[str, str | None]]:
        """All files of articles, each with its month; the address may name a single file.

        Raises:
            FolderError: there are none.
        """
        found: list[tuple[str, str | None]] = [
            (self.file(part), part.month) for part in self.parts()
        ]
        if not found:
            if not self._fs.isfile(self._root):
                step = "Name a folder that newsarchive wrote, or a file."
                raise FolderError(self.url, "there are no Parquet files of articles", step)
            found = [(self._root, None)]
        return found

    def batches_in(
        self, path: str, columns: Sequence[str] | None = None
    ) -> "Iterator[pyarrow.RecordBatch]":
        """A file in pieces, so that memory does not grow with it."""
        import pyarrow.parquet as pq

        with self._fs.open(path, "rb") as file:
            yield from pq.ParquetFile(file).iter_batches(256, columns=columns)

    def groups(self, part: Part, columns: Sequence[str] | None = None) -> "Iterator[pyarrow.Table]":
        """The groups of rows of a part's file, one after the other."""
        import pyarrow.parquet as pq

        with self._fs.open(self.file(part), "rb") as file:
            opened = pq.ParquetFile(file)
            for number in range(opened.num_row_groups):
                yield opened.read_row_group(number, columns)

    def group(self, part: Part, number: int, columns: Sequence[str]) -> "pyarrow.Table":
        """One group of rows of a part's file."""
        import pyarrow.parquet as pq

        with self._fs.open(self.file(part), "rb") as file:
            return pq.ParquetFile(file).read_row_group(number, list(columns))

    def write(self, part: Part, table: "pyarrow.Table") -> None:
        """Put a table in the place of a part's file, in one step."""
        self._write_table(self.file(part), table)

    def stage(self, part: Part, name: str, table: "pyarrow.Table", area: str = STAGED) -> None:
        """Keep rows for a part; the same name takes the place of what was kept under it."""
        self._write_table(posixpath.join(self._staged(area, part), f"{name}.parquet"), table)

    def staged(self, part: Part, area: str = STAGED) -> "dict[str, pyarrow.Table]":
        """What is staged for a part, by the path of its file."""
        import pyarrow.parquet as pq

        found = {}
        for path in sorted(self._glob(posixpath.join(self._staged(area, part), "*.parquet"))):
            with self._fs.open(path, "rb") as file:
                found[path] = pq.ParquetFile(file).read()
        return found

    def drop(self, paths: Sequence[str]) -> None:
        """Remove files that were staged and are now in the file of their part."""
        for path in paths:
            self._fs.rm_file(path)
        for folder in {posixpath.dirname(path) for path in paths} if self._is_local else ():
            for empty in (folder, posixpath.dirname(folder), _area_of(folder)):
                with contextlib.suppress(OSError):  # there is more in it, or another was quicker
                    os.rmdir(empty)  # noqa: PTH106

    def has_inputs(self) -> bool:
        """True if `ingest` has read something into this folder."""
        return bool(self._names(self._path(_INPUTS)))

    def save_input(self, key: str, table: "pyarrow.Table", facts: Mapping[str, str]) -> None:
        """Keep what came of an input: a table, and facts as the file's metadata."""
        named = {**(table.schema.metadata or {}), **facts}
        path = self._path(_INPUTS, f"{key}.parquet")
        self._write_table(path, table.replace_schema_metadata(named))

    def input(self, key: str) -> dict[str, str]:
        """The facts that were kept of an input, {} if it was not read to its end."""
        import pyarrow.parquet as pq

        try:
            with self._fs.open(self._path(_INPUTS, f"{key}.parquet"), "rb") as file:
                found: dict[bytes, bytes] = pq.ParquetFile(file).schema_arrow.metadata or {}
        except FileNotFoundError:
            return {}
        return {name.decode(): value.decode() for name, value in found.items()}

    def _about(self, parts: int | None) -> dict[str, int]:
        path = self._path(_ABOUT)
        with contextlib.suppress(FileNotFoundError):
            found: dict[str, int] = json.loads(self._fs.cat_file(path))
            return found
        about = {"parts": parts or 1, "format": 1}
        self._write_bytes(path, json.dumps(about).encode())
        return about

    def _path(self, *names: str) -> str:
        return posixpath.join(self._root, *names)

    def _staged(self, area: str, part: Part) -> str:
        return self._path(area, f"month={part.month}", f"part={part.number}")

    def _glob(self, pattern: str) -> list[str]:
        # Patterns are ours; signs of a pattern in the folder's own name are letters there.
        folder, names = posixpath.split(pattern)
        head, tail = names.split("*")
        return [
            path
            for path in self._names(folder)
            if posixpath.basename(path).startswith(head) and path.endswith(tail)
        ]

    def _names(self, folder: str) -> list[str]:
        try:
            return [str(path) for path in self._fs.ls(folder, detail=False)]
        except (FileNotFoundError, NotADirectoryError):
            return []

    def _list(self, root: str, head: str) -> list[Part]:
        found = []
        for month in self._glob(posixpath.join(root, "month=*")):
            for path in self._glob(posixpath.join(month, f"{head}*")):
                number = posixpath.basename(path).removeprefix(head).removesuffix(".parquet")
                if number.isdecimal():
                    found.append(Part(month.rpartition("month=")[2], int(number)))
        return sorted(found)

    def _write_table(self, path: str, table: "pyarrow.Table") -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        sink = pa.BufferOutputStream()
        pq.write_table(table, sink, compression="zstd", row_group_size=ROWS_PER_GROUP)
        self._write_bytes(path, sink.getvalue())

    def _write_bytes(self, path: str, content: Any) -> None:
        if not self._is_local:
            self._fs.pipe_file(path, bytes(content))  # an object appears when it is whole
            return
        os.makedirs(posixpath.dirname(path), exist_ok=True)  # noqa: PTH103
        part = f"{path}.{os.getpid()}.tmp"
        with open(part, "wb") as file:  # noqa: PTH123
            file.write(content)
        os.replace(part, path)  # noqa: PTH105


def _area_of(folder: str) -> str:
    """The area of a folder of staged files: two levels above it."""
    return posixpath.dirname(posixpath.dirname(folder))
