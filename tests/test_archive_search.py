"""Full-text search: any words, ranked, marked."""

import re
from datetime import UTC, date, datetime

import numpy as np
import pytest
from archive_records import ARTICLE, rows, save
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archive.asked_words import fts_query
from archive.records import SNIPPET_MARKS, Model
from archive.search import Question
from archive.vector_index import VectorIndex
from archive.word_index import word_index

START, END = SNIPPET_MARKS

#: What FTS5 has a meaning for, beside any characters at all, unpaired surrogates included.
SYNTAX = st.sampled_from(
    [
        *"\"*^()+-:{},'\\\x00;_ \n\udce9",
        *('""', "AND", "OR", "NOT", "NEAR", "NEAR(a b, 2)", "title:", "meta", "'; drop"),
    ]
)
ANYTHING = st.text(st.characters()) | st.lists(SYNTAX | st.text(max_size=3)).map("".join)


def add(archive, name, title, text, **fields):
    article = ARTICLE.replace(url=f"https://news.example/{name}", title=title, text=text, **fields)
    return save(archive, article).article_id


def found(archive, words, **options):
    results = archive.search(words, **options)
    if not options:
        assert archive.find(words).total == len(results)
    return [result.url.rpartition("/")[2] for result in results]


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=400
)
@given(words=ANYTHING)
def test_no_text_fails(archive, words):
    if not rows(archive, "articles"):
        save(archive)
    results = archive.search(words)
    assert archive.find(words).total == len(results)


@given(words=ANYTHING)
def test_a_query_holds_nothing_but_quoted_words(words):
    query = fts_query(words)
    assert query.count('"') % 2 == 0
    assert set(re.sub(r'"[^"]*"|[()*]', " ", query).split()) <= {"AND", "OR", "NOT"}
    query.encode()  # would raise for what SQLite cannot take


@pytest.mark.parametrize(
    "words",
    ["meta " * 50_000, '"meta goes dark" ' * 9_000, " ".join(f"w{n}" for n in range(50_000)), '"' + "a " * 50_000],
)  # fmt: skip
def test_a_question_without_end_is_answered_from_its_beginning(archive, words):
    save(archive)
    assert len(fts_query(words)) <= 8_000
    assert found(archive, words) == (["outage"] if "meta" in words else [])


@pytest.mark.parametrize(
    ("words", "query"),
    [
        ("meta outage", '"meta" AND "outage"'),
        ('"meta outage" x', '"meta outage" AND "x"'),
        ("AT&T", '"AT&T"'),
        ("a OR b", '("a" OR "b")'),
        ("tesla musk OR bezos OR musk space", '"tesla" AND ("musk" OR "bezos") AND "space"'),
        ("OR a OR", '"OR" AND "a"'),
        ("a OR -b or c", '("a" AND "or" AND "c") NOT ("b")'),
        ('treaty -cane -"sugar tax"', '("treaty") NOT ("cane" OR "sugar tax")'),
        ("-google", ""),
        ("a - b -- c", '"a" AND "b" AND "c"'),
        ("state-of-the-art", '"state-of-the-art"'),
        ("comp* ab* *x* 東京都*", '"comp" * AND "ab*" AND "*x*" AND "東 京 都" *'),
        ("don't title:y z*", '"don\'t" AND "title:y" AND "z*"'),
        ('un"closed', '"un closed"'),
        ('"', ""),
        ("… — !", ""),
        ("", ""),
        ("a\x00b", '"a b"'),
        ("caf\udce9 x", '"caf" AND "x"'),
        ("東電 NTTの値段", '"東 電" AND "NTT の 値 段"'),
        ("น้ำท่วม", '"น ้ ำ ท ่ ว ม"'),
        ('"정부 안"', '"정 부 안"'),
    ],
)
def test_queries(words, query):
    assert fts_query(words) == query


@pytest.mark.parametrize(
    ("words", "count"),
    [("meta dark " * 3000, 1), ("x" * 100_000, 0), ('"' + "x y " * 3000 + '"', 0)],
    ids=["many words", "a long word", "a long phrase"],
)
def test_long_questions(archive, words, count):
    save(archive)
    assert len(archive.search(words)) == count


