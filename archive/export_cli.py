"""The command `newsarchive export`."""

import os
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import IO, TYPE_CHECKING

import click

from archive.days import DAY, days
from archive.terminal import counted

if TYPE_CHECKING:
    from archive.errors import PageDamaged
    from archive.export import Selection
    from archive.store import Archive

FORMATS = ("jsonl", "csv", "markdown", "opml", "warc", "parquet")
#: What is counted, where it is not articles.
_UNITS = {"opml": "feed", "warc": "page"}
#: What is written as files in a folder.
_IN_FOLDERS = frozenset({"markdown", "parquet"})


@click.command()
@click.argument("format", metavar="FORMAT", type=click.Choice(FORMATS))
@click.option("--output", "-o", type=click.Path(path_type=Path),
              help="Write to this file; for markdown and parquet, to files in this folder")  # fmt: skip
@click.option("--since", type=DAY, help="Articles published on this day (UTC) or later")
@click.option("--until", type=DAY, help="Articles published on this day (UTC) or earlier")
@click.option("--site", help="Articles of this outlet, by its host")
@click.option("--author", help="Articles by this author, in any capitals")
@click.option("--entity", help="Articles that mention this entity, by name, slug or alias")
@click.option("--tag", help="Articles with this tag")
@click.pass_obj
def export(
    db: Path,
    format: str,  # noqa: A002 - as the command names it
    output: Path | None,
    since: datetime | None,
    until: datetime | None,
    site: str | None,
    author: str | None,
    entity: str | None,
    tag: str | None,
) -> None:
    """Write articles, pages or feeds in other formats

    FORMAT is jsonl (an article a line, with summary and tags; newsarchive ingest reads it back), csv
    (for spreadsheets; no cell is a formula), markdown (a file an article, in a folder), opml (the feeds),
    warc (the stored pages, with digests; compressed if FILE ends in .gz) or parquet (a file a month, in a folder,
    with all that models made; newsarchive import reads it back). Without --output it goes to standard output;
    markdown and parquet need one.

    \b
    Examples:
      newsarchive export jsonl > articles.jsonl
      newsarchive export csv --since 2024-03-01 --until 2024-03-31 -o march.csv
      newsarchive export markdown --entity "Elon Musk" -o musk/
      newsarchive export warc -o evidence.warc.gz
      newsarchive export parquet -o news/
    """
    from archive.choosing import author_called, site_called
    from archive.export import Selection
    from archive.store import Archive

    selection = Selection(*days(since, until), site, entity, tag, author)
    if format == "opml" and not selection.is_all:
        raise click.UsageError(
            "opml holds feeds: --since, --until, --site, --author, --entity and --tag choose articles"
        )
    if format in _IN_FOLDERS and output is None:
        raise click.UsageError(f"{format} is written in files: name a folder with --output")
    left_out: list[PageDamaged] = []
    with Archive(db, "read") as archive:
        if site is not None:
            selection = replace(selection, site=site_called(archive.db, site))
        if author is not None:
            selection = replace(selection, author=author_called(archive.db, author))
        if format == "markdown" and output is not None:
            number = _write_folder(archive, selection, output)
        elif format == "parquet" and output is not None:
            from archive.export_parquet import write_parquet

            try:
                number = write_parquet(archive, selection, output)
            except OSError as error:
                raise _cannot_write(output, error) from error
        elif output is None:
            number = _fill(sys.stdout.buffer, archive, selection, format, False, left_out.append)
            sys.stdout.buffer.flush()
        else:
            is_gzip = output.suffix == ".gz"
            number = write_file(
                output,
                lambda file: _fill(file, archive, selection, format, is_gzip, left_out.append),
            )
    unit = _UNITS.get(format, "article")
    if output is not None:
        click.echo(f"{output}: {counted(number, unit)}", err=True)
    elif not number:
        click.echo(f"There are no such {unit}s.", err=True)
    for one in left_out:
        click.echo(f"{one} It was left out.", err=True)
    if left_out:
        sys.exit(1)


def _fill(
    file: IO[bytes],
    archive: "Archive",
    selection: "Selection",
    format: str,  # noqa: A002
    is_gzip: bool,
    leave_out: Callable[["PageDamaged"], object],
) -> int:
    """Write everything to one file; return how many articles, feeds or pages."""
    from archive import export as found
    from archive import export_formats

    if format == "warc":
        from archive.export_warc import write_warc

        return write_warc(archive, found.pages(archive, selection), file, is_gzip, leave_out)
    if format == "opml":
        feeds = found.feeds(archive)
        file.write(export_formats.as_opml(feeds))
        return len(feeds)
    records = found.articles(archive, selection)
    if format == "jsonl":
        return sum(1 for line in export_formats.as_jsonl(records) if file.write(line))
    lines = export_formats.as_csv(found.columns(archive), records)
    return sum(1 for line in lines if file.write(line)) - 1  # the heading


def write_file(output: Path, fill: Callable[[IO[bytes]], int]) -> int:
    """Write a file by what fills it; return what that returns.

    Raises:
        click.ClickException: it cannot be written.
    """
    # A pipe or a device has no name to give; /dev/stdout leads to what may have no path at all.
    is_special = output.exists() and not output.is_file()
    if not is_special:
        output = output.resolve()  # what a link points to is written, and the link stays
    # Under another name until it is whole: an export that is stopped leaves the old file.
    part = output.with_name(f"{output.name}.part")
    try:
        if is_special:
            with output.open("wb") as file:
                return fill(file)
        try:
            with part.open("wb") as file:
                number = fill(file)
            part.replace(output)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise _cannot_write(output, error) from error
    return number


def _write_folder(archive: "Archive", selection: "Selection", folder: Path) -> int:
    from archive.export import articles
    from archive.export_formats import as_markdown, markdown_name

    number = 0
    for record in articles(archive, selection):
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise _cannot_write(folder, error) from error
        fill = partial(_write_all, as_markdown(record))
        number += write_file(folder / markdown_name(record), fill)
    return number


def _write_all(content: bytes, file: IO[bytes]) -> int:
    file.write(content)
    return 1


def _cannot_write(path: Path, error: OSError) -> click.ClickException:
    cause = error.strerror or str(error)
    return click.ClickException(
        f"{os.fspath(path)}: it cannot be written ({cause}). Name another place with --output."
    )
