"""Titles, names of authors, dates and keywords as pages write them, and what is made of them."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from archive import Page, times
from ingest import parse_article
from ingest.body import trim
from ingest.clean import clean_keywords, clean_title
from ingest.dates import date_in_url, parse_date, slashed_date, written_in_signs
from ingest.names import clean_authors, clean_organizations
from ingest.text_files import parse_text
from ingest.titles import believed_title, clean_titles
from ingest.voices import Reading

SITE = frozenset({"the quay post", "quay post", "quay example"})


@pytest.mark.parametrize(
    ("raw", "names"),
    [
        ("By Ada Lindqvist", ["Ada Lindqvist"]),
        ("Von Jürgen Groß und Zoë Müller", ["Jürgen Groß", "Zoë Müller"]),
        ("Written by ADA LINDQVIST", ["Ada Lindqvist"]),
        ("Par Élodie Brun et Luc Roy", ["Élodie Brun", "Luc Roy"]),
        ("Autorin: Ada Lindqvist", ["Ada Lindqvist"]),
        ("Text: Åsa Öberg", ["Åsa Öberg"]),
        ("Ada Lindqvist, Staff Writer", ["Ada Lindqvist"]),
        ("Ada Lindqvist; Bo Ek | Cy Dent", ["Ada Lindqvist", "Bo Ek", "Cy Dent"]),
        ("كتب: محمد أحمد علي", ["محمد أحمد علي"]),
        ("بقلم محمد أحمد، سارة علي", ["محمد أحمد", "سارة علي"]),
        ("Ada Lindqvist in Harbourtown", ["Ada Lindqvist"]),
        ("Ada Lindqvist (Harbourtown)", ["Ada Lindqvist"]),
        ("Ada Lindqvist ada@quay.example", ["Ada Lindqvist"]),
        ("Ada Lindqvist @adalind", ["Ada Lindqvist"]),
        ("Lindqvist, Ada", ["Ada Lindqvist"]),
        ("Ada Lindqvist and Reuters", ["Ada Lindqvist"]),
        ("Ada Lindqvist, dpa", ["Ada Lindqvist"]),
        ("Ada Lindqvist, ADA LINDQVIST", ["Ada Lindqvist"]),
        ("신현주 기자", ["신현주"]),
        ("山田太郎、鈴木花子", ["山田太郎", "鈴木花子"]),
        ("Анна Иванова", ["Анна Иванова"]),
        ("Dr. Max Bauer", ["Dr. Max Bauer"]),
        ("The Quay Post", []),
        ("quay.example, Harbourtown, Germany", []),
        ("AFP", []),
        ("Redaktion", []),
        ("ada@quay.example", []),
        ("https://quay.example/authors/ada", []),
        ("", []),
    ],
)
def test_names_of_people(raw, names):
    assert clean_authors((raw,), SITE) == tuple(names)


@pytest.mark.parametrize(
    ("raw", "names"),
    [
        (("By Quay Post and AFP",), ["Quay Post and AFP"]),
        (("The Quay Post", "the quay post"), ["The Quay Post"]),
        (("qp/hosb;kesm",), ["qp/hosb", "kesm"]),
        (("https://quay.example/about",), []),
        (("ada@quay.example", " - ", ""), []),
    ],
)
def test_names_of_newsrooms(raw, names):
    assert clean_organizations(raw) == tuple(names)


HEADLINE = "Ferry café swaps paper for a screen"


@pytest.mark.parametrize(
    "page_title",
    [
        f"{HEADLINE} | The Quay Post",
        f"{HEADLINE} - Quay Post",
        f"The Quay Post: {HEADLINE}",
        f"{HEADLINE} – The Quay Post | quay.example",
    ],
)
def test_title_without_the_name_of_the_site(page_title):
    assert clean_title(page_title, SITE) == HEADLINE


@pytest.mark.parametrize("addition", [" | Harbour", " - DW - 12.06.2024", " * by Ada Lindqvist"])
def test_title_without_what_one_voice_adds(addition):
    said = {"meta": Reading(title=HEADLINE + addition), "markup": Reading(title=HEADLINE)}
    assert set(clean_titles(said, ("meta", "markup"), SITE).values()) == {HEADLINE}


@pytest.mark.parametrize("title", ["Twenty-one boats, one pier", "Boats: a history of the pier"])
def test_title_keeps_its_own_hyphens_and_colons(title):
    said = {"meta": Reading(title=title), "markup": Reading(title=title[:6])}
    assert clean_titles(said, ("meta", "markup"), SITE)["meta"] == title


@pytest.mark.parametrize(
    ("jsonld", "meta", "page_title", "believed"),
    [
        ("Boats sail", "Boats leave", "Boats leave", "jsonld"),
        ("Boats sail", "Boats leave", "Boats sail", "meta"),
        ("Boats sail", "Boats leave", "Boats sail | Quay", "jsonld"),
        ("Boats sail again", "Boats leave", "Boats sail again | Quay", "meta"),
        ("Boats sail", "boats, sail!", "Boats sail", "jsonld"),
        (None, "Boats leave", "Boats sail", "meta"),
        (None, None, "Boats sail", None),
    ],
)
def test_which_headline_is_believed(jsonld, meta, page_title, believed):
    titles = {"jsonld": jsonld, "meta": meta}
    said = {name: title for name, title in titles.items() if title}
    assert believed_title(said, page_title) == believed


BERLIN = timezone(timedelta(hours=2))


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2024-05-04T10:30:00+02:00", datetime(2024, 5, 4, 10, 30, tzinfo=BERLIN)),
        ("2024-05-04T10:30:00+0200", datetime(2024, 5, 4, 10, 30, tzinfo=BERLIN)),
        ("04.05.2024", datetime(2024, 5, 4, tzinfo=UTC)),
        ("04.05.24 | 14:07 Uhr", datetime(2024, 5, 4, 14, 7, tzinfo=UTC)),
        ("4. Mai 2024, 10:30 Uhr", datetime(2024, 5, 4, 10, 30, tzinfo=UTC)),
        ("4 de mayo de 2024", datetime(2024, 5, 4, tzinfo=UTC)),
        ("1er août 2023", datetime(2023, 8, 1, tzinfo=UTC)),
        ("4 maja 2024", datetime(2024, 5, 4, tzinfo=UTC)),
        ("4 мая 2024", datetime(2024, 5, 4, tzinfo=UTC)),
        ("May 4, 2024 at 9:30 a.m. EDT", datetime(2024, 5, 4, 9, 30, tzinfo=timezone(-timedelta(hours=4)))),
        ("2999-01-01", None),
        ("1970-01-01", None),
        ("10:30", None),
        ("yesterday", None),
    ],
)  # fmt: skip
def test_dates(text, moment):
    found = parse_date(text)
    assert found == moment
    assert found is None or moment is None or found.utcoffset() == moment.utcoffset()


@pytest.mark.parametrize(
    ("text", "day_first", "day"),
    [
        ("Posted on 06/14/2024 by Tom", True, "2024-06-14"),
        ("14/06/2024", False, "2024-06-14"),
        ("04/05/2024", True, "2024-05-04"),
        ("04/05/2024", False, "2024-04-05"),
        ("Published: 03/02/2024 17:31 | Updated", True, "2024-02-03T17:31"),
        ("07/09/2024, 8:15 p.m.", False, "2024-07-09T20:15"),
        ("07/09/2024 12:05 am GMT", False, "2024-07-09T00:05"),
        # The page's own zone is not known in hours, so the time would be a wrong one.
        ("07/09/2024 8:15 a.m. CDT", False, "2024-07-09"),
        ("07/09/2024 at 31:15", False, "2024-07-09"),
        ("31/31/2024", True, None),
        ("1/2", True, None),
    ],
)
def test_dates_with_slashes(text, day_first, day):
    assert slashed_date(text, day_first) == day


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2024年8月12日 18時30分", "2024-08-12T18:30:00"),
        ("公開 2024年8月12日(月) 8時", "2024-08-12T08:00:00"),
        ("2024年08月12日 18:30 更新", "2024-08-12T18:30:00"),
        ("2024년 8월 12일", "2024-08-12"),
        ("2024年13月12日", None),
        ("2024年8月", None),
    ],
)
def test_dates_in_signs(text, moment):
    assert written_in_signs(text) == moment


@pytest.mark.parametrize(
    ("language", "host", "day"),
    [
        ("en", "humber.co.uk", 3),
        ("en", "quay.example", 2),
        ("en-ie", "quay.example", 3),
        ("en-us", "quay.co.uk", 2),
    ],
)
def test_which_number_is_the_day(language, host, day):
    sentence = "The harbour closed at noon and nobody who keeps a boat there was asked about it. "
    html = (
        f'<html lang="{language}"><title>Harbour closes</title><h1>Harbour closes</h1>'
        f"<p class=date>Published 03/02/2024</p><article>{f'<p>{sentence * 3}</p>' * 6}</article>"
    )
    article = parse_article(html.encode(), f"https://{host}/harbour-closes")
    assert article.published_at.day == day


@pytest.mark.parametrize(
    ("language", "line", "published", "modified"),
    [
        ("en", "Updated 03/04/2024 10:15", None, "2024-03-04 10:15:00+00:00"),
        ("en-gb", "Updated 03/04/2024 10:15", None, "2024-04-03 10:15:00+00:00"),
        ("en-us", "Last updated on 03/04/2024 at 2:15 p.m.", None, "2024-03-04 14:15:00+00:00"),
        ("en-gb", "Published 02/04/2024 09:00 | Updated: 03/04/2024 10:15", "2024-04-02 09:00:00+00:00", "2024-04-03 10:15:00+00:00"),
        ("en-gb", "Updated 03/04/2024, 10:15 - Published 02/04/2024", "2024-04-02 00:00:00+00:00", "2024-04-03 10:15:00+00:00"),
        ("fr", "Publié le 02/04/2024 à 09h00, mis à jour le 03/04/2024 à 10h15", "2024-04-02 09:00:00+00:00", "2024-04-03 10:15:00+00:00"),
        ("es", "Actualizado: 03/04/2024 a las 10:15", None, "2024-04-03 10:15:00+00:00"),
        ("de", "Aktualisiert am 03.04.2024, 10:15 Uhr", None, "2024-04-03 10:15:00+00:00"),
        ("en", "Updated 33/44/2024", None, None),
    ],
)  # fmt: skip
def test_dates_of_change(language, line, published, modified):
    html = (
        f"<html lang={language}><title>{HEADLINE}</title><body><h1>{HEADLINE}</h1><p class=date>{line}</p>"
        f"<article>{PARAGRAPHS}</article>"
    )
    article = parse_article(html.encode(), "http://quay.example/ferry")
    dates = article.published_at, article.modified_at
    assert tuple(str(date) if date else None for date in dates) == (published, modified)


@pytest.mark.parametrize(
    ("url", "day"),
    [
        ("http://quay.example/2024/05/04/ferry", "2024-05-04"),
        ("http://quay.example/news/2024/5/4/ferry.html", "2024-05-04"),
        ("http://quay.example/ferry-2024-05-04", "2024-05-04"),
        ("http://quay.example/ferry-20240504.html", "2024-05-04"),
        ("http://quay.example/2024/13/40/ferry", None),
        ("http://quay.example/12024050412", None),
        (None, None),
    ],
)
def test_day_of_an_address(url, day):
    assert date_in_url(url) == day


@pytest.mark.parametrize(
    ("raw", "keywords"),
    [
        (("boats, piers ,Boats",), ["boats", "piers"]),
        (("boats", "salt, sand and sea"), ["boats", "salt, sand and sea"]),
        (("船、港",), ["船", "港"]),
        (("x" * 200, ""), []),
    ],
)
def test_keywords(raw, keywords):
    assert clean_keywords(raw) == tuple(keywords)


PARAGRAPHS = "".join(
    f"<p>The ferry of line {n} leaves the pier at nine, as it has done for forty years, and the post goes with "
    "it to the island, where people wait for it on the quay.</p>"
    for n in range(8)
)


def page(head="", above="", url="http://quay.example/ferry"):
    html = f"<html lang=en><head>{head}</head><body><article><h1>{HEADLINE}</h1>{above}{PARAGRAPHS}</article>"
    return parse_article(html.encode(), url)


@pytest.mark.parametrize(
    ("above", "authors"),
    [
        ("<p class=byline>By Ada Lindqvist and Bo Ek</p>", ("Ada Lindqvist", "Bo Ek")),
        ('<p>4 May 2024 | By <a rel=author href="/ada">Ada Lindqvist</a></p>', ("Ada Lindqvist",)),
        ("<div class=authors><span>Ada Lindqvist</span> <span>Bo Ek</span></div>", ("Ada Lindqvist", "Bo Ek")),
        ("<div>By ADA LINDQVIST<br>Posted Saturday, May 4, 2024</div>", ("Ada Lindqvist",)),
        ("<p>Do 04.05.24 | 14:07 Uhr | Von <span class=authorname>Ada Lindqvist</span></p>", ("Ada Lindqvist",)),
        ("<p>Buy tickets on board.</p>", ()),
        ("<p>كتب: محمد أحمد علي</p>", ("محمد أحمد علي",)),
        ("<p>كتبت - سارة علي | 12 مارس 2024</p>", ("سارة علي",)),
        ("<p>بقلم محمد أحمد، سارة علي</p>", ("محمد أحمد", "سارة علي")),
        ("<p>كتب محمد رسالة إلى البحر</p>", ()),
        ("<p>بقلم</p>", ()),
        ('<a rel=author href="/t">山田太郎</a>', ("山田太郎",)),
        ('<span itemprop=author>山田 太郎 記者</span>', ("山田 太郎",)),
        ("<div class=author>山田太郎、鈴木花子</div>", ("山田太郎", "鈴木花子")),
        ("<p class=byline><span>ジョン・スミス</span> <span>鈴木花子（東京）</span></p>", ("ジョン・スミス", "鈴木花子")),
        ("<p>山田太郎</p>", ()),
        ("<div class=author>フォローする</div>", ()),
        ("<div class=author>編集部</div>", ()),
    ],
)  # fmt: skip
def test_bylines(above, authors):
    assert page(above=above).authors == authors


@pytest.mark.parametrize("start", ["article", "main", "section"])
def test_a_page_without_its_body_tag_is_read_like_any_other(start):
    rest = f"<h1>{HEADLINE}</h1><p class=byline>By Ada Lindqvist</p>{PARAGRAPHS}</{start}>"
    head = f"<!doctype html><html lang=en><title>{HEADLINE}</title><{start}>"
    article = parse_article(f"{head}{rest}".encode(), "http://quay.example/ferry")
    assert (article.authors, article.text) == (("Ada Lindqvist",), page().text)


LINES_ABOVE = [
    "LONDON, March 5 (Reuters) -",
    "NEW YORK (AP) —",
    "BERLIN, 5. März 2024 (dpa) -",
    "5 March 2024",
    "Tuesday, 5 March 2024",
    "Published 5 March 2024",
]


@pytest.mark.parametrize("line", LINES_ABOVE)
@pytest.mark.parametrize("is_second", [False, True])
def test_dateline_or_day_alone_is_no_paragraph(line, is_second):
    assert trim(
        ["The tide is in.", line, "Boats leave."] if is_second else [line, "Boats leave."]
    ) == (["The tide is in."] * is_second + ["Boats leave."])


@pytest.mark.parametrize(
    "lines",
    [
        ["5 March 2024", "Boats leave.", "6 March 2024", "They return."],
        ["LONDON, March 5 (Reuters) - Boats leave.", "They return."],
        ["Boats leave.", "They return.", "5 March 2024"],
        ["5 March 2024 was a quiet day."],
    ],
    ids=["chronicle", "dateline before its sentence", "further below", "sentence"],
)
def test_what_only_begins_like_a_dateline_stays(lines):
    assert trim(lines) == lines


@pytest.mark.parametrize(
    ("line", "authors"),
    [
        ("LONDON, March 5, 2024 (Reuters) -", ()),
        ("By Ada Lindqvist | Published 5 March 2024", ("Ada Lindqvist",)),
    ],
)
def test_date_in_a_dateline_or_byline_of_a_text_file(line, authors):
    text = f"Boats leave\n{line}\nThe boats left the harbour.\n"
    article, _ = parse_text(Page("file:///a.txt", "file:///a.txt", times.now(), text.encode()))
    assert (article.authors, article.published_at) == (authors, datetime(2024, 3, 5, tzinfo=UTC))
    assert article.text == "The boats left the harbour."


def test_a_byline_of_several_is_no_part_of_the_body():
    body = page().text
    assert page(above="<p class=byline>By Priya Natarajan, Bo Ek and Owen McBride</p>").text == body
    kept = "<p>By then everyone had left the quay for the night, and the ferry lay dark.</p>"
    assert "By then everyone" in page(above=kept).text


def json_ld(author):
    return f'<script type="application/ld+json">{{"@type": "NewsArticle", "author": {author}}}</script>'


@pytest.mark.parametrize(
    ("author", "authors"),
    [
        ('[{"@type": "Person", "name": "Ada Lindqvist"}, {"name": "AFP"}]', ("Ada Lindqvist",)),
        ('{"@type": "Organization", "name": "The Quay Post"}', ("The Quay Post",)),
        ('{"@type": "NewsMediaOrganization", "name": "AFP"}', ("AFP",)),
        ('{"@type": "Person", "name": "Ada", "url": "x"}, "publisher": {"name": "Ada"}', ("Ada",)),
    ],
)
def test_newsroom_signs_where_nobody_does(author, authors):
    assert page(head=json_ld(author)).authors == authors


def test_dates_of_the_page_come_before_that_of_its_address():
    url = "http://quay.example/2024/05/01/ferry"
    assert str(page(url=url).published_at) == "2024-05-01 00:00:00+00:00"
    dated = page(above="<p>Posted 4 May 2024</p>", url=url)
    assert str(dated.published_at) == "2024-05-04 00:00:00+00:00"
    assert {
        vote.extractor: vote.is_chosen for vote in dated.votes if vote.field == "published_at"
    } == {
        "markup": True,
        "address": False,
    }


def test_keywords_and_name_of_the_site():
    head = '<meta name=keywords content="ferry, café"><meta property="og:site_name" content="The Quay Post">'
    found = page(head=head)
    assert (found.keywords, found.site_name) == (("ferry", "café"), "The Quay Post")
    data = '{"@type":"NewsArticle","keywords":["ferry"],"publisher":{"@type":"Organization","name":"Quay"}}'
    found = page(head=f'<script type="application/ld+json">{data}</script>')
    assert (found.keywords, found.site_name) == (("ferry",), "Quay")


def test_newspaper3k_is_not_asked_where_others_know():
    assert {vote.extractor for vote in page().votes} & {"newspaper3k"} == set()
