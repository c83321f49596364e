"""The command `newsarchive doctor`."""

import json
import sys
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from archive.doctor import Finding, Report

_WIDTH = 88


@click.command()
@click.option("--fix", "is_repairing", is_flag=True,
              help="Put right what can be made again from what the archive holds")  # fmt: skip
@click.option("--quick", "is_quick", is_flag=True,
              help="Leave out what reads the archive whole")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print JSON")
@click.pass_obj
def doctor(db: Path, is_repairing: bool, is_quick: bool, as_json: bool) -> None:
    """Find out what is wrong with the archive, and put it right

    Each thing that is wrong is told with what comes of it and what to do about it. Nothing is written
    without --fix, and others may write meanwhile. Whether or not it was put right, what cannot be made
    again is never deleted. The exit code is 1 if something is wrong.

    \b
    Examples:
      newsarchive doctor
      newsarchive doctor --quick --json
      newsarchive --db tech.db doctor --fix
    """
    from archive.doctor import CHECKS, examine
    from archive.terminal import Progress

    with Progress("checks", len(CHECKS)) as progress:
        report = examine(db, is_repairing, is_quick, lambda _name: progress.advance())
    if as_json:
        click.echo(json.dumps(report.as_record(), ensure_ascii=False, indent=2))
    else:
        _print(report)
    sys.exit(0 if report.is_sound else 1)


def _print(report: "Report") -> None:
    for finding in report.findings:
        _print_finding(finding)
    wrong = sum(not finding.is_repaired for finding in report.findings)
    if not report.findings:
        click.echo(f"{report.path}: sound. {report.checks} checks found nothing.")
    elif not wrong:
        click.echo(f"{report.path}: sound now. What was wrong was put right.")
    else:
        things = "1 thing is" if wrong == 1 else f"{wrong} things are"
        click.echo(f"{report.path}: {things} wrong, of {report.checks} that were looked at.")


def _print_finding(finding: "Finding") -> None:
    from archive.history import without_controls

    named = ", ".join(finding.subjects)
    if finding.count > len(finding.subjects) and named:
        named += " ..."
    head = f"{finding.check}: {finding.what}: {finding.count}" + (f" ({named})" if named else "")
    click.echo(without_controls(head))
    if finding.is_repaired:
        _indented(f"Fixed: {finding.done}")
    else:
        _indented(finding.meaning)
        if finding.done:
            _indented(f"Fixed, but for {finding.left}: {finding.done}")
        _indented(f"Fix: {finding.advice}")
    click.echo()


def _indented(text: str) -> None:
    click.echo(textwrap.fill(text, _WIDTH, initial_indent="    ", subsequent_indent="    ",
                             break_long_words=False, break_on_hyphens=False))  # fmt: skip
