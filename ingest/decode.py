"""Bytes to text: the charset by BOM, HTTP header and meta tag as browsers do it, else by detection."""

from dataclasses import dataclass

from w3lib.encoding import html_body_declared_encoding, http_content_type_encoding, read_bom
from w3lib.encoding import resolve_encoding as resolve_label

from ingest.errors import NotAPage

#: Detection reads this much: enough for every script, and bounded on huge pages.
_DETECT_BYTES = 64 * 1024

#: More replacement characters than this share of the text is not text any more.
_MAX_BROKEN = 0.01

#: Charsets in which (nearly) any bytes are valid, so that a wrong claim is not noticed in decoding.
_SINGLE_BYTE = frozenset(
    {
        "cp1252",
        "iso8859-1",
        "latin-1",
        "latin1",
        "iso8859-15",
        "iso8859-2",
        "cp1250",
        "cp1251",
        "ascii",
    }
)

#: Beginnings of files that are no text, whatever their name or Content-Type says.
_MAGIC = {
    b"%PDF-": "a PDF",
    b"\x89PNG": "an image (PNG)",
    b"\xff\xd8\xff": "an image (JPEG)",
    b"GIF8": "an image (GIF)",
    b"RIFF": "a media file",
    b"PK\x03\x04": "a zip archive or an office document",
    b"\x1f\x8b": "gzip data",
    b"\x28\xb5\x2f\xfd": "zstd data",
    b"\x7fELF": "a program",
    b"MZ": "a program",
    b"SQLite format 3": "a SQLite database",
    b"OggS": "a media file",
    b"ID3": "a media file",
    b"\x00\x00\x00": "a media file",
}


@dataclass(frozen=True)
class Decoded:
    """Text with the charset that it was read in.

    declared_wrongly names the charset that the page claims where the bytes are not in it.
    """

    text: str
    charset: str
    declared_wrongly: str | None = None


def binary_kind(body: bytes) -> str | None:
    """What a body is if it is not text ("a PDF"), else None."""
    for magic, kind in _MAGIC.items():
        if body.startswith(magic):
            return kind
    head = body[:4096]
    # UTF-16 and UTF-32 hold NUL bytes, and say so by their BOM.
    if b"\x00" in head and read_bom(head)[0] is None:
        return "binary data"
    return None


def decode(body: bytes, subject: str, content_type: str | None = None) -> Decoded:
    """Decode a page.

    The order is BOM, Content-Type, meta tag; labels mean what the WHATWG Encoding standard says
    (latin-1 is windows-1252). A declaration that the bytes contradict is not believed; a page
    that declares nothing is UTF-8 if its bytes are, else the charset is detected.

    Raises:
        NotAPage: reason "binary" (no text) or "charset" (no charset reads it).
    """
    if kind := binary_kind(body):
        raise NotAPage(
            subject, "binary", f"this is {kind}, not a page of text", "Name an HTML page instead."
        )
    bom_charset, bom = read_bom(body)
    if bom_charset and bom:
        return Decoded(body[len(bom) :].decode(bom_charset, "replace"), bom_charset)
    declared = http_content_type_encoding(content_type) or html_body_declared_encoding(body)
    # Bytes that are UTF-8 beyond ASCII are so by no accident, whatever legacy charset is claimed;
    # every byte is valid windows-1252, so that claim alone proves nothing.
    if not body.isascii() and (text := _strictly(body, "utf-8")) is not None:
        wrong = declared if declared and resolve_label(declared) in _SINGLE_BYTE else None
        if wrong or not declared or resolve_label(declared) == "utf-8":
            return Decoded(text, "utf-8", wrong)
    if declared and (text := _strictly(body, declared)) is not None:
        return Decoded(text, declared)
    if (text := _strictly(body, "utf-8")) is not None:
        return Decoded(text, "utf-8", declared)
    charset = _detect(body) or declared or "windows-1252"
    text = body.decode(charset, "replace")
    if text.count("\ufffd") > _MAX_BROKEN * len(text):
        raise NotAPage(
            subject,
            "charset",
            f"the bytes are in no charset that can be told (declared: {declared or 'none'})",
            "Save the page as UTF-8 and ingest the file.",
        )
    # A few broken bytes in a page that is otherwise what it says: the declaration stands.
    almost = body.decode(declared, "replace") if declared else ""
    if declared and almost.count("\ufffd") <= 0.001 * len(almost):
        return Decoded(almost, declared)
    return Decoded(text, charset, declared)


def _strictly(body: bytes, label: str) -> str | None:
    charset = resolve_label(label)
    if charset is None:
        return None
    try:
        return body.decode(charset)
    except (UnicodeDecodeError, LookupError):
        # windows-1252 leaves five bytes undefined; browsers read them as control characters.
        if charset == "cp1252":
            return body.decode("cp1252", "replace")
        return None


def _detect(body: bytes) -> str | None:
    from charset_normalizer import from_bytes

    best = from_bytes(body[:_DETECT_BYTES]).best()
    return best.encoding if best else None
