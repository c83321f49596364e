"""Boosted trees, applied. They are trained elsewhere (bench/train_body.py) and stored as plain arrays.

Friedman, "Greedy function approximation: a gradient boosting machine", Annals of Statistics 2001.
"""

from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray

_ARRAYS = ("feature", "threshold", "left", "right", "value")


@dataclass(frozen=True)
class Forest:
    """Trees of one size as arrays of trees by nodes; a leaf leads to itself.

    A row goes left where its feature is at most the threshold.
    """

    feature: NDArray[np.int32]
    threshold: NDArray[np.float32]
    left: NDArray[np.int32]
    right: NDArray[np.int32]
    value: NDArray[np.float32]
    base: float
    depth: int
    features: int

    def probabilities(self, rows: NDArray[np.float32]) -> NDArray[np.float32]:
        """The probability of each row of features."""
        count, width = rows.shape
        if width != self.features:
            raise ValueError(f"the model reads {self.features} features, not {width}")
        trees, nodes = self.feature.shape
        flat = np.ascontiguousarray(rows).ravel()
        starts = (np.arange(count, dtype=np.int32) * width)[:, None]
        roots = (np.arange(trees, dtype=np.int32) * nodes)[None, :]
        at = np.broadcast_to(roots, (count, trees))
        feature, threshold = self.feature.ravel(), self.threshold.ravel()
        left, right = (self.left + roots.T).ravel(), (self.right + roots.T).ravel()
        for _ in range(self.depth):
            goes_left = flat.take(starts + feature.take(at)) <= threshold.take(at)
            at = np.where(goes_left, left.take(at), right.take(at))
        total = self.value.ravel().take(at).sum(axis=1) + self.base
        return np.asarray(1 / (1 + np.exp(-total)), dtype=np.float32)

    def arrays(self) -> dict[str, Any]:
        """What `load` reads, to be stored with numpy.savez_compressed."""
        return {
            **{name: getattr(self, name) for name in _ARRAYS},
            "scalars": np.array([self.base, self.depth, self.features], dtype=np.float64),
        }


@lru_cache(maxsize=4)
def load(name: str) -> Forest:
    """The model of that name in ingest/data."""
    with (files("ingest") / "data" / f"{name}.npz").open("rb") as file:
        stored = np.load(file, allow_pickle=False)
        base, depth, features = stored["scalars"].tolist()
        return Forest(
            **{
                array: stored[array].astype(
                    np.float32 if array in ("threshold", "value") else np.int32
                )
                for array in _ARRAYS
            },
            base=base,
            depth=int(depth),
            features=int(features),
        )
