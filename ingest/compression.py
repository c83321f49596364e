"""Bodies as they come over the wire, decompressed in small pieces.

httpx would decompress all that a network read returned at once, where 1 KB of brotli can hold half a
gigabyte, and would take the first half of a gzip stream for the whole. So its raw bytes are read, and
decompressed with a bound on every piece.
"""

import zlib
from collections.abc import Iterable, Iterator

import brotli
import zstandard

#: The value of Accept-Encoding.
ACCEPTED = "gzip, br, zstd"

_WINDOW_BITS = {
    "gzip": zlib.MAX_WBITS | 16,
    "x-gzip": zlib.MAX_WBITS | 16,
    "deflate": zlib.MAX_WBITS,
}
_UNKNOWN = frozenset({"compress", "x-compress", "dcb", "dcz"})
_KNOWN = frozenset({*_WINDOW_BITS, "br", "zstd"})
#: The largest window that RFC 9659 lets a server use; it bounds the memory of the decompressor.
_MAX_ZSTD_WINDOW = 8 * 1024 * 1024
_ZSTD_SLICE_BYTES = 64
_PIECE_BYTES = 64 * 1024


class BadCompression(ValueError):
    """The body is not in the compression that it claims, or in one that was not asked for."""


def decompress(chunks: Iterable[bytes], content_encoding: str | None) -> Iterator[bytes]:
    """Decompress a body while it comes; no piece is larger than 2 MB.

    Args:
        chunks: the raw body.
        content_encoding: the header; a label that names no compression ("utf-8") means none.

    Raises:
        BadCompression: the bytes are broken, end too early, or were compressed more than once.
    """
    labels = [label.strip().lower() for label in (content_encoding or "").split(",")]
    known = [label for label in labels if label in _KNOWN | _UNKNOWN]
    if not known:
        yield from chunks
    elif len(known) > 1 or known[0] in _UNKNOWN:
        raise BadCompression(f"{', '.join(known)} was not asked for")
    elif known[0] == "br":
        yield from _unbrotli(chunks)
    elif known[0] == "zstd":
        yield from _unzstd(chunks)
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


def _unbrotli(chunks: Iterable[bytes]) -> Iterator[bytes]:
    stream = brotli.Decompressor()
    try:
        for chunk in chunks:
            piece = stream.process(chunk, output_buffer_limit=_PIECE_BYTES)
            while piece:
                yield piece
                # What the limit held back comes without new input; at the end, nothing does.
                done = stream.is_finished()
                piece = b"" if done else stream.process(b"", output_buffer_limit=_PIECE_BYTES)
            if stream.is_finished():
                break
    except brotli.error as error:
        raise BadCompression(str(error)) from error
    if not stream.is_finished():
        raise BadCompression("it ends too early")


def _unzstd(chunks: Iterable[bytes]) -> Iterator[bytes]:
    stream = zstandard.ZstdDecompressor(max_window_size=_MAX_ZSTD_WINDOW).decompressobj()
    try:
        for chunk in chunks:
            # A block of 4 bytes can stand for 128 KB, so a bound on the input bounds the output.
            for start in range(0, len(chunk), _ZSTD_SLICE_BYTES):
                if stream.eof:
                    return
                if piece := stream.decompress(chunk[start : start + _ZSTD_SLICE_BYTES]):
                    yield piece
    except zstandard.ZstdError as error:
        raise BadCompression(str(error)) from error
    if not stream.eof:
        raise BadCompression("it ends too early")
