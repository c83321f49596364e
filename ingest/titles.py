"""The headline: what each voice says it is, without the site's name, and whom to believe."""

import re
from collections.abc import Mapping

from ingest.clean import clean_title, fold
from ingest.voices import Reading

#: What stands between a headline and the rest of a <title>; "x-y" within a word is none.
_SEPARATOR = re.compile(r"\s*[|｜ㅣ:：*•»]\s*|\s+[-–—·]\s+|-(?=[^-]{1,20}[|｜ㅣ])|--")
#: A headline is longer; a site's name or a section is not taken for one.
_MIN_HEADLINE_CHARACTERS = 12
_MIN_HEADLINE_CHARACTERS_DENSE = 6


def clean_titles(
    readings: Mapping[str, Reading], names: tuple[str, ...], site_names: frozenset[str]
) -> dict[str, str]:
    """What each of some voices says, cleaned: the site's name is cut, and what only one voice adds.

    Where a title is what another voice gives with something after a separator ("Headline | Sport |
    by Ada Lindqvist"), the rest is no part of the headline.
    """
    found = {
        name: title for name in names if (title := clean_title(readings[name].title, site_names))
    }
    shorter = sorted(found.values(), key=len)
    return {name: _without_addition(title, shorter) for name, title in found.items()}


def _without_addition(title: str, others: list[str]) -> str:
    for other in others:
        is_long = len(other) >= (
            _MIN_HEADLINE_CHARACTERS if other.isascii() else _MIN_HEADLINE_CHARACTERS_DENSE
        )
        is_start = len(other) < len(title) and title.startswith(other)
        if is_long and is_start and _SEPARATOR.match(title, len(other)):
            return other
    return title


def believed_title(titles: Mapping[str, str], page_title: str | None) -> str | None:
    """The voice whose headline to take.

    JSON-LD and og:title differ on a fifth of all pages. The one in JSON-LD is the headline unless it only
    repeats <title>, which is written for search engines: then og:title, written for readers, is.
    Measured on labelled pages of 41 countries.
    """
    linked, open_graph = titles.get("jsonld"), titles.get("meta")
    if linked and open_graph and fold(linked) != fold(open_graph):
        heads = _without_addition(page_title or "", [linked])
        return "meta" if fold(linked) == fold(heads) else "jsonld"
    return next(
        (name for name in ("jsonld", "meta", "markup", "newspaper3k") if name in titles), None
    )
