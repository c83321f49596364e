"""WARC files (ISO 28500), as Common Crawl's CC-NEWS writes them: pages with when and from where they came.

A file is read record by record and never held as a whole.
"""

import itertools
import re
import zlib
from collections import Counter
from collections.abc import Iterator
from io import BufferedIOBase
from typing import Any

from archive import Page, times
from archive.addresses import normalize_url
from archive.records import Source
from ingest.compression import BadCompression, decompress
from ingest.dates import parse_date
from ingest.decode import binary_kind
from ingest.errors import FetchError, IngestError, SourceError
from ingest.headers import without_secrets
from ingest.kinds import kind_of
from ingest.packed import inflated_file, is_gzip
from ingest.sources import Candidate

_HTML = re.compile(r"^(?:text/html|application/xhtml\+xml)\b", re.I)
#: What is said of bytes whose kind nobody knows: those of a file, for one.
_UNKNOWN = re.compile(r"^application/octet-stream\b", re.I)
_MAX_BYTES = 10 * 1024 * 1024
#: A record beyond this is not opened: a chunk of a body is held as a whole.
_MAX_RECORD_BYTES = 64 * 1024 * 1024
_PIECE_BYTES = 64 * 1024
_PROTOCOLS = ["HTTP/1.0", "HTTP/1.1", "HTTP/2.0", "HTTP/2", "HTTP/3"]


class _DamagedError(Exception):
    """The file ends or breaks within a record."""


def read_warc(
    file: BufferedIOBase, url: str, source: Source
) -> Iterator[Candidate | IngestError | None]:
    """The pages of a WARC file, plain or gzip, one at a time.

    Args:
        file: at its beginning.
        url: of the file, for messages.
        source: that of the candidates.

    Yields:
        A candidate for each HTML page that was answered with 200 or kept without an answer (a
        resource); None for what else stands there (a picture, a redirect, a revisit); an error for a
        page that cannot be unpacked and, at the end, for a damaged file or one without any page.
    """
    from warcio.archiveiterator import ArchiveIterator

    class Records(ArchiveIterator):  # type: ignore[misc]  # warcio has no types
        INC_RECORD = ""  # warcio would write to stderr itself

    count = 0
    cause = None
    passed: Counter[str] | None = Counter()  # until there is a page
    inflated = _Inflated(file)
    try:
        records = Records(inflated, no_record_parse=True)
        for record in records:
            length = record.rec_headers.get_header("Content-Length") or ""
            if records.err_count or not length.strip().isdecimal():
                raise _DamagedError("the length of a record is wrong")
            item = _read(record, source) if record.rec_type in _ANSWERS else ()
            if isinstance(item, Candidate | IngestError):
                passed = None
            elif passed is not None:
                kind = record.rec_type if record.rec_type in _TYPES else "of another type"
                passed[item or kind] += 1
            _drain(record)  # a record that is cut off is not taken
            count += 1
            if not isinstance(item, tuple):
                yield None if isinstance(item, str) else item
        if not inflated.is_at_end:
            raise _DamagedError("a record has no headers")
    except Exception as error:  # warcio raises whatever a damaged header leads it to
        cause = " ".join(str(error).split())[:200] or type(error).__name__
    if cause or not count:
        yield SourceError(
            url,
            "malformed_warc",
            f"the WARC file cannot be read after {count} records ({cause or 'it has none'})",
            "What stands before was taken; download the file again.",
        )
    elif passed:
        kinds = ", ".join(f"{number:,} {name}" for name, number in passed.most_common())
        yield SourceError(
            url, "empty_warc", f"the WARC file holds no page that could be taken; its records: {kinds}",
            "Name one with HTML pages that were answered with 200.",
        )  # fmt: skip


_ANSWERS = frozenset({"response", "revisit", "resource"})
#: The record types of ISO 28500; a file may hold thousands that it has made up.
_TYPES = _ANSWERS | {"warcinfo", "request", "metadata", "conversion", "continuation"}