def test_all_words_are_required_in_any_order_and_form(archive):
    add(archive, "both", "Outages", "Meta was down.")
    add(archive, "one", "Outage", "X was up.")
    assert found(archive, "meta outage") == ["both"]
    assert found(archive, "OUTAGES meta") == ["both"]
    assert found(archive, "meta missing") == []


def test_words_may_be_unwanted_alternative_or_a_beginning(archive):
    add(archive, "cane", "Treaty on sugar cane", "Growers of cane agreed.")
    add(archive, "sea", "Treaty on the high seas", "Fishers agreed to a sugar tax.")
    add(archive, "google", "Googlers walk out", "They left at noon.")
    assert found(archive, "treaty -cane") == ["sea"]
    assert found(archive, 'agreed -"sugar tax"') == ["cane"]
    assert found(archive, "treaty -cane -seas") == []
    assert sorted(found(archive, "growers OR fishers agreed")) == ["cane", "sea"]
    assert found(archive, "goog*") == ["google"]
    add(
        archive,
        "law",
        "Regulators meet",
        "A politician spoke of information and of the nationalised railway.",
    )
    for beginning in (
        "regulat*",
        "regul*",
        "politic*",
        "inform*",
        "informati*",
        "nationalis*",
        "railw*",
    ):
        assert found(archive, beginning) == ["law"], beginning
    assert found(archive, "-cane") == []


def test_accents_do_not_matter(archive):
    add(archive, "a", "José Peñaloza", "Ein Café in Zürich")
    for words in ("jose penaloza", "cafe zurich", "CAFÉ"):
        assert found(archive, words) == ["a"]


def test_an_index_in_memory_cuts_words_as_the_archives_own_does(archive):
    of_tables = "select sql from sqlite_master where name = 'articles_fts'"
    (own,) = archive.db.execute(of_tables).fetchone()
    with word_index("text", [(1, "Meta")]) as index:
        (other,) = index.execute(of_tables).fetchone()
    assert re.search('tokenize="([^"]+)"', other)[1] == re.search('tokenize="([^"]+)"', own)[1]


def test_a_phrase_stands_together(archive):
    add(archive, "together", "T", "The board fired him at once.")
    add(archive, "apart", "T", "Fired up, the board met him.")
    assert set(found(archive, "board fired")) == {"together", "apart"}
    assert found(archive, '"board fired"') == ["together"]
    assert found(archive, '"fired him" board') == ["together"]


def test_a_word_in_the_title_counts_most_then_the_summary(archive):
    filler = "Nothing else happened on that day in any of the places. " * 5
    add(archive, "text", "A day", f"{filler} The lighthouse. {filler}")
    summary = add(archive, "summary", "A day", filler)
    add(archive, "title", "The lighthouse", filler)
    archive.db.execute("update articles set summary = 'A lighthouse' where id = ?", [summary])
    assert found(archive, "lighthouse") == ["title", "summary", "text"]
    scores = [result.score for result in archive.search("lighthouse")]
    assert scores == sorted(scores, reverse=True)
    assert scores[-1] > 0


def test_the_newest_of_equals_comes_first(archive):
    for name, year in (("old", 2022), ("new", 2025), ("middle", 2024)):
        add(archive, name, "Same", "The same.", published_at=datetime(year, 1, 1, tzinfo=UTC))
    add(archive, "undated", "Same", "The same.", published_at=None)
    assert found(archive, "same") == ["new", "middle", "old", "undated"]


def test_limit_and_offset(archive):
    for n in range(7):
        add(archive, str(n), "Same", "The same.")
    whole = found(archive, "same")
    assert len(whole) == 7
    assert found(archive, "same", limit=3) == whole[:3]
    assert found(archive, "same", limit=3, offset=6) == whole[6:]
    assert archive.find("same").total == 7


def test_a_result_says_what_a_list_of_results_shows(archive):
    save(archive)
    archive.db.execute("""update articles set summary = 'Short.', tags = '["Meta", "X"]'""")
    (result,) = archive.search("tuesday")
    assert result.article_id == 1
    assert (result.title, result.url, result.site) == (ARTICLE.title, ARTICLE.url, ARTICLE.site)
    assert (result.published_at, result.summary) == ("2024-03-05T16:42:00Z", "Short.")
    assert result.tags == ("Meta", "X")


