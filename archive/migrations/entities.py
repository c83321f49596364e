"""Steps for entities: finding them again by any spelling of their names."""

from sqlite_utils import Database

from archive.migrations.registry import migrations, run
from archive.names import fold


@migrations()
def m012_names_are_found_in_any_spelling(db: Database) -> None:
    run(db, "alter table aliases add column folded text not null default ''")
    rows = db.execute("select id, alias from aliases").fetchall()
    for number, alias in rows:
        db.execute("update aliases set folded = ? where id = ?", [fold(alias), number])
    # An entity is found by its own name too, whether or not that is listed as an alias.
    unlisted = db.execute(
        "select id, name from entities e where not exists "
        "(select 1 from aliases a where a.entity_id = e.id and a.alias = e.name)"
    ).fetchall()
    for number, name in unlisted:
        db.execute(
            "insert into aliases (entity_id, alias, origin, folded) values (?, ?, 'name', ?)",
            [number, name, fold(name)],
        )
    run(db, "create index aliases_folded on aliases(folded)")
