"""Copies of articles: the same story of an agency in several outlets, with small edits.

Broder, "On the resemblance and containment of documents", 1997: a text is the set of its runs of
five words; the resemblance of two is the share of runs that both hold of those that either holds
(Jaccard), the containment of a copy the share of its runs that the original holds too. Candidates
come from MinHash signatures in bands (locality-sensitive hashing; Leskovec, Rajaraman, Ullman,
"Mining of Massive Datasets", chapter 3), so that no article is compared with all; what is said of
a pair is computed on the two texts.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha1
from typing import Protocol

import numpy as np

from archive import Archive
from archive.names import SIGNS
from archive.signatures import Signed, Signing, Unsigned

_SHINGLE_WORDS = 5
#: A text with fewer runs of words is not compared: two notices of one line may well agree.
_MIN_SHINGLES = 20
#: A pair with this resemblance is one article ...
_MIN_RESEMBLANCE = 0.4
#: ... and so is one whose later text holds hardly anything of its own.
_MIN_CONTAINMENT = 0.8

#: Of one outlet with two titles much may be the same, since it is written to a pattern: the weather, the
#: markets, a council's decisions. Those are two articles, unless hardly a word is another.
_OF_A_SERIES = (0.8, 0.95)

_PERMUTATIONS = 128
#: Runs of words that are permuted at once.
_PIECE = 4096
#: Multipliers of MurmurHash3's finalizer, which scatters the numbers of the runs.
_MIXERS = (np.uint32(0x85EBCA6B), np.uint32(0xC2B2AE35))
#: 20 bands of 2 numbers: a pair of resemblance 0.4 shares one with a chance of 0.97, of 0.5 with
#: 0.997, of 0.05 with 0.05. The whole signatures tell the last kind from the others.
_BANDS, _ROWS = 20, 2
_BYTES_PER_NUMBER = 4
#: Candidates with a lower estimate are not compared. It is off by 0.04 (one standard deviation).
_MIN_ESTIMATE = 0.2

#: Articles to a transaction, so that others can write in between.
BATCH = 500
#: Candidates that are looked at for one article, the likeliest first.
_CANDIDATES = 100

#: In scripts without spaces each sign counts as a word.
_WORD = re.compile(rf"[{SIGNS}]|[^\W{SIGNS}]+")


def mark_duplicates(archive: Archive) -> dict[str, int]:
    """Find the copies among articles that are new or changed since the last call, and mark them.

    `articles.duplicate_of` of a copy becomes the earliest article of all that are linked by
    resemblance, `duplicate_share` its containment in that one.

    Args:
        archive: open for writing, outside a transaction.

    Returns:
        "compared": how many articles were looked at; "marked": how many rows say otherwise now.
    """
    counts = {"compared": 0, "marked": 0}
    last_id = 0
    while items := archive.signatures.unsigned(BATCH, last_id):
        signed = [(item, signature_of(item.text)) for item in items]
        with archive.transaction():
            counts["marked"] += _mark_batch(archive, signed)
        counts["compared"] += len(items)
        last_id = items[-1].article_id
    return counts


@dataclass(frozen=True)
class Likeness:
    """What two texts have in common, each between 0 and 1."""

    resemblance: float
    containment: float


def likeness(copy: str, original: str) -> Likeness:
    """Resemblance of two texts and containment of the one in the other, exact; 0 for short texts."""
    ones, others = shingles(copy), shingles(original)
    if min(len(ones), len(others)) < _MIN_SHINGLES:
        return Likeness(0.0, 0.0)
    common = len(ones & others)
    return Likeness(common / len(ones | others), common / len(ones))


def shingles(text: str) -> frozenset[str]:
    """The runs of five words of a text, case folded, without punctuation."""
    words = _WORD.findall(text.casefold())
    last = len(words) - _SHINGLE_WORDS + 1
    return frozenset(" ".join(words[n : n + _SHINGLE_WORDS]) for n in range(max(last, 0)))


def signature_of(text: str) -> bytes | None:
    """The MinHash signature as the table keeps it; None for a text that is too short."""
    found = shingles(text)
    if len(found) < _MIN_SHINGLES:
        return None
    # As datasketch's scheme "affine32" makes them. That library itself loads scipy, which takes as
    # long as to compare seven hundred articles.
    runs = [one.encode("utf-8", "surrogatepass") for one in found]
    digests = [sha1(one).digest()[:4] for one in runs]  # noqa: S324  # to scatter, no secret
    numbers = np.frombuffer(b"".join(digests), "<u4")
    numbers = (numbers ^ (numbers >> 16)) * _MIXERS[0]
    numbers = (numbers ^ (numbers >> 13)) * _MIXERS[1]
    numbers = numbers ^ (numbers >> 16)
    factors, summands = _permutations()
    # In pieces: of a text of a million words all at once would be half a gigabyte.
    pieces = (numbers[at : at + _PIECE] for at in range(0, len(numbers), _PIECE))
    least = np.min([(factors * piece + summands).min(axis=1) for piece in pieces], axis=0)
    return bytes(least.astype("<u4").tobytes())


@cache
def _permutations() -> tuple[np.ndarray, np.ndarray]:
    """Odd factors and summands, modulo 2**32, as columns. Stored signatures depend on them."""
    draw = np.random.RandomState(1)
    factors = draw.randint(0, 2**31, _PERMUTATIONS, np.uint32) * np.uint32(2) + np.uint32(1)
    summands = draw.randint(0, 2**32, _PERMUTATIONS, np.uint32)
    return factors[:, None], summands[:, None]


def buckets_of(signature: bytes | None) -> list[int]:
    """The signed 64-bit numbers under which a signature stands in the index, one for each band."""
    if signature is None:
        return []
    width = _ROWS * _BYTES_PER_NUMBER
    bands = (signature[n * width : (n + 1) * width] for n in range(_BANDS))
    digests = (
        hashlib.blake2b(band, digest_size=8, salt=n.to_bytes(2, "big"))
        for n, band in enumerate(bands)
    )
    return [int.from_bytes(digest.digest(), "big", signed=True) for digest in digests]


def _mark_batch(archive: Archive, batch: list[tuple[Unsigned, bytes | None]]) -> int:
    store = archive.signatures
    # Another process may have changed an article since it was read: then the next call takes it.
    batch = [(item, signature) for item, signature in batch if store.is_current(item)]
    before = store.get(item.article_id for item, _ in batch)
    signings = []
    for item, signature in batch:
        old = before.get(item.article_id)
        old_buckets = buckets_of(old.signature) if old else []
        signings.append(Signing(item, signature, buckets_of(signature), old_buckets))
    store.sign(signings)
    # Who was a copy of the old text, or by way of it, has to be looked at again.
    dirty = {item.article_id for item, _ in batch} | set(store.clusters(before))
    signed = store.get(dirty)
    groups = _Groups()
    for article_id in sorted(dirty & set(signed)):
        groups.add(article_id)
        _link(store, signed[article_id], dirty, groups)
    return store.mark(_originals(store, groups))


class Index(Protocol):
    """Where signed articles are found: `archive.signatures.Signatures`, or a list of them."""

    def get(self, article_ids: Iterable[int]) -> dict[int, Signed]:
        """The signed ones of some articles."""

    def candidates(self, article_id: int, buckets: Sequence[int], limit: int) -> list[int]:
        """Other articles that share buckets, those that share most first."""

    def clusters(self, article_ids: Iterable[int]) -> dict[int, int]:
        """All articles with the same originals as these: article id -> id of its original."""

    def text(self, article_id: int) -> str:
        """The present text of an article that is there."""


def originals_of(index: Index, article_ids: Sequence[int]) -> dict[int, tuple[int, float] | None]:
    """For each article the id of its original and the share in common, None for an original.

    It is what `mark_duplicates` would say of these articles alone.
    """
    groups = _Groups()
    signed = index.get(article_ids)
    for article_id in article_ids:
        groups.add(article_id)
        _link(index, signed[article_id], set(signed), groups)
    return _originals(index, groups)


def _link(store: Index, one: Signed, dirty: set[int], groups: "_Groups") -> None:
    """Join an article with all that it resembles, and with what those are known to resemble."""
    if one.signature is None:
        return
    buckets = buckets_of(one.signature)
    candidates = store.get(store.candidates(one.article_id, buckets, _CANDIDATES))
    text = None
    for other in candidates.values():
        if groups.are_joined(one.article_id, other.article_id):
            continue
        if _estimate(one.signature, other.signature) < _MIN_ESTIMATE:
            continue
        text = store.text(one.article_id) if text is None else text
        if not _is_copy((one, text), (other, store.text(other.article_id))):
            continue
        groups.join(one.article_id, other.article_id)
        if other.article_id not in dirty:
            # Its texts have not changed, so all of its cluster hold together still.
            for member in store.clusters([other.article_id]):
                if member not in dirty:
                    groups.join(other.article_id, member)


def _estimate(one: bytes, other: bytes | None) -> float:
    """The resemblance of two texts as their signatures tell it: the share of equal numbers."""
    if other is None:
        return 0.0
    numbers = zip(memoryview(one).cast("I"), memoryview(other).cast("I"), strict=True)
    return sum(a == b for a, b in numbers) / _PERMUTATIONS


def _is_copy(one: tuple[Signed, str], other: tuple[Signed, str]) -> bool:
    (late, copy), (early, original) = sorted(
        (one, other), key=lambda pair: _age(pair[0]), reverse=True
    )
    found = likeness(copy, original)
    is_series = late.site == early.site is not None and _key(late.title) != _key(early.title)
    resemblance, containment = _OF_A_SERIES if is_series else (_MIN_RESEMBLANCE, _MIN_CONTAINMENT)
    return found.resemblance >= resemblance or found.containment >= containment


def _key(title: str) -> list[str]:
    return _WORD.findall(title.casefold())


def _age(article: Signed) -> tuple[str, int]:
    """The earliest sorts first; of two with the same time, the one that was saved first."""
    return article.dated_at, article.article_id


def _originals(store: Index, groups: "_Groups") -> dict[int, tuple[int, float] | None]:
    found: dict[int, tuple[int, float] | None] = {}
    for group in groups:
        members = sorted(store.get(group).values(), key=_age)
        original, copies = members[0], members[1:]
        found[original.article_id] = None
        text = store.text(original.article_id) if copies else ""
        for copy in copies:
            share = likeness(store.text(copy.article_id), text).containment
            found[copy.article_id] = (original.article_id, round(share, 4))
    return found


class _Groups:
    """Sets of articles that are joined by pairs (union-find)."""

    def __init__(self) -> None:
        self._parents: dict[int, int] = {}

    def add(self, one: int) -> None:
        self._parents.setdefault(one, one)

    def join(self, one: int, other: int) -> None:
        self.add(one)
        self.add(other)
        self._parents[self._root(one)] = self._root(other)

    def are_joined(self, one: int, other: int) -> bool:
        return other in self._parents and self._root(one) == self._root(other)

    def __iter__(self) -> Iterator[list[int]]:
        groups: dict[int, list[int]] = {}
        for one in self._parents:
            groups.setdefault(self._root(one), []).append(one)
        return iter(groups.values())

    def _root(self, one: int) -> int:
        while self._parents[one] != one:
            self._parents[one] = self._parents[self._parents[one]]
            one = self._parents[one]
        return one
