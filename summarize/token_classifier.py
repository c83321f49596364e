"""A tagger's model by folder or id: token classification, its labels in our types, its pieces in words."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from archive.records import EntityType
from summarize.detector import Span
from summarize.devices import Precision, best_device, dtype_for, in_batches
from summarize.errors import ModelError
from summarize.loading import ModelFiles, load
from summarize.pieces import BATCH_TOKENS, by_length, marks_of, pad_of, padded, window_of

Parameters = tuple[tuple[str, str | int | float | bool], ...]
#: Tokens that two windows of a long sentence share, half of them seen by each.
_OVERLAP = 32
#: A name of less probability is left out.
_MIN_SCORE = 0.3
#: What labels are called in sets for names (CoNLL, OntoNotes, WNUT, BTC, Few-NERD ...), in our types.
_TYPES: Mapping[str, EntityType] = {
    **dict.fromkeys(("per", "person", "people", "b-per", "pers", "persona"), "person"),
    **dict.fromkeys(
        ("org", "organization", "organisation", "corporation", "company", "corp", "group", "gpe-org"),
        "organization",
    ),
    **dict.fromkeys(
        ("loc", "location", "gpe", "place", "fac", "facility", "building", "city", "country",
         "geo-loc", "geo"),
        "place",
    ),
    **dict.fromkeys(("product", "prod", "software", "device", "app", "vehicle"), "product"),
    **dict.fromkeys(
        ("work", "work_of_art", "creative-work", "creative_work", "cw", "art", "song", "book", "movie",
         "tvshow", "law"),
        "work",
    ),
    **dict.fromkeys(("misc", "miscellaneous", "event", "norp", "other", "entity", "language"), "other"),
}  # fmt: skip
#: These name no one and nothing: dates, amounts, quantities.
_NOT_NAMES = frozenset(
    "date time money percent quantity ordinal cardinal number o null none pad email url".split()
)
_PREFIX = re.compile(r"^([BILUESM])[-_](.+)$", re.I)


@dataclass(frozen=True, slots=True)
class _Window:
    text: int
    ids: list[int]
    offsets: list[tuple[int, int]]
    first: int  # of the pieces of the text
    words: list[int | None]


class TokenClassifier:
    """A model for token classification, as a `summarize.tagging.Spotter`; loaded when first needed.

    Raises:
        ModelError: none of its labels is a kind of name, or its tokenizer gives no offsets.
    """

    def __init__(self, files: ModelFiles, precision: Precision = "auto") -> None:
        self.files = files
        self.name = files.name
        self._precision = precision
        self._labels = self._read_labels()

    @property
    def revision(self) -> str:
        """Of the weights."""
        return self.files.revision

    @property
    def parameters(self) -> Parameters:
        """What else decides the result, for the table `models`."""
        return (("min_score", _MIN_SCORE), ("overlap", _OVERLAP))

    def spot(self, texts: Sequence[str]) -> list[list[Span]]:
        """See `Spotter.spot`."""
        if not texts:
            return []
        windows = self._windows(texts)
        widths = [len(window.ids) + self._marks for window in windows]
        batches = by_length(widths, BATCH_TOKENS[self._model.device.type])
        # The words of each text, by the piece with which each begins: label and probability.
        seen: list[dict[int, tuple[int, int, int, float, int]]] = [{} for _ in texts]
        for batch, scores in in_batches(
            lambda places: self._forward([windows[at].ids for at in places]),
            batches,
        ):
            for at, row in zip(batch, scores, strict=True):
                _read_words(windows[at], row, seen[windows[at].text])
        return [
            self._spans([words[at] for at in sorted(words)], text)
            for words, text in zip(seen, texts, strict=True)
        ]

    def _read_labels(self) -> dict[int, tuple[str, EntityType | None]]:
        """For each label its place in a name (B, I ...) and the type, None for what is no name."""
        named = self.files.config.get("id2label")
        labels = {int(number): str(label) for number, label in (named or {}).items()}
        found = {number: _meaning(label) for number, label in labels.items()}
        if not any(kind for _, kind in found.values()):
            told = ", ".join(list(labels.values())[:5]) or "no labels"
            raise ModelError(
                self.name,
                f"its labels ({told}) are none of people, organizations, places or other names",
                "Name a model that was trained to find names (its labels are PER, ORG, LOC ...).",
            )
        return found

    def _windows(self, texts: Sequence[str]) -> list[_Window]:
        """Each text in windows of what the model reads at once, which overlap."""
        whole = [text.encode("utf-8", "replace").decode() for text in texts]
        room = window_of(self.files.config) - self._marks
        windows = []
        for number, encoding in enumerate(
            self._tokenizer.encode_batch(whole, add_special_tokens=False)
        ):
            start = 0
            while True:
                end = min(start + room, len(encoding.ids))
                windows.append(
                    _Window(
                        number,
                        encoding.ids[start:end],
                        encoding.offsets[start:end],
                        start,
                        encoding.word_ids[start:end],
                    )
                )
                if end >= len(encoding.ids):
                    break
                start = end - min(_OVERLAP, room // 2)
        return windows

    def _forward(self, windows: Sequence[list[int]]) -> list[npt.NDArray[np.float32]]:
        """The probabilities of the labels of each window's pieces, float32 (pieces, labels)."""
        import torch

        before, after = self._special
        marked = [[*before, *window, *after] for window in windows]
        ids, mask = padded(marked, pad_of(self.files.config))
        device = self._model.device
        with torch.inference_mode():
            logits = self._model(input_ids=ids.to(device), attention_mask=mask.to(device)).logits
            scores = logits.float().softmax(-1).cpu().numpy()
        first = len(before)
        return [scores[row, first : first + len(w)] for row, w in enumerate(windows)]

    def _spans(self, words: Sequence[tuple[int, int, int, float, int]], text: str) -> list[Span]:
        """Words of one type that follow each other, unless the model says that another name begins."""
        spans: list[Span] = []
        open_type: EntityType | None = None
        held: list[float] = []
        begin = end = 0

        def close() -> None:
            if open_type and (score := round(sum(held) / len(held), 2)) >= _MIN_SCORE:
                surface = text[begin:end]
                lead = len(surface) - len(surface.lstrip())
                if surface.strip():
                    spans.append(
                        Span(begin + lead, begin + len(surface.rstrip()), open_type, score)
                    )

        for start, stop, label, score, _ in words:
            place, kind = self._labels.get(label, ("", None))
            if kind is None or kind != open_type or place in ("B", "U", "S"):
                close()
                open_type, held, begin = kind, [], start
            if kind:
                held.append(score)
                end = stop
            if place in ("L", "E", "U", "S"):
                close()
                open_type, held = None, []
        close()
        return spans

    @cached_property
    def _special(self) -> tuple[list[int], list[int]]:
        return marks_of(self._tokenizer)

    @cached_property
    def _marks(self) -> int:
        return sum(map(len, self._special))

    @cached_property
    def _tokenizer(self) -> Any:
        from transformers import AutoTokenizer

        tokenizer = load(self.files, AutoTokenizer)
        backend = getattr(tokenizer, "backend_tokenizer", None)
        if backend is None:
            raise ModelError(
                self.name, "its tokenizer tells no offsets", "Get the model with tokenizer.json."
            )
        backend.no_truncation()
        backend.no_padding()
        return backend

    @cached_property
    def _model(self) -> Any:
        from transformers import AutoModelForTokenClassification

        device = best_device()
        dtype = dtype_for(self._precision, device)
        model = load(self.files, AutoModelForTokenClassification, dtype=dtype)
        return model.to(device).eval()


