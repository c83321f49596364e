"""Decisions as CSV: to keep, to correct in a spreadsheet, and to take to another archive.

Entities are named as taggers know them, articles by URL, so that a file means the same everywhere.
"""

import csv
import io
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date
from typing import get_args

from archive import times
from archive.deciding import Who, settle, what
from archive.decisions import DecisionError
from archive.entity_names import NoSuchEntity, entity_called
from archive.names import words_of
from archive.records import ENTITY_TYPES, Entity, EntityType
from archive.rulings import KINDS, Decision
from archive.store import Archive

COLUMNS = (
    *("kind", "entity", "entity_type", "target", "target_type", "name", "type", "surfaces"),
    *("articles", "valid_from", "valid_until", "made_at", "made_by", "note"),
)
#: What a spreadsheet takes for the beginning of a formula (OWASP, "CSV Injection").
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
#: For each kind the columns that it needs.
_NEEDED: Mapping[str, tuple[str, ...]] = {
    "merge": ("entity", "target"),
    "split": ("entity", "target"),
    "rename": ("entity",),
    "alias": ("entity", "name"),
    "unalias": ("entity", "name"),
    "ignore": (),
}


def as_csv(archive: Archive) -> str:
    """The decisions that stand, RFC 4180, a heading first; no cell is a formula."""
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(COLUMNS)
    for one in archive.decisions.all():
        entity, target = (_named(archive, n) for n in (one.entity_id, one.target_id))
        row = (
            *(one.kind, *entity, *target, one.name, one.type),
            *("\n".join(one.surfaces), "\n".join(one.articles)),
            *(one.valid_from, one.valid_until, one.made_at, one.made_by, one.note),
        )
        writer.writerow([_guarded(cell or "") for cell in row])
    return file.getvalue()


def read_csv(archive: Archive, text: str, source: str, who: Who) -> tuple[int, int]:
    """Make the decisions of a file that do not stand yet, all or none; return how many, and of how many.

    An entity that is named with its type and not known is made: an article may bring it in later.

    Raises:
        DecisionError: a line cannot be understood; it is named.
    """
    made = rows = 0
    with archive.transaction():
        standing = Counter(what(one) for one in archive.decisions.all())
        for line, row in _rows(text, source):
            rows += 1
            try:
                decision = _decision(archive, row, who)
            except (ValueError, NoSuchEntity) as error:
                raise DecisionError(
                    f"{source}, line {line}", str(error).rstrip("."), "Nothing was imported."
                ) from error
            if standing[what(decision)]:
                standing[what(decision)] -= 1
                continue
            archive.decisions.make(decision)
            made += 1
        archive.decisions.settle()
    settle(archive)
    return made, rows


def _named(archive: Archive, number: int | None) -> tuple[str, str]:
    if number is None:
        return "", ""
    name, kind = archive.db.execute(
        "select coalesce(tagged_name, name), coalesce(tagged_type, type) from entities where id = ?",
        [number],
    ).fetchone()
    return name, kind


def _guarded(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula; an apostrophe in front says that it is text."""
    bare = cell[1:] if cell.startswith("'") else cell
    return f"'{cell}" if bare.startswith((*_FORMULA, "'")) else cell


def _unguarded(cell: str) -> str:
    is_guarded = cell.startswith("'") and cell[1:].startswith((*_FORMULA, "'"))
    return cell[1:] if is_guarded else cell


def _rows(text: str, source: str) -> Iterator[tuple[int, dict[str, str]]]:
    before, nul, _ = text.partition("\0")
    if nul:
        line = before.count("\n") + 1
        raise DecisionError(
            f"{source}, line {line}", "it holds a NUL, which is in no text", "Nothing was imported."
        )
    reader = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), strict=True)
    try:
        heading = next(reader, [])
        unknown = [name for name in heading if name not in COLUMNS]
        if unknown or "kind" not in heading:
            cause = f"it has a column {unknown[0]!r}" if unknown else "it has no column “kind”"
            raise DecisionError(
                f"{source}, line 1", cause, f"The columns are: {', '.join(COLUMNS)}."
            )
        for cells in reader:
            if any(cells):
                yield reader.line_num, dict(zip(heading, map(_unguarded, cells), strict=False))
    except csv.Error as error:
        raise DecisionError(
            f"{source}, line {reader.line_num}", f"it is no CSV ({error})", "Nothing was imported."
        ) from error


def _decision(archive: Archive, row: dict[str, str], who: Who) -> Decision:
    """The decision of a row. Raises ValueError or NoSuchEntity."""
    kind = row["kind"]
    if kind not in KINDS:
        raise ValueError(f"its kind {kind!r} is none of {', '.join(KINDS)}")
    for column in _NEEDED[kind]:
        if not row.get(column):
            raise ValueError(f"a {kind} needs the column “{column}”")
    surfaces, articles = (
        tuple(filter(None, row.get(column, "").splitlines())) for column in ("surfaces", "articles")
    )
    if kind == "split" and not surfaces and not articles:
        raise ValueError("a split needs the column “surfaces” or “articles”")
    name = row.get("name") or None
    if name is not None and not words_of(name):
        raise ValueError(f"the name {name!r} has no letter and no digit")
    entity, target = (
        _entity(archive, row.get(f"{role}", ""), row.get(f"{role}_type", ""))
        for role in ("entity", "target")
    )
    new_type = _type(row.get("type", ""))
    if kind == "rename" and name is None and new_type is None:
        raise ValueError("a rename needs the column “name” or “type”")
    if kind == "ignore" and name is None and entity is None:
        raise ValueError("an ignore needs the column “name” or “entity”")
    if kind in ("merge", "split") and entity == target:
        raise ValueError("entity and target are one")
    moment = row.get("made_at", "")
    if moment:
        times.from_text(moment)
    return Decision(
        id=0,
        kind=next(known for known in KINDS if known == kind),
        entity_id=entity,
        target_id=target,
        name=name,
        type=new_type,
        surfaces=surfaces,
        articles=articles,
        valid_from=_day(row.get("valid_from", "")),
        valid_until=_day(row.get("valid_until", "")),
        made_at=moment,
        made_by=row.get("made_by") or who.by,
        note=row.get("note") or who.note,
    )


def _entity(archive: Archive, name: str, kind: str) -> int | None:
    if not name:
        return None
    checked = _type(kind)
    if checked is None:
        return entity_called(archive.db, name).id
    return archive.enrichments.entity_id(Entity(name, checked))


def _type(text: str) -> EntityType | None:
    if text and text not in ENTITY_TYPES:
        raise ValueError(f"the type {text!r} is none of {', '.join(ENTITY_TYPES)}")
    return next((kind for kind in get_args(EntityType) if kind == text), None)


def _day(text: str) -> str | None:
    if not text:
        return None
    try:
        if date.fromisoformat(text).isoformat() == text:
            return text
    except ValueError:
        pass
    raise ValueError(f"{text!r} is not a day (YYYY-MM-DD)")
