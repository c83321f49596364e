"""The commands `newsarchive entities ...`: who is who in the archive, and people's decisions about it."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from archive import decisions_cli
from archive.decisions_cli import deciding, who, writing
from archive.history import without_controls
from archive.records import ENTITY_TYPES
from archive.terminal import counted

_as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def entities() -> None:
    """Correct who is whom: merge, split, rename, alias, ignore, undo

    What you decide holds for the whole archive at once and for every article to come, survives
    newsarchive summarize --force, and can be undone. An ENTITY is a name, an alias, a slug, or a name
    with its type where several share it ("Amazon:place"). newsarchive show --why tells why a name
    means what it does.

    \b
    Examples:
      newsarchive entities list musk
      newsarchive entities merge "Facebook Inc" Meta
      newsarchive entities alias add "Mark Zuckerberg" Zuck
      newsarchive entities undo
    """


@entities.command("list")
@click.argument("words", nargs=-1)
@click.option("--type", "kind", type=click.Choice(ENTITY_TYPES), help="Only of this type")
@click.option("--limit", "-n", type=click.IntRange(1, 100_000), default=20, show_default=True,
              help="Print so many")  # fmt: skip
@_as_json
@click.pass_obj
def list_(db: Path, words: tuple[str, ...], kind: str | None, limit: int, as_json: bool) -> None:
    """List entities, the most mentioned first

    With WORDS, those that have them in a name, or in one of what was merged into them.

    \b
    Examples:
      newsarchive entities list
      newsarchive entities list apple --type organization
    """
    from archive.entities_table import listed
    from archive.store import Archive

    with Archive(db, "read") as archive:
        found = listed(archive.db, " ".join(words), kind, limit)
    if as_json:
        _print_json(found)
        return
    for one in found:
        names = f"  also {', '.join(one['aliases'][:5])}" if one["aliases"] else ""
        what = "article " if one["articles"] == 1 else "articles"
        head = (
            f"{one['articles']:6} {what}  {click.style(without_controls(one['name']), bold=True)}"
        )
        click.echo(f"{head} ({one['type']}, {one['slug']}){without_controls(names)}")
    if not found:
        click.echo("No entity has these words in a name.", err=True)


@entities.command()
@click.argument("entity")
@_as_json
@click.pass_obj
def show(db: Path, entity: str, as_json: bool) -> None:
    """Print what is known of an entity

    Its names and when they held, what articles call it, and the decisions about it.

    \b
    Examples:
      newsarchive entities show Meta
      newsarchive entities show amazon-place --json
    """
    from archive.entities_table import described
    from archive.entity_names import entity_called
    from archive.store import Archive

    with Archive(db, "read") as archive:
        found = described(archive, entity_called(archive.db, entity))
    if as_json:
        _print_json(found)
        return
    click.echo(
        click.style(without_controls(found["name"]), bold=True)
        + f" ({found['type']}, {found['slug']})"
    )
    if found["description"]:
        click.echo(found["description"])
    articles = counted(found["articles"], "article")
    click.echo(f"{counted(found['mentions'], 'mention')} in {articles}")
    for alias in found["aliases"]:
        held = " ".join(
            f"{word} {alias[column]}"
            for word, column in (("from", "valid_from"), ("until", "valid_until"))
            if alias[column]
        )
        click.echo(
            without_controls(
                f"    name: {alias['alias']}{f', {held}' if held else ''} ({alias['origin']})"
            )
        )
    for surface in found["surfaces"]:
        click.echo(
            without_controls(f"    called {surface['surface']}: {surface['mentions']} times")
        )
    for decision in found["decisions"]:
        click.echo(without_controls(f"    decision {decision['id']}: {decision['says']}"))


@entities.command()
@_as_json
@click.pass_obj
def log(db: Path, as_json: bool) -> None:
    """List the decisions: who, when, what, and whether they stand

    \b
    Examples:
      newsarchive entities log
      newsarchive entities log --json
    """
    from archive.entities_table import as_record
    from archive.store import Archive

    with Archive(db, "read") as archive:
        found = [as_record(archive.db, one) for one in archive.decisions.all(undone_too=True)]
    if as_json:
        _print_json(found)
        return
    for one in found:
        undone = f" [undone by {one['undone_by']}, {one['undone_at']}]" if one["undone_at"] else ""
        note = f" ({one['note']})" if one["note"] else ""
        line = f"{one['id']}  {one['made_at']}  {one['made_by']}: {one['says']}{note}{undone}"
        click.echo(without_controls(line))
    if not found:
        click.echo("Nothing was decided.", err=True)


@entities.command("export")
@click.option("--output", "-o", type=click.Path(path_type=Path), help="Write to this file")
@click.pass_obj
def export(db: Path, output: Path | None) -> None:
    """Write the decisions that stand as CSV

    newsarchive entities import reads it, into this archive or another.

    \b
    Examples:
      newsarchive entities export > decisions.csv
      newsarchive entities export -o decisions.csv
    """
    from archive.decisions_csv import as_csv
    from archive.export_cli import write_file
    from archive.store import Archive

    with Archive(db, "read") as archive:
        data = as_csv(archive).encode("utf-8", "replace")
        number = len(archive.decisions.all())
    if output is None:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    else:
        write_file(output, lambda file: file.write(data))
        click.echo(f"{output}: {counted(number, 'decision')}", err=True)


@entities.command("import")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@deciding
@click.pass_obj
def import_(db: Path, file: Path, by: str, note: str | None) -> None:
    """Make the decisions of a CSV file

    Those that stand already are passed over; if a line is wrong, none is made. docs/names.md
    describes the columns.

    \b
    Examples:
      newsarchive entities import decisions.csv
      newsarchive --db other.db entities import decisions.csv --by "the desk"
    """
    from archive.decisions_csv import read_csv

    try:
        text = file.read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise click.ClickException(
            f"{file}: it cannot be read ({error}). Save it as CSV in UTF-8."
        ) from error
    with writing(db) as archive:
        made, rows = read_csv(archive, text, str(file), who(by, note))
    passed = f"; {counted(rows - made, 'decision')} stood already" if rows > made else ""
    click.echo(f"{counted(made, 'decision')} made{passed}.")


def _print_json(rows: Sequence[Any] | dict[str, Any]) -> None:
    click.echo(json.dumps(rows, ensure_ascii=False, indent=2))


for command in decisions_cli.COMMANDS:
    entities.add_command(command)
