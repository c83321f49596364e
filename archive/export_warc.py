"""Stored pages as WARC (ISO 28500:2017, WARC/1.1): evidence of what was seen, where and when.

For each page a request, a response (a resource for what was no answer of HTTP) and a metadata
record. All records carry digests. The archive keeps a page after its content coding was undone, and
no request: so the headers about coding and length are set aside under other names, and the request
is the one that leads to the page. Record ids follow from the page: two exports of it are alike.
"""

import io
import uuid
from collections.abc import Callable, Iterable
from dataclasses import replace
from http.client import responses
from typing import IO, Any
from urllib.parse import urlsplit

from archive import times
from archive.errors import PageDamaged
from archive.export import Evidence
from archive.records import Page
from archive.store import Archive

_SOFTWARE = "newsarchive"
#: They describe bytes that were on the wire, and not those that were kept.
_OF_THE_WIRE = frozenset({"content-encoding", "transfer-encoding", "content-length"})
_ABOUT = (
    "Pages of a news archive. Bodies are stored with content codings undone; headers about coding "
    "and length are renamed to X-Archive-Orig-*; cookies and tokens are left out. Requests are "
    "reconstructed from the address."
)


def write_warc(
    archive: Archive,
    pages: Iterable[Evidence],
    file: IO[bytes],
    gzip: bool,
    on_damaged: Callable[[PageDamaged], object],
) -> int:
    """Write pages to a file; return how many.

    Args:
        on_damaged: called for each page that cannot be read, and is left out.
        gzip: each record is a gzip member of its own, as .warc.gz files have them.
    """
    from warcio.warcwriter import WARCWriter

    writer = WARCWriter(file, gzip=gzip, warc_version="1.1")
    about = {"software": _SOFTWARE, "format": "WARC File Format 1.1", "description": _ABOUT}
    writer.write_record(writer.create_warcinfo_record(None, about))
    number = 0
    for evidence in pages:
        try:
            page = archive.articles.get_page(evidence.page_id)
        except PageDamaged as error:
            on_damaged(error)
            continue
        if evidence.is_return and (seen_at := times.from_text(evidence.last_seen_at)):
            page = replace(page, fetched_at=seen_at)
        _write_page(writer, evidence, page)
        number += 1
    return number


def _write_page(writer: Any, evidence: Evidence, page: Page) -> None:
    date = times.to_text(page.fetched_at)
    ids = {kind: _record_id(page, kind) for kind in ("request", "response", "metadata")}
    if page.http_status is not None and page.final_url.startswith("http"):
        common = {"WARC-Date": date, "WARC-Concurrent-To": ids["response"]}
        writer.write_record(
            writer.create_warc_record(
                page.final_url, "request", http_headers=_request(page.final_url),
                warc_headers_dict={**common, "WARC-Record-ID": ids["request"]},
            )
        )  # fmt: skip
        writer.write_record(
            writer.create_warc_record(
                page.final_url, "response", payload=io.BytesIO(page.body), length=len(page.body),
                http_headers=_response(page),
                warc_headers_dict={"WARC-Date": date, "WARC-Record-ID": ids["response"]},
            )
        )  # fmt: skip
    else:
        kind = page.header("content-type") or "application/octet-stream"
        writer.write_record(
            writer.create_warc_record(
                _one_line(page.final_url), "resource", payload=io.BytesIO(page.body),
                length=len(page.body), warc_content_type=_one_line(kind),
                warc_headers_dict={"WARC-Date": date, "WARC-Record-ID": ids["response"]},
            )
        )  # fmt: skip
    notes = _notes(evidence, page)
    writer.write_record(
        writer.create_warc_record(
            _one_line(page.final_url), "metadata", payload=io.BytesIO(notes), length=len(notes),
            warc_content_type="application/warc-fields",
            warc_headers_dict={
                "WARC-Date": date, "WARC-Record-ID": ids["metadata"],
                "WARC-Refers-To": ids["response"],
            },
        )
    )  # fmt: skip


def _record_id(page: Page, kind: str) -> str:
    name = "\n".join((kind, page.requested_url, page.body_sha256, str(page.fetched_at)))
    return f"<urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, name)}>"


def _request(url: str) -> Any:
    from warcio.statusandheaders import StatusAndHeaders

    parts = urlsplit(url)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return StatusAndHeaders(
        f"GET {_one_line(path)} HTTP/1.1", [("Host", _one_line(parts.netloc))], is_http_request=True
    )


def _response(page: Page) -> Any:
    from warcio.statusandheaders import StatusAndHeaders

    headers = [
        (f"X-Archive-Orig-{name}" if name.lower() in _OF_THE_WIRE else _one_line(name),
         _one_line(value))
        for name, value in page.headers
    ]  # fmt: skip
    headers.append(("Content-Length", str(len(page.body))))
    reason = responses.get(page.http_status or 0, "Unknown")
    return StatusAndHeaders(f"{page.http_status} {reason}", headers, protocol="HTTP/1.1")


def _notes(evidence: Evidence, page: Page) -> bytes:
    """What became of the page, as lines of name and value (application/warc-fields)."""
    notes = {
        "via": evidence.source_url,
        "requested-url": page.requested_url,
        "body-sha256": page.body_sha256,
        "ledger-state": evidence.state,
        "ledger-reason": evidence.reason,
        "article-url": evidence.article_url,
        "last-seen": evidence.last_seen_at,
    }
    lines = (f"{name}: {_one_line(value)}\r\n" for name, value in notes.items() if value)
    return "".join(lines).encode("utf-8", "replace")


def _one_line(text: str) -> str:
    """Text in a header: nothing from a page begins a header of its own."""
    return " ".join(text.split())
