"""Copies of articles: found by their text, led back to the earliest, kept true when texts change."""

import random
from datetime import UTC, datetime, timedelta

import pytest
from archive_records import page_of, rows

from archive import Article
from ingest.duplicates import buckets_of, likeness, mark_duplicates, shingles, signature_of
from samples.server import FOLDER

NOON = datetime(2024, 7, 19, 12, 0, tzinfo=UTC)


def words(seed, number=120):
    chance = random.Random(seed)
    return " ".join(f"w{chance.randrange(5000)}" for _ in range(number))


def add(archive, name, text, at=NOON, site=None, title=None):
    """Save an article of this name and text; return its id. The name is its address, and its title if none is given."""
    article = Article(f"https://{name}.example/", title or name, text, site=site, published_at=at)
    archive.ledger.ask(article.url, None)
    body = f"{name} {text}".encode()
    return archive.save_article(article, page_of(article, body), article.url).article_id


def copies(archive):
    """{title of the copy: (title of the original, share)}"""
    query = """
        select c.title as copy, o.title as original, c.duplicate_share as share
        from articles c join articles o on o.id = c.duplicate_of
    """
    return {row["copy"]: (row["original"], row["share"]) for row in archive.db.query(query)}


def originals(archive):
    return {copy: original for copy, (original, _) in copies(archive).items()}


# Two texts


def test_runs_of_words():
    assert shingles("One, two: THREE four-five") == {"one two three four five"}
    assert shingles("one two three four") == frozenset()
    assert shingles("新闻报道说") == {"新 闻 报 道 说"}


def test_likeness_is_that_of_the_sets_of_runs():
    text = words(1, 104)  # 100 runs
    half = " ".join(text.split()[:54])  # 50 of them
    assert likeness(text, text).resemblance == 1.0
    assert likeness(half, text).containment == 1.0
    assert likeness(text, half).containment == 0.5
    assert likeness(text, half).resemblance == 0.5
    assert likeness(text, words(2)).resemblance == 0.0


@pytest.mark.parametrize("text", ["", "short", words(1, 23)])
def test_short_texts_are_like_nothing(text):
    assert signature_of(text) is None
    assert buckets_of(None) == []
    assert likeness(text, text).resemblance == 0.0


def test_signatures_are_the_same_on_every_machine():
    signature = signature_of(words(1))
    assert len(signature) == 512
    assert len(set(buckets_of(signature))) == 20
    text = "The wire says: " + " ".join(f"w{n}" for n in range(99))
    assert signature_of(text)[:8].hex() == "eded1f08da15cd02"


# Marking


def test_a_copy_leads_to_the_earliest(archive):
    text = words(1)
    add(archive, "late", "Our desk reports. " + text, NOON + timedelta(hours=3))
    add(archive, "first", text, NOON)
    add(archive, "other", words(2), NOON)
    assert mark_duplicates(archive) == {"compared": 3, "marked": 1}
    assert copies(archive) == {"late": ("first", round(116 / 119, 4))}
    assert mark_duplicates(archive) == {"compared": 0, "marked": 0}


def test_an_earlier_original_that_comes_later_takes_over(archive):
    text = words(1)
    for hours, name in ((5, "five"), (9, "nine"), (7, "seven"), (1, "one")):
        add(archive, name, text, NOON + timedelta(hours=hours))
        mark_duplicates(archive)
    assert originals(archive) == dict.fromkeys(("five", "seven", "nine"), "one")
    assert rows(archive, "articles")[3]["duplicate_share"] is None


def test_copies_of_copies_lead_to_the_first(archive):
    parts = [words(seed, 60) for seed in range(3)]
    add(archive, "a", parts[0], NOON)
    add(archive, "c", " ".join(parts), NOON + timedelta(hours=2))
    mark_duplicates(archive)
    assert copies(archive) == {}  # too little in common
    add(archive, "b", " ".join(parts[:2]), NOON + timedelta(hours=1))
    mark_duplicates(archive)
    shares = {
        copy: (original, round(share, 1)) for copy, (original, share) in copies(archive).items()
    }
    assert shares == {"b": ("a", 0.5), "c": ("a", 0.3)}


