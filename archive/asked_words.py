"""What a person types into a search field, as FTS5 queries that cannot fail.

All words must occur; "quoted words" are a phrase; -word and -"a phrase" must not occur; of words with OR between
them any will do; word* is the beginning of a word. Everything else is taken literally.
"""

import re
from functools import lru_cache

from archive.names import spaced
from archive.word_index import word_index

#: So many different words and phrases of a question are looked for, the first ones: time grows with each.
MOST_TERMS = 64
#: ... and of so many characters.
_MOST_CHARACTERS = 4_000
#: A beginning of fewer letters is that of too many words.
_LEAST_LETTERS = 3

#: The index holds stems, which may end before such a beginning does (regulat*: "regul", from regulation). It finds
#: them by words with these endings; the stems of short words hardly do.
_ENDINGS = ("", "e", "s", "n", "nt", "on", "ed", "al", "ion", "ing", "ent")
_LONG = 5

_TERM = re.compile(r'(-?)"([^"]*)"|(\S+)')
_UNWANTED = re.compile(r"-\w")
_BEGINNING = re.compile(rf"\w{{{_LEAST_LETTERS},}}\*")


def fts_query(words: str, joined_by: str = " AND ") -> str:
    """One FTS5 query for all that a person typed.

    Args:
        joined_by: " OR " where any of the words will do.

    Returns:
        "" where there is nothing to search for; so it is where words are only said to be unwanted.
    """
    wanted, unwanted = _read(words)
    query = joined_by.join(wanted)
    if not wanted or not unwanted:
        return query
    return f"({query}) NOT ({' OR '.join(unwanted)})"


def terms(words: str) -> list[str]:
    """The first different words and phrases that must occur, each an FTS5 query."""
    return _read(words)[0]


def unwanted_query(words: str) -> str:
    """An FTS5 query that finds what must not be found; "" where there is none."""
    return " OR ".join(_read(words)[1])


def nothing_to_find(words: str) -> str:
    """What to tell the person whose search has no word that an article must hold."""
    told = f"There is no word to look for in “{words}”. "
    if unwanted_query(words):
        return told + "Say as well what an article must hold, as in “phone -apple”."
    return told + "Letters and digits are what the search can find."


def has_beginning(query: str) -> bool:
    """Whether an FTS5 query made here asks for a beginning of words."""
    return '" *' in query


def _read(words: str) -> tuple[list[str], list[str]]:
    """What must occur, and what must not."""
    wanted: list[list[str]] = []
    unwanted: list[str] = []
    different: set[tuple[bool, str]] = set()
    is_alternative = False
    for sign, phrase, word in (m.groups("") for m in _TERM.finditer(words[:_MOST_CHARACTERS])):
        if word == "OR" and wanted:
            is_alternative = True
            continue
        is_unwanted = bool(sign) or bool(_UNWANTED.match(word))
        term = _quoted(phrase or word[is_unwanted:])
        if term:
            different.add((is_unwanted, term))
        if len(different) > MOST_TERMS:
            break
        if term and is_unwanted:
            unwanted.append(term)
        elif term and is_alternative:
            wanted[-1].append(term)
        elif term:
            wanted.append([term])
        is_alternative = is_alternative and not term
    groups = [list(dict.fromkeys(group)) for group in wanted]
    asked = [group[0] if len(group) == 1 else f"({' OR '.join(group)})" for group in groups]
    return list(dict.fromkeys(asked)), list(dict.fromkeys(unwanted))


def _quoted(text: str) -> str:
    """A word or phrase as an FTS5 string; "" where it holds neither letters nor digits."""
    # Bytes that are no UTF-8 come from the command line as surrogates, which SQLite cannot take.
    encodable = text.encode("utf-8", "ignore").decode()
    literal = encodable.replace('"', " ").replace("\x00", " ")
    if not re.search(r"\w", literal):
        return ""
    if _BEGINNING.fullmatch(literal):
        return _beginning(literal[:-1])
    # Where words stand without spaces, each sign is one, and a name a phrase of them.
    return f'"{spaced(literal)}"'


def _beginning(letters: str) -> str:
    query = f'"{spaced(letters)}" *'
    others = _words_of_other_stems(letters) if letters.isascii() and len(letters) >= _LONG else ()
    return f"({' OR '.join((query, *others))})" if others else query


@lru_cache(maxsize=1000)
def _words_of_other_stems(letters: str) -> tuple[str, ...]:
    """Of words with this beginning one for each stem that has it not, as FTS5 strings."""
    words = [f"{letters}{ending}" for ending in _ENDINGS]
    with word_index("word", enumerate(words)) as connection:
        connection.execute("create virtual table stems using fts5vocab(articles_fts, instance)")
        found = connection.execute(
            "select term, min(doc) from stems where substr(term, 1, ?) <> ? group by term",
            [len(letters), letters.lower()],
        ).fetchall()
    return tuple(f'"{words[number]}"' for _, number in found)
