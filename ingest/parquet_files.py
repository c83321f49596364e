"""Articles from Parquet into an archive: what a cluster has read, to read here.

A row is kept as a record of JSON Lines is: the article as it stands, with a record that can be read
again in the place of its page.
"""

import dataclasses
import json

from archive import Archive, Article, Page, times
from archive.addresses import normal
from archive.articles import Saved
from archive.parquet import Row, article_of
from archive.records import RECORD_TYPE, Source
from archive.removing import REASON, ArticleRemoved
from archive.runs import Run
from ingest.identity import address_of


class ParquetImporter:
    """Brings rows of Parquet into an archive, by the rules of every other source.

    Args:
        archive: open for writing.
        run: takes the counts.
    """

    def __init__(self, archive: Archive, run: Run) -> None:
        self._archive = archive
        self._run = run
        self._sources: dict[str, int] = {}

    def take(self, row: Row) -> Saved | None:
        """Save a row's article; one that the archive has in a later state stays as it is.

        None for one that was taken out of the archive (`archive.removing`): it stays out.

        Within a transaction of the caller's, it is a part of that.
        """
        article = article_of(row)
        asked = normal(row["requested_url"] or article.url)
        known = self._archive.ledger.ask(asked, self._source(row["source_url"]))
        final_url = row["final_url"] or asked

        def address(article: Article) -> str:
            return address_of(self._archive, article, final_url, known.article_id)

        fetched_at = row["fetched_at"] or times.now()
        later = self._later(address(article), times.to_text(fetched_at) or "")
        if later is not None:
            saved = Saved(later, None, "unchanged")
        else:
            page = Page(
                asked, final_url, fetched_at, _record(article), row["http_status"],
                (("content-type", RECORD_TYPE),),
            )  # fmt: skip
            try:
                saved = self._archive.save_article(article, page, asked, address)
            except ArticleRemoved as error:
                self._archive.save_refusal(asked, "skipped", REASON, str(error))
                self._run.count("passed_over")
                return None
        self._run.count(saved.outcome)
        return saved

    def _source(self, url: str | None) -> int | None:
        if url is None:
            return None
        if url not in self._sources:
            kind = "jsonl" if ".jsonl" in url else "warc" if ".warc" in url else "page"
            with self._archive.transaction():
                self._sources[url] = self._archive.ledger.register(Source(kind, url))
        return self._sources[url]

    def _later(self, url: str, fetched_at: str) -> int | None:
        """The id of the article at an address, if it was seen as it is later than this."""
        found = self._archive.db.execute(
            "select a.id from articles a join pages p on p.id = a.page_id "
            "where a.url = ? and max(p.fetched_at, coalesce(a.last_seen_at, '')) > ?",
            [url, fetched_at],
        ).fetchone()
        return int(found[0]) if found else None


def _record(article: Article) -> bytes:
    """The article as `ingest.json_lines.read_record` reads it."""
    record = {
        name: times.to_text(value) if name.endswith("_at") else value
        for name, value in dataclasses.asdict(article).items()
        if name != "votes" and value not in (None, (), "")
    }
    return (json.dumps(record, ensure_ascii=False) + "\n").encode("utf-8", "replace")
