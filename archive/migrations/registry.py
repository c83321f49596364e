"""The set of steps, which the modules of this package add to, and how a step runs its statements."""

from sqlite_utils import Database, Migrations

migrations = Migrations("archive")


def run(db: Database, *statements: str) -> None:
    """Run statements one by one: executescript would commit the step's transaction half-way."""
    for statement in statements:
        db.execute(statement)
