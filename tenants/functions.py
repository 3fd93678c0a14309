"""SQL functions and triggers as migration operations."""

from pathlib import Path

from django.db.migrations import RunSQL


def load(path: Path) -> RunSQL:
    """The functions in a file of `sql/`."""
    # A percent sign in the text is PL/pgSQL's own: no parameters are bound.
    return RunSQL(path.read_text(encoding="utf-8"), RunSQL.noop)


def announce(table: str, *, inserts: bool = True) -> RunSQL:
    """Tell every process's cache (`tenants.cache`) when a row of this table changes.

    `inserts=False` is for rows that are only ever remembered by themselves: an unknown one is not remembered.
    """
    events = f"{'INSERT OR ' if inserts else ''}UPDATE OR DELETE"
    return RunSQL(
        f"CREATE TRIGGER announce AFTER {events} ON {table} FOR EACH ROW EXECUTE FUNCTION portico_changed()",
        f"DROP TRIGGER announce ON {table}",
    )