class _Inflated:
    """A file, or what a gzip file holds; damage is an error, where warcio takes it for the end."""

    def __init__(self, file: BufferedIOBase) -> None:
        self._file = inflated_file(file)
        self.is_at_end = False

    def read(self, size: int = -1) -> bytes:
        try:
            piece = self._file.read1(size)  # what is there before damage, not all or nothing
        except (OSError, zlib.error) as error:
            raise _DamagedError(str(error)) from error
        self.is_at_end = not piece
        return piece


def _drain(record: Any) -> None:
    while record.raw_stream.read(_PIECE_BYTES):
        pass
    if record.raw_stream.limit:
        raise _DamagedError("it ends too early")


def _read(record: Any, source: Source) -> Candidate | IngestError | str:
    """What a record holds; of what is no page, what kind of record it is."""
    if record.rec_type == "revisit":
        return "revisit"
    try:
        target = (record.rec_headers.get_header("WARC-Target-URI") or "").strip("<> ")
        address = normalize_url(target)
        headers = _headers(record)
    except (EOFError, ValueError):
        return f"{record.rec_type} without an address or an answer"
    is_file = address.startswith("file:///") and record.rec_type == "resource"
    if not is_file and not address.startswith(("http://", "https://")):
        return f"{record.rec_type} of no address on the web"
    if record.rec_type == "response" and headers.get_statuscode() != "200":
        return "response with another status than 200"
    content_type = (headers.get_header("Content-Type") or "").strip()
    if content_type and not _HTML.match(content_type):
        return f"{record.rec_type} that is no HTML"
    try:
        body = _body(record, headers, address)
    except IngestError as error:
        return error
    # A file of text is an article too, and its name tells no Content-Type.
    kinds = ("html", "text") if is_file else ("html",)
    is_another = not content_type and (kind_of(body) not in kinds or binary_kind(body) is not None)
    if not body.strip() or is_another:
        return f"{record.rec_type} that is no HTML"
    moment = parse_date(record.rec_headers.get_header("WARC-Date")) or times.now()
    kept = without_secrets((str(name), str(value)) for name, value in headers.headers)
    status = 200 if record.rec_type == "response" else None
    return Candidate(address, source, Page(address, address, moment, body, status, kept))


def _headers(record: Any) -> Any:
    """The headers of HTTP; of a resource, which has none, what its record says of its content."""
    from warcio.statusandheaders import StatusAndHeaders, StatusAndHeadersParser

    if record.rec_type == "response":
        return StatusAndHeadersParser(_PROTOCOLS, verify=False).parse(record.raw_stream)
    content_type = (record.rec_headers.get_header("Content-Type") or "").strip()
    is_told = content_type and not _UNKNOWN.match(content_type)
    return StatusAndHeaders("", [("Content-Type", content_type)] if is_told else [])


def _body(record: Any, headers: Any, address: str) -> bytes:
    """The body after transfer and content decoding.

    Raises:
        FetchError: reason "too_large" or "encoding".
    """
    large = FetchError(
        address, "too_large", f"the page is larger than {_MAX_BYTES // 2**20} MB",
        "Save the article alone in a file and ingest the file.", http_status=200,
    )  # fmt: skip
    if record.length > _MAX_RECORD_BYTES:
        raise large
    found = bytearray()
    pieces = _pieces(record, headers)
    first = next(pieces, b"")
    encoding = headers.get_header("Content-Encoding") or ""
    if "gzip" in encoding.lower() and not is_gzip(first):
        encoding = ""  # some crawlers unpack the body and leave the header
    try:
        for piece in decompress(itertools.chain([first], pieces), encoding):
            found += piece
            if len(found) > _MAX_BYTES:
                raise large
    except BadCompression as error:
        raise FetchError(
            address, "encoding", f"the body cannot be decompressed ({error})",
            "Ingest the page by its address.", http_status=200,
        ) from error  # fmt: skip
    return bytes(found)


def _pieces(record: Any, headers: Any) -> Iterator[bytes]:
    from warcio.bufferedreaders import ChunkedDataReader

    is_chunked = "chunked" in (headers.get_header("Transfer-Encoding") or "").lower()
    # Bodies that a crawler joined and left the header on are read as they are.
    stream = ChunkedDataReader(record.raw_stream) if is_chunked else record.raw_stream
    while piece := stream.read(_PIECE_BYTES):
        yield piece
