"""Summaries that a model writes: each sentence is checked, and the article's own stands in for a bad one."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from archive import Summary, SummarySentence
from archive.records import Model
from summarize.checking import CHECK_VERSION, Checker, Verdict
from summarize.encoder import Encoder
from summarize.sentences import Sentence, split_sentences
from summarize.vectors import Floats
from summarize.writers import Material, Writer

#: A paragraph is at most so long, whatever the model writes.
_MAX_SENTENCES = 5
_MAX_WORDS = 140
#: Sentences of one summary as like as this say the same thing.
_SAME = 0.95
_ENDED = re.compile(r"[.!?…。！？][\"'”’»“‘«)\]」』]*$")


@dataclass(frozen=True)
class Draft:
    """An article as it was read, and what was chosen of it.

    Attributes:
        title: "" where there is none, or where it is an order (`summarize.orders`).
        text: of the article.
        sentences: of the text, all of them.
        vectors: theirs, float32 (sentences, dimensions), each of length 1.
        left_out: places of the sentences that are orders.
        extracted: the extractive summaries, the paragraph among them.
    """

    title: str
    text: str
    sentences: tuple[Sentence, ...]
    vectors: Floats
    left_out: frozenset[int]
    extracted: tuple[Summary, ...]

    @property
    def paragraph(self) -> Summary:
        """The extractive paragraph."""
        return next(summary for summary in self.extracted if summary.kind == "paragraph")


class GenerativeSummarizer:
    """Puts a written paragraph in the place of the extractive one; other kinds stay as they are.

    Args:
        writer: writes about articles.
        encoder: gives the vectors by which what is written finds its sources.
    """

    def __init__(self, writer: Writer, encoder: Encoder) -> None:
        self._writer = writer
        self._encoder = encoder

    def model(self, extractive: Model) -> Model:
        """The model as it is recorded; the extractive summarizer has its part in what is made."""
        parameters = (
            *self._writer.parameters,
            ("check", CHECK_VERSION),
            ("chosen_by", extractive.name),
            ("chosen_by_revision", extractive.revision),
            *((f"chosen_by_{name}", value) for name, value in extractive.parameters),
        )
        return Model("summary", self._writer.name, self._writer.revision, parameters)

    def summarize(self, drafts: Sequence[Draft]) -> list[tuple[Summary, ...]]:
        """The summaries of each draft, with receipts."""
        written = [_sentences(text) for text in self._writer.write([_material(d) for d in drafts])]
        vectors = self._encoder.encode([text for texts in written for text in texts]).vectors
        made = []
        at = 0
        for draft, texts in zip(drafts, written, strict=True):
            checker = Checker(
                draft.title,
                draft.sentences,
                draft.vectors,
                draft.left_out,
                self._writer.own_words_only,
            )
            paragraph = _paragraph(draft, texts, vectors[at : at + len(texts)], checker)
            at += len(texts)
            others = (summary for summary in draft.extracted if summary.kind != "paragraph")
            made.append((replace(draft.paragraph, sentences=paragraph), *others))
        return made


def _material(draft: Draft) -> Material:
    kept = (s.text for at, s in enumerate(draft.sentences) if at not in draft.left_out)
    return Material(draft.title, tuple(kept), tuple(s.text for s in draft.paragraph.sentences))


def _sentences(written: str) -> list[str]:
    """The whole sentences of what a model wrote; the last may have been cut by its limit."""
    texts = [sentence.text for sentence in split_sentences(written)]
    if texts and not _ENDED.search(texts[-1]):
        texts.pop()
    return list(dict.fromkeys(texts))


def _paragraph(
    draft: Draft, texts: Sequence[str], vectors: Floats, checker: Checker
) -> tuple[SummarySentence, ...]:
    """The supported sentences, and quoted ones in the places of the others."""
    verdicts = [checker.judge(text, vector) for text, vector in zip(texts, vectors, strict=True)]
    kept = _distinct(verdicts, vectors)
    held = {verdicts[at].sources[0] for at in kept}
    spare = [s for s in draft.paragraph.sentences if _place(draft, s) not in held]
    made: list[SummarySentence] = []
    words = 0
    for at, (text, verdict) in enumerate(zip(texts, verdicts, strict=True)):
        if at in kept:
            made.append(_receipt(draft, text, verdict))
        elif not verdict.is_supported and spare:
            made.append(replace(spare.pop(0), origin="replacement"))
        else:
            continue
        words += len(made[-1].text.split())
        if len(made) == _MAX_SENTENCES or words >= _MAX_WORDS:
            break
    # Nothing was written: the article speaks for itself.
    return tuple(made or (replace(s, origin="replacement") for s in draft.paragraph.sentences))


def _distinct(verdicts: Sequence[Verdict], vectors: Floats) -> set[int]:
    """Places of the supported sentences, without those that say again what one before has said."""
    kept: list[int] = []
    for at, verdict in enumerate(verdicts):
        is_new = all(float(vectors[at] @ vectors[other]) < _SAME for other in kept)
        if verdict.is_supported and is_new:
            kept.append(at)
    return set(kept)


def _place(draft: Draft, chosen: SummarySentence) -> int:
    """The place of the sentence that a chosen one stands in."""
    starts = (at for at, s in enumerate(draft.sentences) if s.start <= chosen.source_start < s.end)
    return next(starts, -1)


def _receipt(draft: Draft, text: str, verdict: Verdict) -> SummarySentence:
    spans = [(draft.sentences[at].start, draft.sentences[at].end) for at in verdict.sources]
    start, end = spans[0]
    at = draft.text.find(text, start, end)
    if at >= 0:  # the model has copied it
        return SummarySentence(text, 1.0, at, at + len(text))
    return SummarySentence(text, verdict.support, start, end, "written", tuple(spans[1:]))
