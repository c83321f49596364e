"""What is named on the command line, resolved into candidates: URLs to fetch, pages in hand."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from io import BufferedIOBase
from pathlib import Path

from archive import Article, Page, times
from archive.addresses import file_url, path_in, shown
from archive.records import Source
from ingest.errors import IngestError, NotAPage, SourceError
from ingest.kinds import LISTINGS, Kind, kind_of
from ingest.packed import inflate

_ARTICLE_FILES = frozenset({".html", ".htm", ".xhtml", ".txt", ".text"})
#: What mirrors of sites hold beside pages, for programs.
_SITE_FILES = frozenset(
    {"robots.txt", "humans.txt", "ads.txt", "app-ads.txt", "llms.txt", "security.txt"}
)
#: Browsers write the address into pages that they save.
_SAVED_FROM = re.compile(rb"<!-- saved from url=\(\d+\)(https?://[^\s>]+) -->")
_MAX_FILE_BYTES = 50 * 1024 * 1024


@dataclass(frozen=True)
class Candidate:
    """A URL that may be an article.

    Attributes:
        page: there if it was read already.
        article: there if the source holds the article itself, and no page to read it from.
        date: when it was published or changed, as far as the source says.
        title: likewise.
        kind: "html" or "text" where the operator said so.
        warning: a doubt about `article`, in one line.
        is_again: this run has met the URL before; so only a capture has another page of it.
        is_dated: `article` was seen at the date of its page, so that it may be older than what is held.
    """

    url: str
    source: Source
    page: Page | None = None
    article: Article | None = None
    date: datetime | None = None
    title: str | None = None
    kind: Kind | None = None
    warning: str | None = None
    is_again: bool = False
    is_dated: bool = False

    @property
    def is_capture(self) -> bool:
        """True for a page that somebody else has seen, which may have changed since."""
        return self.source.kind == "warc"


def read_list(lines: Iterator[str]) -> Iterator[str]:
    """The sources in a list: one a line; blank lines and lines that begin with # are passed over."""
    for line in lines:
        if (entry := line.strip().lstrip("\ufeff")) and not entry.startswith("#"):
            yield entry


def path_of(argument: str) -> Path:
    """The path of an argument that is a path or a file URL.

    Raises:
        SourceError: reason "bad_url", if a file URL names another machine.
    """
    path = path_in(argument) if argument.startswith("file://") else Path(argument)
    if path is None:
        raise SourceError(
            shown(argument),
            "bad_url",
            "this file URL names a file on another machine",
            "Write file:///path/to/file, with three slashes, or the path alone.",
        )
    return path


def ledger_url(argument: str) -> str:
    """The URL under which a path that cannot be read stands in the ledger."""
    try:
        return file_url(path_of(argument))
    except (SourceError, ValueError):
        return argument


def named(error: Exception, argument: str) -> IngestError:
    """An error about a path as one of ours."""
    if isinstance(error, IngestError):
        return error
    return SourceError(
        shown(argument), "unreadable_file", f"it cannot be read ({error})", "Check the path."
    )


def files_in(folder: Path) -> list[Path]:
    """The HTML and text files in a folder and the folders below it, in order of their names.

    Raises:
        SourceError: reason "empty_folder".
    """
    found = sorted(
        path
        for path in folder.rglob("*")
        if Path(path.name.lower().removesuffix(".gz")).suffix in _ARTICLE_FILES
        and path.name.lower() not in _SITE_FILES
        and path.is_file()
        and not any(part.startswith(".") for part in path.relative_to(folder).parts)
    )
    if not found:
        raise SourceError(
            shown(str(folder)),
            "empty_folder",
            "there are no .html, .htm or .txt files in this folder",
            "Name a folder with pages in it, or single files.",
        )
    return found


@contextmanager
def open_file(path: Path) -> Iterator[BufferedIOBase]:
    """A file, open for reading; a failure to open or read it in the block is named.

    Raises:
        SourceError: reason "missing_file" or "unreadable_file".
    """
    subject = shown(str(path))
    if path.exists() and not path.is_file():
        raise SourceError(
            subject, "unreadable_file", "it is a pipe or a device, which has no name to keep it under",
            "Save it as a file; a list may come on standard input: newsarchive ingest -",
        )  # fmt: skip
    try:
        with path.open("rb") as file:
            yield file
    except FileNotFoundError as error:
        raise SourceError(
            subject, "missing_file", "there is no such file", _hint_for(subject)
        ) from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise SourceError(
            subject,
            "unreadable_file",
            f"it cannot be read ({reason})",
            "Check the path and its permissions.",
        ) from error


def read_file(path: Path) -> Page:
    """The bytes of a file as a page.

    Raises:
        SourceError: reason "missing_file", "unreadable_file", "too_large" or "broken_gzip".
        NotAPage: reason "empty", if there is nothing in it.
    """
    with open_file(path) as file:
        return page_in(file, shown(str(path)), file_url(path))


def page_in(file: BufferedIOBase, subject: str, url: str) -> Page:
    """The bytes of an open file as a page, of gzip those of what is in it.

    Of a damaged list of addresses the gzip itself: its reader takes what stands before the damage.

    Args:
        subject: the file, for messages.
        url: what it is asked for by.

    Raises:
        SourceError: reason "too_large" or "broken_gzip".
        NotAPage: reason "empty", if there is nothing in it.
    """
    packed = file.read(_MAX_FILE_BYTES + 1)
    if len(packed) > _MAX_FILE_BYTES:
        raise _too_large(subject, "the file is larger")
    body, damage = inflate(packed, _MAX_FILE_BYTES + 1)
    if damage or len(body) > _MAX_FILE_BYTES:
        if kind_of(packed) in LISTINGS:
            body = packed
        elif len(body) > _MAX_FILE_BYTES:
            raise _too_large(subject, "what the gzip holds is larger")
        else:
            raise SourceError(
                subject, "broken_gzip", f"{damage}; nothing of it was taken",
                "Make or download the file again.",
            )  # fmt: skip
    if not body.strip():
        raise NotAPage(subject, "empty", "the file is empty", "Save the page again.")
    saved_from = _SAVED_FROM.search(body[:2048])
    return Page(
        requested_url=url,
        final_url=saved_from.group(1).decode("ascii", "replace") if saved_from else url,
        fetched_at=times.now(),
        body=body,
    )


def _too_large(subject: str, what: str) -> SourceError:
    return SourceError(
        subject, "too_large", f"{what} than {_MAX_FILE_BYTES // 2**20} MB", "Name smaller files."
    )


def _hint_for(argument: str) -> str:
    host = argument.split("/", 1)[0]
    if re.fullmatch(r"(?:[\w-]+\.)+[a-z]{2,}", host, re.I) and not host.endswith((".html", ".txt")):
        return f"For a web address write https://{argument}"
    return "Check the path."
