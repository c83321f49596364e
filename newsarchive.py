"""The roof: the `newsarchive` command. It assembles the commands and loads each only when asked."""

import contextlib
import errno
import importlib
import json
import os
import sys
import time
from datetime import datetime
from pathlib import Path

import click

from archive.days import DAY, days
from archive.without_pandas import without_pandas

#: Each command, where it is, and its line in the help: so that --help imports none of them.
_COMMANDS = {
    "ingest": ("ingest.cli:ingest", "Fetch and parse articles into the archive"),
    "feeds": ("ingest.feeds_cli:feeds", "Follow feeds: add, list, remove, poll, import, export"),
    "watch": ("ingest.watch_cli:watch", "Read the feeds that are followed, each in its own rhythm"),
    "summarize": ("summarize.cli:summarize", "Add summaries, entity tags and vectors"),
    "models": (
        "summarize.models_cli:models",
        "Say what which model has made; show it, or forget it",
    ),
    "search": ("archive.cli:search", "Find articles by their words"),
    "show": ("archive.cli:show", "Print one article"),
    "entities": (
        "archive.entities_cli:entities",
        "Correct who is whom: merge, split, rename, alias, ignore, undo",
    ),
    "status": ("archive.cli:status", "Say what the archive holds and what is left to do"),
    "reparse": ("ingest.reparse_cli:reparse", "Read stored pages again with today's parser"),
    "export": ("archive.export_cli:export", "Write articles, pages or feeds in other formats"),
    "remove": ("archive.removing_cli:remove", "Take articles out of the archive"),
    "backup": ("archive.backup_cli:backup", "Copy the archive while others write to it"),
    "doctor": (
        "archive.doctor_cli:doctor",
        "Find out what is wrong with the archive, and put it right",
    ),
    "import": ("newsarchive:import_parquet", "Bring articles from Parquet into the archive"),
    "serve": ("serve.cli:serve", "Read the archive in a browser"),
    "demo": ("samples.demo:demo", "Build an archive from the sample site"),
}


def _no_room() -> click.ClickException:
    """What is said where the output cannot be written."""
    # What Python still holds of it would fail once more when it ends.
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return click.ClickException(
        "the output cannot be written: no space is left there. Free some, or write elsewhere."
    )


class _LazyGroup(click.Group):
    """A group whose commands are imported when they are run."""

    def list_commands(self, _context: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, _context: click.Context, name: str) -> click.Command | None:
        if name not in _COMMANDS:
            return None
        module, _, attribute = _COMMANDS[name][0].partition(":")
        command = getattr(importlib.import_module(module), attribute)
        if not isinstance(command, click.Command):
            raise TypeError(f"{_COMMANDS[name][0]} is no command")
        return command

    def invoke(self, context: click.Context) -> object:
        """Run a command; every command's errors are shown in the same way, and here alone."""
        try:
            # The command's module is imported within.
            with without_pandas():
                return super().invoke(context)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception as error:
            if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise _no_room() from error
            from archive.terminal import as_one_line

            shown = as_one_line(error, context.obj)
            if shown is None:
                raise
            raise shown from error

    def format_commands(self, _context: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in _COMMANDS.items()])


@click.group(cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="newsarchive", prog_name="newsarchive")
@click.option(
    "--db",
    type=click.Path(path_type=Path),
    default=Path("archive.db"),
    envvar="NEWSARCHIVE_DB",
    show_default=True,
    show_envvar=True,
    help="The archive file",
)
@click.pass_context
def main(context: click.Context, db: Path) -> None:
    """A news article archive and summarizer: one SQLite file, read in Datasette

    \b
    Examples:
      newsarchive ingest https://example.com/feed.xml
      newsarchive summarize
      newsarchive serve
    """
    context.obj = db


# Here, since it needs two floors: ingest keeps the articles, summarize what models made of them.
@click.command("import")
@click.argument("sources", nargs=-1, required=True, metavar="PARQUET...")
@click.option("--since", type=DAY, help="Articles published on this day (UTC) or later")
@click.option("--until", type=DAY, help="Articles published on this day (UTC) or earlier")
@click.option("--site", help="Articles of this outlet, by its host")
@click.option("--author", help="Articles by this author, in any capitals")
@click.option("--entity", help="Articles that mention this entity, by name, slug or alias")
@click.option("--json", "as_json", is_flag=True, help="Print totals as JSON")
@click.pass_obj
def import_parquet(
    db: Path,
    sources: tuple[str, ...],
    since: datetime | None,
    until: datetime | None,
    site: str | None,
    author: str | None,
    entity: str | None,
    as_json: bool,
) -> None:
    """Bring articles from Parquet into the archive

    PARQUET is a folder that newsarchive ingest --engine ray or newsarchive export parquet has
    written, one file of it, or the address of either in an object store. What models made of the
    articles comes with them. Articles that the archive has already are brought up to date, so that
    a second import changes nothing.

    \b
    Examples:
      newsarchive --db march.db import news/ --since 2024-03-01 --until 2024-03-31
      newsarchive --db musk.db import s3://bucket/news --entity "Elon Musk"
    """
    from archive import Archive
    from archive.export import Selection
    from archive.parquet_rows import batches, rows
    from archive.terminal import Progress, totals
    from ingest.duplicates import mark_duplicates
    from ingest.parquet_files import ParquetImporter
    from summarize.parquet_rows import save_enrichment

    started = time.monotonic()
    chosen = Selection(*days(since, until), site, entity, author=author)
    with Archive(db) as archive:
        with archive.runs.record("import", sources) as run, Progress("articles") as progress:
            importer = ParquetImporter(archive, run)
            for some in batches(rows(sources, chosen)):
                with archive.transaction():  # of many rows: the disk is waited for once
                    for row in some:
                        if saved := importer.take(row):
                            run.count("enriched", save_enrichment(archive, saved.article_id, row))
                progress.advance(len(some))
            mark_duplicates(archive)
        counts = run.counts
    names = ("added", "updated", "unchanged", "enriched")
    if as_json:
        click.echo(json.dumps({name: counts.get(name, 0) for name in names}))
    else:
        click.echo(totals(counts, names, time.monotonic() - started))


if __name__ == "__main__":
    main()
