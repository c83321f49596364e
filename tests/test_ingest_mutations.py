"""5,000 damaged pages: each is an article or a refusal with a reason, and none stops the others."""

from collections import Counter

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from ingest_command import ingest, rows, totals
from mutations import JUNK, PAGES, mutated
from parsing import REASONS, parse
from test_ingest_streams import answer, warc

#: 80 cases of 50 pages damaged by hand and 20 of 50 that hypothesis thinks of.
SIZE = 50
BY_HAND = range(80)
BY_HYPOTHESIS = range(20)


def test_there_are_five_thousand():
    assert (len(BY_HAND) + len(BY_HYPOTHESIS)) * SIZE == 5_000
    assert len(PAGES) > 15
    damaged = [mutated(number) for number in range(300)]
    assert damaged == [mutated(number) for number in range(300)]
    assert len(set(damaged)) > 290


@pytest.mark.parametrize("case", BY_HAND)
def test_damage_by_hand(case):
    for number in range(case * SIZE, (case + 1) * SIZE):
        parse(mutated(number))


PIECES = st.sampled_from(JUNK) | st.binary(max_size=30)


@st.composite
def damage(draw):
    """A page with pieces cut out, put in and doubled where hypothesis likes."""
    html = draw(st.sampled_from(PAGES))
    for _ in range(draw(st.integers(1, 5))):
        start = draw(st.integers(0, len(html)))
        end = min(start + draw(st.sampled_from((0, 0, 1, 30, 1000))), len(html))
        html = html[:start] + draw(PIECES) + html[start:end] * draw(st.integers(0, 2)) + html[end:]
    return html


@pytest.mark.parametrize("case", BY_HYPOTHESIS)
def test_damage_by_hypothesis(case):
    seen = []

    @seed(case)
    @settings(
        max_examples=SIZE, deadline=None, database=None, phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(damage())
    def check(html):
        seen.append(html)
        parse(html)

    check()
    assert len(seen) >= SIZE


def assert_all_accounted_for(db, result, urls):
    """Every page has a row of the ledger that says what became of it, and the file is sound."""
    found = rows(db, "select url, state, reason, article_id, page_id from ledger")
    by_url = {row["url"]: row for row in found}
    assert set(urls) <= set(by_url)
    states = Counter()
    for url in urls:
        row = by_url[url]
        assert row["state"] in ("article", "skipped"), row
        assert (row["article_id"] is None) == (row["state"] == "skipped")
        assert row["reason"] is None or row["reason"] in REASONS
        states[row["state"]] += 1
    assert result.exit_code == 1
    counted = totals(result)
    assert counted["skipped"] == states["skipped"] == len(result.stderr.splitlines())
    assert sum(counted.values()) == len(urls)
    assert states["article"] > len(urls) // 10
    assert rows(db, "pragma integrity_check") == [{"integrity_check": "ok"}]
    assert rows(db, "pragma foreign_key_check") == []


def without_doubts(result):
    """Warnings of a doubtful charset are no errors: the article is there."""
    lines = [line for line in result.stderr.splitlines(True) if "it was read as" not in line]
    result.stderr_bytes = "".join(lines).encode()
    return result


def test_folder_of_damaged_pages(db, tmp_path):
    paths = [tmp_path / "pages" / f"{number:03}.html" for number in range(150)]
    paths[0].parent.mkdir()
    for number, path in enumerate(paths):
        path.write_bytes(mutated(number) or b" ")
    result = without_doubts(ingest(db, "--as", "html", paths[0].parent))
    assert_all_accounted_for(db, result, [path.as_uri() for path in paths])


def test_warc_of_damaged_pages(db, tmp_path):
    urls = [f"http://quay.example/{number}" for number in range(150)]
    records = [answer(mutated(number) or b" ", url) for number, url in enumerate(urls)]
    path = tmp_path / "pages.warc.gz"
    path.write_bytes(warc(*records))
    result = without_doubts(ingest(db, path))
    assert_all_accounted_for(db, result, urls)
