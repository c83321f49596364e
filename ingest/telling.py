"""What is told of each input while a command runs: problems always, the rest if it is asked for."""

from typing import Any

from archive.logs import Level, Log
from ingest.intake import Outcome


def tell_problems(log: Log, outcome: Outcome) -> None:
    """The error and the warning of an input, if it has any."""
    if outcome.error:
        level: Level = "warning" if outcome.result == "skipped" else "error"
        log.problem("input", outcome.error, level, **_fields(outcome))
    if outcome.warning:
        log.problem("warning", outcome.warning, "warning", url=outcome.subject)


def tell_result(log: Log, outcome: Outcome) -> None:
    """What became of an input, in a line of its own."""
    line = f"{outcome.result}  {outcome.subject}  {outcome.title or ''}".rstrip()
    log.result("input", line, is_dated=False, **_fields(outcome))


def tell_article(log: Log, outcome: Outcome, verbose: bool) -> None:
    """What became of an article that a feed named: problems; with verbose, also what went well."""
    tell_problems(log, outcome)
    if verbose and not outcome.error and outcome.result != "noted":
        tell_result(log, outcome)


def _fields(outcome: Outcome) -> dict[str, Any]:
    return {
        "result": outcome.result,
        "url": outcome.subject,
        "article_id": outcome.article_id,
        "title": outcome.title,
        "reason": outcome.reason,
    }