def test_snippets_mark_what_was_found(archive):
    add(archive, "a", "T", "word " * 200 + "The keeper of the lighthouses left. " + "word " * 200)
    (result,) = archive.search("lighthouse keeper")
    assert f"{START}keeper{END}" in result.snippet
    assert f"{START}lighthouses{END}" in result.snippet
    assert result.snippet.startswith("…")
    assert result.snippet.endswith("…")
    assert len(result.snippet) < 400


def test_snippets_are_text_not_html(archive):
    add(archive, "a", "T", "<b>Bold</b> claims & <script>alert(1)</script>")
    (result,) = archive.search("claims")
    assert result.snippet == f"<b>Bold</b> {START}claims{END} & <script>alert(1)</script>"


def at(month, day=1):
    return datetime(2024, month, day, 12, tzinfo=UTC)


@pytest.fixture
def filtered(archive):
    """Four articles that hold one word and differ in everything that filters ask for."""
    add(
        archive,
        "a",
        "Meta one",
        "meta " * 10,
        site="a.example",
        published_at=at(1),
        authors=("Zoe Quill", "ZOE QUILL"),
    )
    add(
        archive,
        "b",
        "Two",
        "meta " * 400,
        site="b.example",
        published_at=at(2),
        language="de",
        authors=("Ben Scribe",),
    )
    add(
        archive, "c", "Three", "meta " * 5, site="b.example", published_at=at(3), is_paywalled=False
    )
    add(archive, "d", "Four", "meta meta", site=None, published_at=None, authors=("ZOE QUILL",))
    for number, (name, kind) in enumerate([("Meta", "organization"), ("Ada", "person")], 1):
        archive.db.execute(
            "insert into entities (id, name, type, slug) values (?, ?, ?, ?)",
            [number, name, kind, name.lower()],
        )
    archive.db.execute(
        "insert into article_entities values (1, 1, 3, 0.5), (2, 2, 1, 0.5), (4, 1, 1, 0.5)"
    )
    return archive


@pytest.mark.parametrize(
    ("fields", "names"),
    [
        ({}, "abcd"),
        ({"site": "b.example"}, "bc"),
        ({"site": "nowhere.example"}, ""),
        ({"language": "de"}, "b"),
        ({"since": date(2024, 2, 1)}, "bc"),
        ({"until": date(2024, 2, 1)}, "ab"),
        ({"since": date(2024, 2, 1), "until": date(2024, 2, 1)}, "b"),
        ({"shortest": 11}, "b"),
        ({"longest": 9}, "cd"),
        ({"is_paywalled": True}, "abd"),
        ({"is_paywalled": False}, "c"),
        ({"entity": "meta"}, "ad"),
        ({"entity": "META"}, "ad"),
        ({"entity": "nobody"}, ""),
        ({"entity": "meta", "until": date(2024, 6, 1)}, "a"),
        ({"author": "Ben Scribe"}, "b"),
        ({"author": " ben  SCRIBE "}, "b"),
        ({"author": "Zoe Quill"}, "a"),
        ({"author": "zoe quill"}, "ad"),
        ({"author": "zoe quill", "until": date(2024, 6, 1)}, "a"),
        ({"author": "ZOE QUILL", "until": date(2024, 6, 1)}, "a"),
        ({"author": "Ben Scribe", "site": "b.example", "entity": "meta"}, ""),
        ({"author": "Ben"}, ""),
        ({"site": "https://www.A.example/news"}, "a"),
        ({"type": "person"}, "b"),
        ({"site": "b.example", "language": "de", "type": "person"}, "b"),
        ({"site": "a.example", "type": "person"}, ""),
    ],
    ids=str,
)
def test_filters_with_words_and_without(filtered, fields, names):
    with_words = filtered.find(Question(words="meta", **fields))
    assert sorted(result.url[-1] for result in with_words.results) == sorted(names)
    assert (with_words.total, with_words.is_capped) == (len(names), False)
    if fields:
        alone = filtered.find(Question(**fields))
        newest_first = sorted(names, key="cbad".index)
        assert [result.url[-1] for result in alone.results] == newest_first
        assert alone.total == len(names)


