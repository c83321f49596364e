"""parse_article on the sample site, against what its writers say that each page says."""

import json
from collections import Counter
from datetime import UTC, datetime
from itertools import groupby

import pytest
from fault_server import article, page
from ingest_command import ingest, rows

import ingest as package
from ingest import IngestError, NotAnArticle, NotAPage, parse_article
from ingest.canonical import canonical_url, site_of
from ingest.choose import PREFERENCE
from samples.server import FOLDER

#: Pages whose reading differs from their gold, by URL and field, with what is read. None today.
KNOWN_DIFFERENCES: dict[tuple[str, str], object] = {}

FIELDS = (
    "url", "title", "authors", "published_at", "modified_at", "language", "section", "description",
    "is_paywalled", "text",
)  # fmt: skip
REASONS = {"index": "index", "tag": "index", "soft404": "soft_404"}


def gold():
    for path in sorted(FOLDER.glob("*.example/expected.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            label = json.loads(line)
            file = path.parent / (label.get("file") or label["path"].lstrip("/"))
            yield {**label, "file": file / "index.html" if file.is_dir() else file}


GOLD = list(gold())
ARTICLES = [label for label in GOLD if label["kind"] == "article"]
OTHERS = [label for label in GOLD if label["kind"] != "article"]


def name(label):
    return label["file"].relative_to(FOLDER).as_posix()


def moment(text):
    if text is None:
        return None
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def test_the_sample_site_has_enough_of_each_kind():
    assert len(ARTICLES) >= 24
    assert {label["kind"] for label in OTHERS} == set(REASONS)


@pytest.mark.parametrize("label", ARTICLES, ids=name)
def test_article_equals_its_gold(label):
    found = parse_article(label["file"].read_bytes(), label["url"])
    expected = {
        **label,
        "authors": tuple(label["authors"]),
        "published_at": moment(label["published_at"]),
        "modified_at": moment(label["modified_at"]),
    }
    differences = {
        (label["url"], field): getattr(found, field)
        for field in FIELDS
        if getattr(found, field) != expected[field]
    }
    known = {key: value for key, value in KNOWN_DIFFERENCES.items() if key[0] == label["url"]}
    assert differences == known
    assert found.site == site_of(label["url"])
    assert found.image_url is None or found.image_url.startswith("http://")
    assert found.published_at is None or found.published_at.tzinfo is not None


@pytest.mark.parametrize("label", OTHERS, ids=name)
def test_page_that_is_no_article(label):
    with pytest.raises(NotAnArticle) as error:
        parse_article(label["file"].read_bytes(), label["url"])
    assert error.value.reason == REASONS[label["kind"]]
    assert str(error.value).startswith(f"{label['url']}: ")


@pytest.mark.parametrize("label", ARTICLES, ids=name)
def test_votes_name_one_winner_for_each_field(label):
    found = parse_article(label["file"].read_bytes(), label["url"])
    assert {vote.field for vote in found.votes} >= {"title", "text"}
    for field, votes in groupby(found.votes, key=lambda vote: vote.field):
        voters = {vote.extractor: vote for vote in votes}
        assert set(voters) <= set(PREFERENCE[field])
        assert [vote.is_chosen for vote in voters.values()].count(True) == 1
    chosen = {vote.field: vote.value for vote in found.votes if vote.is_chosen}
    assert chosen["title"] == found.title
    assert json.loads(chosen["text"])["words"] == len(found.text.split())
    assert json.loads(chosen["text"])["agreement"] == 1.0
    assert tuple(json.loads(chosen.get("authors", "[]"))) == found.authors
    assert chosen.get("published_at") == (found.published_at and found.published_at.isoformat())
    assert Counter((vote.field, vote.extractor) for vote in found.votes).most_common(1)[0][1] == 1


def test_each_voice_is_heard_on_some_page():
    votes = [
        vote
        for label in ARTICLES
        for vote in parse_article(label["file"].read_bytes(), label["url"]).votes
    ]
    voices = {vote.extractor for vote in votes}
    assert voices == {"jsonld", "meta", "markup", "address", "trafilatura", "paragraphs"}
    assert {vote.extractor for vote in votes if vote.is_chosen} >= {
        "jsonld",
        "meta",
        "markup",
        "paragraphs",
    }


def test_newspaper3k_first(tmp_path):
    path = tmp_path / "story.html"
    path.write_bytes(page())
    found = parse_article(page(), "http://quay.example/ferry", parser="newspaper3k")
    winners = {vote.field: vote.extractor for vote in found.votes if vote.is_chosen}
    assert winners["title"] == winners["text"] == winners["authors"] == "newspaper3k"
    for number, options in enumerate([[], ["--parser", "newspaper3k"]]):
        db = tmp_path / f"{number}.db"
        assert ingest(db, *options, path).exit_code == 0
        kept = rows(db, "select extractor from field_votes where field = 'text' and is_chosen")
        assert kept == [{"extractor": "newspaper3k" if options else "paragraphs"}]


def test_votes_are_kept(tmp_path):
    path = tmp_path / "story.html"
    path.write_bytes(page())
    ingest(tmp_path / "a.db", path)
    found = parse_article(page(), path.as_uri())
    kept = rows(tmp_path / "a.db", "select field, extractor, value, is_chosen from field_votes")
    assert {tuple(row.values()) for row in kept} == {
        (vote.field, vote.extractor, vote.value, int(vote.is_chosen)) for vote in found.votes
    }


LONG = "The ferry leaves at nine and at ten and at noon, as it has done for forty years now. " * 12


@pytest.mark.parametrize(
    ("html", "reason"),
    [
        (b"", "empty"),
        (b" \n ", "empty"),
        (b"<!-- nothing -->", "empty"),
        (b"<html><head><title>A title</title></head><body></body></html>", "no_text"),
        (b"<title>A title</title><p>Too few words to be an article.</p>", "too_short"),
        (f"<p>{LONG}</p>".encode(), "no_title"),
        (b"<title>404 - Not Found</title><p>Sorry, there is nothing here, try the search.</p>", "soft_404"),
        (page("index.html"), "index"),
        (page("soft_404.html"), "soft_404"),
        (page("no_article.html"), "login_wall"),
    ],
)  # fmt: skip
def test_reasons(html, reason):
    with pytest.raises(NotAnArticle) as error:
        parse_article(html)
    assert error.value.reason == reason


@pytest.mark.parametrize(("html", "reason"), [(b"%PDF-1.7\n", "binary"), (bytes(99), "binary")])
def test_bytes_that_are_no_page(html, reason):
    with pytest.raises(NotAPage) as error:
        parse_article(html, "http://quay.example/x")
    assert (error.value.reason, error.value.subject) == (reason, "http://quay.example/x")


def test_a_title_that_speaks_of_404_is_no_soft_404():
    found = parse_article(article("The page that could not be found: a history of the 404"))
    assert found.title == "The page that could not be found: a history of the 404"


def test_json_ld_with_what_no_file_can_hold():
    data = {
        "@type": "NewsArticle",
        "headline": "Half a \ud83d character\x00 and a NUL",
        "author": {"name": {"name": {"name": {"name": {"name": "Too deep"}}}}},
        "image": ["javascript:alert(1)", "x"],
        "datePublished": "yesterday",
    }
    script = f'<script type="application/ld+json">{json.dumps(data)}</script>'.encode()
    found = parse_article(page().replace(b"<title>", script + b"<title>"), "http://quay.example/a")
    assert found.title == "Half a character and a NUL"
    assert found.authors == ("Zoë Müller",)
    assert found.image_url is None
    assert found.published_at == datetime.fromisoformat("2024-03-05T09:30:00+01:00")


def test_image_address_is_absolute():
    tag = b'<meta property="og:image" content="/img/quay.jpg"><title>'
    found = parse_article(page().replace(b"<title>", tag), "http://quay.example/a/b")
    assert found.image_url == "http://quay.example/img/quay.jpg"


@pytest.mark.parametrize(
    ("asked", "canonical", "expected"),
    [
        ("http://a.example/x", None, "http://a.example/x"),
        ("http://a.example/x", "http://a.example/y?utm_source=z", "http://a.example/y"),
        ("http://m.a.example/x", "https://www.a.example/x", "https://www.a.example/x"),
        ("http://a.example/x", "http://b.example/x", "http://a.example/x"),
        ("http://a.example/x", "http://a.example/", "http://a.example/x"),
        ("http://a.example/x?fbclid=1&id=2#c", None, "http://a.example/x?id=2"),
        ("HTTP://A.Example:80", None, "http://a.example/"),
        ("http://[::1]:8080/x", None, "http://[::1]:8080/x"),
        ("file:///tmp/x.html", "https://b.example/x", "https://b.example/x"),
    ],
)
def test_canonical_url(asked, canonical, expected):
    assert canonical_url(asked, canonical, None) == expected
    assert canonical_url(expected, canonical, None) == expected or canonical is not None


def test_errors_travel_between_processes():
    import pickle

    error = NotAnArticle("http://a.example/", "index", "a list", "Go on.", 200)
    copy = pickle.loads(pickle.dumps(error))
    assert (str(copy), copy.reason, copy.http_status) == (str(error), "index", 200)
    assert isinstance(copy, IngestError)
    assert package.parse_article is parse_article