def _meaning(label: str) -> tuple[str, EntityType | None]:
    match = _PREFIX.match(label)
    place, name = (match.group(1).upper(), match.group(2)) if match else ("", label)
    folded = name.casefold()
    if folded in _NOT_NAMES:
        return place, None
    # Few-NERD: "person-actor".
    for part in (folded, folded.partition("-")[0], folded.partition("_")[0]):
        if part in _TYPES:
            return place, _TYPES[part]
    return place, None


def _read_words(
    window: _Window,
    scores: npt.NDArray[np.float32],
    seen: dict[int, tuple[int, int, int, float, int]],
) -> None:
    """Add a window's words: start, end, label and probability of its first piece, room around it.

    A word that two windows hold is taken from the one in which it stands further from the edge.
    """
    size = len(window.ids)
    at = 0
    while at < size:
        end = at + 1
        while (
            end < size and window.words[end] is not None and window.words[end] == window.words[at]
        ):
            end += 1
        label = int(scores[at].argmax())
        around = min(at if window.first else size, size - end)
        key = window.first + at
        start, stop = window.offsets[at][0], window.offsets[end - 1][1]
        if stop > start and (key not in seen or around > seen[key][4]):
            seen[key] = (start, stop, label, float(scores[at][label]), around)
        at = end
