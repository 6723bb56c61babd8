"""Databases for tests: one migrated template, and quick copies of it.

The template's name carries a digest of everything that migrations read, so that it is rebuilt exactly when it must be.
"""

import fcntl
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.core.management import call_command
from django.db import connection, connections

TEMPLATE = "chunyu_template_"
READ_BY_MIGRATIONS = (
    "chunyu/*/migrations/*.py",
    "chunyu/*/migrations/*.sql",
    "chunyu/federation/scope.py",
    "chunyu/wall/policies.py",
    "chunyu/**/*.csv",
    "chunyu/packs/*/**/*.toml",  # every release's rulebooks are kept in the database
    "chunyu/packs/*/**/*.yaml",
    "uv.lock",
)


class Copy:
    """A database that tests may spoil: `restore` makes it as fresh as migrations leave it."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.own_name = settings.DATABASES["default"]["NAME"]

    def restore(self) -> None:
        connections.close_all()
        template = template_name()
        self._use(self.own_name)
        with _locked(), connection.cursor() as cursor:
            if not _exists(cursor, template):
                self._build(template)
                self._use(self.own_name)
        with connection.cursor() as cursor:
            cursor.execute(f'DROP DATABASE IF EXISTS "{self.name}" WITH (FORCE)')
            cursor.execute(f'CREATE DATABASE "{self.name}" TEMPLATE "{template}"')
        self._use(self.name)

    def drop(self) -> None:
        self._use(self.own_name)
        with connection.cursor() as cursor:
            cursor.execute(f'DROP DATABASE IF EXISTS "{self.name}" WITH (FORCE)')
        connection.close()

    def _use(self, name: str) -> None:
        connection.close()
        settings.DATABASES["default"]["NAME"] = connection.settings_dict["NAME"] = name

    def _build(self, template: str) -> None:
        """Migrate under another name, so that a half-made template is never taken for a whole one."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT datname FROM pg_database WHERE datname LIKE %s", [f"{TEMPLATE}%"])
            for (stale,) in cursor.fetchall():
                cursor.execute(f'DROP DATABASE "{stale}" WITH (FORCE)')
            cursor.execute(f'CREATE DATABASE "{TEMPLATE}building"')
        self._use(f"{TEMPLATE}building")
        call_command("migrate", verbosity=0)
        self._use(self.own_name)
        with connection.cursor() as cursor:
            cursor.execute(f'ALTER DATABASE "{TEMPLATE}building" RENAME TO "{template}"')


def template_name() -> str:
    digest = hashlib.sha256()
    for pattern in READ_BY_MIGRATIONS:
        for path in sorted(settings.ROOT.glob(pattern)):
            digest.update(str(path.relative_to(settings.ROOT)).encode() + path.read_bytes())
    return TEMPLATE + digest.hexdigest()[:16]


def _exists(cursor, name: str) -> bool:
    cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
    return cursor.fetchone() is not None


@contextmanager
def _locked() -> Iterator[None]:
    """Of several workers that start at once, one builds the template."""
    with (settings.PLACES.processes / "test-template.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
