"""Finding names with the model: spans of text and their types, from the encoder's own pass."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from archive.records import ENTITY_TYPES, EntityType
from summarize.encoder import PieceStates
from summarize.errors import ModelError
from summarize.name_lists import NameLists, lists_revision
from summarize.words import Words, split_words, words_of_pieces

_WEIGHTS = Path(__file__).parent / "data" / "tagger.safetensors"


@dataclass(frozen=True, slots=True)
class Span:
    """A name that the model sees at text[start:end]; score is its probability, between 0 and 1."""

    start: int
    end: int
    type: EntityType
    score: float

    def moved(self, by: int) -> "Span":
        """The same span in a text in which this one begins at `by`."""
        return Span(self.start + by, self.end + by, self.type, self.score)


class NameDetector:
    """The tagger's network with its lists. It is loaded when it is first needed.

    Args:
        weights: a file that bench/tagger/train.py made; None takes the one that comes with the package.

    Raises:
        ModelError: there is no such file.
    """

    name = "newsarchive-tagger"

    def __init__(self, weights: Path | None = None) -> None:
        self._weights = weights or _WEIGHTS
        if not self._weights.is_file():
            raise ModelError(
                str(self._weights),
                "the tagger's weights are missing",
                "Train them with bench/tagger/train.py, or use --tagger gazetteer.",
            )

    @cached_property
    def revision(self) -> str:
        """The first 12 digits of the SHA-256 of the weights and of the lists."""
        digest = hashlib.sha256(self._weights.read_bytes())
        digest.update(lists_revision().encode())
        return digest.hexdigest()[:12]

    def reader(self, texts: Sequence[str]) -> "SpanReader":
        """Give `read` of the result to `Encoder.encode` with the same texts; then it has their spans."""
        return SpanReader(self, texts)

    @cached_property
    def lists(self) -> NameLists:
        """The lists of names that the network sees."""
        return NameLists.load()

    def heads(self, dtype: Any, device: Any) -> list[Any]:
        """The networks in the precision of the states; what they emit is averaged."""
        if self._loaded is None or self._loaded[0] != (dtype, device):
            self._loaded = (dtype, device), self._load(dtype, device)
        return self._loaded[1]

    _loaded: tuple[Any, list[Any]] | None = None

    def _load(self, dtype: Any, device: Any) -> list[Any]:
        import torch
        from safetensors import SafetensorError, safe_open

        from summarize.tagger_head import HeadConfig, TaggerHead

        try:
            with safe_open(self._weights, "pt") as file:
                metadata = file.metadata()
                config = HeadConfig(**json.loads(metadata["config"]))
                tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        except (SafetensorError, KeyError, TypeError, ValueError) as error:
            raise ModelError(
                str(self._weights), f"the weights cannot be loaded ({error})", "Train them again."
            ) from error
        heads = []
        for number in range(int(metadata.get("heads", "1"))):
            head = TaggerHead(config)
            prefix = f"{number}."
            own = {n.removeprefix(prefix): t for n, t in tensors.items() if n.startswith(prefix)}
            head.load_state_dict(own)
            head = head.to(device, dtype).eval()
            head.crf.float()
            heads.append(head)
        with torch.no_grad():
            for ours in zip(*(head.crf.parameters() for head in heads), strict=True):
                ours[0].copy_(torch.stack(ours).mean(0))
        return heads


class SpanReader:
    """Collects the spans of texts while the encoder reads them; used once."""

    def __init__(self, detector: NameDetector, texts: Sequence[str]) -> None:
        self._detector = detector
        self._words = [split_words(text) for text in texts]
        self._starts = [np.array(words.starts, np.int64) for words in self._words]
        self._masks = [detector.lists.masks(words.words) for words in self._words]
        self.spans: list[list[Span]] = [[] for _ in texts]

    def read(self, batch: PieceStates) -> None:
        """Find the names in the windows of a batch."""
        import torch

        from summarize.tagger_head import spelling

        rows = []
        for row, (text, offsets) in enumerate(zip(batch.texts, batch.offsets, strict=True)):
            if len(offsets) and self._words[text].words:
                numbers = words_of_pieces(offsets, self._starts[text])
                rows.append((row, text, numbers))
        if not rows:
            return
        slices = [(text, int(n[0]), int(n[-1]) + 1) for _, text, n in rows]
        spelled = spelling(
            [self._words[text].words[low:high] for text, low, high in slices],
            [self._masks[text][low:high] for text, low, high in slices],
        )
        # Each piece goes to a cell of (rows, words); what is added up there is divided by its count.
        count, width = spelled.mask.shape
        cells = np.full((len(batch.texts), batch.layers[0].shape[1]), count * width, np.int64)
        for at, (row, _, numbers) in enumerate(rows):
            cells[row, 1 : len(numbers) + 1] = at * width + numbers - numbers[0]
        where = torch.from_numpy(cells.reshape(-1))
        pieces = torch.bincount(where, minlength=count * width + 1).clamp(min=1)
        states = batch.layers[0]
        heads = self._detector.heads(states.dtype, states.device)
        emitted = []
        with torch.inference_mode():
            for head in heads:
                projected = head.project_layers(batch.layers)
                flat = projected.new_zeros(count * width + 1, projected.shape[2])
                flat.index_add_(0, where.to(states.device), projected.flatten(0, 1))
                words = (flat / pieces.unsqueeze(1).to(flat.dtype))[:-1].view(count, width, -1)
                emitted.append(head(words, spelled))
            emissions = torch.stack(emitted).mean(0)
            labels, scores = heads[0].crf.decode(emissions, spelled.mask)
        for (text, low, high), label, score in zip(
            slices, labels.tolist(), scores.tolist(), strict=True
        ):
            size = high - low
            self.spans[text] += _spans(label[:size], score[:size], self._words[text], low)


def _spans(labels: list[int], scores: list[float], words: Words, low: int) -> list[Span]:
    """The spans of a label sequence; labels[0] is of the text's word `low`."""
    spans = []
    at = 0
    while at < len(labels):
        if labels[at] == 0:
            at += 1
            continue
        end = at + 1
        while end < len(labels) and labels[end] == labels[at] + 1:  # I follows its B
            end += 1
        kind = ENTITY_TYPES[(labels[at] - 1) // 2]
        score = min(scores[at:end])
        spans.append(
            Span(
                words.starts[low + at], words.ends[low + end - 1], kind, max(0.01, round(score, 2))
            )
        )
        at = end
    return spans