def test_a_day_without_an_hour_is_no_proof_of_being_first(archive):
    add(archive, "day", words(1), datetime(2024, 7, 19, tzinfo=UTC))
    add(archive, "hour", words(1), NOON)
    mark_duplicates(archive)
    assert originals(archive) == {"day": "hour"}


def test_without_a_date_it_counts_when_it_was_first_seen(archive):
    add(archive, "undated", words(1), None)
    add(archive, "dated", words(1), NOON)
    mark_duplicates(archive)
    assert originals(archive) == {"undated": "dated"}


def test_a_changed_text_is_compared_anew(archive):
    first, second = words(1), words(2)
    add(archive, "a", first, NOON)
    add(archive, "b", first, NOON + timedelta(hours=1))
    add(archive, "c", second, NOON + timedelta(hours=2))
    mark_duplicates(archive)
    assert originals(archive) == {"b": "a"}
    add(archive, "b", second, NOON + timedelta(hours=1))
    assert mark_duplicates(archive)["compared"] == 1
    assert originals(archive) == {"c": "b"}
    add(archive, "b", words(3), NOON + timedelta(hours=1))
    mark_duplicates(archive)
    assert copies(archive) == {}
    assert {row["duplicate_share"] for row in rows(archive, "articles")} == {None}
    assert len(rows(archive, "signature_bands")) == 3 * 20


def test_when_the_original_changes_its_copies_find_each_other(archive):
    for hours, name in enumerate("abc"):
        add(archive, name, words(1), NOON + timedelta(hours=hours))
    mark_duplicates(archive)
    assert originals(archive) == {"b": "a", "c": "a"}
    add(archive, "a", words(2), NOON)
    mark_duplicates(archive)
    assert originals(archive) == {"c": "b"}


def test_when_a_date_changes_the_earliest_may_be_another(archive):
    add(archive, "a", words(1), NOON)
    add(archive, "b", words(1), NOON + timedelta(hours=1))
    mark_duplicates(archive)
    add(archive, "a", words(1), NOON + timedelta(hours=2))
    mark_duplicates(archive)
    assert originals(archive) == {"a": "b"}


def test_when_the_original_is_deleted_the_next_is_one(archive):
    for hours, name in enumerate("abc"):
        add(archive, name, words(1), NOON + timedelta(hours=hours))
    mark_duplicates(archive)
    archive.db.execute("delete from articles where title = 'a'")
    assert {row["duplicate_share"] for row in rows(archive, "articles")} == {None}
    assert mark_duplicates(archive) == {"compared": 2, "marked": 1}
    assert originals(archive) == {"c": "b"}


