"""Files to be read on a cluster: what was named becomes lots, and a lot is read in blocks of pages.

A lot is one large file, or many small ones; it is what is done, or not yet done, when a run begins.
A block is some pages of it, in one pickle: what one worker is given to parse.
"""

import hashlib
import pickle
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from io import BufferedIOBase
from pathlib import Path
from typing import Any

from archive.addresses import file_url, is_url, normal, shown
from archive.records import Source
from ingest.errors import IngestError, NotAPage, SourceError
from ingest.json_lines import read_json_lines
from ingest.kinds import HEAD_BYTES, LISTINGS, STREAMS, Kind, kind_of
from ingest.selection import Selection
from ingest.sources import (
    Candidate,
    files_in,
    ledger_url,
    named,
    open_file,
    page_in,
    path_of,
    read_list,
)
from ingest.warc import read_warc

#: Smaller files share a lot, up to so many.
_SMALL_BYTES = 1024 * 1024
_FILES_PER_LOT = 256
#: A block is full with so many pages or bytes of pages, whichever comes first.
BLOCK_PAGES = 256
BLOCK_BYTES = 16 * 1024 * 1024

#: When a page was captured, and the digest of its bytes.
_Version = tuple[datetime, str]

_WEB = "--engine ray reads files; what is on the web is fetched by the plain engine: leave --engine out."


@dataclass(frozen=True)
class InputFile:
    """A file: its URL, its size in bytes, and what changes when it does."""

    url: str
    size: int
    stamp: str


@dataclass(frozen=True)
class Lot:
    """Files that are read together, in their order."""

    files: tuple[InputFile, ...]

    @property
    def key(self) -> str:
        """Names the lot whatever its files hold."""
        return _digest(file.url for file in self.files)

    @property
    def fingerprint(self) -> str:
        """Changes when a file does."""
        return _digest(f"{file.url} {file.size} {file.stamp}" for file in self.files)

    @property
    def name(self) -> str:
        """What to call it in a message."""
        more = f" and {len(self.files) - 1} more" if len(self.files) > 1 else ""
        return self.files[0].url + more


@dataclass(frozen=True)
class Block:
    """Some pages of a lot, and the errors met among them.

    Attributes:
        passed_over: records that are no pages, or that are not wanted.
        is_last: no block of the lot comes after this one.
    """

    number: int
    items: tuple[Candidate | IngestError, ...]
    passed_over: int
    is_last: bool

    def pickled(self) -> bytes:
        """For the way through the cluster."""
        return pickle.dumps(self, pickle.HIGHEST_PROTOCOL)


def lots_of(
    sources: Iterable[str], stdin: Iterable[str] = ()
) -> tuple[list[Lot], list[IngestError]]:
    """The lots that sources come to, and an error for each source that cannot be found."""
    files: dict[str, InputFile] = {}
    errors = []
    for source in sources:
        if source == "-":
            lots, more = lots_of(read_list(iter(stdin)))
            files.update({file.url: file for lot in lots for file in lot.files})
            errors += more
            continue
        try:
            files.update({file.url: file for file in _files_of(source)})
        except (IngestError, OSError, ValueError) as error:
            found = named(error, source)
            found.subject = ledger_url(source)
            errors.append(found)
    large = [Lot((file,)) for file in files.values() if file.size >= _SMALL_BYTES]
    small = [file for file in files.values() if file.size < _SMALL_BYTES]
    streams = [Lot((file,)) for file in small if _is_stream(file.url)]
    alone = {lot.files[0].url for lot in streams}
    pages = [file for file in small if file.url not in alone]
    shared = [
        Lot(tuple(pages[start : start + _FILES_PER_LOT]))
        for start in range(0, len(pages), _FILES_PER_LOT)
    ]
    return [*large, *streams, *shared], errors


def read_lot(lot: Lot, kind: Kind | None, selection: Selection) -> Iterator[Block]:
    """The blocks of a lot; there is one at least. What cannot be read is an error in its place.

    Args:
        kind: what the files are, where that is not to be detected.
        selection: which pages are wanted.
    """
    number = passed_over = size = 0
    items: list[Candidate | IngestError] = []
    seen: dict[str, _Version | None] = {}
    for file in lot.files:
        for item in _items(file, kind):
            if isinstance(item, Candidate):
                url = normal(item.url)
                is_wanted = selection.wants(url) and not selection.is_old(item.date)
                if not is_wanted or not _is_news(url, item, seen):
                    item = None
            if item is None:
                passed_over += 1
                continue
            if len(items) >= BLOCK_PAGES or size >= BLOCK_BYTES:
                yield Block(number, tuple(items), passed_over, False)
                number, passed_over, size, items = number + 1, 0, 0, []
            items.append(item)
            size += len(item.page.body) if isinstance(item, Candidate) and item.page else 0
    yield Block(number, tuple(items), passed_over, True)


