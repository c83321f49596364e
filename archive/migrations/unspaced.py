"""Step 26: what stands without spaces between words is found by any part of it.

FTS5 takes a run of signs as one word. So each sign of such scripts becomes a word of its own, which a phrase then
finds. All is done in SQL, since other programs write to articles too; and articles without such signs, which are
nearly all of most archives, keep their entries in the index as they are.
"""

import sqlite3

from sqlite_utils import Database

from archive.migrations.registry import migrations, run
from archive.names import UNSPACED_RANGES

_SIGNS = "".join(f"{first}-{last}" for first, last in UNSPACED_RANGES)
#: Vowels and tones above and below the letters of Thai, Lao, Burmese and Khmer, which FTS5 takes for the end of a word.
_MARKS = "".join(
    chr(number)
    for first, last in (
        *((0x0E31, 0x0E31), (0x0E34, 0x0E3A), (0x0E47, 0x0E4E), (0x0EB1, 0x0EB1), (0x0EB4, 0x0EBC)),
        *((0x0EC8, 0x0ECD), (0x102B, 0x103E), (0x1056, 0x1059), (0x105E, 0x1060), (0x1062, 0x1064)),
        *((0x1067, 0x106D), (0x1071, 0x1074), (0x1082, 0x108D), (0x108F, 0x108F), (0x109A, 0x109D)),
        *((0x17B4, 0x17D3), (0x17DD, 0x17DD)),
    )
    for number in range(first, last + 1)
)
_COLUMNS = "title, summary, text"
TOKENIZER = f"porter unicode61 remove_diacritics 2 tokenchars '{_MARKS}'"


def has_signs(article: str = "") -> str:
    """Whether an article's title or text has such signs: the condition in SQL; article is "", "new." or "old.".

    The first looks are cheap, and pass over nearly every English text.
    """
    return " or ".join(
        f"(length(cast({column} as blob)) > length({column}) "
        f"and {column} glob '*[\u0e00-\u1dff\u3000-\U0010ffff]*' and {column} glob '*[{_SIGNS}]*')"
        for column in (f"{article}title", f"{article}text")
    )


def _spaced(column: str) -> str:
    """A text with a space of no width (U+200B) before and behind each sign: 64 by 64, or long texts take forever."""
    return f"""(
        with recursive blocks(block, rest) as (
            select 0, {column} union all
            select block + 1, substr(rest, 65) from blocks where length(rest) > 64
        )
        select group_concat(piece, '') from (
            select (
                with recursive signs(sign, later) as (
                    select substr(rest, 1, 1), substr(rest, 2, 63) union all
                    select substr(later, 1, 1), substr(later, 2) from signs where later <> ''
                )
                select group_concat(
                    case when sign glob '[{_SIGNS}]' then char(8203) || sign || char(8203) else sign end, ''
                ) from signs
            ) as piece from blocks order by block
        )
    )"""


@migrations()
def m026_signs_are_words(db: Database) -> None:
    run(
        db,
        # What has no signs, or was indexed before this step with a few inside of other words, is not listed.
        """
        create table unspaced (
            article_id integer primary key references articles(id) on delete cascade
        )
        """,
        f"""
        create view indexed_articles as
        select a.id,
               case when u.article_id is null then a.title else {_spaced("a.title")} end as title,
               case when u.article_id is null then a.summary else {_spaced("a.summary")} end as summary,
               case when u.article_id is null then a.text else {_spaced("a.text")} end as text
        from articles a left join unspaced u on u.article_id = a.id
        """,
        "create temp table with_signs (id integer primary key)",
        "create virtual table temp.words using fts5vocab(main, articles_fts, instance)",
        *(
            "insert or ignore into with_signs select doc from temp.words "
            f"where term >= '{first}' and term < '{chr(ord(last) + 1)}'"
            for first, last in UNSPACED_RANGES
        ),
        "drop table temp.words",
        f"""
        insert into articles_fts(articles_fts, rowid, {_COLUMNS})
        select 'delete', id, {_COLUMNS} from articles where id in (select id from with_signs)
        """,
        *(f"drop trigger articles_fts_{event}" for event in ("insert", "update", "delete")),
    )
    _read_from_the_view(db)
    run(
        db,
        "insert into unspaced select id from articles where id in (select id from with_signs)",
        f"""
        insert into articles_fts(rowid, {_COLUMNS})
        select id, {_COLUMNS} from indexed_articles where id in (select id from with_signs)
        """,
        "drop table temp.with_signs",
    )
    _keep_up_to_date(db)


def _read_from_the_view(db: Database) -> None:
    """The index as it is, over the view. Where SQLite protects its tables, it is made anew, which takes long.

    So it is in an archive without articles, where that is what takes less; both ways end in the same tables.
    """
    create = f"""
        create virtual table articles_fts using fts5(
            {_COLUMNS},
            content='indexed_articles', content_rowid='id',
            tokenize="{TOKENIZER}"
        )
    """
    if not db.execute("select exists (select 1 from articles)").fetchone()[0]:
        run(db, "drop table articles_fts", create)
        return
    try:
        run(db, "alter table articles_fts rename to former_fts", create)
        _swap(db)
        run(db, "drop table former_fts")
    except sqlite3.DatabaseError:
        for name in ("former_fts", "articles_fts"):
            run(db, f"drop table if exists {name}")
        run(
            db,
            create,
            f"""
            insert into articles_fts(rowid, {_COLUMNS})
            select id, {_COLUMNS} from articles where id not in (select id from with_signs)
            """,
        )


def _swap(db: Database) -> None:
    """Let the new index have what the former one holds, and the former what it had: nothing."""
    for part in ("data", "idx", "docsize", "config"):
        run(
            db,
            f"alter table articles_fts_{part} rename to other_{part}",
            f"alter table former_fts_{part} rename to articles_fts_{part}",
            f"alter table other_{part} rename to former_fts_{part}",
        )


def _keep_up_to_date(db: Database) -> None:
    listed = has_signs("new.")
    is_another = "(new.title <> old.title or new.text <> old.text)"
    # Before the change, while the view still gives what the index holds.
    forget = (
        f"insert into articles_fts(articles_fts, rowid, {_COLUMNS}) "
        f"select 'delete', id, {_COLUMNS} from indexed_articles where id = old.id;"
    )
    remember = (
        f"insert into articles_fts(rowid, {_COLUMNS}) "
        f"select id, {_COLUMNS} from indexed_articles where id = new.id;"
    )
    run(
        db,
        f"""
        create trigger articles_fts_insert after insert on articles begin
            insert into unspaced select new.id where {listed};
            {remember}
        end
        """,
        f"""
        create trigger articles_fts_delete before delete on articles begin
            {forget}
            delete from unspaced where article_id = old.id;
        end
        """,
        # Only these three columns: writing tags or dates must not rebuild an article's index.
        f"create trigger articles_fts_forget before update of {_COLUMNS} on articles begin {forget} end",
        f"""
        create trigger articles_fts_update after update of {_COLUMNS} on articles begin
            delete from unspaced where article_id = new.id and {is_another};
            insert into unspaced select new.id where {is_another} and ({listed});
            {remember}
        end
        """,
    )
