"""Summarize: archive -> transformer -> summaries, tags, vectors -> archive."""

from archive import Mention, Summary
from archive.records import Task

__all__ = ["summarize_text", "tag_texts"]

#: Texts that are read together: enough to fill the encoder's batches.
_BATCH = 256


def summarize_text(text: str, title: str | None = None) -> Summary:
    """Summarize a text with the embedded model.

    Returns:
        The summary; `.text` is one to three sentences of the text, `.sentences` has each with its
        receipt: text[s.source_start:s.source_end] == s.text, but where s.origin is "repaired": there
        something is left out, or a name stands in brackets for a pronoun. A text without sentences
        gives an empty summary.

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
    """Find the entities that texts mention, with the embedded tagger.

    Returns:
        For each text its mentions in order; text[m.start:m.end] == m.surface; `.entity` is the
        canonical name, or None where a name stands for someone whom the text does not make known.
        Texts carry no date: names are understood as of today. They are read as English.

    Raises:
        ModelError: the embedded models are not installed.
    """
    from archive.records import WorkItem
    from summarize.defaults import default_enricher

    enricher = default_enricher()
    tasks: frozenset[Task] = frozenset({"tags"})
    found: list[list[Mention]] = []
    for start in range(0, len(texts), _BATCH):
        batch = texts[start : start + _BATCH]
        items = [WorkItem(0, "", text, None, None, "", tasks) for text in batch]
        made = enricher.enrich(items)
        found += [list(e.tagging.mentions) if e.tagging else [] for e in made]
    return found
