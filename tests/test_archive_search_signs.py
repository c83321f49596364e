"""Search in scripts without spaces between words: any part of a run of signs is found."""

import sqlite3
from pathlib import Path

import pytest
from archive_records import ARTICLE, save
from sqlite_utils import Database

from archive import Archive
from archive.doctor import examine
from archive.migrations import migrations
from archive.names import spaced
from archive.records import SNIPPET_MARKS

STEP = "m026_signs_are_words"
#: name: title, text.
ARTICLES = {
    "reactor": (
        "東京電力、柏崎刈羽原発6号機の検査を開始",
        "東京電力は26日、柏崎刈羽原子力発電所6号機の再稼働に向けた検査を始めたと発表した。NTTの回線が使われる。",
    ),
    "typhoon": ("台風10号、四国に上陸", "高知県に避難指示が出た。鉄道各社はデータセンターの停電を発表した。"),
    "apple": ("苹果公司发布新款手机", "苹果公司星期二在上海发布了新款手机,售价五千元,iPhone用户可以预订。"),
    "storm": ("颱風來襲,臺北市停班停課", "臺北市政府宣布,明天停止上班上課,台灣高鐵也將停駛。"),
    "flood": ("น้ำท่วมกรุงเทพ", "รัฐบาลไทยประกาศว่าน้ำท่วมในกรุงเทพมหานครจะลดลงภายในสัปดาห์หน้า"),
    "seoul": ("한국정부, 반도체 지원안 발표", "정부는 삼성전자와 SK하이닉스에 세금을 돌려주기로 했다고 밝혔다."),
    "english": ("Outage at Meta", "Meta’s site was down — for an hour."),
}  # fmt: skip

#: What is looked for, and what is found.
FOUND = [
    ("電力", ["reactor"]),
    ("原子力発電所", ["reactor"]),
    ("検査", ["reactor"]),
    ("26日", ["reactor"]),
    ("NTT", ["reactor"]),
    ("nttの回線", ["reactor"]),
    ("発表", ["reactor", "typhoon"]),
    ("上陸", ["typhoon"]),
    ("データ 停電", ["typhoon"]),
    ('"停電を発表" 避難', ["typhoon"]),
    ("電停", []),
    ("手机", ["apple"]),
    ("五千元", ["apple"]),
    ("iphone", ["apple"]),
    ("政府", ["storm"]),
    ("高鐵", ["storm"]),
    ("น้ำ", ["flood"]),
    ("กรุงเทพ", ["flood"]),
    ("ไทย", ["flood"]),
    ("น่ำ", []),
    ("정부", ["seoul"]),
    ("하이닉스", ["seoul"]),
    ("전자 세금", ["seoul"]),
    ("meta’s down", ["english"]),
]


def fill(archive):
    for name, (title, text) in ARTICLES.items():
        save(archive, ARTICLE.replace(url=f"https://news.example/{name}", title=title, text=text))


def found(archive, words):
    return [result.url.rpartition("/")[2] for result in archive.search(words)]


def listed(archive):
    query = "select article_id from unspaced order by 1"
    return [number for (number,) in archive.db.execute(query).fetchall()]


def is_whole(connection):
    """The index holds what the articles say, to FTS5's own check."""
    connection.execute("insert into articles_fts(articles_fts, rank) values ('integrity-check', 1)")
    return True


@pytest.fixture
def asia(archive):
    fill(archive)
    return archive


@pytest.mark.parametrize(("words", "names"), FOUND)
def test_any_part_of_a_run_is_found(asia, words, names):
    assert sorted(found(asia, words)) == sorted(names)


def test_what_is_found_is_marked_in_the_text_as_it_is_written(asia):
    start, end = SNIPPET_MARKS
    (result,) = asia.search("刈羽原 NTT")
    title, text = ARTICLES["reactor"]
    assert result.title == title
    assert result.marked_title == title.replace("刈羽原", f"{start}刈羽原{end}")
    marked = text.replace("刈羽原", f"{start}刈羽原{end}").replace("NTT", f"{start}NTT{end}")
    assert result.snippet == marked
    (result,) = asia.search("ท่วม")
    assert result.marked_title == f"น้ำ{start}ท่วม{end}กรุงเทพ"


