"""Several processes on one file: nobody meets a lock, nothing is lost."""

import multiprocessing
import traceback

from archive_records import ARTICLE, SUMMARIZER, save, summary_of

from archive import Archive

_ARTICLES = 40
_CONTEXT = multiprocessing.get_context("spawn")
_PATIENCE_S = 120


def _write(path, writer):
    for n in range(_ARTICLES):
        # Opened again now and then, as commands do.
        with Archive(path) as archive:
            save(archive, ARTICLE.replace(url=f"https://{writer}.example/{n}"))
            save(archive, ARTICLE.replace(url="https://shared.example/", title=f"{writer} {n}"))


def _enrich(path):
    done = 0
    with Archive(path) as archive:
        model = {"summary": archive.enrichments.model_id(SUMMARIZER)}
        while done < _ARTICLES:
            for item in archive.enrichments.work(model):
                with archive.transaction():
                    if archive.enrichments.is_current(item):
                        summary = summary_of(item.text, "Meta said little.")
                        archive.enrichments.save_summaries(item, (summary,), model["summary"])
                        done += 1


def _read(path):
    with Archive(path, "read") as archive:
        seen = 0
        while seen < 2 * _ARTICLES + 1:
            count = archive.status()["articles"]
            assert count >= seen
            seen = count
            # Each row that can be seen is whole: the article, its page, its ledger entry.
            loose = archive.db.execute(
                "select count(*) from articles a where page_id is null"
                " or not exists (select 1 from ledger l where l.article_id = a.id)"
            ).fetchone()
            assert loose == (0,)
            archive.search("meta")


def _create(paths, barrier):
    try:
        for path in paths:
            barrier.wait(_PATIENCE_S)
            with Archive(path) as archive:
                assert archive.status()["articles"] == 0
    except BaseException:
        barrier.abort()  # the others need not wait for this one
        raise


def _report(answers, work, arguments):
    try:
        work(*arguments)
        answers.put(None)
    except BaseException:
        answers.put(traceback.format_exc())
        raise


def run_together(*jobs):
    """Run each (function, arguments) in a process of its own; fail with what any of them raises."""
    answers = _CONTEXT.Queue()
    processes = [_CONTEXT.Process(target=_report, args=(answers, *job)) for job in jobs]
    for process in processes:
        process.start()
    try:
        problems = [problem for _ in processes if (problem := answers.get(timeout=_PATIENCE_S))]
        assert problems == []
    finally:
        for process in processes:
            process.join(1)
            process.kill()
            process.join()
            process.close()
        answers.close()
        answers.join_thread()


def test_writers_and_a_reader_at_the_same_time(tmp_path):
    path = tmp_path / "archive.db"
    Archive(path).close()
    run_together((_write, (path, "a")), (_write, (path, "b")), (_enrich, (path,)), (_read, (path,)))
    with Archive(path) as archive:
        status = archive.status()
        assert status["articles"] == 2 * _ARTICLES + 1
        assert status["ledger"] == {"article": 2 * _ARTICLES + 1}
        assert status["revisions"] == 2 * _ARTICLES - 1
        archive.db.execute(
            "insert into articles_fts(articles_fts, rank) values ('integrity-check', 1)"
        )
        assert archive.db.execute("pragma integrity_check").fetchall() == [("ok",)]
        assert archive.db.execute("pragma foreign_key_check").fetchall() == []
    assert [file.name for file in tmp_path.iterdir()] == ["archive.db"]


def test_a_new_file_opened_by_several_at_once(tmp_path):
    barrier = _CONTEXT.Barrier(4)
    paths = [tmp_path / f"{attempt}.db" for attempt in range(5)]
    run_together(*[(_create, (paths, barrier))] * 4)
    for path in paths:
        with Archive(path) as archive:
            assert archive.db.execute("select count(*) from _sqlite_migrations").fetchone() >= (6,)
