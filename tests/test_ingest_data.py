"""Floors on labelled pages, which are not part of the project: NEWSARCHIVE_DATA names their folder.

The folder holds pages/aeb and pages/world, each with labels.jsonl and html/*.gz. Body text is compared
as 4-word shingles, precision and recall averaged over the pages.
"""

import gzip
import html
import json
import os
import re
from collections import Counter
from pathlib import Path
from statistics import mean

import pytest

from ingest import IngestError, parse_article

DATA = Path(os.environ.get("NEWSARCHIVE_DATA", ""))

pytestmark = pytest.mark.skipif(
    not (DATA / "pages/aeb/labels.jsonl").is_file(),
    reason="NEWSARCHIVE_DATA names no folder with pages/aeb/labels.jsonl",
)


def words(text):
    return re.findall(r"\w+", text or "")


def shingles(text, size=4):
    found = words(text)
    return Counter(tuple(found[at : at + size]) for at in range(max(len(found) - size + 1, 1)))


def fold(text):
    return " ".join(words(html.unescape(text or "").lower()))


def read(name):
    """Each label of a set with the article read from its page, or None."""
    folder = DATA / "pages" / name
    for line in (folder / "labels.jsonl").read_text(encoding="utf-8").splitlines():
        label = json.loads(line)
        page = gzip.decompress((folder / "html" / label["file"]).read_bytes())
        try:
            yield label, parse_article(page, label.get("url"))
        except IngestError:
            yield label, None


def body_f1(pairs):
    precisions, recalls = [], []
    for label, article in pairs:
        true, said = shingles(label["text"]), shingles(article.text) if article else Counter()
        shared = (true & said).total()
        if said:
            precisions.append(shared / said.total())
        recalls.append(shared / true.total())
    precision, recall = mean(precisions), mean(recalls)
    return 2 * precision * recall / (precision + recall)


def share(pairs, key, is_right):
    return mean(
        article is not None and is_right(label, article) for label, article in pairs if label[key]
    )


def authors_f1(pairs):
    shared = said = true = 0
    for label, article in pairs:
        if label["authors"]:
            wanted = set(map(fold, label["authors"]))
            found = set(map(fold, article.authors)) if article else set()
            shared, said, true = shared + len(wanted & found), said + len(found), true + len(wanted)
    return 2 * shared / (said + true)


def test_bodies_of_the_public_benchmark():
    assert body_f1(list(read("aeb"))) >= 0.955


def test_fields_of_pages_of_many_countries():
    pairs = list(read("world"))
    measured = {
        "body": body_f1(pairs),
        "title": share(pairs, "title", lambda x, a: fold(x["title"]) == fold(a.title)),
        "date": share(pairs, "date", lambda x, a: str(a.published_at)[:10] == x["date"][:10]),
        "authors": authors_f1(pairs),
    }
    floors = {"body": 0.935, "title": 0.83, "date": 0.975, "authors": 0.845}
    assert {name for name, floor in floors.items() if measured[name] < floor} == set(), measured
