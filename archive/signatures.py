"""Signatures of texts, the index over them, and which article is a copy of which."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlite_utils import Database

from archive.articles import has_text

#: An article whose page gives only a day has no time of its own: in that day it comes last, so that
#: the copy of an outlet that does not tell the hour is not taken for the original.
DATED_AT = """
    case when a.published_at is null then a.first_seen_at
         when a.published_at like '%T00:00:00Z' then substr(a.published_at, 1, 11) || '23:59:59Z'
         else a.published_at end
"""
#: Values bound to one statement; SQLite takes 32,766.
_CHUNK = 10_000


@dataclass(frozen=True)
class Unsigned:
    """An article whose present text or date has not been looked at for copies."""

    article_id: int
    text: str
    content_hash: str
    dated_at: str


@dataclass(frozen=True)
class Signed:
    """An article that has been looked at: its time, its original (None: it is one), its signature."""

    article_id: int
    dated_at: str
    duplicate_of: int | None
    signature: bytes | None
    site: str | None
    title: str


@dataclass(frozen=True)
class Signing:
    """A new signature (None: the text is too short), its buckets, and those that it had before."""

    item: Unsigned
    signature: bytes | None
    buckets: Sequence[int]
    old_buckets: Sequence[int]


class Signatures:
    """The tables `signatures`, `signature_bands` and `unsigned`, and articles.duplicate_of and duplicate_share."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def unsigned(self, limit: int, after_id: int = 0) -> list[Unsigned]:
        """Articles whose text or date is new or has changed since they were signed, oldest id first."""
        rows = self._db.execute(
            f"""
            select a.id, a.text, a.content_hash, {DATED_AT}
            from unsigned u join articles a on a.id = u.article_id
            where u.article_id > ? order by u.article_id limit ?
            """,
            [after_id, limit],
        )
        return [Unsigned(*row) for row in rows]

    def is_current(self, item: Unsigned) -> bool:
        """True if the article still has the text that was read."""
        return has_text(self._db, item.article_id, item.content_hash)

    def sign(self, batch: Sequence[Signing]) -> None:
        """Keep the signatures of articles and where they stand in the index."""
        self._db.conn.executemany(
            """
            insert into signatures (article_id, content_hash, dated_at, signature)
            values (?, ?, ?, ?)
            on conflict (article_id) do update set content_hash = excluded.content_hash,
                dated_at = excluded.dated_at, signature = excluded.signature
            """,
            [
                (one.item.article_id, one.item.content_hash, one.item.dated_at, one.signature)
                for one in batch
            ],
        )
        self._db.conn.executemany(
            "delete from unsigned where article_id = ?", [(one.item.article_id,) for one in batch]
        )
        # Sorted: buckets are scattered over the whole index, and so each page is visited once.
        gone = sorted((bucket, one.item.article_id) for one in batch for bucket in one.old_buckets)
        self._db.conn.executemany(
            "delete from signature_bands where bucket = ? and article_id = ?", gone
        )
        come = sorted((bucket, one.item.article_id) for one in batch for bucket in one.buckets)
        self._db.conn.executemany("insert or ignore into signature_bands values (?, ?)", come)

    def get(self, article_ids: Iterable[int]) -> dict[int, Signed]:
        """The signed ones of some articles."""
        found = {}
        for some in _chunks(sorted(set(article_ids))):
            rows = self._db.execute(
                f"""
                select s.article_id, s.dated_at, a.duplicate_of, s.signature, a.site, a.title
                from signatures s join articles a on a.id = s.article_id
                where s.article_id in ({_marks(some)})
                """,
                some,
            )
            found.update({row[0]: Signed(*row) for row in rows})
        return found

    def candidates(self, article_id: int, buckets: Sequence[int], limit: int) -> list[int]:
        """Other articles that share buckets, those that share most first."""
        rows = self._db.execute(
            f"""
            select article_id from signature_bands
            where bucket in ({_marks(buckets)}) and article_id <> ?
            group by article_id order by count(*) desc, article_id limit ?
            """,
            [*buckets, article_id, limit],
        )
        return [row[0] for row in rows]

    def clusters(self, article_ids: Iterable[int]) -> dict[int, int]:
        """All articles with the same originals as these: article id -> id of its original."""
        found = {}
        for some in _chunks(sorted(set(article_ids))):
            marks = _marks(some)
            rows = self._db.execute(
                f"""
                with roots as materialized (
                    select distinct coalesce(duplicate_of, id) as root
                    from articles where id in ({marks})
                )
                select id, root from roots join articles on id = root
                union select id, root from roots join articles on duplicate_of = root
                """,
                some,
            )
            found.update(dict(rows.fetchall()))
        return found

    def text(self, article_id: int) -> str:
        """The present text of an article that is there."""
        row = self._db.execute("select text from articles where id = ?", [article_id]).fetchone()
        return str(row[0])

    def mark(self, originals: Mapping[int, tuple[int, float] | None]) -> int:
        """Set the original of articles and the share in common, or None; return how many changed."""
        changed = 0
        for article_id, found in originals.items():
            original, share = found or (None, None)
            changed += self._db.execute(
                """
                update articles set duplicate_of = ?, duplicate_share = ?
                where id = ? and (duplicate_of is not ? or duplicate_share is not ?)
                """,
                [original, share, article_id, original, share],
            ).rowcount
        return changed


def _marks(values: Sequence[int]) -> str:
    return ", ".join("?" * len(values))


def _chunks(values: Sequence[int]) -> Iterable[Sequence[int]]:
    return (values[start : start + _CHUNK] for start in range(0, len(values), _CHUNK))
