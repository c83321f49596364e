"""Names of authors: people without "By", roles, agencies, places and addresses; organisations where nobody else signs."""

import re

from ingest.clean import fold, one_line

_MAX_AUTHORS = 20
_MAX_NAME_CHARACTERS = 60
_MAX_NAME_WORDS = 6
#: A list of authors is not longer; prose is.
_MAX_RAW_CHARACTERS = 1000

_BY = re.compile(
    r"^(?:(?:written|reported|story|words|photos?|text|interview|report|analysis|posted|published|compiled|edited)"
    r"(?: and (?:photos?|video|photographs))? )?"
    r"(?:by|von|par|por|di|text|tekst|av|af|autor(?:in|en|es|ka)?|author|auteure?s?|autore|redakteur(?:in)?|"
    r"автор|yazan|oleh|كتبت?|بقلم|تحرير)(?:\s*:\s*|\s+)",
    re.I,
)
_AND = r"and|und|et|y|e|og|och|en|with|mit|i|ve|и|dan"
_SPLIT = re.compile(rf"\s*(?:[,;|/•·\n、，；،؛／]|\s(?:{_AND})\s|\s?&\s?|\s[–—]\s)\s*")
_AFTER_NAME = re.compile(r"\s+(?:in|for|at|aus|für|-|–|—|\(|\[|<)\s*.*$|\s*[(（\[<].*$")
#: Addresses and handles beside a name; signs that stand for a title in scripts without spaces.
_ADDRESS = re.compile(r"\S{0,80}@\S{0,80}|https?:\S{0,200}|\bwww\.\S{1,200}", re.I)
_TITLE_AFTER = re.compile(
    r"\s*(?:기자|특파원|선임기자|記者|记者|編集委員|論説委員|特派員|пресс-служба)$"
)
_NOT_A_NAME = re.compile(
    r"\d{2,}|^\W*$|\w\.(?:com|org|net|de|at|ch|co|uk|fr|it|es|ru|info|tv)\b", re.I
)
_ROLE = re.compile(
    r"\b(?:editor|reporter|correspondent|staff|writer|redaktion|redaktor|contributor|journalist|columnist|analyst|"
    r"producer|newsroom|desk|agency|agencies|minutes?|read|published|updated|follow|share|posted|redacción|"
    r"rédaction|redazione|redactie|redakcja|editorial|admin|webmaster|team|bureau|developer|guest|author|"
    r"nachrichten|news|online|newspaper|press release|media|magazine|digital|contributors?)\b",
    re.I,
)
#: Those that deliver texts to many publishers, folded.
_AGENCIES = frozenset(
    "afp;ap;associated press;the associated press;reuters;thomson reuters;dpa;deutsche presse agentur;ansa;efe;"
    "agencia efe;xinhua;tass;ria novosti;interfax;ani;pti;press trust of india;pa;pa media;press association;sda;"
    "keystone sda;apa;aap;kyodo;kyodo news;jiji;jiji press;yonhap;bloomberg;bloomberg news;upi;ians;anp;belga;"
    "ntb;tt;ritzau;stt;ctk;čtk;pap;mti;lusa;europa press;anadolu ajansı;anadolu agency;aa;sid;epd;kna;"
    "agence france presse;canadian press;the canadian press;tnn;sapa;adnkronos;agi;dha;iha;共同通信;時事通信;"
    "新华社;연합뉴스;agencias;agenturen;agences".split(";")
)  # fmt: skip


def clean_authors(names: tuple[str, ...], site_names: frozenset[str]) -> tuple[str, ...]:
    """Names of people: split, without "By", roles, agencies, addresses, the site, duplicates."""
    found: dict[str, str] = {}
    for raw in names:
        for name in _people(one_line(raw) or "", site_names):
            found.setdefault(fold(name), name)
    return tuple(found.values())[:_MAX_AUTHORS]


def clean_organizations(names: tuple[str, ...]) -> tuple[str, ...]:
    """Names of those who sign without being people: a newsroom, an agency; split at semicolons alone."""
    found: dict[str, str] = {}
    parts = (part for raw in names for part in raw[: 2 * _MAX_RAW_CHARACTERS].split(";"))
    for part in parts:
        text = (one_line(part) or "")[:_MAX_RAW_CHARACTERS]
        name = _BY.sub("", _ADDRESS.sub("", text)).strip(" .,:*–—-|()")
        if name and len(name) <= _MAX_NAME_CHARACTERS and re.search(r"[^\W\d_]", name):
            found.setdefault(fold(name), name)
    return tuple(found.values())[:_MAX_AUTHORS]


def _people(text: str, site_names: frozenset[str]) -> list[str]:
    text = _BY.sub("", _ADDRESS.sub(" ", text[:_MAX_RAW_CHARACTERS]).strip())
    pieces = [piece for piece in _SPLIT.split(text) if piece]
    if pieces and (fold(pieces[0]) in site_names or _NOT_A_NAME.search(pieces[0])):
        # "The Quay Post, Harbourtown": what follows the publisher is its address.
        pieces = [piece for piece in pieces[1:] if len(piece.split()) > 1]
    if _is_reversed(pieces) and "," in text:
        return [_unshout(f"{pieces[1]} {pieces[0]}")]
    names = (_AFTER_NAME.sub("", _BY.sub("", p.strip(" .,:*–—-"))) for p in pieces)
    names = (_TITLE_AFTER.sub("", name).strip(" .,:*–—-") for name in names)
    return [_unshout(name) for name in names if _is_name(name, site_names)]


def _is_reversed(pieces: list[str]) -> bool:
    """Family name, given name: "Lindqvist, Ada"."""
    return (
        len(pieces) == 2
        and all(p.isalpha() and p[0].isupper() and p[1:].islower() for p in pieces)
        and not any(fold(piece) in _AGENCIES for piece in pieces)
    )


def _is_name(name: str, site_names: frozenset[str]) -> bool:
    folded = fold(name)
    return not (
        not folded
        or _NOT_A_NAME.search(name)
        or _ROLE.search(name)
        or len(name) > _MAX_NAME_CHARACTERS
        or len(name.split()) > _MAX_NAME_WORDS
        or folded in site_names
        or folded in _AGENCIES
    )


def _unshout(name: str) -> str:
    """RUTH O'NEIL-ALVAREZ as Ruth O'Neil-Alvarez; names in other cases as they are."""
    if name.isupper() and len(name) > 4:
        return re.sub(r"[^\W\d_]+", lambda match: match.group().capitalize(), name)
    return name
