"""What the visible page and its microdata say: <h1>, itemprop, <time>, a byline in prose."""

import re
from itertools import islice
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from ingest.blocks import NAMED, Block
from ingest.clean import fold
from ingest.dates import (
    DOTTED_DATE,
    SLASHED_DATE,
    WORDED_DATE,
    parse_date,
    slashed_date,
    written_in_signs,
)
from ingest.document import Document, text_of
from ingest.voices import Reading

_ARTICLE_SCOPE = '//*[@itemscope and contains(@itemtype, "schema.org/") and (contains(@itemtype, "Article") or contains(@itemtype, "BlogPosting"))]'
_DATE = rf"(?:{WORDED_DATE}|{DOTTED_DATE}|(?:19|20)\d\d-\d\d-\d\d)"
_TIME = (
    r"(?:,?(?: [|·•–—-])? (?:at |um |kl\.? )?\d{1,2}[:.]\d\d ?(?:[ap]\.?m\.?)?(?: [A-Z]{2,4})?)?"
)
_DIGIT = re.compile(r"\d")
_DATED = re.compile(rf"({_DATE}{_TIME})")
_CHANGED = (
    r"(?:[Uu]pdated|UPDATED|[Mm]odified|[Aa]ktualisiert|[Mm]ise? à jour|[Aa]c?tuali[sz](?:ad[ao]|ación|ação)|[Aa]ggiornat[ao]|"
    r"[Bb]ijgewerkt)\b[^0-9.;|]{0,25}?"
)
_UPDATED = re.compile(rf"{_CHANGED}(?:({_DATE}{_TIME})|({SLASHED_DATE}))")
_NAME_WORD = r"[A-ZÀ-ÖØ-ÞĀ-Ž\u0370-\u052f][\w’'-]+"
_NAME = rf"(?:(?:Dr|Prof|Mag|Dipl|Ing)\. ){{0,2}}{_NAME_WORD}(?: (?:[A-ZÀ-ÖØ-ÞĀ-Ž\u0370-\u052f](?:\.|[\w’'-]*)|de|da|di|do|du|van|von|der|den|al|bin|la)){{1,3}}"
_NAMES = rf"{_NAME}(?:(?:, | and | und | et | y | e | & ){_NAME})*"
_BYLINE = re.compile(
    rf"^(?:(?:Written |Reported )?[Bb]y|BY|[Tt]ext|Von|Autor(?:in)?|Author|Автор)[: ]\s*({_NAMES})|"
    rf"^.{{0,60}} [|·•] (?:[Bb]y|[Vv]on|[Pp]ar|[Pp]or) ({_NAMES})$|"
    # Words that begin sentences too: nothing but names may follow.
    rf"^(?:Par|PAR|Por|POR|Di|De|Da|Door|Av|Af|von|par|por|di|de|av|af)[: ]\s*({_NAMES})$"
)
#: Arabic names have no capitals: what follows "written by" up to a sign that ends them.
_ARABIC_WORD = r"[\u0621-\u064a\u0670-\u06d3]+"
_ARABIC_BYLINE = re.compile(
    r"(?:(?:كتب|كتبت|كتبا|كتبوا|تحرير) ?[:：–—-]|بقلم ?[:：–—-]?) ?"
    rf"({_ARABIC_WORD}(?:(?: ?[،,] ?| [–—-] | )(?!و ){_ARABIC_WORD}){{1,9}})(?: ?[|·•(\d–—-].*)?$"
)
#: Nor have those in Chinese and Japanese signs, which are believed where markup says that it is a name.
_SIGN = r"[\u3005\u3041-\u3096\u30a1-\u30fa\u30fc\u3400-\u9fff]"
_SIGNS = rf"{_SIGN}{{1,10}}(?:[ ・＝=]{_SIGN}{{1,10}}){{0,2}}"
_NAMES_IN_SIGNS = re.compile(
    rf"({_SIGNS}(?: ?[、，／/] ?{_SIGNS}){{0,5}})(?: ?[(（].{{0,30}}[)）])?$"
)
_NO_NAME_IN_SIGNS = re.compile(
    "フォロー|一覧|プロフィール|著者|執筆|作者|編集部|編集局|编辑|記事|写真|画像|提供|新聞|新闻|通信社|ニュース|更新|公開|配信|"
    "シェア|コメント|ログイン|会員|登録|関連|人気|取材班|について|はこちら|です|ます"
)
_ONLY_NAMES = re.compile(rf"({_NAMES})$")
_SIGNED = re.compile(
    rf"^Posted\b.{{0,40}}? by ({_NAME})|^({_NAME}), [^.]{{0,40}}\b(?:writer|reporter|correspondent|staff)\b"
)
_NAME_AND_DATE = re.compile(
    rf"^(?:{_DATE}{_TIME}) [|·–—-] ({_NAME})$|^({_NAME}) [|·–—-] (?:{_DATE})"
)
#: Bylines that say so, and all.
_LABELLED = (_BYLINE, _ARABIC_BYLINE)
_BYLINES = (_BYLINE, _NAME_AND_DATE, _SIGNED, _ARABIC_BYLINE)

