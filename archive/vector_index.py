"""The nearest articles by vector: a sign code of each in memory, the best of them compared exactly.

384 dimensions are kept as 384 signs, 48 bytes, in the table `vector_codes` and in memory: of a
million articles they are 56 MB, read in about a second and passed over in 5 milliseconds of processor
time. The nearest by Hamming distance are then ranked by the dot product of the stored vectors
(binary quantisation with rescoring).
"""

import json
import sqlite3
import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy.typing as npt

#: Articles whose codes stand in one block of memory, and are compared at once.
_PART = 65_536
#: Rows that are read at once.
_CHUNK = 20_000
#: So many times the wanted number are compared exactly, and at least _LEAST_EXACT.
_OVERSAMPLING = 4
_LEAST_EXACT = 400


class _Part:
    """Sign codes of some articles: `codes` holds the first 64 signs of all, then the next of all ..."""

    def __init__(self, words: int) -> None:
        import numpy as np

        self.ids = np.empty(_PART, np.int64)
        self.codes = np.empty((words, _PART), np.uint64)
        #: How many of the places are taken. It grows after they are, so that readers need no lock.
        self.count = 0

    def add(self, ids: Any, codes: Any) -> int:
        """Take as many as there is room for; return how many."""
        taken = min(_PART - self.count, len(ids))
        end = self.count + taken
        self.ids[self.count : end] = ids[:taken]
        self.codes[:, self.count : end] = codes[:taken].T
        self.count = end
        return taken

    def distances(self, code: Any) -> Any:
        """The Hamming distance of each to a code."""
        import numpy as np

        known = self.codes[:, : self.count]
        total = np.zeros(known.shape[1], np.uint16)
        for row, word in zip(known, code, strict=True):
            total += np.bitwise_count(row ^ word)
        return total


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
        self._parts: list[_Part] = []

    def __len__(self) -> int:
        return sum(part.count for part in self._parts)

    def refresh(self, connection: sqlite3.Connection) -> None:
        """Read the codes that are not known yet."""
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

        parts = list(self._parts)
        if not parts or not vector or len(vector) != self._bytes:
            return []
        code = _codes(vector, self._bytes)[0]
        distances = np.concatenate([part.distances(code) for part in parts])
        exact = max(_LEAST_EXACT, _OVERSAMPLING * count)
        # The distance within which there are so many. There may be more at that very distance.
        within = np.searchsorted(np.cumsum(np.bincount(distances)), exact)
        near = np.flatnonzero(distances <= within)
        nearest = near[np.argsort(distances[near], kind="stable")[:exact]]
        # All parts but the last are full.
        chosen = [int(parts[n // _PART].ids[n % _PART]) for n in nearest.tolist()]
        wanted = np.frombuffer(vector, "<f2").astype(np.float32)
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
        """Read a chunk of codes; False when there are no more."""
        import numpy as np

        cursor = connection.cursor()
        cursor.row_factory = None
        rows = cursor.execute(
            "select article_id, code from vector_codes where model_id = ? and article_id > ? "
            "order by article_id limit ?",
            [model_id, self._last_id, _CHUNK],
        ).fetchall()
        if not rows:
            return False
        self._bytes = self._bytes or self._length(connection, rows[0][0])
        size = _code_bytes(self._bytes)
        # What came in by another way than `save_vector` has no code yet.
        known = [(number, code or self._code(connection, number)) for number, code in rows]
        fitting = [(number, code) for number, code in known if code and len(code) == size]
        ids: npt.NDArray[np.int64] = np.array([number for number, _ in fitting], np.int64)
        codes = np.frombuffer(b"".join(code for _, code in fitting), "<u8")
        codes = codes.reshape(len(fitting), size // 8)
        done = 0
        while done < len(ids):
            if not self._parts or self._parts[-1].count == _PART:
                self._parts.append(_Part(size // 8))
            done += self._parts[-1].add(ids[done:], codes[done:])
        self._last_id = rows[-1][0]
        return len(rows) == _CHUNK

    def _length(self, connection: sqlite3.Connection, article_id: int) -> int:
        """The bytes of an article's vector, which are those of all."""
        return len(self.vector(connection, article_id) or b"")

    def _code(self, connection: sqlite3.Connection, article_id: int) -> bytes:
        vector = self.vector(connection, article_id) or b""
        return sign_code(vector) if len(vector) == self._bytes else b""


def sign_code(vector: bytes) -> bytes:
    """The signs of a packed vector, one bit each, filled up with zeros to a multiple of 8 bytes."""
    is_vector = bool(vector) and len(vector) % 2 == 0
    return bytes(_codes(vector, len(vector)).tobytes()) if is_vector else b""


def _code_bytes(vector_bytes: int) -> int:
    """The length of the code of a vector of so many bytes, two to a dimension."""
    return -(-vector_bytes // 2 // 64) * 8


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
