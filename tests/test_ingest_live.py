"""Live blogs: each post stands below its time and heading, in the order of the page; other pages stay as they are."""

import json

import pytest

from ingest import parse_article

URL = "https://news.example/2024/03/05/outage-live"
TITLE = "Outage live: servers of the harbour network fail"
LEAD = (
    "The network of the harbour failed on Tuesday morning, and with it the cranes, the gates and the "
    "tills of the canteen. We follow the day from the quay, where three ships wait for their cargo."
)
#: Heading, day, time and text of each post, as they stand on the page.
POSTS = [
    (
        "Servers are back",
        "2024-03-05",
        "14:05",
        (
            "The harbour office says that all servers are running again since five minutes past two. The "
            "cranes will follow within the hour, one after the other, so that nobody has to hurry."
        ),
    ),
    (
        "A part arrives by bicycle",
        "2024-03-05",
        "12:40",
        (
            "The part that was missing has come, on the carrier of a bicycle from a workshop two streets "
            "away. Engineers want to try it at once, before the next ship makes fast at the pier."
        ),
    ),
    (
        "What failed, and why",
        "2024-03-05",
        "09:15",
        (
            "A pump in the cellar stopped in the night, and water reached the cabinets on the lowest floor. "
            "The second pump had been lent to the school, which has a cellar of its own to keep dry."
        ),
    ),
    (
        "The gates stay shut",
        "2024-03-05",
        "08:30",
        (
            "Lorries stand along the whole of the northern road since half past eight. Their drivers have "
            "been given coffee by the baker, who says that she will send the bill to the harbour office."
        ),
    ),
]
BODY = [LEAD]
for _heading, _, _clock, _text in POSTS:
    BODY += [f"{_clock} {_heading}", _text]


def page(posts, head="", lead=f"<p>{LEAD}</p>", around="<main>{}</main>", below=""):
    """A live blog: its posts are markup."""
    main = around.format(f"<h1>{TITLE}</h1>{lead}{posts}")
    html = (
        f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{TITLE}</title>'
        f'<meta property="og:title" content="{TITLE}">{head}</head><body><nav><a href="/">Home</a></nav>'
        f"{main}{below}<footer>The Quay Post</footer></body></html>"
    )
    return parse_article(html.encode(), URL)


def data(posts=None, **others):
    """The JSON-LD of a live blog."""
    given = POSTS if posts is None else posts
    updates = [
        {
            "@type": "BlogPosting",
            "headline": heading,
            "datePublished": f"{day}T{clock}:00+01:00",
            "articleBody": text,
        }
        for heading, day, clock, text in given
    ]
    node = {"@type": "LiveBlogPosting", "headline": TITLE, "liveBlogUpdate": updates, **others}
    return f'<script type="application/ld+json">{json.dumps(node)}</script>'


def repeated(tag, shown="{clock}", offset="+01:00", chosen=POSTS):
    return "".join(
        f'<{tag} class="post"><p class="meta"><time datetime="{day}T{clock}:00{offset}">'
        f"{shown.format(clock=clock)}</time></p><h2>{heading}</h2><p>{text}</p></{tag}>"
        for heading, day, clock, text in chosen
    )


@pytest.mark.parametrize("tag", ["article", "section", "div", "li"])
def test_posts_that_are_repeated_elements(tag):
    posts = repeated(tag)
    article = page(f"<ul>{posts}</ul>" if tag == "li" else posts)
    assert article.text.split("\n\n") == BODY
    # Nothing else on the page says when: the oldest post, and the newest.
    assert (str(article.published_at), str(article.modified_at)) == (
        "2024-03-05 08:30:00+01:00",
        "2024-03-05 14:05:00+01:00",
    )


def test_posts_in_microdata():
    posts = "".join(
        '<div itemprop="liveBlogUpdate" itemscope itemtype="http://schema.org/BlogPosting">'
        f'<meta itemprop="datePublished" content="{day}T{clock}:00+01:00">'
        f'<p itemprop="headline">{heading}</p><div itemprop="articleBody"><p>{text}</p></div></div>'
        for heading, day, clock, text in POSTS
    )
    around = (
        '<div itemscope itemtype="http://schema.org/LiveBlogPosting">'
        '<meta itemprop="coverageStartTime" content="2024-03-05T08:00:00+01:00">{}</div>'
    )
    article = page(posts, around=around)
    assert article.text.split("\n\n") == BODY
    assert str(article.modified_at) == "2024-03-05 14:05:00+01:00"


