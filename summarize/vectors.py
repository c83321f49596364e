"""Vectors as they are stored: little-endian float16, length 1, two bytes a dimension."""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]


def pack(vector: Floats) -> bytes:
    """Scale a float32 vector of shape (dimensions,) to length 1 and pack it."""
    norm = float(np.linalg.norm(vector))
    return (vector / norm if norm else vector).astype("<f2").tobytes()


def unpack(packed: bytes) -> Floats:
    """The float32 vector of shape (dimensions,) that was packed, to about three digits."""
    return np.frombuffer(packed, "<f2").astype(np.float32)


def mean_vector(vectors: Floats, weights: npt.NDArray[np.float32]) -> Floats:
    """The article's vector: the mean of its sentences' (n, dimensions), weighted by their tokens."""
    if not len(vectors):
        return np.zeros(vectors.shape[1], np.float32)
    mean: Floats = (vectors * weights[:, None]).sum(0)
    return mean / max(float(np.linalg.norm(mean)), 1e-12)
