"""The command `newsarchive backup`."""

import json
import time
from pathlib import Path

import click


@click.command()
@click.argument("target", type=click.Path(path_type=Path))
@click.option("--force", "is_forced", is_flag=True, help="Replace the file that stands there")
@click.option("--quick", "is_quick", is_flag=True,
              help="Check the copy without comparing its indexes with their tables")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print JSON")
@click.pass_obj
def backup(db: Path, target: Path, is_forced: bool, is_quick: bool, as_json: bool) -> None:
    """Copy the archive while others write to it

    The copy is the archive at one moment, in one file. It is checked, and only then gets its name, so
    that TARGET is never half a backup. In a folder it is named after the archive and the time. To
    restore an archive, copy the backup to its place: docs/operations.md says how.

    \b
    Examples:
      newsarchive backup /mnt/backup/news.db --force
      newsarchive --db tech.db backup backups/
      newsarchive --db backups/tech-20240305T170400Z.db backup tech.db
    """
    from archive.addresses import shown
    from archive.backup import backup as copy
    from archive.terminal import Progress, counted

    started = time.monotonic()
    with Progress("pages") as progress:
        told = [0, 0]

        def tell(done: int, total: int) -> None:
            progress.add_total(total - told[1])
            progress.advance(done - told[0])
            told[:] = done, total

        made = copy(db, target, is_forced, is_quick, tell)
    seconds = time.monotonic() - started
    path = shown(str(made.path))
    if as_json:
        record = {"path": path, "bytes": made.bytes, "rows": made.rows}
        click.echo(json.dumps({**record, "seconds": round(seconds, 1)}, indent=2))
        return
    articles = made.rows.get("articles", 0)
    click.echo(
        f"{path}: {counted(articles, 'article')}, {made.bytes / 1e6:.1f} MB in {seconds:.1f} s"
    )
