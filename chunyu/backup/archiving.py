"""The journal, on its way from the database to the shelf.

The server lays every finished segment into a folder of its own, since it runs as another user and knows no keys; from
there `ship` seals it into the shelf, files of the vault first: what the journal names must be there before it.
"""

from __future__ import annotations

from dataclasses import dataclass

import psycopg
from psycopg import sql

from chunyu.backup.shelf import SEGMENT, Shelf, Unusable
from chunyu.privacy import vault
from chunyu.running import embedded_postgres
from chunyu.running.places import Places

SECONDS_AT_MOST = 60  # after which a segment that is not full is finished all the same


@dataclass(frozen=True)
class Shipped:
    segments: int
    files: int


def is_on(places: Places) -> bool:
    """Whether the server hands over its journal."""
    with connected(places) as connection:
        return _setting(connection, "archive_command") == embedded_postgres.archive_command(places)


def turn_on(places: Places) -> None:
    """Have the server hand over its journal from now on; harmless when it does."""
    embedded_postgres.make_archive(places)
    with connected(places) as connection:
        if _setting(connection, "archive_mode") != "on":
            raise Unusable(
                "This database was made without a journal to hand over (archive_mode). Set archive_mode = on in "
                f"{places.database}/postgresql.conf, run `chunyu stop` and `chunyu up`, and try again."
            )
        for name, value in (
            ("archive_command", embedded_postgres.archive_command(places)),
            ("archive_timeout", str(SECONDS_AT_MOST)),
        ):
            connection.execute(sql.SQL("ALTER SYSTEM SET {} = {}").format(sql.Identifier(name), sql.Literal(value)))
        connection.execute("SELECT pg_reload_conf()")


def ship(places: Places, shelf: Shelf) -> Shipped:
    """Seal everything that waits into the shelf. Stopped at any moment, the next time goes on where it was.

    Unusable when the shelf holds another segment under the same name: then two databases write to one shelf.
    """
    with shelf.alone():
        waiting = sorted(path for path in places.archive.glob("[!.]*") if path.is_file())
        files = _ship_vault(shelf)
        for path in waiting:
            name, content = f"wal/{path.name}", path.read_bytes()
            if not shelf.has(name):
                shelf.lay(name, content)
            elif shelf.fetch(name) != content:
                raise Unusable(
                    f"{shelf.folder / name} is there already, with another content: two databases use one folder of "
                    "copies. Set CHUNYU_BACKUPS to a folder of its own for this one, and take a copy."
                )
            if SEGMENT.fullmatch(path.name):
                shelf.note_last(path.name)
            path.unlink()
    return Shipped(len(waiting), files)


def _ship_vault(shelf: Shelf) -> int:
    missing = [name for name in vault.names() if not shelf.has(on_shelf(name))]
    for name in missing:
        path = vault.path_of(name)
        if path.exists():  # or it was removed meanwhile, and nothing names it
            shelf.keep_as_it_is(on_shelf(name), path)
    return len(missing)


def on_shelf(name: str) -> str:
    return f"vault/{name[-2:]}/{name}"


def connected(places: Places) -> psycopg.Connection[tuple[object, ...]]:
    """A connection of the server's owner, outside any transaction."""
    return psycopg.connect(
        host=str(places.socket), user=embedded_postgres.OWNER, dbname=embedded_postgres.DATABASE, autocommit=True
    )


def _setting(connection: psycopg.Connection[tuple[object, ...]], name: str) -> object:
    row = connection.execute("SELECT current_setting(%s)", [name]).fetchone()
    assert row is not None
    return row[0]
