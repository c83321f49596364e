"""What an article says of itself and cannot be: no title, another length, no language, lists of no texts."""

import json
from collections.abc import Iterator

from archive.articles import ARRAYS
from archive.doctor.check import Check, Patient, sql, statements
from archive.doctor.contents import chunks, hash_of
from archive.names import count_words

_UNTITLED = "trim(title, char(9, 10, 13, 32, 160)) = ''"
#: What was said of the title, what was taken first; or the last title that the article had.
_TITLES_TOLD = """
    select v.value from field_votes v
    where v.article_id = articles.id and v.field = 'title' and trim(v.value) <> ''
    order by v.is_chosen desc, v.extractor
"""
_TITLES_OF_BEFORE = """
    select r.title from revisions r where r.article_id = articles.id and trim(r.title) <> ''
    order by r.id desc
"""
_TITLE = f"coalesce(({_TITLES_TOLD} limit 1), ({_TITLES_OF_BEFORE} limit 1), title)"
#: The language of a text of so many characters can be told: ingest leaves none of these without.
_ENOUGH_TO_TELL = 320
_CODE = "{0} glob '[a-z][a-z]' or {0} glob '[a-z][a-z][a-z]'"
_WITHOUT_LANGUAGE = f"""
    language is null and length(text) >= {_ENOUGH_TO_TELL}
    or language is not null and not ({_CODE.format("language")})
"""
#: en of en-US, EN and en_GB.
_SHORT = "lower(substr(language, 1, instr(replace(language, '_', '-') || '-', '-') - 1))"
_NO_TEXTS = (
    "(json_type({0}) <> 'array' or exists (select 1 from json_each({0}) where type <> 'text'))"
)


def _otherwise_long(patient: Patient) -> Iterator[int]:
    query = "select id, text, word_count from articles where id between ? and ?"
    for ends in chunks(patient, "articles"):
        for number, text, count in patient.connection.execute(query, ends):
            if count_words(text) != count:
                yield number


def _count_words(patient: Patient) -> None:
    patient.connection.create_function("words_in", 1, count_words, deterministic=True)
    for first, last in chunks(patient, "articles"):
        patient.write(
            "update articles set word_count = words_in(text) "
            f"where id between {first} and {last} and word_count <> words_in(text)"
        )


def _take_titles(patient: Patient) -> None:
    patient.connection.create_function("hash_of", 2, hash_of, deterministic=True)
    # The hash goes with the title, but only that of a text which nobody else has changed.
    patient.write(
        f"""
        update articles set title = {_TITLE}, content_hash = case content_hash
            when hash_of(title, text) then hash_of({_TITLE}, text) else content_hash end
        where {_UNTITLED}
        """
    )


def _texts_of(written: str) -> str:
    """A list of texts out of any JSON: numbers as text, of objects their names; the rest is dropped."""
    found = json.loads(written)
    texts = []
    for one in found if isinstance(found, list) else [found]:
        value = one.get("name") if isinstance(one, dict) else one
        if isinstance(value, int | float) and not isinstance(value, bool):
            value = str(value)
        if isinstance(value, str) and value.strip():
            # Half a character can be written in JSON, and not in SQLite.
            texts.append(value.encode("utf-8", "replace").decode())
    return json.dumps(texts, ensure_ascii=False)


def _make_lists(patient: Patient) -> None:
    patient.connection.create_function("texts_of", 1, _texts_of, deterministic=True)
    patient.write(
        *(
            f"update articles set {name} = texts_of({name}) where {_NO_TEXTS.format(name)}"
            for name in ARRAYS
        )
    )


#: These come before the check of hashes, which are made of the title too.
TITLES = (
    Check(
        "titles",
        "articles without a title",
        "Lists show nothing that could be followed.",
        "newsarchive doctor --fix takes a title that an extractor has told, or the one of before; "
        "newsarchive reparse reads it from the page.",
        sql(f"select id from articles where {_UNTITLED}"),
        _take_titles,
        "Took what was told or stood there before.",
        is_slow=True,
    ),
)

CHECKS = (
    Check(
        "lists",
        f"articles whose {', '.join(ARRAYS[:-1])} or {ARRAYS[-1]} are no list of texts",
        "They were written by another program. Such an article cannot be shown or exported.",
        "newsarchive doctor --fix writes numbers as text and objects by their name, and drops the "
        "rest; newsarchive reparse reads authors and keywords from the page.",
        sql(
            f"select id from articles where {' or '.join(_NO_TEXTS.format(name) for name in ARRAYS)}"
        ),
        _make_lists,
        "Made lists of texts of them.",
        is_slow=True,
    ),
    Check(
        "words",
        "articles of another number of words than they say",
        "Filters by length find the wrong ones, and lists show a wrong time to read.",
        "newsarchive doctor --fix counts them anew.",
        _otherwise_long,
        _count_words,
        "Counted them anew.",
        is_slow=True,
    ),
    Check(
        "languages",
        "articles without a language though their text would tell, or with one that is no code",
        "Filters by language do not find them.",
        "newsarchive doctor --fix writes en for en-US; newsarchive reparse reads the others from "
        "the pages.",
        sql(f"select id from articles where {_WITHOUT_LANGUAGE}"),
        statements(
            f"""
            update articles set language = {_SHORT}
            where language is not null and language <> {_SHORT} and ({_CODE.format(_SHORT)})
            """
        ),
        "Wrote their codes.",
        is_slow=True,
    ),
)
