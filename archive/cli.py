"""The commands that only read: `newsarchive search`, `show` and `status`."""

import dataclasses
import json
import sys
import textwrap
from pathlib import Path
from typing import Any

import click

from archive.records import SNIPPET_MARKS

_WIDTH = 88

_as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON")


@click.command()
@click.argument("words", nargs=-1, required=True)
@click.option("--limit", "-n", type=click.IntRange(1, 1000), default=10, show_default=True,
              help="Print so many articles")  # fmt: skip
@_as_json
@click.pass_obj
def search(db: Path, words: tuple[str, ...], limit: int, as_json: bool) -> None:
    """Find articles by their words

    The best come first. All words must occur, in the title, the summary or the text; words in
    quotation marks must stand together.

    \b
    Examples:
      newsarchive search meta outage
      newsarchive search '"digital markets act" apple' --limit 3
      newsarchive search threads --json
    """
    from archive.store import Archive

    with Archive(db, "read") as archive:
        results = archive.search(" ".join(words), limit)
    if as_json:
        click.echo(json.dumps([_plain(result) for result in results], ensure_ascii=False, indent=2))
        return
    for result in results:
        day = (result.published_at or "")[:10] or "no date"
        click.echo(
            f"{result.article_id}  {day}  {result.site or 'no site'}  {click.style(result.title, bold=True)}"
        )
        start, end = SNIPPET_MARKS
        snippet = " ".join(result.snippet.split()).replace(start, "[").replace(end, "]")
        click.echo(textwrap.fill(snippet, _WIDTH, initial_indent="    ", subsequent_indent="    "))
    if not results:
        click.echo("Nothing found. Try fewer words, or other forms of them.", err=True)


def _plain(result: Any) -> dict[str, Any]:
    row = dataclasses.asdict(result)
    start, end = SNIPPET_MARKS
    row["snippet"] = row["snippet"].replace(start, "").replace(end, "")
    return row


@click.command()
@click.argument("article", metavar="ID_OR_URL")
@click.option("--diff", "as_diff", is_flag=True, help="Print what changed since earlier texts")
@_as_json
@click.pass_obj
def show(db: Path, article: str, as_diff: bool, as_json: bool) -> None:
    """Print one article

    What it says, its summary, its tags, and when earlier texts were seen.

    \b
    Examples:
      newsarchive show 12
      newsarchive show 12 --diff
      newsarchive show https://example.com/2024/03/05/outage.html --json
    """
    from archive.store import Archive

    with Archive(db, "read") as archive:
        row = archive.articles.find(article)
        if row is None:
            raise click.ClickException(
                f"{article}: there is no such article. Find its number with: newsarchive search WORDS"
            )
        row["revisions"] = archive.articles.revisions(row["id"])
    if as_diff:
        _show_changes(row, as_json)
        return
    if as_json:
        click.echo(json.dumps(row, ensure_ascii=False, indent=2))
        return
    click.echo(click.style(row["title"], bold=True))
    outlet = row["site_name"] or row["site"]
    byline = [", ".join(row["authors"]), outlet, (row["published_at"] or "")[:16], row["url"]]
    click.echo(" · ".join(filter(None, byline)))
    if row["is_paywalled"]:
        click.echo("(behind a paywall: the text is a teaser)")
    if row["summary"]:
        click.echo("\n" + textwrap.fill(f"Summary: {row['summary']}", _WIDTH))
    if row["tags"]:
        click.echo("Tags: " + ", ".join(row["tags"]))
    if row["keywords"]:
        click.echo(textwrap.fill("Keywords: " + ", ".join(row["keywords"]), _WIDTH))
    for paragraph in row["text"].split("\n\n"):
        click.echo("\n" + textwrap.fill(paragraph, _WIDTH))
    for revision in row["revisions"]:
        click.echo(
            f"\nAn earlier text was kept, seen until {revision['seen_at']}: {revision['title']}"
        )


def _show_changes(row: dict[str, Any], as_json: bool) -> None:
    from archive.history import as_record, as_text, history, without_controls

    found = history(row, row["revisions"])
    if as_json:
        changes = [as_record(change) for change in found]
        record = {"id": row["id"], "url": row["url"], "changes": changes}
        click.echo(json.dumps(record, ensure_ascii=False, indent=2))
        return
    click.echo(click.style(without_controls(row["title"]), bold=True))
    for change in found:
        click.echo("\n" + as_text(change, sys.stdout.isatty()))
    if not found:
        click.echo("No earlier text was kept: it has not changed since it was first seen.")


@click.command()
@_as_json
@click.pass_obj
def status(db: Path, as_json: bool) -> None:
    """Say what the archive holds and what is left to do

    Also what was not taken, and why.

    \b
    Examples:
      newsarchive status
      newsarchive --db tech.db status --json
    """
    from archive.store import Archive

    with Archive(db, "read") as archive:
        found = archive.status()
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False, indent=2))
        return
    click.echo(f"{found['path']}: {found['bytes'] / 1e6:.1f} MB")
    if found["articles"]:
        days = [(found[f"{end}_published_at"] or "")[:10] for end in ("first", "last")]
        between = f", {' to '.join(days)}" if all(days) else ""
        click.echo(f"articles: {found['articles']} from {found['sites']} sites{between}")
    else:
        click.echo("articles: none yet. Add some with: newsarchive ingest SOURCE")
    click.echo(f"kept: {found['pages']} pages, {found['revisions']} earlier texts")
    click.echo(f"found: {found['entities']} entities in {found['mentions']} mentions")
    ledger = ", ".join(f"{state} {number}" for state, number in sorted(found["ledger"].items()))
    click.echo(f"ledger: {ledger or 'empty'}")
    for reason, number in found["not_taken"].items():
        click.echo(f"    not taken: {number} × {reason}")
    for line in (_retries(found["retries"]), _feeds(found["feeds"])):
        if line:
            click.echo(line)
    for model in found["models"]:
        todo = found["articles"] - model["up_to_date"]
        click.echo(f"{model['task']}: {model['up_to_date']} by {model['name']}, {todo} to do")
    if not found["models"] and found["articles"]:
        click.echo("summaries, tags, vectors: none yet. Make them with: newsarchive summarize")


def _retries(retries: dict[str, Any]) -> str:
    parts = []
    if retries["due"]:
        parts.append(f"{retries['due']} due (newsarchive ingest --retry-failed)")
    if retries["waiting"]:
        parts.append(f"{retries['waiting']} waiting, the first until {retries['next_try_at']}")
    if retries["given_up"]:
        parts.append(f"{retries['given_up']} given up")
    return f"to be asked for again: {', '.join(parts)}" if parts else ""


def _feeds(feeds: dict[str, Any]) -> str:
    if not feeds["followed"]:
        return ""
    failing = f", {feeds['failing']} of them failing" if feeds["failing"] else ""
    return (
        f"feeds: {feeds['followed']} followed{failing}, the next is due at {feeds['next_poll_at']}"
    )
