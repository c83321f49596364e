"""The tagger's network: a small head that reads the encoder's hidden states, word by word.

It sees what the frozen encoder made of a word (all layers, averaged over its pieces), and what the
encoder, which ignores case, cannot know: spelling, characters, the lists of names. Two layers of a
transformer (pre-norm; Xiong et al., ICML 2020) and a CRF decide.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from summarize.crf import LABELS, Crf
from summarize.name_lists import FEATURES
from summarize.words import (
    CASINGS,
    CHARACTER_KINDS,
    CHARACTERS,
    SHAPES,
    casing,
    characters,
    shape,
)


@dataclass(frozen=True)
class HeadConfig:
    """Sizes of the network."""

    layers: int = 7
    dimensions: int = 384
    width: int = 288
    heads: int = 4
    blocks: int = 2
    feedforward: int = 864
    dropout: float = 0.15
    characters: int = 64


@dataclass(frozen=True)
class Spelling:
    """What is known of the words of a batch beside the encoder's states.

    shapes, casings, firsts: int64 (rows, words); lists: float32 (rows, words, FEATURES);
    unique: int64 (distinct words, CHARACTERS); which: int64 (rows, words), a word's row in unique;
    mask: bool (rows, words).
    """

    shapes: Tensor
    casings: Tensor
    firsts: Tensor
    lists: Tensor
    unique: Tensor
    which: Tensor
    mask: Tensor


def spelling(rows: Sequence[Sequence[str]], masks: Sequence[Sequence[int]]) -> Spelling:
    """Lay out the words of a batch of sentences; masks are the lists' bits of each word."""
    width = max(map(len, rows))
    shapes = np.zeros((len(rows), width), np.int64)
    casings, firsts, which = np.zeros_like(shapes), np.zeros_like(shapes), np.zeros_like(shapes)
    bits = np.zeros_like(shapes)
    numbers: dict[str, int] = {}
    for row, words in enumerate(rows):
        shapes[row, : len(words)] = [shape(word) for word in words]
        casings[row] = casing(words)
        firsts[row, 0] = 1
        which[row, : len(words)] = [numbers.setdefault(word, len(numbers)) for word in words]
        bits[row, : len(words)] = masks[row]
    lists = (bits[:, :, None] >> np.arange(len(FEATURES))) & 1
    return Spelling(
        torch.from_numpy(shapes),
        torch.from_numpy(casings),
        torch.from_numpy(firsts),
        torch.from_numpy(lists.astype(np.float32)),
        torch.tensor([characters(word) for word in numbers]).reshape(-1, CHARACTERS),
        torch.from_numpy(which),
        torch.from_numpy(shapes > 0),
    )


class _Block(nn.Module):
    def __init__(self, config: HeadConfig) -> None:
        super().__init__()
        self.heads = config.heads
        self.dropout = config.dropout
        width = config.width
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)
        self.up = nn.Linear(width, config.feedforward)
        self.down = nn.Linear(config.feedforward, width)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        rows, words, width = x.shape
        parts = self.qkv(self.norm1(x)).view(rows, words, 3, self.heads, width // self.heads)
        query, key, value = parts.permute(2, 0, 3, 1, 4)
        seen = functional.scaled_dot_product_attention(
            query, key, value, attn_mask=mask[:, None, None, :],
            dropout_p=self.dropout if self.training else 0.0,
        )  # fmt: skip
        x = x + self._drop(self.out(seen.transpose(1, 2).reshape(rows, words, width)))
        return x + self._drop(self.down(functional.gelu(self.up(self.norm2(x)))))

    def _drop(self, x: Tensor) -> Tensor:
        return functional.dropout(x, self.dropout, self.training)


class TaggerHead(nn.Module):
    """Emissions for the CRF from word states and spelling."""

    def __init__(self, config: HeadConfig) -> None:
        super().__init__()
        self.config = config
        width = config.width
        self.project = nn.Linear(config.layers * config.dimensions, width)
        self.shape = nn.Embedding(SHAPES, width)
        self.casing = nn.Embedding(CASINGS, width)
        self.first = nn.Embedding(2, width)
        self.lists = nn.Linear(len(FEATURES), width, bias=False)
        self.character = nn.Embedding(CHARACTER_KINDS, 32, padding_idx=0)
        self.convolve = nn.Conv1d(32, config.characters, 3, padding=1)
        self.spell = nn.Linear(config.characters, width, bias=False)
        for table in (self.shape, self.casing, self.first):
            nn.init.normal_(table.weight, std=0.1)
        self.norm = nn.LayerNorm(width)
        self.blocks = nn.ModuleList(_Block(config) for _ in range(config.blocks))
        self.last = nn.LayerNorm(width)
        self.emit = nn.Linear(width, len(LABELS))
        self.crf = Crf()

    def project_layers(self, layers: Sequence[Tensor]) -> Tensor:
        """What `project` makes of states side by side, without laying them so: (..., width)."""
        weights = torch.split(self.project.weight, self.config.dimensions, 1)
        out = functional.linear(layers[0], weights[0], self.project.bias)
        for layer, weight in zip(layers[1:], weights[1:], strict=True):
            out = out + functional.linear(layer, weight)
        return out

    def forward(self, projected: Tensor, spelled: Spelling) -> Tensor:
        """Emissions, float32 (rows, words, labels).

        Args:
            projected: (rows, words, width), the mean over a word's pieces of what `project` made.
            spelled: of the same words.
        """
        drop = self.config.dropout if self.training else 0.0
        letters = self.convolve(self.character(spelled.unique).transpose(1, 2)).amax(2)
        own = self.spell(functional.gelu(letters))[spelled.which]
        own = own + self.shape(spelled.shapes) + self.casing(spelled.casings)
        own = own + self.first(spelled.firsts) + self.lists(spelled.lists.to(own.dtype))
        x = functional.gelu(self.norm(projected + functional.dropout(own, drop, self.training)))
        x = functional.dropout(x, drop, self.training)
        for block in self.blocks:
            x = block(x, spelled.mask)
        emissions: Tensor = self.emit(self.last(x)).float()
        return emissions