def test_filters_find_the_same_where_the_words_are_common(filtered, monkeypatch):
    monkeypatch.setattr("archive.search.MOST_RANKED", 2)
    common = filtered.find(Question(words="meta"))
    assert [result.url[-1] for result in common.results] == ["c", "d"]
    assert (common.total, common.is_capped) == (2, True)
    for fields, names in (
        ({"entity": "meta"}, "ad"),
        ({"author": "Ben Scribe"}, "b"),
        ({"site": "a.example"}, "a"),
        ({"until": date(2024, 1, 31)}, "a"),
        ({"site": "b.example", "since": date(2024, 3, 1)}, "c"),
    ):
        found_ = filtered.find(Question(words="meta", **fields))
        assert [result.url[-1] for result in found_.results] == list(names), fields
        assert not found_.is_capped


def test_what_a_filter_leaves_unlooked_at_among_common_words_is_said(filtered, monkeypatch):
    monkeypatch.setattr("archive.search.MOST_RANKED", 2)
    monkeypatch.setattr("archive.search.MOST_LOOKED_THROUGH", 0)
    found_ = filtered.find(Question(words="meta", site="b.example"))
    assert [result.url[-1] for result in found_.results] == ["c"]
    assert (found_.total, found_.is_capped) == (1, True)
    alone = filtered.find(Question(words="meta", site="a.example"))
    assert (alone.total, alone.is_capped) == (1, False)


def test_newest_first_where_that_is_asked(filtered):
    ordered = filtered.find(Question(words="meta", order="date"))
    assert [result.url[-1] for result in ordered.results] == list("cbad")


def vector(*values):
    """A vector of 64 dimensions that points where it is told, as stored."""
    full = np.zeros(64, np.float32)
    full[: len(values)] = values
    # Small opposed values elsewhere: a sign is either, never nought.
    full[len(values) :] = np.where(np.arange(64 - len(values)) % 2, 1e-3, -1e-3)
    return (full / np.linalg.norm(full)).astype("<f2").tobytes()


@pytest.fixture
def meant(archive):
    """Five articles: three about one thing, one of them in other words, one opposed, one without a vector."""
    model = archive.enrichments.model_id(Model("vector", "test", "1"))
    archive.models.make_current("vector", model)
    for name, text, values in (
        ("storm", "The storm broke over the coast.", (1, 1, 0.2)),
        ("gale", "Winds tore at the harbour.", (1, 0.9, 0.3)),
        ("squall", "The storm passed inland.", (0.9, 1, 0.1)),
        ("bank", "The bank raised its rates.", (-1, 0.2, -1)),
        ("bare", "Nothing was made of this.", None),
    ):
        number = add(archive, name, name.title(), text, published_at=at(len(name)))
        if values:
            archive.db.execute(
                "insert into vectors values (?, ?, ?)", [number, model, vector(*values)]
            )
    return archive


def asked(archive, **question):
    return [r.url.rpartition("/")[2] for r in archive.search(Question(**question))]


@pytest.mark.parametrize("by", ["meaning", "both"])
def test_meaning_leaves_out_what_holds_unwanted_words(meant, by):
    assert sorted(asked(meant, words="storm -harbour", by=by)) == ["squall", "storm"]
    assert sorted(asked(meant, words="storm", by=by)) == ["gale", "squall", "storm"]


def test_meaning_finds_what_has_none_of_the_words(meant):
    assert asked(meant, words="storm") == ["storm", "squall"]
    assert asked(meant, words="storm", by="meaning") == ["storm", "squall", "gale"]
    # Not all of the words stand anywhere: any of them will do to go by.
    assert asked(meant, words="storm zebra", by="meaning") == ["storm", "squall", "gale"]
    assert asked(meant, words="zebra", by="meaning") == []


