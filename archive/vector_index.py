"""The nearest articles by vector: a sign code of each in memory, the best of them compared exactly.

384 dimensions are kept as 384 signs, 48 bytes: a million articles are 56 MB and one pass over them
some milliseconds. The nearest by Hamming distance are then ranked by the dot product of the stored
vectors (binary quantisation with rescoring).
"""

import json
import sqlite3
import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy.typing as npt

_CHUNK = 20_000
#: So many times the wanted number are compared exactly, and at least _LEAST_EXACT.
_OVERSAMPLING = 4
_LEAST_EXACT = 400


class VectorIndex:
    """The sign codes of the vectors of an archive's current model; empty until `refresh`.

    Vectors that come in are seen by the next `refresh`; those that have changed or gone are found
    out when their present vector is read to be compared.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._model_id: int | None = None
        self._bytes = 0
        self._last_id = -1
        self._parts: list[tuple[Any, Any]] = []

    def __len__(self) -> int:
        return sum(len(ids) for ids, _ in self._parts)

    def refresh(self, connection: sqlite3.Connection) -> None:
        """Read the vectors that are not known yet."""
        with self._lock:
            row = connection.execute(
                "select id from models where task = 'vector' and is_current"
            ).fetchone()
            model_id = row[0] if row else None
            if model_id != self._model_id:
                self._model_id, self._bytes, self._last_id, self._parts = model_id, 0, -1, []
            while model_id is not None and self._read(connection, model_id):
                pass

    def vector(self, connection: sqlite3.Connection, article_id: int) -> bytes | None:
        """The stored vector of an article, or None."""
        row = connection.execute(
            "select vector from vectors where article_id = ? and model_id = ?",
            [article_id, self._model_id],
        ).fetchone()
        return row[0] if row else None

    def mean(self, vectors: Mapping[bytes, float]) -> bytes:
        """The middle of some stored vectors, each with its weight, packed as they are."""
        import numpy as np

        matrix = np.frombuffer(b"".join(vectors), "<f2").reshape(len(vectors), -1)
        weights = np.array(list(vectors.values()), np.float32)
        total = (matrix.astype(np.float32) * weights[:, None]).sum(0)
        norm = float(np.linalg.norm(total))
        return bytes((total / norm if norm else total).astype("<f2").tobytes())

    def nearest(
        self, connection: sqlite3.Connection, vector: bytes, count: int
    ) -> list[tuple[int, float]]:
        """(article id, cosine) of the articles nearest to a packed vector, the nearest first."""
        import numpy as np

        parts = self._parts
        if not parts or len(vector) != self._bytes:
            return []
        exact = max(_LEAST_EXACT, _OVERSAMPLING * count)
        code = _codes(vector, self._bytes)[0]
        near: list[tuple[int, int]] = []
        for ids, codes in parts:
            distances = np.bitwise_count(codes ^ code).sum(axis=1, dtype=np.uint16)
            best = (
                np.argpartition(distances, exact)[:exact]
                if len(ids) > exact
                else np.arange(len(ids))
            )
            near += zip(distances[best].tolist(), ids[best].tolist(), strict=True)
        wanted = np.frombuffer(vector, "<f2").astype(np.float32)
        chosen = [article_id for _distance, article_id in sorted(near)[:exact]]
        cursor = connection.cursor()
        cursor.row_factory = None
        rows = cursor.execute(
            "select v.article_id, v.vector from json_each(?) wanted "
            "cross join vectors v on v.article_id = wanted.value and v.model_id = ?",
            [json.dumps(chosen), self._model_id],
        )
        found = [(number, stored) for number, stored in rows if len(stored) == self._bytes]
        if not found:
            return []
        matrix = np.frombuffer(b"".join(stored for _, stored in found), "<f2")
        cosines = (matrix.reshape(len(found), -1).astype(np.float32) @ wanted).tolist()
        pairs = zip((article_id for article_id, _ in found), cosines, strict=True)
        return sorted(pairs, key=lambda pair: (-pair[1], -pair[0]))[:count]

    def _read(self, connection: sqlite3.Connection, model_id: int) -> bool:
        """Read a chunk of vectors; False when there are no more."""
        import numpy as np

        rows = connection.execute(
            "select article_id, vector from vectors where article_id > ? and model_id = ? "
            "order by article_id limit ?",
            [self._last_id, model_id, _CHUNK],
        ).fetchall()
        if not rows:
            return False
        self._last_id = rows[-1][0]
        self._bytes = self._bytes or len(rows[0][1])
        fitting = [(row[0], row[1]) for row in rows if len(row[1]) == self._bytes]
        ids: npt.NDArray[np.int64] = np.array([number for number, _ in fitting], np.int64)
        codes = _codes(b"".join(vector for _, vector in fitting), self._bytes)
        # Small additions are joined to the part before, so that parts stay few.
        if self._parts and len(self._parts[-1][0]) < _CHUNK:
            last_ids, last_codes = self._parts[-1]
            joined = (np.concatenate([last_ids, ids]), np.concatenate([last_codes, codes]))
            self._parts = [*self._parts[:-1], joined]
        else:
            self._parts = [*self._parts, (ids, codes)]
        return len(rows) == _CHUNK


def similar(one: object, other: object) -> float | None:
    """The cosine of two stored vectors; None where they are no vectors of one length."""
    import numpy as np

    if not isinstance(one, bytes) or not isinstance(other, bytes):
        return None
    if not one or len(one) != len(other) or len(one) % 2:
        return None
    first, second = (np.frombuffer(packed, "<f2").astype(np.float32) for packed in (one, other))
    cosine = float(first @ second)
    return cosine if cosine == cosine else None


def _codes(packed: bytes, size: int) -> Any:
    """The signs of packed vectors: one row of 64-bit numbers for each."""
    import numpy as np

    signs = np.frombuffer(packed, "<u2").reshape(-1, size // 2) >> 15
    bits = np.packbits(signs.astype(np.uint8), axis=1)
    padding = -bits.shape[1] % 8
    return np.ascontiguousarray(np.pad(bits, ((0, 0), (0, padding)))).view(np.uint64)
