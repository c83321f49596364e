"""Damage to pages, as disks, crawlers, editors and enemies do it; the same for the same seed."""

import random
import re
from pathlib import Path

from samples.server import FOLDER

_TESTS = Path(__file__).parent
#: Pages of the sample site and of the tests; the smaller ones, since what is damaged is read often.
PAGES = sorted(
    body
    for path in (*FOLDER.rglob("*.html"), *(_TESTS / "pages").glob("*.html"))
    if len(body := path.read_bytes()) < 6_000
)

JUNK = (
    b"\x00", b"\xff\xfe", b"\xed\xa0\x80", b"<", b">", b"</div>", b"<p>", b"<script>", b"<!--", b"]]>", b"<br>" * 50,
    b"<table><td colspan=99999999>", b"&#0;&#xD800;&#x110000;", b"<br>&#1;&#11;&#x1F;<br>&#xFFFE;", b"<p title='&#2;'>&#00000031", b'"', b"'", b"<svg><math>", b"<title>", b"<a <b <c",
    b'<script type="application/ld+json">{"@type":"Article","headline":[{"name":1}],"author":7}</script>',
    b'<script type="application/ld+json">{"@type":"Article","datePublished":{"@value":"2024"},"image":[[]]}',
    b'<script type="application/ld+json">[[[{"@type":[null,"Article"],"author":[[[["x"]]]]}]]]</script>',
    b'<meta property="article:published_time" content="2024-01-01T00:00:00+99:99">',
    b'<meta charset="utf-16"><meta charset="idna">', b'<link rel="canonical" href="http://[">',
    b'<base href="http://[">', b'<html lang="">', b"<time datetime='9999-12-31T23:59:59-23:59'>", b"<plaintext>",
    b'<link rel="canonical" href="//quay.example:99999/">', b"<frameset>", b"<textarea>", b"\xe2\x80\xae", b"&" * 200,
)  # fmt: skip
_TAGS = (
    b"div",
    b"p",
    b"td",
    b"ul",
    b"b",
    b"h1",
    b"article",
    b"script",
    b"title",
    b"head",
    b"form",
    b"a",
    b"svg",
)
_CHARSETS = (
    b"utf-16",
    b"shift_jis",
    b"koi8-r",
    b"utf-7",
    b"klingon",
    b"",
    b"windows-1252",
    b"gb18030",
    b"\xff",
)
_TAG_NAME = re.compile(rb"(?<=<)/?[a-z][a-z0-9]*")


def cut(html, chance):
    return html[: chance.randrange(len(html) + 1)]


def flip(html, chance):
    found = bytearray(html)
    for _ in range(chance.choice((1, 5, 50, 500))):
        if found:
            found[chance.randrange(len(found))] ^= 1 << chance.randrange(8)
    return bytes(found)


def insert(html, chance):
    at = chance.randrange(len(html) + 1)
    return html[:at] + chance.choice(JUNK) + html[at:]


def drop(html, chance):
    start, end = _stretch(html, chance)
    return html[:start] + html[end:]


def double(html, chance):
    start, end = _stretch(html, chance)
    return html[:end] + html[start:end] * chance.choice((1, 2, 8)) + html[end:]


def swap(html, chance):
    start, end = _stretch(html, chance)
    return html[end:] + html[start:end] + html[:start]


def nest(html, chance):
    start, end = _stretch(html, chance)
    tag, depth = chance.choice(_TAGS), chance.choice((1, 20, 300))
    return (
        html[:start] + b"<%s>" % tag * depth + html[start:end] + b"</%s>" % tag * depth + html[end:]
    )


def rename(html, chance):
    """Some tags have another's name, so that what opens is not what closes."""
    share = chance.random()
    return _TAG_NAME.sub(
        lambda name: chance.choice(_TAGS) if chance.random() < share else name.group(), html
    )


def lie(html, chance):
    """The page says that it is in one charset and is in another."""
    claim = b'<meta charset="%s">' % chance.choice(_CHARSETS)
    text = html.decode("utf-8", "replace")
    packed = text.encode(
        chance.choice(("utf-8", "cp1252", "utf-16", "shift_jis", "koi8-r")), "replace"
    )
    return (
        claim + packed
        if chance.random() < 0.5
        else packed.replace(b"utf-8", chance.choice(_CHARSETS))
    )


def spill(html, chance):
    """NULs and other control characters between the letters."""
    every = chance.choice((2, 50, 1000))
    sign = bytes([chance.choice((0, 1, 8, 11, 27, 127, 0x85))])
    return sign.join(html[at : at + every] for at in range(0, len(html), every))


def join(html, chance):
    """The beginning of one page and the end of another."""
    other = chance.choice(PAGES)
    return cut(html, chance) + other[chance.randrange(len(other)) :]


_ALL = (cut, flip, insert, drop, double, swap, nest, rename, lie, spill, join)


def mutated(number):
    """Page number `number`: one that exists, damaged in one to three ways."""
    chance = random.Random(number)
    html = chance.choice(PAGES)
    for damage in (_ALL[number % len(_ALL)], *chance.choices(_ALL, k=chance.randrange(3))):
        html = damage(html, chance)
    return html


def _stretch(html, chance):
    start = chance.randrange(len(html) + 1)
    return start, min(start + chance.choice((1, 20, 400, 4000)), len(html))
