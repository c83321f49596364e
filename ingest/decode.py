"""Bytes to text: the charset by BOM, HTTP header and meta tag as browsers do it, else by detection."""

import re
from dataclasses import dataclass

from w3lib.encoding import html_body_declared_encoding, http_content_type_encoding, read_bom

from ingest.errors import NotAPage

#: Detection reads this much text without markup: enough for every script, and bounded on huge pages.
_DETECT_BYTES = 64 * 1024
_DETECT_WITHIN_BYTES = 1024 * 1024
_MARKUP = re.compile(rb"<(script|style)\b.*?(?:</\1|$)|<[^<>]*>", re.I | re.S)
_BEYOND_ASCII = re.compile(rb"[\x80-\xff]")
#: What pages that do not say their charset are in, where they are not in UTF-8.
_LEGACY = ["cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "koi8_r",
           "iso8859_2", "shift_jis", "euc_jp", "gb18030", "big5", "cp949"]  # fmt: skip
#: Windows-1252 is by far the most frequent, so it wins where it fits about as well as the best.
_USUAL = "cp1252"
_SAME_CHAOS = 0.002
_SAME_COHERENCE = 0.03

#: Python codecs that are no charsets of pages; UTF-16 and UTF-32 are known by their BOM alone.
_NO_CHARSET = re.compile(r"utf-?_?(?:7|16|32)|idna|punycode|.*escape|undefined|mbcs|oem", re.I)

#: More replacement characters than this share of the text is not text any more.
_MAX_BROKEN = 0.01
#: Fewer than this share of what is beyond ASCII are accidents in a text that is what it says.
_MAX_ACCIDENTS = 0.1
_ASCII = re.compile(r"[\x00-\x7f]+")

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

    declared is the charset that the page claims; is_doubtful says that the claim is wrong, or that
    there is none and the charset was guessed.
    """

    text: str
    charset: str
    declared: str | None = None
    is_doubtful: bool = False

    def warning(self, subject: str, next_step: str) -> str | None:
        """The doubt in one line, or None where there is none."""
        if not self.is_doubtful:
            return None
        claim = f"it says that it is in {self.declared}, but is not" if self.declared else (
            "it does not say its charset"
        )  # fmt: skip
        return f"{subject}: {claim}; it was read as {self.charset}. {next_step}"


def binary_kind(body: bytes) -> str | None:
    """What a body is if it is not text ("a PDF"), else None."""
    head = body[:4096]
    for magic, kind in _MAGIC.items():
        # Text may begin with the letters MZ or RIFF; in a file of that kind NUL bytes follow.
        if body.startswith(magic) and (b"\x00" in head or not magic.isalnum()):
            return kind
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
    declared = _real(http_content_type_encoding(content_type))
    declared = declared or _real(html_body_declared_encoding(body))
    # Bytes that are UTF-8 beyond ASCII are so by no accident, whatever is claimed; while every
    # byte is valid windows-1252, so that to be readable as that proves nothing.
    if not body.isascii() and (text := _strictly(body, "utf-8")) is not None:
        return Decoded(text, "utf-8", declared, declared not in (None, "utf-8"))
    if declared and (text := _strictly(body, declared)) is not None:
        return Decoded(text, declared, declared)
    if body.isascii():
        return Decoded(body.decode("ascii"), "utf-8", declared, bool(declared))
    for charset in (declared, "utf-8"):
        if charset and _is_nearly_sound(almost := body.decode(charset, "replace")):
            return Decoded(almost, charset, declared, charset != (declared or charset))
    guess = _detect(body) or _USUAL
    text = body.decode(guess, "replace")
    if text.count("\ufffd") > _MAX_BROKEN * len(text):
        raise NotAPage(
            subject,
            "charset",
            f"the bytes are in no charset that can be told (declared: {declared or 'none'})",
            "Save the page as UTF-8 and ingest the file.",
        )
    return Decoded(text, guess, declared, is_doubtful=True)


def decoded_head(body: bytes, size: int) -> bytes:
    """The first bytes of a body; of UTF-16 and UTF-32, the same in UTF-8."""
    head = body[:size]
    charset, bom = read_bom(head)
    if charset is None or bom is None:
        return head
    return head[len(bom) :].decode(charset, "ignore").encode()


def _real(codec: str | None) -> str | None:
    """A codec that w3lib found for a label, if it is a charset of pages."""
    if codec is None or _NO_CHARSET.match(codec):
        return None
    try:
        "".encode(codec)
    except LookupError:  # a codec of bytes or of text, such as hex and rot13
        return None
    return codec


def _strictly(body: bytes, charset: str) -> str | None:
    try:
        return body.decode(charset)
    except UnicodeError:
        # windows-1252 leaves five bytes undefined; no page is refused for one of them.
        return body.decode("cp1252", "replace") if charset == "cp1252" else None


def _is_nearly_sound(text: str) -> bool:
    return text.count("\ufffd") <= _MAX_ACCIDENTS * len(_ASCII.sub("", text))


def _detect(body: bytes) -> str | None:
    from charset_normalizer import from_bytes

    text = _MARKUP.sub(b" ", body[:_DETECT_WITHIN_BYTES])
    if text.isascii() and (beyond := _BEYOND_ASCII.search(body)):
        text = body[beyond.start() :]
    found = list(from_bytes(text[:_DETECT_BYTES], cp_isolation=_LEGACY))
    for match in found:
        if (
            _USUAL in match.could_be_from_charset
            and match.chaos <= found[0].chaos + _SAME_CHAOS
            and match.coherence >= found[0].coherence - _SAME_COHERENCE
        ):
            return _USUAL
    return found[0].encoding if found else None
