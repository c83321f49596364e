"""The command `newsarchive remove`."""

import json
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import click

from archive.addresses import shown
from archive.article_names import NoSuchArticle, article_called, forms, spellings
from archive.decisions_cli import deciding, writing
from archive.history import without_controls
from archive.terminal import counted

if TYPE_CHECKING:
    from archive.store import Archive

#: Of so many articles at most the addresses are repeated in what is said at the end.
_MOST_NAMED = 5


@click.command()
@click.argument("articles", nargs=-1, metavar="[ARTICLE]...")
@click.option("--erase", "is_erased", is_flag=True,
              help="Leave no trace of the text in the file; takes longer")  # fmt: skip
@click.option("--undo", "is_undone", is_flag=True, help="Let them in again")
@click.option("--list", "is_listed", is_flag=True, help="Print what was removed")
@click.option("--json", "as_json", is_flag=True, help="Print JSON")
@deciding
@click.pass_obj
def remove(
    db: Path,
    articles: tuple[str, ...],
    is_erased: bool,
    is_undone: bool,
    is_listed: bool,
    as_json: bool,
    by: str,
    note: str | None,
) -> None:
    """Take articles out of the archive

    ARTICLE is a number, any address that led to it, or the path of the file that it came from.
    Their text, earlier texts, stored pages, and all that was made of them go; their addresses, the day, and
    who removed them stay, and no source brings them in again. Copies in other outlets stay. Backups
    and exports that were made before still hold what is removed here.

    \b
    Examples:
      newsarchive remove 12 --note "withdrawn by the publisher"
      newsarchive remove https://example.com/2024/03/05/outage.html --erase
      newsarchive remove --list
      newsarchive remove --undo https://example.com/2024/03/05/outage.html
    """
    if is_listed:
        if articles or is_erased or is_undone:
            raise click.UsageError("Use --list alone, or with --json.")
        _list(db, as_json)
        return
    if not articles:
        raise click.UsageError("Name articles by number, address or file, or use --list.")
    if is_undone and is_erased:
        raise click.UsageError("Name --undo or --erase, not both.")
    with writing(db) as archive:
        if is_undone:
            _allow(archive, articles, as_json)
        else:
            _remove(archive, articles, " ".join(by.split()) or "somebody", note, as_json)
        if is_erased:
            archive.removals.erase_traces()


def _remove(
    archive: "Archive", articles: tuple[str, ...], by: str, note: str | None, as_json: bool
) -> None:
    archive.removals.overwrite_deleted()
    # All are looked up before one is removed: a wrong one among them changes nothing.
    with archive.transaction():
        ids: dict[int, None] = {}
        for name in articles:
            try:
                ids[article_called(archive, name)["id"]] = None
            except NoSuchArticle as error:
                cause = f"{error.cause}; nothing was removed"
                raise NoSuchArticle(error.subject, cause, error.next_step) from error
        removed = [archive.removals.remove(number, by, note) for number in ids]
    if as_json:
        rows = [{"id": one.article_id, "title": one.title, "urls": one.urls} for one in removed]
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    for one in removed:
        click.echo(without_controls(f"Removed {one.article_id}: {one.title}"))
        for url in one.urls:
            click.echo(without_controls(f"    {url}"))
    click.echo(f"Let {_how_to_undo([one.urls[0] for one in removed])}", err=True)


def _how_to_undo(urls: list[str]) -> str:
    command = "newsarchive remove --undo"
    if len(urls) > _MOST_NAMED:
        return f"each in again with its address: {command} URL"
    # Addresses may have signs in them that a shell takes for its own.
    them = "it" if len(urls) == 1 else "them"
    return without_controls(f"{them} in again with: {command} {shlex.join(urls)}")


def _allow(archive: "Archive", articles: tuple[str, ...], as_json: bool) -> None:
    with archive.transaction():
        urls = [
            url
            for name in articles
            for url in archive.removals.allow(shown(name), *spellings(name), *forms(name))
        ]
    if as_json:
        click.echo(json.dumps(urls, ensure_ascii=False, indent=2))
        return
    for url in urls:
        click.echo(without_controls(f"Let in again: {url}"))
    click.echo("Read them now with: newsarchive ingest --retry-failed", err=True)


def _list(db: Path, as_json: bool) -> None:
    from dataclasses import asdict

    from archive.store import Archive

    with Archive(db, "read") as archive:
        removals = archive.removals.all()
    if as_json:
        rows = [asdict(one) for one in removals]
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    for one in removals:
        note = f"  {one.note}" if one.note else ""
        line = f"{one.removed_at}  {one.url}  {one.removed_by}{note}"
        click.echo(without_controls(line))
    told = counted(len({one.article_url for one in removals}), "article")
    click.echo(f"{told} removed." if removals else "Nothing was removed.", err=True)
