"""Where each block of a page stands: its depth and order, its kin, the container that holds the prose."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np

from ingest.blocks import Block, Place

#: Blocks of at least so many words are paragraphs for the statistics of a page.
_PARAGRAPH_WORDS = 12


def places(blocks: Sequence[Block], sizes: Any) -> dict[str, Any]:
    """Columns of numbers on where each block stands."""
    count = len(blocks)
    plain = sizes * np.array([1 - b.linked / len(b.text) for b in blocks], dtype=np.float32)
    prose = np.where(plain >= _PARAGRAPH_WORDS, plain, 0)
    total = max(float(prose.sum()), 1.0)
    all_words = max(float(sizes.sum()), 1.0)
    inside: dict[int, float] = defaultdict(float)  # prose below a place, at any depth
    beside: dict[int, float] = defaultdict(float)  # prose of the blocks right in a place
    links: dict[int, float] = defaultdict(float)
    words: dict[int, float] = defaultdict(float)
    place_of: dict[int, Place] = {}
    for block, good, size in zip(blocks, prose.tolist(), sizes.tolist(), strict=True):
        place: Place | None = block.place
        linked = size * block.linked / len(block.text)
        level = 0
        while place is not None:
            key = id(place)
            if good:
                inside[key] += good
                if level == 1:
                    beside[key] += good
                    place_of[key] = place
                elif level in (0, 2):
                    beside[key] += good / 2
                    place_of[key] = place
            if level < 4:
                links[key] += linked
                words[key] += size
            place = place.parent
            level += 1
    home = max(beside, key=lambda key: (beside[key], -place_of[key].depth), default=0)
    home_place = place_of.get(home)
    kinds = [kind_of(b) for b in blocks]
    kind_words: dict[Any, float] = defaultdict(float)
    for kind, good in zip(kinds, prose.tolist(), strict=True):
        kind_words[kind] += good
    kind_counts = Counter(kinds)
    siblings = Counter(id(b.place.parent) for b in blocks)
    at_home = [_levels_below(b.place, home_place) for b in blocks]
    inside_home = [at for at, level in enumerate(at_home) if level < _FAR]
    first, last = (inside_home[0], inside_home[-1]) if inside_home else (0, count)
    parents = [id(b.place.parent) if b.place.parent else id(b.place) for b in blocks]
    grand = [up(b.place, 2) for b in blocks]
    before = np.cumsum(prose) - prose
    return {
        "depth": [min(b.place.depth, 60) for b in blocks],
        "position": np.arange(count) / max(count, 1),
        "number": np.log1p(np.arange(count)),
        "left": np.log1p(count - np.arange(count)),
        "before": before / total,
        "words before": (np.cumsum(sizes) - sizes) / all_words,
        "page prose": np.full(count, np.log1p(total)),
        "page words": np.full(count, np.log1p(all_words)),
        "kind words": [kind_words[k] / total for k in kinds],
        "kind count": np.log1p([kind_counts[k] for k in kinds]),
        "kind mean": [kind_words[k] / kind_counts[k] for k in kinds],
        "home": at_home,
        "home depth": [b.place.depth - (home_place.depth if home_place else 0) for b in blocks],
        "home share": np.full(count, beside.get(home, 0) / total),
        "from home": (np.arange(count) - first).clip(-30, 30),
        "to home end": (last - np.arange(count)).clip(-30, 30),
        "parent prose": [inside[k] / total for k in parents],
        "grandparent prose": [inside[k] / total for k in grand],
        "parent beside": [beside[k] / total for k in parents],
        "own prose": [inside[id(b.place)] / total for b in blocks],
        "parent linked": [links[k] / max(words[k], 1) for k in parents],
        "grandparent linked": [links[k] / max(words[k], 1) for k in grand],
        "parent words": np.log1p([words[k] for k in parents]),
        "siblings": np.log1p([siblings[id(b.place.parent)] for b in blocks]),
        "of home size": sizes / max(float(np.median(prose[prose > 0])) if total > 1 else 1.0, 1.0),
    }


_FAR = 9


def _levels_below(place: Place, home: Place | None) -> int:
    """How many levels a place is below the home; 9 if it is not in it."""
    if home is None:
        return _FAR
    level = 0
    at: Place | None = place
    while at is not None and at.depth >= home.depth:
        if at is home:
            return min(level, _FAR - 1)
        at = at.parent
        level += 1
    return _FAR


def up(place: Place, levels: int) -> int:
    """What tells the element so many levels above a place from others."""
    for _ in range(levels):
        place = place.parent or place
    return id(place)


def kind_of(block: Block) -> tuple[str, str, str]:
    """Blocks of one kind have the same element in the same box."""
    place = block.place
    return place.tag, place.name, place.parent.name if place.parent else ""
