"""Summarize: archive -> transformer -> summaries, tags, vectors -> archive."""

from archive import Mention, Summary

__all__ = ["summarize_text", "tag_texts"]


def summarize_text(text: str, title: str | None = None) -> Summary:
    """Summarize a text with the embedded model.

    Returns:
        The summary; `.text` is two to three whole sentences of the text, `.sentences` has each with
        its receipt: text[s.source_start:s.source_end] == s.text. A text without sentences gives an
        empty summary.

    Raises:
        ModelError: the embedded encoder is not installed.
    """
    from archive.records import WorkItem
    from summarize.defaults import default_enricher

    item = WorkItem(0, title or "", text, None, None, "", frozenset({"summary"}))
    summary = default_enricher().enrich([item])[0].summary
    if summary is None:  # pragma: no cover - a summary was asked for
        raise AssertionError("no summary was made")
    return summary


def tag_texts(texts: list[str]) -> list[list[Mention]]:
    """Find the entities that texts mention.

    Returns:
        For each text its mentions in order; text[m.start:m.end] == m.surface; `.entity` is the
        canonical name. Texts carry no date: names are understood as of today.
    """
    from summarize.tagging import Document, GazetteerTagger

    return GazetteerTagger().find([Document(text) for text in texts])
