"""The commands of `newsarchive entities` that decide: merge, split, rename, alias, ignore, undo."""

import getpass
import os
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from archive.days import DAY
from archive.history import without_controls
from archive.records import ENTITY_TYPES
from archive.terminal import counted

if TYPE_CHECKING:
    from archive.deciding import Who
    from archive.decisions import Effect
    from archive.store import Archive

Command = TypeVar("Command", bound=Callable[..., Any])


def deciding(command: Command) -> Command:
    """The options of a command that decides."""
    command = click.option("--note", help="Why, in your words")(command)
    return click.option("--by", default=_me, show_default="you",
                        help="Who decides")(command)  # fmt: skip


def _me() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a user id without a name, as in some containers
        return f"user {os.getuid()}"


@click.command()
@click.argument("entity")
@click.argument("into")
@deciding
@click.pass_obj
def merge(db: Path, entity: str, into: str, by: str, note: str | None) -> None:
    """Make one entity another

    What articles call ENTITY is INTO from now on; the address of the first leads to the second.

    \b
    Examples:
      newsarchive entities merge "Facebook Inc" Meta
      newsarchive entities merge jordan-2 "Michael Jordan" --note "the player, see article 12"
    """
    _decide(db, lambda archive, how: how.merge(archive, entity, into, who(by, note)))


@click.command()
@click.argument("entity")
@click.argument("into")
@click.option("--surface", "surfaces", multiple=True, metavar="NAME",
              help="What is written so; may be given several times")  # fmt: skip
@click.option("--article", "articles", multiple=True, metavar="ARTICLE",
              help="What stands in it, by number, address or file; may be given several times")  # fmt: skip
@click.option("--type", "kind", type=click.Choice(ENTITY_TYPES),
              help="The type of INTO, if it is new; else that of ENTITY")  # fmt: skip
@deciding
@click.pass_obj
def split(
    db: Path,
    entity: str,
    into: str,
    surfaces: tuple[str, ...],
    articles: tuple[str, ...],
    kind: Any,
    by: str,
    note: str | None,
) -> None:
    """Make some mentions of an entity another

    Those written as a --surface, those in an --article; with both, those that are so written there.
    INTO is made if there is none.

    \b
    Examples:
      newsarchive entities split Apple "Apple Records" --article 12 --article 15
      newsarchive entities split Washington "Kerry Washington" --surface "Ms. Washington" --type person
    """
    _decide(
        db,
        lambda archive, how: how.split(
            archive, entity, into, kind, surfaces, articles, who(by, note)
        ),
    )


@click.command()
@click.argument("entity")
@click.argument("name", required=False)
@click.option("--type", "kind", type=click.Choice(ENTITY_TYPES), help="Another type")
@deciding
@click.pass_obj
def rename(db: Path, entity: str, name: str | None, kind: Any, by: str, note: str | None) -> None:
    """Give an entity another name or type

    Its address stays, and so do the names that articles call it.

    \b
    Examples:
      newsarchive entities rename Meta "Meta Platforms"
      newsarchive entities rename Threads --type product
    """
    if name is None and kind is None:
        raise click.UsageError("Give the new NAME, or a --type, or both.")
    _decide(db, lambda archive, how: how.rename(archive, entity, name, kind, who(by, note)))


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def alias() -> None:
    """Say what an entity is called, and between which days

    \b
    Examples:
      newsarchive entities alias add "Mark Zuckerberg" Zuck
      newsarchive entities alias remove X "The Site" --until 2023-07-23
    """


def _between(command: Command) -> Command:
    command = click.option("--until", type=DAY,
                           help="Only in articles published before this day")(command)  # fmt: skip
    return click.option("--from", "since", type=DAY,
                        help="Only in articles published on this day or later")(command)  # fmt: skip