def test_the_title_counts_most_then_the_summary(archive):
    filler = "その日はどこでも他に何も起きなかった。" * 5
    for name, title, text in (
        ("text", "ある日", f"{filler}灯台だ。{filler}"),
        ("summary", "ある日", filler),
        ("title", "北の灯台", filler),
    ):
        save(archive, ARTICLE.replace(url=f"https://news.example/{name}", title=title, text=text))
    archive.db.execute("update articles set summary = '灯台の話' where url like '%summary'")
    assert found(archive, "灯台") == ["title", "summary", "text"]


def test_changes_by_any_program_are_followed(asia):
    path = asia.db.execute("pragma database_list").fetchone()[2]
    with sqlite3.connect(path) as other:
        other.execute("update articles set text = '大阪の株価' where url like '%english'")
        other.execute("update articles set title = 'Rain', text = 'Rain.' where url like '%storm'")
        other.execute("update articles set summary = '福岡で雪' where url like '%apple'")
        other.execute("delete from articles where url like '%flood'")
    other.close()
    assert found(asia, "株価") == ["english"]
    assert (found(asia, "政府"), found(asia, "rain")) == ([], ["storm"])
    assert (found(asia, "雪"), found(asia, "手机")) == (["apple"], ["apple"])
    assert found(asia, "ไทย") == []
    # The third is the apple, the fourth the storm, the fifth the flood.
    assert listed(asia) == [1, 2, 3, 6, 7]
    assert is_whole(asia.db)


def test_long_texts_are_taken_apart_and_put_together_again(archive):
    texts = {
        "edge": "あ" * 64 + "x" * 63 + "末尾" + "い" * 62,
        "long": "東京電力は26日、検査を始めた。" * 4_000,
        "planes": "𠮟る。ﾃﾞｰﾀ" + "a" * 57 + "𠀋",
    }
    for name, text in texts.items():
        save(archive, ARTICLE.replace(url=f"https://news.example/{name}", title=name, text=text))
    read = archive.db.execute("select title, text from indexed_articles").fetchall()
    assert {title: text.replace("\u200b", "") for title, text in read} == texts
    assert found(archive, "末尾い") == ["edge"]
    assert found(archive, "叱") == []
    assert found(archive, "𠮟る ﾃﾞｰﾀ 𠀋") == ["planes"]
    assert is_whole(archive.db)


def test_questions_and_texts_are_taken_apart_alike(archive):
    """All characters at which a script begins or ends, and some of each."""
    numbers = (*range(0x20, 0x3100), *range(0x9F00, 0xD7FF, 7), *range(0xE000, 0x40100, 5))
    characters = [chr(number) for number in numbers if number != 0x200B]
    text = "-".join(characters)
    save(archive, ARTICLE.replace(title="all", text=text))
    read = archive.db.execute("select text from indexed_articles").fetchone()[0]
    kept = archive.db.execute("select text from articles").fetchone()[0]
    assert read.replace("\u200b", " ").split() == spaced(kept).split()


def test_what_is_erased_leaves_no_sign_in_the_file(asia):
    path = Path(asia.db.execute("pragma database_list").fetchone()[2])
    asia.removals.overwrite_deleted()
    with asia.transaction():
        asia.removals.remove(1, "ana")
    asia.removals.erase_traces()
    left = path.read_bytes()
    # The signs of the typhoon stay.
    assert [left.count(word.encode()) > 0 for word in ("柏", "刈羽", "風", "四国")] == [
        False, False, True, True,
    ]  # fmt: skip
    assert (listed(asia), found(asia, "電力")) == ([2, 3, 4, 5, 6], [])
    assert is_whole(asia.db)


def test_the_doctor_tells_of_words_that_are_out_of_step(asia):
    path = Path(asia.db.execute("pragma database_list").fetchone()[2])
    assert examine(path).findings == ()
    asia.db.execute("delete from unspaced where article_id = 1")
    asia.db.execute("insert into unspaced values (7)")
    found_ = [(one.check, one.count, one.subjects) for one in examine(path).findings]
    # To take apart what has no such signs changes nothing.
    assert found_ == [("search", 1, ("1",))]
    assert [one.left for one in examine(path, is_repairing=True).findings] == [0]
    assert (listed(asia), found(asia, "電力")) == ([1, 2, 3, 4, 5, 6], ["reactor"])
    assert examine(path).is_sound