#: Englishes that write the month first, and hosts of countries that write the day first.
_MONTH_FIRST = frozenset({"en-us", "en-ph"})
_DAY_FIRST_COUNTRIES = frozenset({"uk", "ie", "au", "nz", "in", "za", "ng", "ke", "sg", "my", "eu"})

_DASH = re.compile(r"\s[-–—·:»«]+\s(?!.*\s[-–—·:»«]+\s)")
_SITE_WORDS = 4
_PICTURES = "//article//figure//img/@src | //main//figure//img/@src"

#: A byline is a short line near the top of the page.
_MAX_BYLINE_CHARACTERS = 160
_MIN_LINE_CHARACTERS = 7
_MIN_LINE_CHARACTERS_DENSE = 3
_LINES_READ = 150
_LINES_OF_BLOCK = 6
#: Names stand alone in a box for the author that is so many blocks from the headline at most.
_NEAR_HEADLINE = 40
_AUTHOR_BOX = 1 << list(NAMED).index("author")
#: Links to authors, in whatever part of the page they stand; not those of the comments.
_AUTHOR_LINKS = '//*[@rel="author" or @itemprop="author"]'

_MAX_AUTHOR_LINKS = 8
_MAX_HEADINGS = 50
_MAX_HEADING_CHARACTERS = 500


def read(document: Document) -> Reading:
    """Read microdata first, then what a person sees above the text."""
    scope = next(iter(document.tree.xpath(_ARTICLE_SCOPE)), None)
    microdata = _microdata(scope) if scope is not None else Reading()
    heading = _heading(document)
    byline_authors, byline_date, updated = _byline(document)
    times = document.strings(
        "//article//time/@datetime | //main//time/@datetime | //time/@datetime"
    )
    return Reading(
        title=microdata.title or heading or _headline_of(document.page_title),
        page_title=document.page_title or None,
        authors=microdata.authors or byline_authors,
        published_at=microdata.published_at or byline_date or next(iter(times), None),
        modified_at=microdata.modified_at or updated,
        text=None,
        description=microdata.description,
        language=document.language or None,
        section=microdata.section,
        image_url=microdata.image_url or next(iter(document.strings(_PICTURES)), None),
        is_article=True if scope is not None else None,
    )


def _microdata(scope: HtmlElement) -> Reading:
    def values(name: str) -> list[str]:
        found = scope.xpath(
            f'.//*[@itemprop and contains(concat(" ", @itemprop, " "), " {name} ")]'
        )
        own = [element for element in found if _item_of(element) is scope]
        return [value for element in own if (value := _value(element))]

    def first(name: str) -> str | None:
        return next(iter(values(name)), None)

    return Reading(
        title=first("headline"),
        authors=tuple(dict.fromkeys(values("author"))),
        published_at=first("datePublished") or first("coverageStartTime"),
        modified_at=first("dateModified"),
        description=first("description"),
        section=first("articleSection"),
        image_url=first("image"),
    )


def _item_of(element: HtmlElement) -> HtmlElement | None:
    """The item that a property belongs to: a comment within an article has an author of its own."""
    return next((up for up in element.iterancestors() if up.get("itemscope") is not None), None)


def _value(element: HtmlElement) -> str | None:
    """The value of a microdata property: of a nested item its name, else as HTML defines it."""
    if element.get("itemscope") is not None:
        names = element.xpath('.//*[@itemprop="name" or @itemprop="url"]')
        return next((_value(name) for name in names), None) or text_of(element)
    for attribute in ("content", "datetime", "src"):
        if value := element.get(attribute):
            return str(value).strip()
    # The name of a link's target is its text, where it has one.
    return text_of(element) or str(element.get("href") or "").strip() or None


