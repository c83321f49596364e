"""`newsarchive ingest --engine ray`: the command's output, where there is no archive to write to."""

import dataclasses
import json
import sys
import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import click

from archive.cluster import OnRay, cluster
from archive.terminal import Progress, totals
from ingest.kinds import Kind
from ingest.read import Parser
from ingest.selection import Selection


def run(
    engine: OnRay,
    sources: Iterable[str],
    output: str,
    parts: int | None,
    parser: Parser,
    kind: Kind | None,
    selection: Selection,
    as_json: bool,
) -> None:
    """Ingest files into a Parquet folder, tell what became of them, and end with the exit code."""
    from archive.parquet_folder import ParquetFolder
    from ingest.intake import RESULTS, Outcome
    from ingest.on_ray import Job, ingest_on_ray

    started = time.monotonic()
    counts: Counter[str] = Counter()
    outcomes: list[dict[str, object]] = []
    output = output if "://" in output else str(Path(output).absolute())
    with cluster(engine) as ray, Progress("pages") as progress:
        job = Job(output, ParquetFolder(output).prepare(parts), parser, kind, selection)
        stdin = (line.decode("utf-8", "surrogateescape") for line in sys.stdin.buffer)
        try:
            for found in ingest_on_ray(ray, job, sources, counts, stdin):
                if not isinstance(found, Outcome):
                    progress.advance(found)
                    continue
                for line in filter(None, (found.error, found.warning)):
                    progress.note(line)
                if as_json:
                    outcomes.append(dataclasses.asdict(found))
        except KeyboardInterrupt:
            progress.note("Stopped. Run the same command again to go on.")
            counts["interrupted"] = 1
    seconds = time.monotonic() - started
    names = (*RESULTS, "passed_over") if counts["passed_over"] else RESULTS
    if as_json:
        row = {name: counts[name] for name in (*names, "inputs_done_before")}
        report = {**row, "seconds": round(seconds, 1), "inputs": outcomes}
        click.echo(json.dumps(report, ensure_ascii=False, indent=2))
    else:
        changed = counts["added"] + counts["updated"]
        before = counts["inputs_done_before"]
        click.echo(
            totals(counts, names, seconds).replace("_", " ")
            + ("" if changed else "; nothing changed")
            + (f"; {before} inputs were read before" if before else "")
        )
    if counts["interrupted"]:
        sys.exit(130)
    sys.exit(1 if counts["skipped"] or counts["failed"] else 0)