def _is_news(url: str, item: Candidate, seen: dict[str, _Version | None]) -> bool:
    """True for the first of a URL in a lot, and for a capture that is later and another page.

    Merging keeps the latest of all. No WARC speaks for files here: who could tell whose they are?
    """
    page = item.page if item.is_capture else None
    if page and url.startswith("file:"):
        return False
    now = (page.fetched_at, page.body_sha256) if page else None
    before = seen.get(url)
    if url in seen and (now is None or before is None or now[0] <= before[0]):
        return False
    seen[url] = now
    return before is None or now is None or now[1] != before[1]


def _files_of(source: str) -> Iterator[InputFile]:
    if is_url(source) and not source.startswith("file://"):
        yield from _remote(source)
        return
    path = path_of(source)
    if path.is_dir():
        yield from map(_local, files_in(path))
    elif path.exists() or not set(str(path)) & set("*?["):
        yield _local(path)
    else:
        import glob

        found = sorted(glob.glob(str(path), recursive=True))  # noqa: PTH207  # it may be absolute
        if not found:
            raise SourceError(
                shown(source), "missing_file", "no file matches this pattern", "Check the path."
            )
        for name in found:
            yield from _files_of(name)


def _local(path: Path) -> InputFile:
    try:
        status = path.stat()
    except FileNotFoundError as error:
        raise SourceError(
            shown(str(path)), "missing_file", "there is no such file", "Check the path."
        ) from error
    return InputFile(file_url(path), status.st_size, str(status.st_mtime_ns))


def _remote(source: str) -> Iterator[InputFile]:
    import fsspec

    try:
        files, path = fsspec.core.url_to_fs(source)
        paths = files.glob(path) if set(path) & set("*?[") else [path]
        for one in sorted(paths):
            facts = files.info(one)
            stamp = (
                facts.get("ETag")
                or facts.get("etag")
                or facts.get("mtime")
                or facts.get("LastModified")
            )
            yield InputFile(files.unstrip_protocol(one), facts.get("size") or 0, str(stamp))
    except ImportError as error:
        step = "Install what it names; " + _WEB
        raise SourceError(
            source, "unreadable_file", f"it cannot be opened ({error})", step
        ) from error
    except Exception as error:  # each file system has errors of its own
        step = "Check the address and its permissions; " + _WEB
        cause = f"it cannot be read ({type(error).__name__}: {error})"
        raise SourceError(source, "unreadable_file", cause, step) from error
    if not paths:
        raise SourceError(source, "missing_file", "no file matches this pattern", "Check the path.")


def _is_stream(url: str) -> bool:
    """By its name alone: to guess wrong only makes larger or smaller lots."""
    names = (".warc", ".warc.gz", ".jsonl", ".jsonl.gz", ".ndjson", ".ndjson.gz", ".gz")
    return url.lower().endswith(names)


def _items(file: InputFile, kind: Kind | None) -> Iterator[Candidate | IngestError | None]:
    """What one file holds; None for what is passed over."""
    try:
        with _opened(file.url) as opened:
            yield from _items_in(opened, file.url, kind)
    except IngestError as error:
        error.subject = file.url
        yield error
    except Exception as error:  # each file system has errors of its own
        cause = f"it cannot be read ({type(error).__name__}: {error})"
        step = "Every machine of the cluster must be able to read it."
        yield SourceError(file.url, "unreadable_file", cause, step)


def _opened(url: str) -> AbstractContextManager[BufferedIOBase]:
    if url.startswith("file://"):
        return open_file(path_of(url))
    import fsspec

    opened: AbstractContextManager[BufferedIOBase] = fsspec.open(url, "rb")
    return opened


def _items_in(
    opened: BufferedIOBase, url: str, kind: Kind | None
) -> Iterator[Candidate | IngestError | None]:
    found = kind or kind_of(opened.read(HEAD_BYTES))
    opened.seek(0)
    source = Source(found, url)
    if found in STREAMS:
        read: Any = read_warc if found == "warc" else read_json_lines
        yield from read(opened, url, source)
    elif found in LISTINGS or found == "site":
        raise SourceError(url, "no_pages", f"this is a list of addresses ({found})", _WEB)
    else:
        # Whatever is wrong with one file is said of it alone.
        try:
            yield Candidate(url, source, page_in(opened, url, url), kind=found)
        except NotAPage as error:
            yield error


def _digest(parts: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(parts).encode("utf-8", "replace")).hexdigest()[:20]