def test_posts_in_json_ld_whose_text_is_on_the_page():
    listed = "".join(f'<li><a href="#p{n}">{post[0]}</a></li>' for n, post in enumerate(POSTS))
    posts = "".join(
        f'<div class="entry"><div class="info">{clock} Ada Lindqvist</div><h3>{heading}</h3><p>{text}</p></div>'
        for heading, _, clock, text in POSTS
    )
    article = page(f"<h2>Key events</h2><ul>{listed}</ul>{posts}", head=data())
    assert article.text.split("\n\n") == BODY


@pytest.mark.parametrize("is_reversed", [False, True])
@pytest.mark.parametrize(
    "shown", [(0, 1), (2, 3), (0, 2), (1, 3)], ids=["newest", "oldest", "some", "others"]
)
def test_posts_that_only_the_data_have_stand_in_their_place(shown, is_reversed):
    """A page that shows a part of its posts, the newest first; its data have all."""
    posts = repeated("article", chosen=[POSTS[number] for number in shown])
    article = page(posts, head=data(POSTS[::-1] if is_reversed else POSTS))
    assert article.text.split("\n\n") == BODY
    assert str(article.published_at) == "2024-03-05 08:30:00+01:00"


def test_data_of_something_else_are_not_put_in():
    others = [("Elsewhere", "2024-03-04", "10:00", f"{LEAD} So it was told elsewhere.")] * 2
    posts = repeated("article", chosen=POSTS[:3])
    assert page(posts, head=data([POSTS[0], *others])).text.split("\n\n") == BODY[:7]


def test_posts_in_json_ld_alone():
    article = page("", head=data(articleBody=LEAD), lead='<div id="root"></div>')
    assert article.text.split("\n\n") == BODY


@pytest.mark.parametrize(
    ("dates", "published", "modified"),
    [
        ({}, None, "2024-03-05 14:05:00+01:00"),
        (
            {"datePublished": "2024-03-05T10:00:00+01:00", "coverageStartTime": "2024-03-05T08:00:00+01:00"},
            "2024-03-05 08:00:00+01:00",
            "2024-03-05 14:05:00+01:00",
        ),
        (
            {"datePublished": "2024-03-05T07:00:00+01:00", "dateModified": "2024-03-05T15:00:00+01:00"},
            "2024-03-05 07:00:00+01:00",
            "2024-03-05 15:00:00+01:00",
        ),
    ],
)  # fmt: skip
def test_dates_are_the_beginning_and_the_newest_post(dates, published, modified):
    article = page("", head=data(articleBody=LEAD, **dates), lead='<div id="root"></div>')
    first = published or "2024-03-05 00:00:00+00:00"  # that of the address
    assert (str(article.published_at), str(article.modified_at)) == (first, modified)


@pytest.mark.parametrize(
    ("shown", "offset", "first"),
    [
        ("21 minutes ago {clock}", "+01:00", "14:05 Servers are back"),
        ("an hour ago", "+01:00", "14:05 Servers are back"),
        ("", "Z", "14:05 UTC Servers are back"),
        ("{clock} BST", "Z", "14:05 Servers are back"),
    ],
)
def test_the_time_is_the_one_that_readers_see(shown, offset, first):
    assert page(repeated("article", shown, offset)).text.split("\n\n")[1] == first


def test_days_are_told_where_there_are_several():
    posts = [("A quiet night", "2024-03-04", "23:10", POSTS[2][3]), *POSTS[:2]]
    article = page("", head=data(posts, articleBody=LEAD), lead='<div id="root"></div>')
    assert [line for line in article.text.split("\n\n") if line.startswith("2024")] == [
        "2024-03-04 23:10 A quiet night",
        "2024-03-05 14:05 Servers are back",
        "2024-03-05 12:40 A part arrives by bicycle",
    ]


def test_a_post_without_a_heading_stands_below_its_time():
    posts = repeated("article").replace("<h2>A part arrives by bicycle</h2>", "")
    expected = ["12:40" if line.startswith("12:40") else line for line in BODY]
    assert page(posts).text.split("\n\n") == expected


