"""Bodies as they come over the wire, decompressed in small pieces.

httpx would decompress all that a network read returned at once, where 1 KB of brotli can hold half a
gigabyte, and would take the first half of a gzip stream for the whole. So its raw bytes are read,
and gzip alone is asked for, which every server has.
"""

import zlib
from collections.abc import Iterable, Iterator

#: The value of Accept-Encoding.
ACCEPTED = "gzip"

_WINDOW_BITS = {
    "gzip": zlib.MAX_WBITS | 16,
    "x-gzip": zlib.MAX_WBITS | 16,
    "deflate": zlib.MAX_WBITS,
}
_UNKNOWN = frozenset({"br", "zstd", "compress", "x-compress", "dcb", "dcz"})
_PIECE_BYTES = 64 * 1024


class BadCompression(ValueError):
    """The body is not in the compression that it claims, or in one that was not asked for."""


def decompress(chunks: Iterable[bytes], content_encoding: str | None) -> Iterator[bytes]:
    """Decompress a body while it comes; no piece is larger than 64 KB.

    Args:
        chunks: the raw body.
        content_encoding: the header; a label that names no compression ("utf-8") means none.

    Raises:
        BadCompression: the bytes are broken, end too early, or were compressed more than once.
    """
    labels = [label.strip().lower() for label in (content_encoding or "").split(",")]
    known = [label for label in labels if label in _WINDOW_BITS or label in _UNKNOWN]
    if not known:
        yield from chunks
    elif len(known) > 1 or known[0] in _UNKNOWN:
        raise BadCompression(f"{', '.join(known)} was not asked for")
    else:
        yield from _inflate(chunks, _WINDOW_BITS[known[0]])


def _inflate(chunks: Iterable[bytes], window_bits: int) -> Iterator[bytes]:
    stream = zlib.decompressobj(window_bits)
    try:
        for chunk in chunks:
            if stream.eof:
                break  # what follows the stream is padding
            while chunk and not stream.eof:
                if piece := stream.decompress(chunk, _PIECE_BYTES):
                    yield piece
                chunk = stream.unconsumed_tail
        while not stream.eof and (piece := stream.decompress(b"", _PIECE_BYTES)):
            yield piece
    except zlib.error as error:
        raise BadCompression(str(error)) from error
    if not stream.eof:
        raise BadCompression("it ends too early")
