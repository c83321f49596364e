"""How an article is cited: APA (7th edition, 10.16 newspaper and web articles) and BibTeX."""

import re
from collections.abc import Sequence
from datetime import datetime

from archive.entities import slugify
from serve import wording

_TEX = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "&": r"\&", "%": r"\%", "$": r"\$",
    "#": r"\#", "_": r"\_", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
}  # fmt: skip
#: APA names at most twenty authors.
_MOST_AUTHORS = 20


def apa(
    authors: Sequence[str], published: str | None, title: str, site: str | None, url: str
) -> str:
    """Writer, A., & Scribe, B. (2024, March 5). Title. news.example. https://..."""
    when = wording.parse(published)
    day = f"({when.year}, {when:%B} {when.day})" if when else "(n.d.)"
    names = _joined([_apa_name(name) for name in authors])
    # Without an author the title takes the first place.
    head = [f"{names} {day}.", _sentence(title)] if names else [_sentence(title), f"{day}."]
    return " ".join([*head, *([_sentence(site)] if site else []), url])


def bibtex(
    authors: Sequence[str],
    published: str | None,
    title: str,
    site: str | None,
    url: str,
    seen: str | None,
) -> str:
    """An @online entry (biblatex), special characters escaped."""
    when, visited = wording.parse(published), wording.parse(seen)
    fields = {
        "author": " and ".join(f"{{{_tex(name)}}}" for name in authors),
        "title": f"{{{_tex(title)}}}",
        "date": _iso(when),
        "organization": _tex(site or ""),
        "url": re.sub(r"[{}\\%\s]", lambda found: f"%{ord(found[0]):02X}", url),
        "urldate": _iso(visited),
    }
    lines = [f"  {name} = {{{value}}}," for name, value in fields.items() if value]
    return "\n".join([f"@online{{{_key(authors, when, title)},", *lines, "}"])


def _iso(when: datetime | None) -> str:
    return when.date().isoformat() if when else ""


def _apa_name(name: str) -> str:
    """Writer, A. B.; a name of one word, as of an agency, stays as it is."""
    words = name.split()
    if len(words) < 2:
        return name
    # Small words before the last belong to it: van der Berg.
    start = len(words) - 1
    while start > 1 and words[start - 1].islower():
        start -= 1
    initials = " ".join(f"{word[0]}." for word in words[:start])
    return f"{' '.join(words[start:])}, {initials}"


def _joined(names: list[str]) -> str:
    if len(names) > _MOST_AUTHORS:
        return f"{', '.join(names[: _MOST_AUTHORS - 1])}, . . . {names[-1]}"
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])}, & {names[-1]}"


def _sentence(text: str) -> str:
    return text if text.endswith((".", "?", "!", "…")) else f"{text}."


def _tex(text: str) -> str:
    return "".join(_TEX.get(character, character) for character in " ".join(text.split()))


def _key(authors: Sequence[str], when: datetime | None, title: str) -> str:
    last = slugify(authors[0].split()[-1]) if authors and authors[0].split() else ""
    words = slugify(title).split("-")
    word = next((word for word in words if len(word) > 3), words[0] if words else "")
    return f"{last}{when.year if when else ''}{word}" or "article"
