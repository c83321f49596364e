"""The commands `newsarchive models list|use|forget`: what which model has made, and which of it is shown."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from archive.terminal import counted

if TYPE_CHECKING:
    from archive.store import Archive

_as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON")
_number = click.argument("number", type=int, metavar="NUMBER")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def models() -> None:
    """Say what which model has made; show it, or forget it

    What several models have made of an article stands side by side, and that of one is shown.
    newsarchive summarize shows what the models that it is given have made; these commands need no model
    to be there.

    \b
    Examples:
      newsarchive models list
      newsarchive models use 4
      newsarchive models forget 1
    """


@models.command("list")
@_as_json
@click.pass_obj
def list_(db: Path, as_json: bool) -> None:
    """List the models, and of how many articles each has made something that is shown

    \b
    Examples:
      newsarchive models list
      newsarchive models list --json
    """
    from archive import Archive

    with Archive(db, "read") as archive:
        found = archive.models.counts()
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False, indent=2))
        return
    for model in found:
        current = ", current" if model["is_current"] else ""
        click.echo(
            f"{model['id']}  {model['task']}: {model['name']} ({model['revision']}), "
            f"{counted(model['articles'], 'article')}, shown for {model['shown']}{current}"
        )
    if not found:
        click.echo("none yet. Summaries, tags and vectors are made with: newsarchive summarize")


@models.command()
@_number
@click.pass_obj
def use(db: Path, number: int) -> None:
    """Show what a model has made

    NUMBER is that of newsarchive models list. Articles of which it has made nothing show what they
    showed. Vectors are used only of a model that has done every article, since those of two
    cannot be compared.

    \b
    Examples:
      newsarchive models use 4
      newsarchive --db tech.db models use 1
    """
    from archive import Archive
    from archive.errors import NewsarchiveError
    from archive.terminal import Progress
    from summarize.current import show_kept

    with Archive(db) as archive:
        model = _find(archive, number)
        task = model["task"]
        left = archive.enrichments.count_work({task: number})
        if task == "vector" and left:
            raise NewsarchiveError(
                f"model {number} ({model['name']})",
                f"{counted(left, 'article')} {'has' if left == 1 else 'have'} no vector of it, and those of two models cannot be compared",
                "Make them with: newsarchive summarize --only vectors",
            )
        with (
            archive.runs.record("models use", [str(number)]) as run,
            Progress("articles") as progress,
        ):
            changed = show_kept(archive, {task: number}, shown=progress.advance)
            run.count("shown", changed)
    others = (
        f"; what it has not done ({counted(left, 'article')}) shows what it showed" if left else ""
    )
    click.echo(f"{model['task']}: {counted(changed, 'article')} changed to {model['name']}{others}")


@models.command()
@_number
@click.pass_obj
def forget(db: Path, number: int) -> None:
    """Delete what a model has made and no article shows

    NUMBER is that of newsarchive models list.

    \b
    Examples:
      newsarchive models forget 1
      newsarchive --db tech.db models forget 2
    """
    from archive import Archive
    from archive.errors import NewsarchiveError

    with Archive(db) as archive:
        model = _find(archive, number)
        if model["shown"]:
            raise NewsarchiveError(
                f"model {number} ({model['name']})",
                f"{counted(model['shown'], 'article')} {'shows' if model['shown'] == 1 else 'show'} what it has made",
                "Show that of another model first: newsarchive models use NUMBER",
            )
        with archive.runs.record("models forget", [str(number)]), archive.transaction():
            archive.models.forget(number)
    click.echo(
        f"forgotten: what {model['name']} had made of {counted(model['articles'], 'article')}"
    )


def _find(archive: "Archive", number: int) -> dict[str, Any]:
    from archive.errors import NewsarchiveError

    for model in archive.models.counts():
        if model["id"] == number:
            return model
    raise NewsarchiveError(
        f"model {number}",
        "there is no model with this number that has made anything",
        "See: newsarchive models list",
    )
