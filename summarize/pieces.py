"""Tokens in rows: the marks around them, padding, windows and batches; shared by all that reads."""

from collections.abc import Iterable, Sequence
from typing import Any

#: Tokens in a batch, padding included: on two cores 2048 measures best (512 to 8192 were tried).
BATCH_TOKENS = {"cpu": 2048, "cuda": 32768}
#: Whatever a model could read at once; a sentence is shorter.
_MOST_AT_ONCE = 512
#: These count positions from behind that of the padding.
_SHIFTED = ("roberta", "xlm-roberta", "xlm-roberta-xl", "camembert", "mpnet")


def marks_of(tokenizer: Any) -> tuple[list[int], list[int]]:
    """The ids that a `tokenizers.Tokenizer` puts before and behind a text."""
    encoding = tokenizer.encode("a")
    own = [at for at, is_mark in enumerate(encoding.special_tokens_mask) if not is_mark]
    first, last = (own[0], own[-1]) if own else (0, -1)
    return encoding.ids[:first], encoding.ids[last + 1 :]


def pad_of(config: dict[str, Any]) -> int:
    """The id of the padding, from a model's config.json."""
    return int(config.get("pad_token_id") or 0)


def window_of(config: dict[str, Any]) -> int:
    """How many tokens an encoder reads at once, marks included, from its config.json."""
    longest = int(config.get("max_position_embeddings") or _MOST_AT_ONCE)
    if config.get("model_type") in _SHIFTED:
        longest -= pad_of(config) + 1
    return min(longest, _MOST_AT_ONCE)


def by_length(lengths: Sequence[int], room: int) -> list[list[int]]:
    """Places of rows in batches of like lengths, of at most `room` tokens with their padding."""
    batches: list[list[int]] = []
    for at in sorted(range(len(lengths)), key=lambda at: (lengths[at], at)):
        if batches and (len(batches[-1]) + 1) * lengths[at] <= room:
            batches[-1].append(at)
        else:
            batches.append([at])
    return batches


def padded(rows: Iterable[Sequence[int]], pad: int, in_front: bool = False) -> tuple[Any, Any]:
    """Rows of ids as tensors of one width: the ids, and 1 where they are, 0 where padding is."""
    import torch

    held = [list(row) for row in rows]
    width = max(map(len, held))
    ids = torch.full((len(held), width), pad, dtype=torch.long)
    mask = torch.zeros((len(held), width), dtype=torch.long)
    for number, row in enumerate(held):
        where = slice(width - len(row), width) if in_front else slice(len(row))
        ids[number, where] = torch.tensor(row, dtype=torch.long)
        mask[number, where] = 1
    return ids, mask
