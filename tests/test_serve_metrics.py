"""Numbers for Prometheus: read by its own parser, given to those who may see what they are of."""

from datetime import datetime

import pytest
from prometheus_client.parser import text_string_to_metric_families
from serve_archive import STORIES, add, build, opened, story

from archive import Archive
from serve.cli import public_options

MARCH = int(datetime.fromisoformat("2024-03-05T21:00:00+00:00").timestamp())
NOW = int(datetime.fromisoformat("2024-03-06T09:00:00+00:00").timestamp())


@pytest.fixture
def path(tmp_path, clock):
    path = tmp_path / "news.db"
    with Archive(path) as archive:
        for told in STORIES:
            add(archive, told)
        for n, (state, reason) in enumerate(
            [("failed", "http_404"), ("failed", "http_404"), ("skipped", "too_short")]
        ):
            archive.ledger.ask(f"https://a.example/{n}", None)
            archive.save_refusal(f"https://a.example/{n}", state, reason, "gone")
        archive.ledger.ask("https://a.example/next", None)
        archive.following.follow("https://a.example/feed")
        for added in (1, 2):
            with archive.runs.record("ingest") as run:
                run.count("added", added)
        with archive.runs.record("watch") as run:
            run.count("interrupted")
        archive.db.execute(
            "insert into runs (command, started_at) values ('summarize', '2024-03-06T09:00:00Z')"
        )
    return path


async def numbers(datasette, **headers):
    """Each number by its name and labels."""
    response = await datasette.client.get("/-/metrics", headers=headers)
    assert response.status_code == 200
    return {
        (sample.name, *(f"{k}={v}" for k, v in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(response.text)
        for sample in family.samples
    }


async def test_what_an_archive_holds(path):
    with opened(path) as datasette:
        found = await numbers(datasette)
    of = "archive=news"
    expected = {
        ("articles", of): 5,
        ("sites", of): 4,
        ("waiting_for_summary", of): 1,
        ("newest_article_timestamp_seconds", of): MARCH,
        ("last_added_timestamp_seconds", of): NOW,
        ("ledger", of, "state=article"): 5,
        ("ledger", of, "state=failed"): 2,
        ("ledger", of, "state=pending"): 1,
        ("ledger", of, "state=skipped"): 1,
        ("ledger", of, "state=source"): 0,
        ("not_taken", of, "reason=http_404", "state=failed"): 2,
        ("not_taken", of, "reason=too_short", "state=skipped"): 1,
        ("feeds_followed", of): 1,
        ("feeds_failing", of): 0,
        ("feeds_due", of): 0,
        ("last_run_complete", of, "command=ingest"): 1,
        ("last_run_complete", of, "command=summarize"): 0,
        ("last_run_complete", of, "command=watch"): 0,
        ("last_run_count", of, "command=ingest", "what=added"): 2,
        ("last_run_count", of, "command=watch", "what=interrupted"): 1,
        ("last_run_started_timestamp_seconds", of, "command=ingest"): NOW,
        ("last_run_started_timestamp_seconds", of, "command=summarize"): NOW,
        ("last_run_started_timestamp_seconds", of, "command=watch"): NOW,
        ("last_run_finished_timestamp_seconds", of, "command=ingest"): NOW,
        ("last_run_finished_timestamp_seconds", of, "command=watch"): NOW,
        ("file_bytes", of): path.stat().st_size,
        ("log_bytes", of): 0,
    }
    ours = {
        (name.removeprefix("newsarchive_"), *labels): value
        for (name, *labels), value in found.items()
        if name.startswith("newsarchive_")
    }
    free = ours.pop(("disk_free_bytes", of))
    assert free > 0
    (info,) = [key for key in ours if key[0] == "info"]
    assert (ours.pop(info), info[1][:8]) == (1, "version=")
    assert ours == expected


async def test_how_long_each_kind_of_page_took(path):
    addresses = {
        "/": "front", "/-/article/4": "article", "/-/article/99": "article",
        "/-/search?q=meta": "search", "/-/feed.atom": "feed", "/-/nothing": "other",
        "/news/articles": "tables", "/-/entity/meta": "entity", "/-/entities": "entities",
    }  # fmt: skip
    with opened(path) as datasette:
        for address in addresses:
            await datasette.client.get(address)
        found = await numbers(datasette)
    counts = {
        (labels[0].removeprefix("page="), labels[1].removeprefix("status=")): value
        for (name, *labels), value in found.items()
        if name == "newsarchive_request_seconds_count"
    }
    assert counts == {
        ("front", "200"): 1, ("article", "200"): 1, ("article", "404"): 1, ("search", "200"): 1,
        ("feed", "200"): 1, ("other", "404"): 1, ("tables", "200"): 1, ("entity", "200"): 1,
        ("entities", "200"): 1,
    }  # fmt: skip


async def test_under_a_prefix_pages_are_of_the_same_kinds(path):
    with opened(path, settings={"base_url": "/news/"}) as datasette:
        await datasette.client.get("/-/article/4")
        await datasette.client.get("/")
        found = await numbers(datasette)
    assert {key[1] for key in found if key[0].endswith("request_seconds_count")} == {
        "page=article",
        "page=front",
    }


async def test_several_archives(path, tmp_path):
    other = build(tmp_path / "more.db", story("One", "text"))
    with opened(path, other) as datasette:
        found = await numbers(datasette)
    articles = {key[1]: n for key, n in found.items() if key[0] == "newsarchive_articles"}
    assert articles == {"archive=news": 5, "archive=more": 1}


async def test_in_the_form_that_is_asked_for(path):
    with opened(path) as datasette:
        plain = await datasette.client.get("/-/metrics")
        later = await datasette.client.get(
            "/-/metrics", headers={"accept": "application/openmetrics-text; version=1.0.0"}
        )
    assert plain.headers["content-type"].startswith("text/plain; version=")
    assert later.headers["content-type"].startswith("application/openmetrics-text; version=")
    assert later.text.endswith("# EOF\n")


async def test_only_to_those_who_may_see_what_the_numbers_are_of(path):
    for hidden in ("articles", "ledger", "runs", "sources"):
        denied = {"databases": {"news": {"tables": {hidden: {"allow": False}}}}}
        with opened(path, metadata=denied) as datasette:
            assert (await datasette.client.get("/-/metrics")).status_code == 403


async def test_strangers_are_told_only_if_that_is_asked_for(path):
    options = public_options([path], False, False)
    with opened(path, **options) as datasette:
        assert (await datasette.client.get("/-/metrics")).status_code == 404
    options["metadata"]["plugins"]["newsarchive"]["metrics"] = True
    with opened(path, **options) as datasette:
        found = await numbers(datasette)
        assert (await datasette.client.get("/news/ledger")).status_code == 403
    assert found["newsarchive_ledger", "archive=news", "state=failed"] == 2


async def test_an_owner_can_turn_them_off(path):
    metadata = {"plugins": {"newsarchive": {"metrics": False}}}
    with opened(path, metadata=metadata) as datasette:
        assert (await datasette.client.get("/-/metrics")).status_code == 404


async def test_an_empty_archive(tmp_path):
    with opened(build(tmp_path / "news.db")) as datasette:
        found = await numbers(datasette)
    assert found["newsarchive_articles", "archive=news"] == 0
    assert ("newsarchive_newest_article_timestamp_seconds", "archive=news") not in found
