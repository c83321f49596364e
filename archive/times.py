"""Times as the tables hold them: UTC, ISO 8601, whole seconds, ending in Z; they sort as text."""

from datetime import UTC, datetime


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return datetime.now(UTC)


def to_text(moment: datetime | None) -> str | None:
    """The text form of an aware datetime; None stays None.

    Raises:
        ValueError: for a naive datetime, whose zone would have to be guessed.
    """
    if moment is None:
        return None
    if moment.tzinfo is None:
        raise ValueError(f"naive datetime {moment!r}: give it a time zone")
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def from_text(text: str | None) -> datetime | None:
    """The aware datetime of a text written by `to_text`; None stays None."""
    if text is None:
        return None
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
