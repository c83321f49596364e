"""Articles that a page gives only as data for its program: the text is found, and no other's."""

import html
import json

import pytest
from parsing import parse

from ingest import NotAnArticle, parse_article

URL = "https://news.example/2024/03/05/ferry-timetable-10442"
TITLE = "Ferry timetable returns after a winter of repairs"
_TEXT = """
The ferry across the sound will run every hour again from Monday, after a winter in which the
older of the two boats lay in dry dock and passengers had to plan their days around the other.

The harbour office said on Tuesday that the new pump had passed its last test. Engineers had
waited eleven weeks for a part that was made, in the end, by a workshop two streets away.

Schools on the island have gone back to their usual hours. The baker, who had brought flour over
in a fishing boat, said she would miss the company but not the smell of diesel.

Tickets bought for the reduced timetable stay valid until the end of April, and nobody will be
asked to pay the difference. A second pump is to be kept in store from now on.
"""
BODY = [" ".join(part.split()) for part in _TEXT.split("\n\n")]
OTHER = [
    f"Paragraph {n} of another story tells at some length of a bridge whose paint came off in the "
    "storm, of the committee that chose the colour, and of what the painters thought of both."
    for n in range(8)
]
HTML = "".join(f"<p>{line}</p>" for line in BODY)
OTHER_HTML = "".join(f"<p>{line}</p>" for line in OTHER)


def page(scripts, title=TITLE):
    return f"""<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<meta property="og:title" content="{title}"><meta property="og:type" content="article">
</head><body><div id="root"></div><noscript>Please turn on JavaScript.</noscript>
{scripts}</body></html>""".encode()


def js(value):
    """JSON as it may stand in a script."""
    return json.dumps(value).replace("</", "<\\/")


def rows(*pieces):
    return "".join(f"<script>self.__next_f.push([1,{js(piece)}])</script>" for piece in pieces)


def next_pages():
    props = {"pageProps": {"article": {"title": TITLE, "body": HTML}, "nav": ["Home"]}}
    value = js({"props": props, "page": "/[slug]"})
    return f'<script id="__NEXT_DATA__" type="application/json">{value}</script>'


def react_rows():
    tree = json.dumps(["$", "article", None, {"headline": TITLE, "content": "$1a"}])
    size = len(HTML.encode())
    return rows(f"0:{tree}\n1a:T{size:x},", HTML[:300], HTML[300:] + '2:["$","footer",null,{}]\n')


def arc():
    elements = [
        {"_id": "A1", "type": "text", "content": BODY[0]},
        {"_id": "A2", "type": "image", "caption": "The ferry at its pier, in the rain of Monday"},
        {"_id": "A3", "type": "text", "content": BODY[1]},
        {
            "_id": "A4",
            "type": "interstitial_link",
            "content": "Read also: the bridge and its paint",
        },
        {"_id": "A5", "type": "text", "content": BODY[2]},
        {"_id": "A6", "type": "text", "content": BODY[3]},
    ]
    story = {
        "headlines": {"basic": TITLE},
        "canonical_url": "/2024/03/05/ferry-timetable-10442",
        "content_elements": elements,
    }
    return (
        '<script>window.Fusion=window.Fusion||{};Fusion.arcSite="news";'
        f"Fusion.globalContent={js(story)};Fusion.tree={{}}</script>"
    )


def nuxt():
    flat = [
        ["ShallowReactive", 1],
        {"data": 2, "itself": 1},
        {"article": 3},
        {"title": 4, "bodyHtml": 5},
        TITLE,
        HTML,
    ]
    return f'<script type="application/json" id="__NUXT_DATA__">{js(flat)}</script>'


def nuxt_2():
    title, body, first = js(TITLE), js(HTML).replace("<", "\\u003C"), js(BODY[0])
    return (
        "<script>window.__NUXT__=(function(a,b,c,d){c.bodyHtml=b;c.tags=[a,,{'x-y':void 0}];"
        f'return {{layout:"default",data:[{{article:c,seen:new Date(17e11),"itself":d}}],error:null,'
        f"state:{{latest:[c],is_open:!0,n:-.5}},serverRendered:true}}}}(false,{body},"
        f"{{title:{title},teaser:{first}}},Object.create(null)));</script>"
    )


def nuxt_2_without_a_call():
    return f"<script>window.__NUXT__={{layout:'default',data:[{{title:{js(TITLE)},body:{js(HTML)}}}]}}</script>"