@pytest.mark.parametrize(
    ("site", "title", "is_copy"),
    [
        ("a.example", "Rain in Corby", False),
        ("a.example", "rain in FROME!", True),
        ("b.example", "Rain in Corby", True),
        (None, "Rain in Corby", True),
    ],
)
def test_reports_of_one_outlet_to_one_pattern_are_no_copies(archive, site, title, is_copy):
    pattern = words(1).split()
    add(archive, "first", " ".join(pattern), NOON, "a.example" if site else None, "Rain in Frome")
    # Three quarters of the runs of words are in both.
    other = " ".join(pattern[: len(pattern) * 6 // 7] + words(2).split()[: len(pattern) // 7])
    add(archive, "second", other, NOON + timedelta(hours=1), site, title)
    assert 0.6 < likeness(other, " ".join(pattern)).resemblance < 0.8
    mark_duplicates(archive)
    assert bool(copies(archive)) is is_copy


def test_one_outlet_and_one_text_under_two_titles_is_one_article(archive):
    add(archive, "first", words(1), NOON, "a.example", "Rain in Frome")
    add(archive, "second", f"{words(1)} Ends.", NOON + timedelta(hours=1), "a.example", "More rain")
    mark_duplicates(archive)
    assert list(copies(archive)) == ["More rain"]


def test_in_small_batches_the_same_comes_out(archive, monkeypatch):
    chance = random.Random(3)
    for n in range(30):
        add(archive, f"n{n}", words(n % 7), NOON + timedelta(hours=chance.randrange(99)))
    monkeypatch.setattr("ingest.duplicates.BATCH", 4)
    mark_duplicates(archive)
    in_batches = copies(archive)
    archive.db.execute("delete from signatures")
    archive.db.execute("update articles set duplicate_of = null, duplicate_share = null")
    monkeypatch.setattr("ingest.duplicates.BATCH", 100)
    mark_duplicates(archive)
    assert copies(archive) == in_batches
    assert len(in_batches) == 23


# How well: 2,000 articles, 800 of them copies with up to 30 % of their sentences edited


def sentences(chance, number):
    vocabulary = 3000
    return [
        " ".join(
            f"v{int(vocabulary * chance.random() ** 2)}" for _ in range(chance.randrange(9, 26))
        )
        for _ in range(number)
    ]


def edited(text, share, chance):
    """A copy as an editor makes it: of so many sentences each is cut, rewritten, moved or added."""
    copy = list(text)
    for _ in range(round(share * len(text))):
        n = chance.randrange(len(copy))
        match chance.randrange(4):
            case 0:
                del copy[n]
            case 1:
                copy[n] = sentences(chance, 1)[0]
            case 2:
                copy.insert(chance.randrange(len(copy)), copy.pop(n))
            case _:
                copy.insert(n, sentences(chance, 1)[0])
    return copy


def test_precision_and_recall(archive, capsys):
    chance = random.Random(1997)
    boilerplate = sentences(chance, 3)  # every outlet ends its articles with the same lines
    texts = [sentences(chance, chance.randrange(8, 45)) for _ in range(1200)]
    planted = {}
    with archive.transaction():
        for n, text in enumerate(texts):
            put(archive, f"o{n}", [*text, *boilerplate], NOON)
        for n in range(800):
            source = chance.randrange(len(texts))
            planted[f"c{n}"] = f"o{source}"
            copy = edited(texts[source], chance.uniform(0, 0.3), chance)
            put(archive, f"c{n}", [*copy, *boilerplate], NOON + timedelta(minutes=1 + n))
    assert mark_duplicates(archive)["compared"] == 2000
    found = originals(archive)
    right = sum(planted.get(copy) == original for copy, original in found.items())
    precision, recall = right / len(found), right / len(planted)
    with capsys.disabled():
        print(f"\ncopies of 2,000 articles: precision {precision:.3f}, recall {recall:.3f}")
    assert precision >= 0.99
    assert recall >= 0.98


def put(archive, name, parts, at):
    article = Article(f"https://{name}.example/", name, ". ".join(parts), published_at=at)
    archive.articles.save(article, page_of(article, name.encode()))


# The sample site


def test_the_wire_story_of_the_sample_site(archive):
    from ingest import parse_article

    for url, file in (
        (
            "http://harborledger.example/business/2024/07/19/crowdstrike-outage-wire.html",
            "harborledger.example/business/2024/07/19/crowdstrike-outage-wire.html",
        ),
        (
            "http://tidewire.example/story/2024/07/19/crowdstrike-update-halts-windows-machines/",
            "tidewire.example/story/2024/07/19/crowdstrike-update-halts-windows-machines/index.html",
        ),
    ):
        article = parse_article((FOLDER / file).read_bytes(), url)
        archive.ledger.ask(url, None)
        archive.save_article(article, page_of(article, url.encode()), url)
    mark_duplicates(archive)
    (row,) = archive.db.query(
        """
        select c.site as copy, o.site as original, c.duplicate_share as share
        from articles c join articles o on o.id = c.duplicate_of
        """
    )
    assert (row["copy"], row["original"]) == ("harborledger.example", "tidewire.example")
    assert row["share"] > 0.9
