"""Floors on labelled pages, which are not part of the project: NEWSARCHIVE_DATA names their folder.

The folder holds pages/aeb and pages/world as `bench.labelled` reads them. The model of the body was trained on
these pages: what it does on sites that it never saw is the second test.
"""

import os
from pathlib import Path

import pytest

from bench.labelled import read_set, score
from bench.pages import newsarchive

DATA = Path(os.environ.get("NEWSARCHIVE_DATA", ""))
SETS = ("aeb", "world")

pytestmark = pytest.mark.skipif(
    not (DATA / "pages/aeb/labels.jsonl").is_file(),
    reason="NEWSARCHIVE_DATA names no folder with pages/aeb/labels.jsonl",
)


def below(measured, floors):
    return {name: measured[name] for name, floor in floors.items() if measured[name] < floor}


@pytest.mark.parametrize(
    ("name", "floors"),
    [
        ("aeb", {"body": 0.985}),
        ("world", {"body": 0.98, "title": 0.88, "date": 0.98, "authors": 0.915}),
    ],
)
def test_fields(name, floors):
    pages = read_set(DATA / "pages" / name)
    figures = score((label, newsarchive(page, label.url)) for label, page in pages)
    measured = {field: getattr(figures, field) for field in floors}
    assert below(measured, floors) == {}


def test_bodies_of_sites_that_the_model_was_not_trained_on():
    train_body = pytest.importorskip("bench.train_body")
    pages = [
        train_body.read_page(label, page)
        for name in SETS
        for label, page in read_set(DATA / "pages" / name)
    ]
    said = train_body.cross_validated(pages)
    measured = {
        name: score((label, answer) for label, answer in said if label.set_name == name).body
        for name in SETS
    }
    assert below(measured, {"aeb": 0.965, "world": 0.965}) == {}