def attribute(name):
    value = html.escape(js({"article": {"title": TITLE, "body": HTML}}))
    return f'<div id="app" {name}="{value}"></div>'


def data_state():
    return attribute("data-state")


def data_props():
    return attribute("data-props")


def apollo():
    state = {
        "ROOT_QUERY": {'article({"id":10442})': {"__ref": "Article:10442"}},
        "Article:10442": {
            "__typename": "Article",
            "title": TITLE,
            'body({"format":"blocks"})': [{"__ref": f"Block:{n}"} for n in range(4)],
            "related": [{"__ref": "Article:7"}, {"__ref": "Article:10442"}],
        },
        "Article:7": {"__typename": "Article", "title": "The bridge", "body": OTHER_HTML},
        **{f"Block:{n}": {"type": "paragraph", "text": line} for n, line in enumerate(BODY)},
    }
    return f"<script>window.__APOLLO_STATE__ = {js(state)};</script>"


def document_tree():
    def paragraph(line):
        first, rest = line[:20], line[20:]
        parts = [{"type": "text", "text": first, "marks": ["bold"]}, {"type": "text", "text": rest}]
        return {"type": "paragraph", "content": parts}

    tree = {"type": "doc", "content": [paragraph(line) for line in BODY]}
    state = {"story": {"headline": TITLE, "content": tree}}
    return f"<script>window.__STATE__ = JSON.parse({js(json.dumps(state))});</script>"


def lines():
    state = {"id": 10442, "paragraphs": BODY}
    return f"<script>var a = 1, state = {js({'current': state})}</script>"


@pytest.mark.parametrize(
    "scripts",
    [
        next_pages,
        react_rows,
        arc,
        nuxt,
        nuxt_2,
        nuxt_2_without_a_call,
        data_state,
        data_props,
        apollo,
        document_tree,
        lines,
    ],
)
def test_the_text_is_found_in_its_order(scripts):
    article = parse_article(page(scripts()), URL)
    assert (article.title, article.text.split("\n\n")) == (TITLE, BODY)


def test_it_is_told_where_the_text_came_from():
    votes = parse_article(page(next_pages()), URL).votes
    assert [vote.extractor for vote in votes if vote.field == "text" and vote.is_chosen] == [
        "state"
    ]


@pytest.mark.parametrize("author", ["Lars Moe", {"name": "Lars Moe"}, [{"name": "Lars Moe"}]])
def test_date_and_authors_stand_beside_the_body(author):
    state = {"title": TITLE, "body": HTML, "publishedAt": "2024-04-09T08:00:00Z", "author": author}
    article = parse_article(page(f"<script>window.s = {js(state)}</script>"))
    said = (article.text.split("\n\n"), str(article.published_at), article.authors)
    assert said == (BODY, "2024-04-09 08:00:00+00:00", ("Lars Moe",))


def test_of_several_articles_the_page_s_own_is_taken():
    latest = [{"title": "The bridge", "body": OTHER_HTML}, {"title": TITLE, "body": HTML}]
    article = parse_article(page(f"<script>window.latest = {js(latest)}</script>"), URL)
    assert article.text.split("\n\n") == BODY


def test_an_address_tells_the_page_s_own_where_headlines_do_not():
    latest = [{"url": "/bridge-7", "body": OTHER_HTML}, {"url": URL, "body": HTML}]
    article = parse_article(page(f"<script>window.latest = {js(latest)}</script>"), URL)
    assert article.text.split("\n\n") == BODY


@pytest.mark.parametrize(
    "state",
    [
        {"title": "The bridge and its paint", "body": OTHER_HTML},
        [{"body": HTML + OTHER_HTML}, {"body": OTHER_HTML + HTML}],
    ],
    ids=["of another headline", "of two unnamed ones"],
)
def test_another_s_text_is_not_taken(state):
    with pytest.raises(NotAnArticle):
        parse_article(page(f"<script>window.state = {js(state)}</script>"), URL)


def test_markup_with_a_text_is_believed():
    state = {"title": TITLE, "body": OTHER_HTML}
    scripts = f"<article><h1>{TITLE}</h1>{HTML}</article><script>window.s = {js(state)}</script>"
    assert parse_article(page(scripts), URL).text.split("\n\n") == BODY


