"""Files that hold many pages or articles: what is told of them as a whole, beside each of their records."""

import io
from collections import Counter
from collections.abc import Callable, Iterable, Iterator

from archive.records import Source
from ingest.errors import IngestError
from ingest.intake import Intake, Outcome, Steps
from ingest.json_lines import read_json_lines
from ingest.scheduler import Wait, observed
from ingest.sources import Candidate
from ingest.warc import read_warc

#: A stream gives candidates, errors, and None for what is passed over.
Item = Candidate | IngestError | None

#: Why captures are passed over (`archive.captures`), in the words of a remark: of one, and of several.
_REMARKS = {
    "older_capture": (
        "page that is not later than what the archive holds of its address; it is passed over",
        "pages that are not later than what the archive holds of their address; they are passed over",
    ),
    "file_held": (
        "page of a file that the archive has from elsewhere, which a WARC does not change; it is passed over",
        "pages of files that the archive has from elsewhere, which a WARC does not change; they are passed over",
    ),
}


def items_of(
    source: Source, file: io.BufferedIOBase, found: Callable[[int], None]
) -> Iterator[Item]:
    """What a file holds, record by record; `found` hears of each that is not passed over."""
    read = read_warc if source.kind == "warc" else read_json_lines
    items: Iterable[Item] = read(file, source.url, source)
    for item in items:
        found(int(item is not None))
        yield item


def with_remarks(intake: Intake, source: Source, steps: Steps) -> Steps:
    """The same steps; in the end it is told how many captures were passed over, and why."""
    passed: Counter[str] = Counter()

    def see(outcome: Outcome) -> None:
        if outcome.result == "passed_over" and outcome.reason in _REMARKS:
            passed[outcome.reason] += 1

    yield from observed(steps, see)
    yield Wait()
    for reason, (of_one, of_several) in _REMARKS.items():
        if number := passed[reason]:
            remark = f"{number:,} {of_one if number == 1 else of_several}."
            yield intake.note(source.url, reason, remark)
