"""The command `newsarchive demo`: an archive built from the sample site, by the real path over HTTP."""

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from archive.terminal import Progress

if TYPE_CHECKING:
    from archive import Archive
    from archive.runs import Run
    from ingest.fetch import FetchOptions
    from samples.server import SampleServer

_FOLDER = Path(__file__).parent
_DEFAULT = Path("demo.db")


def digest(folder: Path = _FOLDER) -> str:
    """A digest of all files of the sample site: names and contents."""
    found = hashlib.sha256()
    for path in sorted(folder.glob("*.example/**/*")):
        if path.is_file():
            found.update(path.relative_to(folder).as_posix().encode() + b"\0")
            found.update(hashlib.sha256(path.read_bytes()).digest())
    return found.hexdigest()[:16]


@click.command()
@click.pass_context
def demo(context: click.Context) -> None:
    """Build an archive from the sample site

    Serves the site, which comes with newsarchive, on a free loopback port, ingests its feeds over
    HTTP, takes a later version of the site into account, and makes summaries and tags. Without --db
    the archive is demo.db. If it was built from the same site before, nothing is done; an archive
    with other articles is left alone.

    \b
    Examples:
      newsarchive demo
      newsarchive --db demo.db serve
    """
    main = context.find_root()
    is_default = main.get_parameter_source("db") == ParameterSource.DEFAULT
    db = _DEFAULT if is_default else context.obj
    main.obj = db  # errors about the file name it
    if _is_built(db):
        click.echo(f"{db} is there already. Read it with: newsarchive --db {db} serve")
        return
    build(db)
    click.echo(f"{db} is ready. Read it with: newsarchive --db {db} serve")


def _is_built(db: Path) -> bool:
    """True if the archive was completely built from this sample site, or holds something else."""
    from archive import Archive

    if not db.exists():
        return False
    with Archive(db, "read") as archive:
        if archive.runs.has_finished("demo", [digest()]):
            return True
        return not archive.runs.has_any("demo") and archive.status()["articles"] > 0


def build(db: Path) -> None:
    """Build the demo archive; what an earlier, interrupted call has done is not done again."""
    from archive import Archive
    from ingest.duplicates import mark_duplicates
    from ingest.fetch import FetchOptions
    from samples.server import SampleServer

    with Archive(db) as archive, SampleServer() as server:
        options = FetchOptions(
            connect_to=dict.fromkeys(server.hosts, server.address), allow_private=True, delay_s=0.0
        )
        with archive.runs.record("demo", [digest()]) as run:
            for server.revision in (1, 2):
                _ingest(archive, options, run, server)
            mark_duplicates(archive)
            summarized = _summarize(archive, run)
        archive.compact()
    added, updated = run.counts.get("added", 0), run.counts.get("updated", 0)
    click.echo(f"added {added}, updated {updated}, summarized {summarized}")


def _ingest(
    archive: "Archive", options: "FetchOptions", run: "Run", server: "SampleServer"
) -> None:
    """Take the site as it is at the server's revision: what has changed becomes revisions."""
    from ingest.fetch import Fetcher
    from ingest.pipeline import Ingester

    with Fetcher(options) as fetcher, Progress("pages") as progress:
        # One after the other: the same rows in the same order each time.
        ingester = Ingester(archive, fetcher, run, found=progress.add_total, connections=1)
        for outcome in ingester.ingest(server.feeds):
            progress.advance()
            # What is no article is so at each revision; it is said once.
            if outcome.error and server.revision == 1:
                progress.note(outcome.error)


def _summarize(archive: "Archive", run: "Run") -> int:
    from summarize.defaults import default_enricher
    from summarize.pipeline import summarize_archive

    # float32: the same summaries on every machine.
    enricher = default_enricher("float32")
    with Progress("articles") as progress:
        for _ in summarize_archive(archive, enricher, run, started=progress.add_total):
            progress.advance()
    return run.counts.get("done", 0)
