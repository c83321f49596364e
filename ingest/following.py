"""Reading the feeds that are followed: each conditionally, each on its own, whatever befalls it."""

import dataclasses
import random
import threading
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Literal

from archive import Archive, Page, times
from archive.addresses import normal
from archive.records import Feed, PollHints, Source
from archive.runs import Run
from ingest import feed_schedule
from ingest.errors import FetchError, IngestError
from ingest.feed_hints import fresh_for_s
from ingest.feeds import read_followed
from ingest.fetch import Fetcher, NotModified
from ingest.fetch_errors import advise_on_feed, crash_error
from ingest.intake import Outcome, Steps
from ingest.listing import Entry, Listing
from ingest.pipeline import CONNECTIONS, Ingester
from ingest.scheduler import Fetch, Read, Start, Wait, observed
from ingest.workers import Workers

#: A feed that is being read is not read by another process for so long.
_CLAIM_S = 900
#: While some are being read, others that become due are looked for after so long.
_LOOK_S = 10.0
_GONE = "http_410"
_REPORT = "Please report it with the feed; the others are not affected."

PollResult = Literal["read", "unchanged", "failed", "gone", "stopped"]


@dataclass(frozen=True)
class Poll:
    """What came of reading one feed.

    Attributes:
        feed: as it was before.
        result: "read" (something was there to be read), "unchanged", "failed", "gone" (it answered
            410 and is followed no longer) or "stopped" (in the midst of its articles).
        title: what the feed calls itself now.
        counts: its articles by what became of them: added, updated, unchanged, skipped, failed.
        error: why it failed, in one line.
        moved_to: its new address, if it has one.
    """

    feed: Feed
    result: PollResult
    title: str
    counts: Mapping[str, int] = field(default_factory=dict)
    error: str | None = None
    moved_to: str | None = None


@dataclass(frozen=True)
class _Answer:
    """What a feed's server said; listing is None where nothing changed."""

    status: int | None
    headers: tuple[tuple[str, str], ...]
    moved_to: str | None
    listing: Listing | None = None
    hints: PollHints | None = None

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key.lower() == name), None)