def test_markup_in_the_data_is_cleaned_as_on_a_page():
    body = (
        f"<script>alert(1)</script><style>p {{ color: red }}</style>{HTML}"
        "<figure><figcaption>Photo: Ada Lindqvist</figcaption></figure>"
    )
    state = {"title": TITLE, "body": body}
    article = parse_article(page(f"<script>window.s = {js(state)}</script>"), URL)
    assert article.text.split("\n\n") == BODY


def test_a_script_that_its_own_text_ends_is_read_as_browsers_do():
    state = json.dumps({"title": TITLE, "aside": "</script><p>The end.</p>", "body": HTML})
    parse(page(f"<script>window.s = {state}</script>"))


def hostile():
    state = js({"title": TITLE, "body": HTML})
    deep = '{"body":' * 100_000
    far = '=["=[1,",' * 200_000
    cycle = [["Reactive", 0], ["Ref", 0], {"body": 2, "content": 3}, [2, 3, 3]] * 5_000
    refs = {"ROOT_QUERY": {"__ref": "A"}, "A": {"body": [{"__ref": "B"}] * 50},
            "B": {"content": [{"__ref": "A"}, {"__ref": "B"}] * 50}}  # fmt: skip
    many = {"x": [{"body": [{"content": []}] * 100}] * 5_000}
    return {
        "many bodies of nothing": f"<script>window.s = {js(many)}</script>",
        "broken": f"<script>window.s = {state[:-5]}</script>",
        "deep": f"<script>window.s = {deep}</script>",
        "deep and whole": f"<script>s = {'[' * 900}{']' * 900}</script>",
        "many beginnings": f"<script>{'=[' * 500_000}</script>",
        "many beginnings that go far": f"<script>{far}</script>",
        "huge": f"<script>window.s = {js([{'body': 'word ' * 100}] * 10_000)}</script>",
        "cyclic numbers": f'<script id="__NUXT_DATA__" type="application/json">{js(cycle)}</script>',
        "cyclic names": f"<script>window.s = {js(refs)}{' ' * 300}</script>",
        "rows of no length": rows("1:Tffffff," + "x" * 400, "0:" * 400),
        **hostile_calls(state),
        "many attributes": f"<div data-a='[{' ' * 300}'></div>" * 20_000,
        "a deep attribute": f"<div data-a='{'[' * 100_000}'></div>",
    }


def hostile_calls(state):
    def call(text):
        return f"<script>window.__NUXT__={text}{' ' * 300}</script>"

    names = ",".join(f"a{n}" for n in range(15_000))
    doubled = "".join(f"a{n + 1}.x=a{n};a{n + 1}.y=a{n};" for n in range(14_000))
    return {
        "a call of another": call(f"(function(a){{alert(1);return {state}}}(1))"),
        "a call that is cut off": call(f"(function(a){{return {state[:-5]}"),
        "a call without its arguments": call(f"(function(a){{return {state}}}"),
        "a program": call(f"(function(a){{for(;;){{}};return {state}}}(1))"),
        "a deep call": call("(function(a){return " + "{a:[" * 100_000),
        "many parentheses": call("(" * 500_000),
        "many parameters": call(f"(function({names},{names.upper()}){{return {state}}}(1))"),
        "a call of many values": call(f"(function(a){{return [{'a,' * 500_000}]}}(1))"),
        "a call that doubles": call(
            f"(function({names}){{{doubled}return a14000}}({'{},' * 15_000}))"
        ),
        "one that holds itself": call("(function(a){a.a=a;a.body=a;return a}({}))"),
        "an endless string": call('(function(a){return "' + "\\" * 500_000),
        "a wrong place": call("(function(a){a[9]=1;a.b.c.d=2;return a}([]))"),
    }


def test_signs_in_a_call_are_those_of_the_page():
    body = js(HTML).replace("ferry", r"\x66\u0065rry\ud83d\ude00\'")
    call = f"<script>window.__NUXT__=(function(){{return {{title:{js(TITLE)},body:{body}}}}}())</script>"
    said = [line.replace("ferry", "ferry😀'") for line in BODY]
    assert parse_article(page(call), URL).text.split("\n\n") == said


@pytest.mark.parametrize("name", hostile())
def test_data_that_is_none_is_refused_like_any_empty_page(name):
    with pytest.raises(NotAnArticle):
        parse_article(page(hostile()[name]), URL)