def _heading(document: Document) -> str | None:
    """The headline among the headings of the first order: the one that the page's head repeats."""
    elements = islice(document.tree.iter("h1"), _MAX_HEADINGS)
    headings = [text[:_MAX_HEADING_CHARACTERS] for h1 in elements if (text := text_of(h1))]
    known = [document.page_title, *document.strings('//meta[@property="og:title"]/@content')]
    folded = [fold(title) for title in known]
    within = [heading for heading in headings if any(fold(heading) in title for title in folded)]
    return max(within, key=len, default=None) or next(iter(headings), None)


def _headline_of(page_title: str) -> str | None:
    """A <title> without its last part, where that is a few words after a sign that parts."""
    head, sign, last = page_title.rpartition(" | ")
    if not sign:
        head, sign, last = _DASH.split(page_title)[0], "-", _DASH.split(page_title)[-1]
    is_addition = len(last.split()) <= _SITE_WORDS and len(head.split()) > len(last.split())
    return (head if is_addition else page_title).strip() or None


def _byline(document: Document) -> tuple[tuple[str, ...], str | None, str | None]:
    """The authors, the date, and the date of the last change, as they stand beside the headline."""
    blocks = document.blocks
    head = next((at for at, block in enumerate(blocks) if block.place.tag == "h1"), 0)
    authors: tuple[str, ...] = _linked_authors(document)
    date = updated = None
    day_first = _is_day_first(document)
    lines = [
        (at, block, line)
        for at, block in enumerate(blocks[head : head + _LINES_READ])
        for line in block.lines[:_LINES_OF_BLOCK]
        if _is_line(line)
    ]
    for at, block, line in lines:
        if not authors:
            authors = _authors_of(line, _BYLINES) or (
                _boxed_authors(block) if at <= _NEAR_HEADLINE else ()
            )
        if not _DIGIT.search(line):
            continue  # no date is without one, and most lines are
        if match := _UPDATED.search(line):
            updated = updated or match[1] or slashed_date(match[2], day_first)
            line = _UPDATED.sub("", line)
        if date is None:
            found = (match.group(1) for match in _DATED.finditer(line))
            date = next((text for text in found if parse_date(text)), None)
            date = date or written_in_signs(line) or slashed_date(line, day_first)
    return authors, date, updated


def _is_line(text: str) -> bool:
    """True for what may be a byline or a date by its length."""
    least = _MIN_LINE_CHARACTERS if text.isascii() else _MIN_LINE_CHARACTERS_DENSE
    return least <= len(text) <= _MAX_BYLINE_CHARACTERS


def _is_day_first(document: Document) -> bool:
    """Whether 3/2/2024 is in February there: where a page does not say which English, its host may."""
    if document.language != "en":
        return document.language not in _MONTH_FIRST
    host = urlsplit(document.url or "").hostname or ""
    return host.rpartition(".")[2] in _DAY_FIRST_COUNTRIES


def _authors_of(line: str, patterns: tuple[re.Pattern[str], ...]) -> tuple[str, ...]:
    for pattern in patterns:
        if match := pattern.match(line):
            return tuple(filter(None, match.groups()))
    return ()


def _boxed_authors(block: Block) -> tuple[str, ...]:
    """Names that stand alone in a box whose class says that it is for authors."""
    if not (block.place.own | block.inline | block.place.near[0]) & _AUTHOR_BOX:
        return ()
    # Several names side by side, each an element of its own; or names as a line has them.
    parts = [part for child in block.place.element if (part := text_of(child))]
    if len(parts) > 1 and all(map(_only_names, parts)):
        return tuple(parts)
    names = _only_names(block.text)
    return (names,) if names else ()


def _only_names(text: str) -> str | None:
    """The names, of a text that is nothing else."""
    if match := _ONLY_NAMES.match(text):
        return match[1]
    match = _NAMES_IN_SIGNS.match(text)
    return match[1] if match and not _NO_NAME_IN_SIGNS.search(text) else None


def _linked_authors(document: Document) -> tuple[str, ...]:
    links = document.tree.xpath(_AUTHOR_LINKS)[:_MAX_AUTHOR_LINKS]
    texts = (
        text_of(link)
        for link in links
        if not any("comment" in (up.get("class") or "") for up in link.iterancestors())
    )
    names = (
        next(iter(_authors_of(text, _LABELLED)), None) or _only_names(text)
        for text in texts
        if len(text) <= _MAX_BYLINE_CHARACTERS
    )
    return tuple(dict.fromkeys(filter(None, names)))
