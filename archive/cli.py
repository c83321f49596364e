"""The commands that only read: `newsarchive search`, `show` and `status`."""

import dataclasses
import json
import re
import sys
import textwrap
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from archive.asked_words import nothing_to_find
from archive.days import DAY, days
from archive.question import By, Order, Question, called, lacks_vectors
from archive.records import ENTITY_TYPES, SNIPPET_MARKS
from archive.terminal import counted

if TYPE_CHECKING:
    from archive.why import Why

_WIDTH = 88

#: A hyphen before a word, where it begins neither an option (-n 5, -h, --site) nor a number; and what stands
#: for it while options are read: a sign that Unicode leaves to programs.
_UNWANTED = re.compile(r"^-(?=[^\W\d]|[\"'“])(?![nh]$|n\d)")
_HELD = "\ufdd0"

_as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON")


class _Asking(click.Command):
    """A command whose words may begin with a hyphen, as what must not occur does: -apple."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        return super().parse_args(ctx, [_UNWANTED.sub(_HELD, one) for one in args])


def _with_hyphens(_ctx: click.Context, _param: click.Parameter, words: Any) -> tuple[str, ...]:
    return tuple(word.replace(_HELD, "-", 1) for word in words)


@click.command(cls=_Asking)
@click.argument("words", nargs=-1, callback=_with_hyphens)
@click.option("--by", type=click.Choice(["words", "meaning", "both"]), default="words",
              show_default=True, help="Find by the words, by like articles, or by both")  # fmt: skip
@click.option(
    "--like", metavar="ARTICLE", help="Find articles like this one, by number, address or file"
)
@click.option("--site", help="Only of this site")
@click.option("--author", metavar="NAME", help="Only by this author, in any capitals")
@click.option(
    "--entity", metavar="SLUG", help="Only what mentions it, such as elon-musk; a name will do"
)
@click.option("--type", "kind", type=click.Choice(ENTITY_TYPES), help="Only what mentions one")
@click.option("--language", metavar="CODE", help="Only in this language, such as en")
@click.option("--since", type=DAY, help="Published on this day or later")
@click.option("--until", type=DAY, help="Published on this day or earlier")
@click.option("--sort", type=click.Choice(["relevance", "date"]), default="relevance",
              show_default=True, help="Print the best first, or the newest")  # fmt: skip
@click.option("--limit", "-n", type=click.IntRange(1, 1000), default=10, show_default=True,
              help="Print so many articles")  # fmt: skip
@_as_json
@click.pass_obj
def search(
    db: Path,
    words: tuple[str, ...],
    by: By,
    like: str | None,
    site: str | None,
    author: str | None,
    entity: str | None,
    kind: str | None,
    language: str | None,
    since: datetime | None,
    until: datetime | None,
    sort: Order,
    limit: int,
    as_json: bool,
) -> None:
    """Find articles by their words

    The best come first. All words must occur, in the title, the summary or the text; words in
    quotation marks must stand together. -word and -"a phrase" must not occur; of words with OR
    between them any will do; word* is a beginning. The order is that of the reader's search page.

    \b
    Examples:
      newsarchive search meta outage
      newsarchive search '"digital markets act" apple' --limit 3
      newsarchive search 'musk OR zuckerberg -"cage match"'
      newsarchive search --entity elon-musk --since 2024-01-01 --sort date
      newsarchive search outage --author 'Eleanor Marsh'
      newsarchive search social network goes dark --by meaning
      newsarchive search threads --json
    """
    from archive.article_names import article_called
    from archive.entity_names import entity_called
    from archive.history import without_controls
    from archive.store import Archive

    first, last = days(since, until)
    asked = Question(
        words=" ".join(words),
        site=site,
        author=author,
        entity=entity,
        type=kind,
        language=language,
        since=first,
        until=last,
        order=sort,
        by=by,
    )
    if not words and like is None and not asked.has_filters:
        raise click.UsageError("Name some words, or a filter such as --site or --author.")
    with Archive(db, "read") as archive:
        if entity is not None:
            slug = entity_called(archive.db, entity).slug
            asked = dataclasses.replace(asked, entity=slug)
        asked = called(archive.db, asked)
        if like is not None:
            asked = dataclasses.replace(asked, like=article_called(archive, like)["id"])
        results = archive.search(asked, limit)
        step = _next_step(asked, lacks_vectors(archive.db, asked))
    if asked.asks_nothing:
        click.echo(without_controls(nothing_to_find(asked.words)), err=True)
    if as_json:
        click.echo(json.dumps([_plain(result) for result in results], ensure_ascii=False, indent=2))
        return
    for result in results:
        day = (result.published_at or "")[:10] or "no date"
        click.echo(
            f"{result.article_id}  {day}  {result.site or 'no site'}  {click.style(result.title, bold=True)}"
        )
        start, end = SNIPPET_MARKS
        told = result.snippet or result.summary or ""
        snippet = " ".join(told.split()).replace(start, "[").replace(end, "]")
        click.echo(textwrap.fill(snippet, _WIDTH, initial_indent="    ", subsequent_indent="    "))
    if not results and not asked.asks_nothing:
        click.echo(f"Nothing found. {step}", err=True)


def _next_step(asked: Question, lacks: bool) -> str:
    """What to do where nothing is found."""
    if lacks:
        what = "Articles are" if asked.like is None else "The article is"
        return f"{what} compared by vectors, which are not made yet. Make them with: newsarchive summarize"
    if not asked.words:
        return "Try fewer filters."
    return "Try fewer words, or other forms of them."


def _plain(result: Any) -> dict[str, Any]:
    row = dataclasses.asdict(result)
    del row["marked_title"]
    start, end = SNIPPET_MARKS
    row["snippet"] = row["snippet"].replace(start, "").replace(end, "")
    return row


@click.command()
@click.argument("article", metavar="ARTICLE")
@click.option("--diff", "as_diff", is_flag=True, help="Print what changed since earlier texts")
@click.option("--why", "as_why", is_flag=True,
              help="Print its names, whom each means, and why")  # fmt: skip
@_as_json
@click.pass_obj
def show(db: Path, article: str, as_diff: bool, as_why: bool, as_json: bool) -> None:
    """Print one article

    ARTICLE is its number, any address that led to it, or the path of the file that it came from.
    What it says, its summary, its tags, and when earlier texts were seen. With --why, every name in
    it: what saw it, whom it means, what decided, who else is called so. newsarchive entities corrects.

    \b
    Examples:
      newsarchive show 12
      newsarchive show 12 --diff
      newsarchive show 12 --why
      newsarchive show https://example.com/2024/03/05/outage.html --json
      newsarchive show saved/page.html
    """
    from archive.article_names import article_called
    from archive.history import without_controls
    from archive.past import field_changes
    from archive.store import Archive
    from archive.why import former_names, why

    if as_diff and as_why:
        raise click.UsageError("Name --diff or --why, not both.")
    with Archive(db, "read") as archive:
        row = article_called(archive, article)
        row["revisions"] = archive.articles.revisions(row["id"])
        row["field_changes"] = field_changes(archive.db, row["id"])
        told = why(archive.db, row["id"]) if as_why else []
        row["former_names"] = [str(one) for one in former_names(archive.db, row["id"])]
    if as_why:
        _show_names(row, told, as_json)
        return
    if as_diff:
        _show_changes(row, as_json)
        return
    if as_json:
        click.echo(json.dumps(row, ensure_ascii=False, indent=2))
        return
    click.echo(click.style(row["title"], bold=True))
    outlet = row["site_name"] or row["site"]
    byline = [", ".join(row["authors"]), outlet, _when(row["published_at"]), row["url"]]
    click.echo(" · ".join(filter(None, byline)))
    if row["is_paywalled"]:
        click.echo("(behind a paywall: the text is a teaser)")
    if row["summary"]:
        click.echo("\n" + textwrap.fill(f"Summary: {row['summary']}", _WIDTH))
    if row["tags"]:
        click.echo("Tags: " + ", ".join(row["tags"]))
    for former in row["former_names"]:
        click.echo(without_controls(f"Names: {former}"))
    if row["keywords"]:
        click.echo(textwrap.fill("Keywords: " + ", ".join(row["keywords"]), _WIDTH))
    for paragraph in row["text"].split("\n\n"):
        click.echo("\n" + textwrap.fill(paragraph, _WIDTH))
    for revision in row["revisions"]:
        click.echo(
            f"\nAn earlier text was kept, seen until {revision['last_seen_at'] or revision['seen_at']}: "
            f"{revision['title']}"
        )


def _when(published_at: str | None) -> str:
    """To the minute; the day alone where it is midnight sharp, as bare dates are kept."""
    told = published_at or ""
    return told[:10] if told[11:19] == "00:00:00" else told[:16]


def _show_names(row: dict[str, Any], names: "list[Why]", as_json: bool) -> None:
    from archive.history import without_controls
    from archive.why_text import as_record, as_text

    if as_json:
        found = [as_record(one) for one in names]
        record = {"id": row["id"], "url": row["url"], "names": found}
        click.echo(json.dumps(record, ensure_ascii=False, indent=2))
        return
    click.echo(click.style(without_controls(row["title"]), bold=True))
    for line in as_text(names):
        click.echo(without_controls(line))
    if not names:
        click.echo("No name was found in it. Tag what is new with: newsarchive summarize")


def _show_changes(row: dict[str, Any], as_json: bool) -> None:
    from archive.history import as_record, as_text, history, without_controls

    found = history(row, row["revisions"], row["field_changes"])
    if as_json:
        changes = [as_record(change) for change in found]
        record = {"id": row["id"], "url": row["url"], "changes": changes}
        click.echo(json.dumps(record, ensure_ascii=False, indent=2))
        return
    click.echo(click.style(without_controls(row["title"]), bold=True))
    for change in found:
        click.echo("\n" + as_text(change, sys.stdout.isatty()))
    if not found:
        click.echo("It is as it was first seen.")


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
        click.echo(f"articles: {found['articles']} from {counted(found['sites'], 'site')}{between}")
    else:
        click.echo("articles: none yet. Add some with: newsarchive ingest SOURCE")
    earlier = counted(found["revisions"], "earlier text")
    click.echo(f"kept: {counted(found['pages'], 'page')}, {earlier}")
    entities = counted(found["entities"], "entity", "entities")
    click.echo(f"found: {entities} in {counted(found['mentions'], 'mention')}")
    ledger = ", ".join(f"{state} {number}" for state, number in sorted(found["ledger"].items()))
    click.echo(f"ledger: {ledger or 'empty'}")
    for reason, number in found["not_taken"].items():
        click.echo(f"    not taken: {number} × {reason}")
    for line in (_retries(found["retries"]), _feeds(found["feeds"])):
        if line:
            click.echo(line)
    for model in found["models"]:
        todo = found["articles"] - model["up_to_date"]
        shown = f", shown for {model['shown']} (newsarchive models use {model['id']})"
        shown = "" if model["shown"] == model["articles"] else shown
        line = f"{model['task']}: {model['up_to_date']} by {model['name']}, {todo} to do{shown}"
        click.echo(line)
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
