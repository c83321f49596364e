"""The command `newsarchive summarize`."""

import json
import sys
import time
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from archive.cluster import EngineType, OnRay, cluster
from archive.days import DAY
from archive.records import Task
from archive.terminal import Progress, counted, totals

if TYPE_CHECKING:
    from summarize.defaults import Choice
    from summarize.pipeline import Engine

#: What is asked for, and the task that makes it.
_TASK_OF: dict[str, Task] = {"summary": "summary", "tags": "tags", "vectors": "vector"}


@click.command()
@click.argument("parquet", required=False, metavar="[PARQUET]")
@click.option("--force", is_flag=True, help="Make everything again")
@click.option(
    "--precision",
    type=click.Choice(["auto", "float32", "bfloat16"]),
    default="auto",
    show_default=True,
    help="How the encoder computes; float32 gives the same result on every machine",
)
@click.option(
    "--summarizer",
    default="extractive",
    show_default=True,
    envvar="NEWSARCHIVE_SUMMARIZER",
    show_envvar=True,
    metavar="MODEL",
    help="extractive chooses sentences; smollm2 rewrites them; or a folder or id of a "
    "sequence-to-sequence or chat model",
)
@click.option(
    "--tagger",
    default="model",
    show_default=True,
    envvar="NEWSARCHIVE_TAGGER",
    show_envvar=True,
    metavar="MODEL",
    help="What finds names: model finds any and knows those of the gazetteer; gazetteer finds only "
    "these; or a folder or id of a model for token classification",
)
@click.option(
    "--encoder",
    envvar="NEWSARCHIVE_ENCODER",
    show_envvar=True,
    metavar="MODEL",
    help="A folder or id of another sentence encoder",
)
@click.option(
    "--allow-download",
    is_flag=True,
    help="Fetch from the Hugging Face hub what is not on this machine",
)
@click.option(
    "--only",
    "kinds",
    multiple=True,
    type=click.Choice(list(_TASK_OF)),
    help="Make only this; may be given twice",
)
@click.option(
    "--since",
    type=DAY,
    help="Articles published on this day (UTC) or later; without a date, first seen then or later",
)
@click.option("--site", help="Articles of this outlet, by its host")
@click.option("--limit", type=click.IntRange(min=1), help="No more than so many articles")
@click.option(
    "--beside",
    is_flag=True,
    help="Do not show yet what another model makes: the same command without --beside shows it",
)
@click.option("--engine", type=EngineType(), default="plain", show_default=True, metavar="ENGINE",
              help="plain: this process; ray or ray=ADDRESS: the models on all machines of a cluster")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print totals as JSON")
@click.pass_obj
def summarize(
    db: Path,
    parquet: str | None,
    force: bool,
    precision: Any,
    summarizer: str,
    tagger: str,
    encoder: str | None,
    allow_download: bool,
    kinds: tuple[str, ...],
    since: datetime | None,
    site: str | None,
    limit: int | None,
    beside: bool,
    engine: OnRay | None,
    as_json: bool,
) -> None:
    """Add summaries, entity tags and vectors

    Models run on this machine; nothing is downloaded unless it is allowed. Only what is missing or
    stale is made, so a second run does nothing; an article whose text has changed is done again. A
    run that is stopped goes on where it was when the command is given again.

    Other models are named by their folder or by their id on the Hugging Face hub; each sentence that
    one writes is checked against the article.

    What another model makes takes the place of what was shown; with --beside it waits. Nothing is
    thrown away: asked for an earlier model, its summaries, tags and vectors are shown again without
    being made again. Vectors are used for search once the model has done every article.

    With --engine ray the models run on a Ray cluster, one to a core, and
    on GPUs where there are any: over the archive, or over PARQUET, the folder that newsarchive ingest --engine ray has written.

    \b
    Examples:
      newsarchive summarize
      newsarchive --db tech.db summarize --force
      newsarchive summarize --tagger gazetteer
      newsarchive summarize --summarizer ~/models/bart-large-cnn --beside
      newsarchive summarize --only summary --site example.com --since 2024-03-01 --limit 100
      newsarchive summarize --engine ray=auto news/
    """
    if parquet and engine is None:
        raise click.UsageError("a folder of Parquet is summarized with --engine ray")
    if parquet and (since or site or limit or beside):
        raise click.UsageError(
            "--since, --site, --limit and --beside choose articles of an archive, and not of a folder"
        )
    from summarize.defaults import Choice, enricher_for

    choice = Choice(summarizer, tagger, encoder, precision, allow_download)
    if parquet and engine:
        from summarize import ray_cli

        wanted = tuple(_TASK_OF[kind] for kind in kinds)
        ray_cli.run(engine, parquet, choice, wanted, force, as_json)
        return
    from archive import Archive

    if not db.exists():
        # Archive() would make an empty file, and there would be nothing to do.
        Archive(db, "read")
    from archive.choosing import site_called
    from archive.records import Selection
    from summarize.pipeline import TASKS, summarize_archive

    tasks = [_TASK_OF[kind] for kind in kinds] or TASKS
    started = time.monotonic()
    if site is not None:
        with Archive(db) as archive:  # before a cluster is started or a model is loaded
            site = site_called(archive.db, site)
    selection = Selection(since.date() if since else None, site, limit)

    with Archive(db) as archive, _running(engine) as ray:
        enricher = enricher_for(choice)
        arguments = ["--precision", precision]
        arguments += ["--summarizer", summarizer] if summarizer != Choice.summarizer else []
        arguments += ["--tagger", tagger] if tagger != Choice.tagger else []
        arguments += ["--encoder", encoder] if encoder else []
        arguments += ["--force"] if force else []
        arguments += [word for kind in kinds for word in ("--only", kind)]
        arguments += ["--since", f"{since:%Y-%m-%d}"] if since else []
        arguments += ["--site", site] if site else []
        arguments += ["--limit", str(limit)] if limit else []
        arguments += ["--beside"] if beside else []
        with archive.runs.record("summarize", arguments) as run, Progress("articles") as progress:
            try:
                work = summarize_archive(
                    archive, enricher, run, force, progress.add_total, tasks, selection, beside,
                    _engine(ray, choice),
                )  # fmt: skip
                for item, enrichment in work:
                    progress.advance(tokens=enrichment.tokens if enrichment else 0)
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
        idle = "" if counts.keys() - {"shown"} else "; nothing to do"
        click.echo(totals(counts, ("done", "failed"), seconds) + rate + idle)
    if shown := counts.get("shown"):
        again = "shows" if shown == 1 else "show"
        click.echo(
            f"{counted(shown, 'article')} {again} again what these models had made before.",
            err=True,
        )
    if changed := counts.get("changed"):
        click.echo(
            f"{counted(changed, 'article')} {'was' if changed == 1 else 'were'} changed by another "
            "process meanwhile. Run the same command again.",
            err=True,
        )
    if counts.get("interrupted"):
        sys.exit(130)
    sys.exit(1 if counts.get("failed") else 0)


def _running(engine: OnRay | None) -> AbstractContextManager[Any]:
    return cluster(engine) if engine else nullcontext()


def _engine(ray: Any, choice: "Choice") -> "Engine | None":
    """The cluster as the engine of the pipeline; None without one."""
    if ray is None:
        return None
    from summarize.defaults import enricher_for
    from summarize.on_ray import Making, archive_engine
    from summarize.pipeline import TASKS

    return archive_engine(ray, Making(partial(enricher_for, choice), TASKS))