# Archives of before


@pytest.fixture
def before(tmp_path):
    """An archive of the version before, filled by SQL; one of its articles has signs only inside a word."""
    path = tmp_path / "old.db"
    database = Database(sqlite3.connect(path, isolation_level=None))
    migrations.apply(database, stop_before=STEP)
    for name, (title, text) in {**ARTICLES, "inside": ("Prices", "From 24年 on.")}.items():
        database.execute(
            """
            insert into articles (url, title, text, word_count, content_hash, first_seen_at, updated_at)
            values (?, ?, ?, 1, ?, '2024-01-01T00:00:00Z', '2024-01-01T00:00:00Z')
            """,
            [f"https://news.example/{name}", title, text, name],
        )
    database.close()
    return path


def test_an_archive_of_before_is_upgraded(before):
    with Archive(before) as archive:
        for words, names in FOUND:
            assert sorted(found(archive, words)) == sorted(names), words
        # What has signs only inside of words that begin otherwise is not known to have them.
        assert listed(archive) == [1, 2, 3, 4, 5, 6]
        assert (found(archive, "24年"), found(archive, "prices")) == ([], ["inside"])
        assert is_whole(archive.db)
        archive.db.execute("update articles set title = 'Costs' where title = 'Prices'")
        assert found(archive, "年 costs") == ["inside"]
        assert is_whole(archive.db)
        archive.db.execute("insert into articles_fts(articles_fts) values ('rebuild')")
        assert is_whole(archive.db)
        assert archive.db.execute("pragma integrity_check").fetchall() == [("ok",)]


def test_an_upgrade_leaves_the_index_of_other_articles_alone(before):
    with sqlite3.connect(before) as connection:
        connection.execute("delete from articles where url not like '%english'")
        connection.execute("insert into articles_fts(articles_fts) values ('optimize')")
        kept = connection.execute(
            "select id, block from articles_fts_data where id > 10"
        ).fetchall()
    connection.close()
    Archive(before).close()
    with sqlite3.connect(before) as connection:
        data = connection.execute(
            "select id, block from articles_fts_data where id > 10"
        ).fetchall()
        assert data == kept != []
        assert is_whole(connection)
    connection.close()


def test_where_sqlite_protects_its_tables_the_index_is_made_anew(before):
    connection = sqlite3.connect(before, isolation_level=None)

    def allowed(action, _database, table, *_rest):
        is_protected = action == sqlite3.SQLITE_ALTER_TABLE and table == "articles_fts_data"
        return sqlite3.SQLITE_DENY if is_protected else sqlite3.SQLITE_OK

    connection.set_authorizer(allowed)
    migrations.apply(Database(connection))
    connection.close()
    with Archive(before) as archive:
        for words, names in FOUND:
            assert sorted(found(archive, words)) == sorted(names), words
        assert is_whole(archive.db)
        tables = archive.db.execute("select name from sqlite_master where name like '%fts%'")
        assert sorted(name for (name,) in tables.fetchall()) == [
            "articles_fts", "articles_fts_config", "articles_fts_data", "articles_fts_delete",
            "articles_fts_docsize", "articles_fts_forget", "articles_fts_idx", "articles_fts_insert",
            "articles_fts_update",
        ]  # fmt: skip


def test_a_reader_that_is_open_during_an_upgrade_reads_on(before):
    with sqlite3.connect(before) as connection:
        connection.execute("pragma journal_mode = wal")
        query = "select rowid from articles_fts where articles_fts match 'outage'"
        assert connection.execute(query).fetchall() == [(7,)]
        Archive(before).close()
        assert connection.execute(query).fetchall() == [(7,)]
        query = """select rowid from articles_fts where articles_fts match '"電 力"'"""
        assert connection.execute(query).fetchall() == [(1,)]
    connection.close()
