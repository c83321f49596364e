"""`newsarchive summarize --engine ray PARQUET`: the command's output, where there is no archive."""

import json
import sys
import time
from collections import Counter
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from archive.cluster import OnRay, cluster
from archive.records import Task
from archive.terminal import Progress, totals

if TYPE_CHECKING:
    from summarize.defaults import Choice


def run(
    engine: OnRay,
    parquet: str,
    choice: "Choice",
    tasks: tuple[Task, ...],
    force: bool,
    as_json: bool,
) -> None:
    """Make what is missing in a Parquet folder, tell what failed, and end with the exit code."""
    from summarize.defaults import enricher_for
    from summarize.on_ray import Making, summarize_parquet
    from summarize.pipeline import TASKS

    started = time.monotonic()
    counts: Counter[str] = Counter()
    making = Making(partial(enricher_for, choice), tasks or TASKS, force)
    url = parquet if "://" in parquet else str(Path(parquet).absolute())
    with cluster(engine) as ray, Progress("articles") as progress:
        try:
            for found in summarize_parquet(ray, url, making, counts, progress.add_total):
                if isinstance(found, int):
                    progress.advance(found)
                    continue
                address, cause = found
                progress.note(
                    f"{address}: it could not be summarized ({' '.join(cause.split())}). "
                    "The other articles are not affected; run the same command again."
                )
        except KeyboardInterrupt:
            progress.note("Stopped. Run the same command again to go on.")
            counts["interrupted"] = 1
    seconds = time.monotonic() - started
    if as_json:
        row = {name: counts[name] for name in ("done", "failed", "tokens")}
        click.echo(json.dumps({**row, "seconds": round(seconds, 1)}))
    else:
        rate = f" ({counts['done'] / seconds:.1f} articles/s)" if counts["done"] else ""
        idle = "" if counts["done"] or counts["failed"] else "; nothing to do"
        click.echo(totals(counts, ("done", "failed"), seconds) + rate + idle)
    if counts["interrupted"]:
        sys.exit(130)
    sys.exit(1 if counts["failed"] else 0)