class Poller:
    """Reads followed feeds into an archive, side by side.

    Args:
        archive: open for writing.
        fetcher: fetches feeds and articles.
        run: takes the counts and the errors.
        is_new_only: do not look again at known articles for changes.
        workers: where feeds and pages are parsed; each poll has workers of its own if None.
    """

    def __init__(
        self,
        archive: Archive,
        fetcher: Fetcher,
        run: Run,
        is_new_only: bool = False,
        workers: Workers | None = None,
    ) -> None:
        self._archive = archive
        self._fetcher = fetcher
        self._run = run
        self._is_new_only = is_new_only
        self._workers = workers
        self._ingester: Ingester | None = None
        self._is_stopped = False
        self._open = 0
        self._is_idle = threading.Event()
        self._stopped: list[Poll] = []

    def stop(self) -> None:
        """End the poll after the article at hand; the handler of a signal may call this."""
        self._is_stopped = True
        if self._ingester:
            self._ingester.stop()

    def poll(self, due: Callable[[], Iterable[Feed]]) -> Iterator[Poll | Outcome]:
        """Read feeds; one that another process is reading is left to it.

        Args:
            due: called for the feeds to be read, again and again until all that are being read are
                done: the many articles of one do not make the others wait.

        Yields:
            What came of each article, and of each feed when all of its articles are done; those that
            were stopped in their midst come last.
        """
        # One for each poll: it remembers what it asked for, and in days that would be much.
        ingester = self._ingester = Ingester(
            self._archive,
            self._fetcher,
            self._run,
            connections=CONNECTIONS + 1,  # one to wait
            workers=self._workers,
        )
        try:
            if not self._is_stopped:
                for result in ingester.run(self._each(ingester, due)):
                    if isinstance(result, Poll):
                        self._run.count(f"feeds_{result.result}")
                    yield result
        finally:
            self._ingester = None
        while self._stopped:
            self._run.count("feeds_stopped")
            yield self._stopped.pop()

    def _each(self, ingester: Ingester, due: Callable[[], Iterable[Feed]]) -> Steps:
        while True:
            for feed in due():
                until = times.now() + timedelta(seconds=_CLAIM_S)
                if self._archive.following.claim(feed, until):
                    self._open += 1
                    self._is_idle.clear()
                    yield Start(self._claimed(ingester, feed), is_source=True)
            if not self._open:
                return
            yield Fetch("", self._is_idle.wait, (_LOOK_S,))

    def _claimed(self, ingester: Ingester, feed: Feed) -> Steps:
        counts: Counter[str] = Counter()
        is_over = False
        try:
            yield from self._poll(ingester, feed, counts)
            is_over = True
        finally:
            if not is_over:
                self._archive.following.release(feed)
                title = (self._archive.following.get(feed.url) or feed).name
                self._stopped.append(Poll(feed, "stopped", title, dict(counts)))
            self._open -= 1
            if not self._open:
                self._is_idle.set()

    def _poll(self, ingester: Ingester, feed: Feed, counts: Counter[str]) -> Steps:
        try:
            answer = yield from self._ask(feed)
        except IngestError as error:
            yield self._fail(feed, error)
            return
        url = answer.moved_to or feed.url
        with self._archive.transaction():
            if url != feed.url:
                self._archive.following.move(feed, url)
            self._archive.ledger.ask(url, feed.id)
            self._archive.ledger.settle(url, "source", http_status=answer.status)
        title = (answer.listing.title if answer.listing else None) or feed.title
        source, news = Source("feed", url, title), self._news(answer.listing)

        def see(outcome: Outcome) -> None:
            if outcome.result not in ("noted", "passed_over"):
                counts[outcome.result] += 1

        yield from observed(self._take(ingester, source, news), see)
        yield Wait()
        # Not before the last article: a feed that is stopped here must be read again.
        self._settle(feed, title, answer, is_changed=bool(news.entries))
        yield Poll(
            feed,
            "read" if counts else "unchanged",
            title or url,
            dict(counts),
            moved_to=url if url != feed.url else None,
        )

    def _ask(self, feed: Feed) -> Generator[Any, Any, _Answer]:
        """Fetch a feed, if it has changed.

        Raises:
            IngestError: it did not come, or is no feed that can be read.
        """
        try:
            conditions = (feed.url, feed.etag, feed.last_modified)
            page: Page = yield Fetch(feed.url, self._fetcher.get, conditions)
        except NotModified as answer:
            return _Answer(304, answer.headers, answer.moved_to and normal(answer.moved_to))
        except IngestError as error:
            advise_on_feed(error)
            raise
        except Exception as error:  # one bad feed must not stop the others
            raise crash_error(feed.url, error, _REPORT) from error
        try:
            listing, hints = yield Read(feed.url, read_followed, (page,))
        except IngestError as error:
            error.subject = feed.url
            error.http_status = page.http_status
            raise
        moved_to = page.moved_to and normal(page.moved_to)
        return _Answer(page.http_status, page.headers, moved_to, listing, hints)

    def _news(self, listing: Listing | None) -> Listing:
        """What a feed names and the archive does not have, or is to ask for again."""
        if listing is None:
            return Listing()
        if listing.damage:
            self._run.error(
                listing.damage.subject, "read", listing.damage.reason, str(listing.damage)
            )
        entries = tuple(entry for entry in listing.entries if self._is_wanted(entry))
        return dataclasses.replace(listing, entries=entries, sources=())

    def _is_wanted(self, entry: Entry) -> bool:
        """True for what is new or due, and for what the feed says has changed since it was asked for."""
        url, now = normal(entry.url), times.now()
        if self._archive.ledger.is_due(url):
            return True
        known = self._archive.ledger.get(url)
        tried_at = times.from_text(known.last_tried_at) if known else None
        return bool(tried_at and entry.date and tried_at < entry.date <= now)

    def _take(self, ingester: Ingester, source: Source, news: Listing) -> Steps:
        """Take the new articles of a feed, then those that are due again."""
        due = self._archive.ledger.due(source.url, with_articles=not self._is_new_only)
        if news.entries:
            yield from ingester.follow(source, news)
        yield from ingester.again(due)

    def _settle(self, feed: Feed, title: str | None, answer: _Answer, is_changed: bool) -> None:
        now = times.now()
        interval_s = feed_schedule.next_interval_s(feed.poll_interval_s, is_changed)
        hints = answer.hints or feed.poll_hints
        fresh_s = fresh_for_s(answer.headers, now)
        is_known = answer.listing is None  # a server need not repeat its validators with a 304
        self._archive.following.was_read(
            feed,
            title,
            answer.status,
            feed_schedule.next_poll(now, interval_s, hints, fresh_s, _spread()),
            interval_s,
            hints,
            answer.header("etag") or (feed.etag if is_known else None),
            answer.header("last-modified") or (feed.last_modified if is_known else None),
            is_changed,
        )

    def _fail(self, feed: Feed, error: IngestError) -> Poll:
        retry_after_s = error.retry_after_s if isinstance(error, FetchError) else None
        is_gone = error.reason == _GONE
        message = str(error)
        if is_gone:
            message = f"{feed.url}: the feed is gone for good (410); it is followed no longer."
        self._archive.ledger.ask(feed.url, feed.id)
        self._archive.save_refusal(
            feed.url, "failed", error.reason, message,
            http_status=error.http_status, retry_after_s=retry_after_s,
        )  # fmt: skip
        self._run.error(feed.url, "fetch", error.reason, message)
        moment = feed_schedule.after_failure(
            times.now(), feed.poll_interval_s, feed.failures + 1, _spread(), retry_after_s
        )
        if is_gone:
            self._archive.following.unfollow(feed, message, error.http_status)
        else:
            self._archive.following.has_failed(feed, message, error.http_status, moment)
        return Poll(feed, "gone" if is_gone else "failed", feed.name, error=message)


def _spread() -> float:
    return random.random()  # noqa: S311  # jitter, no secret
