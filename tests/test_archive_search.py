"""Full-text search: any words, ranked, marked."""

import pytest
from archive_records import ARTICLE, rows, save
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archive import search
from archive.records import SNIPPET_MARKS
from archive.search import fts_query

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
        assert search.count(archive.db, words) == len(results)
    return [result.url.rpartition("/")[2] for result in results]


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=400
)
@given(words=ANYTHING)
def test_no_text_fails(archive, words):
    if not rows(archive, "articles"):
        save(archive)
    results = archive.search(words)
    assert search.count(archive.db, words) == len(results)


@given(words=ANYTHING)
def test_a_query_holds_nothing_but_quoted_words(words):
    query = fts_query(words)
    assert query.count('"') % 2 == 0
    assert query == "" or (query.startswith('"') and query.endswith('"'))
    query.encode()  # would raise for what SQLite cannot take


@pytest.mark.parametrize(
    ("words", "query"),
    [
        ("meta outage", '"meta" "outage"'),
        ('"meta outage" x', '"meta outage" "x"'),
        ("AT&T", '"AT&T"'),
        ("a OR b", '"a" "OR" "b"'),
        ("don't -x title:y z*", '"don\'t" "-x" "title:y" "z*"'),
        ('un"closed', '"un closed"'),
        ('"', ""),
        ("… — !", ""),
        ("", ""),
        ("a\x00b", '"a b"'),
        ("caf\udce9 x", '"caf" "x"'),
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


def test_accents_do_not_matter(archive):
    add(archive, "a", "José Peñaloza", "Ein Café in Zürich")
    for words in ("jose penaloza", "cafe zurich", "CAFÉ"):
        assert found(archive, words) == ["a"]


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
    from datetime import UTC, datetime

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
    assert search.count(archive.db, "same") == 7


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