def test_both_ways_are_one_order(meant):
    assert asked(meant, words="storm", by="both") == ["storm", "squall", "gale"]
    assert asked(meant, words="bare", by="both") == ["bare"]


def test_more_like_an_article(meant):
    assert asked(meant, like=1) == ["squall", "gale"]
    assert asked(meant, like=5) == []
    assert asked(meant, like=99) == []
    assert asked(meant, like=1, since=date(2024, 6, 1)) == ["squall"]
    assert asked(meant, like=1, order="date") == ["squall", "gale"]


def test_the_index_of_vectors_follows_the_archive(meant):
    index = VectorIndex()
    index.refresh(meant.db.conn)
    assert len(index) == 4
    number = add(meant, "new", "New", "Later.")
    meant.db.execute("insert into vectors values (?, 1, ?)", [number, vector(1, 1, 0.2)])
    meant.db.execute("delete from articles where id = 3")
    index.refresh(meant.db.conn)
    near = index.nearest(meant.db.conn, vector(1, 1, 0.2), 3)
    assert [article_id for article_id, _ in near] == [number, 1, 2]
    assert near[0][1] == pytest.approx(1, abs=0.01)
    other = meant.enrichments.model_id(Model("vector", "test", "2"))
    meant.db.execute("insert into vectors values (1, ?, ?)", [other, vector(1, 0, 0)[:64]])
    meant.models.make_current("vector", other)
    index.refresh(meant.db.conn)
    assert len(index) == 1
    assert index.nearest(meant.db.conn, vector(1, 1, 0.2), 3) == []


def test_signs_are_kept_with_vectors_however_they_come(archive):
    model = archive.enrichments.model_id(Model("vector", "test", "1"))
    numbers = [add(archive, name, name, "Text.") for name in ("one", "two", "three")]
    work = {item.article_id: item for item in archive.enrichments.work({"vector": model})}
    archive.enrichments.save_vector(work[numbers[0]], vector(1, -1), model)
    archive.db.execute("insert into vectors values (?, ?, ?)", [numbers[1], model, vector(1, 1)])
    archive.db.execute("insert into vectors values (?, ?, ?)", [numbers[2], model, b"odd"])
    codes = archive.db.execute("select article_id, hex(code) from vector_codes").fetchall()
    # The second sign is set by hand, those behind it alternate.
    assert codes == [(numbers[0], "6A" + 7 * "AA"), (numbers[1], ""), (numbers[2], "")]
    index = VectorIndex()
    index.refresh(archive.db.conn)
    near = index.nearest(archive.db.conn, vector(1, 1), 9)
    assert [number for number, _ in near] == [numbers[1], numbers[0]]
    archive.db.execute("update vectors set vector = ? where article_id = ?", [vector(1, 1), 1])
    archive.db.execute("delete from vectors where article_id = ?", [numbers[2]])
    codes = archive.db.execute("select article_id, hex(code) from vector_codes").fetchall()
    assert codes == [(numbers[0], ""), (numbers[1], "")]


def test_the_nearest_by_sign_codes_are_the_nearest(archive):
    """Against all dot products: 3,000 vectors around 60 middles, as articles lie around themes."""
    random = np.random.default_rng(7)
    middles = random.standard_normal((60, 384))
    made = middles[random.integers(60, size=3000)] + 0.7 * random.standard_normal((3000, 384))
    made = (made / np.linalg.norm(made, axis=1, keepdims=True)).astype("<f2")
    archive.db.execute(
        "insert into models (id, task, name, revision, is_current) "
        "values (1, 'vector', 'm', '1', 1)"
    )
    archive.db.execute("pragma foreign_keys = off")
    archive.db.conn.executemany(
        "insert into vectors values (?, 1, ?)", [(n, made[n].tobytes()) for n in range(3000)]
    )
    index = VectorIndex()
    index.refresh(archive.db.conn)
    kept = 0
    for n in range(0, 3000, 100):
        exact = np.argsort(-(made.astype(np.float32) @ made[n].astype(np.float32)))[:10]
        near = index.nearest(archive.db.conn, made[n].tobytes(), 10)
        kept += len({number for number, _ in near} & set(exact.tolist()))
    assert kept >= 0.97 * 300