def test_a_heading_that_has_the_time_is_not_told_twice():
    posts = "".join(
        f'<article><h2><time datetime="{day}T{clock}:00+01:00">{clock}</time> – {heading}</h2><p>{text}</p></article>'
        for heading, day, clock, text in POSTS
    )
    assert page(posts).text.split("\n\n") == BODY


@pytest.mark.parametrize(
    ("href", "is_live"),
    [
        ("#p1", True),
        (f"{URL}?post=1", True),
        ("/2024/03/05/outage-live#p1", True),
        ("/2024/a", False),
    ],
)
def test_headings_that_lead_to_other_pages_are_those_of_teasers(href, is_live):
    posts = (
        repeated("article").replace("<h2>", f'<h2><a href="{href}">').replace("</h2>", "</a></h2>")
    )
    assert ("14:05 Servers are back" in page(posts).text) is is_live


TEXTS = [LEAD, *(post[3] for post in POSTS)]


def ordinary(markup, below=""):
    return page(markup, lead="", below=below).text.split("\n\n")


def test_dated_teasers_beside_an_article_are_no_posts():
    teasers = "".join(
        f'<article><time datetime="2024-03-0{n}T10:00:00Z">10:00</time><h3>Another story of day {n}</h3>'
        f'<p>A ship came in on day {n} and left again.</p><a href="/{n}">Read more</a></article>'
        for n in range(1, 7)
    )
    text = f"<article>{''.join(f'<p>{line}</p>' for line in TEXTS)}</article>"
    assert ordinary(text, f'<aside class="related">{teasers}</aside>') == TEXTS


def test_comments_are_no_posts():
    comments = "".join(
        f'<li class="comment"><h4>Reader {n}</h4><time datetime="2024-03-05T1{n}:00:00Z">1{n}:00</time>'
        f"<p>I waited at gate {n} for an hour and saw nobody.</p></li>"
        for n in range(6)
    )
    text = f"<article>{''.join(f'<p>{line}</p>' for line in TEXTS)}</article>"
    assert (
        ordinary(text, f'<section id="comments"><h3>Comments</h3><ul>{comments}</ul></section>')
        == TEXTS
    )


def test_times_in_the_text_of_sections_are_no_posts():
    sections = "".join(
        f'<section><h2>{heading}</h2><p>{text} It was <time datetime="{day}T{clock}:00Z">{clock}</time> then.</p></section>'
        for heading, day, clock, text in POSTS
    )
    found = ordinary(sections)
    assert [f"{text} It was {clock} then." for _, _, clock, text in POSTS] == [
        line for line in found if len(line.split()) > 10
    ]
    assert not any(line.startswith(clock) for line in found for _, _, clock, _ in POSTS)


@pytest.mark.parametrize(
    "posts",
    [
        "<div>" * 200 + repeated("div") + "</div>" * 200,
        '<div itemprop="liveBlogUpdate">' * 200 + repeated("div") + "</div>" * 200,
        ('<div><time datetime="2024-03-05T10:00Z">' + "</time></div>") * 4000,
        ('<i itemprop="liveBlogUpdate"></i>') * 9000 + repeated("div"),
    ],
)
def test_markup_without_end_is_read_in_its_time(posts):
    parse_article(
        f"<html><title>{TITLE}</title><h1>{TITLE}</h1>{''.join(f'<p>{line}</p>' for line in TEXTS)}{posts}".encode(),
        URL,
    )


@pytest.mark.parametrize(
    "updates",
    [
        "none",
        [],
        [None, 7, "a text", [], {"@id": "#1"}, {"headline": ["a"], "datePublished": {"@value": 7}}],
        {"headline": "Servers are back", "datePublished": "soon"},
        [{"headline": "x" * 100_000, "articleBody": "<p>" * 1_000}] * 3,
    ],
)
def test_data_that_are_no_posts_leave_the_page_as_it_is(updates):
    head = data().replace(
        '"liveBlogUpdate": [', f'"liveBlogUpdate": {json.dumps(updates)}, "other": ['
    )
    text = f"<article>{''.join(f'<p>{line}</p>' for line in TEXTS)}</article>"
    assert page(text, head=head, lead="").text.split("\n\n") == TEXTS
