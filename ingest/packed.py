"""Gzip files: read piece by piece, as far as they are sound; damage loses nothing that stands before."""

import io
import zlib
from collections.abc import Callable, Iterator

_MAGIC = b"\x1f\x8b"
_STEP_BYTES = 1024
_PIECE_BYTES = 64 * 1024


def is_gzip(body: bytes) -> bool:
    """True if the bytes begin as a gzip file does (RFC 1952)."""
    return body.startswith(_MAGIC)


def inflate(body: bytes, max_bytes: int) -> tuple[bytes, str | None]:
    """The content of a gzip file of one or more members; bytes that are no gzip stay as they are.

    Returns:
        What stands before the limit or the damage, and that in a few words, else None.
    """
    too_large = f"it is larger than {max_bytes / 2**20:g} MB"
    if not is_gzip(body):
        return body[:max_bytes], too_large if len(body) > max_bytes else None
    found = bytearray()
    try:
        for piece in _pieces(io.BytesIO(body).read):
            found += piece
            if len(found) > max_bytes:
                return bytes(found[:max_bytes]), too_large
    except zlib.error as error:
        return bytes(found), f"its gzip is broken: {error}"
    return bytes(found), None


def inflated_file(file: io.BufferedIOBase) -> io.BufferedIOBase:
    """An open file for reading, inflated if it is gzip; it must be at its beginning.

    Reading it raises zlib.error at the place where the gzip is damaged or cut off.
    """
    start = file.read(2)
    file.seek(0)
    return io.BufferedReader(_Inflated(file)) if is_gzip(start) else file


class _Inflated(io.RawIOBase):
    def __init__(self, file: io.BufferedIOBase) -> None:
        self._pieces = _pieces(file.read)
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        if not self._rest:
            self._rest = memoryview(next(self._pieces, b""))
        size = min(len(buffer), len(self._rest))
        buffer[:size] = self._rest[:size]
        self._rest = self._rest[size:]
        return size


def _pieces(read: Callable[[int], bytes]) -> Iterator[bytes]:
    """Pieces of at most 64 KB, so that a bomb costs no memory.

    Raises:
        zlib.error: the gzip is damaged or ends too early.
    """
    rest = read(_STEP_BYTES)
    while rest:
        stream = zlib.decompressobj(zlib.MAX_WBITS | 16)
        while not stream.eof:
            # Small steps: what a broken step has inflated is lost.
            step = stream.unconsumed_tail or rest or read(_STEP_BYTES)
            rest = b""
            if piece := stream.decompress(step, _PIECE_BYTES):
                yield piece
            elif not step:
                raise zlib.error("it ends too early")
        rest = stream.unused_data or read(_STEP_BYTES)
        while rest and not rest.strip(b"\0"):  # padding
            rest = read(_STEP_BYTES)