@alias.command("add")
@click.argument("entity")
@click.argument("name")
@_between
@deciding
@click.pass_obj
def alias_add(
    db: Path,
    entity: str,
    name: str,
    since: datetime | None,
    until: datetime | None,
    by: str,
    note: str | None,
) -> None:
    """Make a name mean an entity

    Wherever it stands as written here, whether a tagger has found it there or not, and whatever it
    was taken for.

    \b
    Examples:
      newsarchive entities alias add "Mark Zuckerberg" Zuck
      newsarchive entities alias add Alphabet Google --from 2004-08-19 --until 2015-10-02
    """
    days = (since.date() if since else None, until.date() if until else None)
    _decide(db, lambda archive, how: how.add_alias(archive, entity, name, *days, who(by, note)))


@alias.command("remove")
@click.argument("entity")
@click.argument("name")
@_between
@deciding
@click.pass_obj
def alias_remove(
    db: Path,
    entity: str,
    name: str,
    since: datetime | None,
    until: datetime | None,
    by: str,
    note: str | None,
) -> None:
    """Make a name not mean an entity

    It stays a name in the text, of somebody who is not known.

    \b
    Examples:
      newsarchive entities alias remove X "The Site"
      newsarchive entities alias remove Meta Facebook --from 2021-10-28
    """
    days = (since.date() if since else None, until.date() if until else None)
    _decide(db, lambda archive, how: how.remove_alias(archive, entity, name, *days, who(by, note)))


@click.command()
@click.argument("name", required=False)
@click.option("--entity", help="Only where it would mean this one; without NAME, all that would")
@deciding
@click.pass_obj
def ignore(db: Path, name: str | None, entity: str | None, by: str, note: str | None) -> None:
    """Make a name no entity

    Anywhere, or where it would mean an --entity.

    \b
    Examples:
      newsarchive entities ignore "Cookie Policy"
      newsarchive entities ignore Recall --entity "Windows Recall"
    """
    if name is None and entity is None:
        raise click.UsageError("Give the NAME, or an --entity, or both.")
    _decide(db, lambda archive, how: how.ignore(archive, name, entity, who(by, note)))


@click.command()
@click.argument("number", type=int, required=False)
@click.option("--by", default=_me, show_default="you", help="Who undoes it")
@click.pass_obj
def undo(db: Path, number: int | None, by: str) -> None:
    """Take a decision back

    The one of that NUMBER, or the latest: all is as if it had never been made, whatever came after.

    \b
    Examples:
      newsarchive entities undo
      newsarchive entities undo 3
    """
    _decide(db, lambda archive, how: how.undo(archive, number, by))


def writing(db: Path) -> "Archive":
    """The archive of a file that is there, open for writing."""
    from archive.store import Archive

    if not db.exists():
        Archive(db, "read")  # says that there is none, and does not make one
    return Archive(db)


def who(by: str, note: str | None) -> "Who":
    """Who decides and why, as the options say it."""
    from archive.deciding import Who

    return Who(" ".join(by.split()) or "somebody", note)


def _decide(db: Path, decide: "Callable[[Archive, Any], Effect]") -> None:
    """Make a decision and say what it came to."""
    from archive import deciding
    from archive.entities_table import as_record

    with writing(db) as archive:
        effect = decide(archive, deciding)
        record = as_record(archive.db, effect.decision)
    number = record["id"]
    what = f"{counted(effect.mentions, 'mention')} in {counted(effect.articles, 'article')} changed"
    if record["undone_at"]:
        click.echo(without_controls(f"Undone: decision {number}, {record['says']}; {what}."))
        return
    click.echo(without_controls(f"Decision {number}: {record['says']}; {what}."))
    if not effect.articles:
        click.echo("Nothing in the archive is so written yet; articles to come may be.", err=True)
    click.echo(f"Undo it with: newsarchive entities undo {number}", err=True)


#: In the order of the help.
COMMANDS: tuple[click.Command, ...] = (merge, split, rename, alias, ignore, undo)
