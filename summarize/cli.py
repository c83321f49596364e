"""The command `newsarchive summarize`."""

import json
import sys
import time
from pathlib import Path
from typing import Any

import click

from archive.terminal import Progress, totals


@click.command()
@click.option("--force", is_flag=True, help="Make everything again")
@click.option(
    "--precision",
    type=click.Choice(["auto", "float32", "bfloat16"]),
    default="auto",
    show_default=True,
    help="How the encoder computes; float32 gives the same result on every machine",
)
@click.option(
    "--tagger",
    type=click.Choice(["model", "gazetteer"]),
    default="model",
    show_default=True,
    help="What finds names: model finds any and knows those of the gazetteer; gazetteer finds only these",
)
@click.option("--json", "as_json", is_flag=True, help="Print totals as JSON")
@click.pass_obj
def summarize(db: Path, force: bool, precision: Any, tagger: Any, as_json: bool) -> None:
    """Add summaries, entity tags and vectors

    Models run on this machine, without the network. Only what is missing or stale is made, so a
    second run does nothing; an article whose text has changed is done again, and so is every
    article when another model or tagger is asked for. A run that is stopped
    goes on where it was when the command is given again.

    \b
    Examples:
      newsarchive summarize
      newsarchive --db tech.db summarize --force
      newsarchive summarize --tagger gazetteer
    """
    from archive import Archive

    if not db.exists():
        # Archive() would make an empty file, and there would be nothing to do.
        Archive(db, "read")
    from summarize.defaults import default_enricher
    from summarize.pipeline import summarize_archive

    started = time.monotonic()
    with Archive(db) as archive:
        enricher = default_enricher(precision, tagger)
        arguments = ["--precision", precision]
        arguments += ["--tagger", tagger] if tagger != "model" else []
        arguments += ["--force"] if force else []
        with archive.runs.record("summarize", arguments) as run, Progress("articles") as progress:
            try:
                work = summarize_archive(archive, enricher, run, force, progress.add_total)
                for item, enrichment in work:
                    progress.advance()
                    if enrichment is None:
                        progress.note(
                            f"article {item.article_id} ({item.title}): failed. See: select * from errors"
                        )
            except KeyboardInterrupt:
                progress.note("Stopped. Run the same command again to go on.")
                run.count("interrupted")
        counts = run.counts
    seconds = time.monotonic() - started
    if as_json:
        names = ("done", "failed", "tokens")
        row = {name: counts.get(name, 0) for name in names}
        click.echo(json.dumps({**row, "seconds": round(seconds, 1)}))
    else:
        rate = f" ({counts.get('done', 0) / seconds:.1f} articles/s)" if counts.get("done") else ""
        idle = "" if counts else "; nothing to do"
        click.echo(totals(counts, ("done", "failed"), seconds) + rate + idle)
    if changed := counts.get("changed"):
        click.echo(
            f"{changed} articles were changed by another process meanwhile. Run the same command again.",
            err=True,
        )
    if counts.get("interrupted"):
        sys.exit(130)
    sys.exit(1 if counts.get("failed") else 0)
