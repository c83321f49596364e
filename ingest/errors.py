"""Why something was not taken.

    NewsarchiveError
    └── IngestError          has a `reason`, the short code kept in the ledger
        ├── SourceError      what was named cannot be read as a source
        ├── FetchError       the bytes did not come (network, HTTP status, limits)
        ├── ParseError       the parser failed on the page (a crash, too long, too much memory)
        ├── NotAPage         bytes came, but they are no text (a PDF, an image, ...)
        └── NotAnArticle     a page, but not an article (an index, a soft 404, ...)

`NotAPage` and `NotAnArticle` leave a URL as `skipped`; the others as `failed`.
"""

from typing import Self

from archive import NewsarchiveError


class IngestError(NewsarchiveError):
    """An input gave no article.

    Attributes:
        reason: a short, stable code such as "http_404" or "too_short".
        http_status: the status of the last answer, where there was one.
    """

    def __init__(
        self,
        subject: str,
        reason: str,
        cause: str,
        next_step: str = "",
        http_status: int | None = None,
    ) -> None:
        super().__init__(subject, cause, next_step)
        self.args = (subject, reason, cause, next_step, http_status)  # so that it pickles
        self.reason = reason
        self.http_status = http_status

    def about(self, subject: str) -> Self:
        """The same error, said of another input that has the same fault."""
        return type(self)(subject, self.reason, self.cause, self.next_step, self.http_status)


class SourceError(IngestError):
    """What was named on the command line cannot be read as a source."""


class FetchError(IngestError):
    """A URL could not be fetched.

    Attributes:
        retry_after_s: the seconds after which the server wants to be asked again, if it said so.
    """

    retry_after_s: float | None = None


class ParseError(IngestError):
    """A page came, and the parser could not cope with it; the page is kept."""


class NotAPage(IngestError):
    """What came back is not text in HTML."""


class NotAnArticle(IngestError):
    """The page is not an article; `reason` says what it seems to be."""
