"""Where a running Chunyu keeps what is its own: keys, the embedded database, files, logs, process ids."""

import contextlib
import hashlib
import os
import secrets
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from psycopg.conninfo import conninfo_to_dict

from chunyu.wall import APPLICATION, is_the_application

# A unix socket's whole path must fit in 107 bytes; PostgreSQL adds "/.s.PGSQL.5432".
SOCKET_PATH_LIMIT = 107 - len("/.s.PGSQL.5432")

OUTSIDE = Path("/var/lib/chunyu")


@dataclass(frozen=True)
class Places:
    """The folders of one installation; each is made, private to its owner, when first asked for."""

    home: Path

    @classmethod
    def from_environment(cls, default: Path) -> "Places":
        return cls(Path(os.environ.get("CHUNYU_HOME") or default).resolve())

    def _private(self, name: str) -> Path:
        path = self.home / name
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        return path

    @property
    def keys(self) -> Path:
        return self._private("keys")

    @property
    def vault(self) -> Path:
        return self._private("vault")

    @property
    def checkpoints(self) -> Path:
        """Where the record's end is written down, outside the database that holds the record."""
        return self._private("checkpoints")

    @property
    def logs(self) -> Path:
        return self._private("logs")

    @property
    def processes(self) -> Path:
        return self._private("processes")

    @property
    def site(self) -> Path:
        """Where the supervisor says what runs."""
        return self.processes / "site.json"

    @property
    def lock(self) -> Path:
        """Held by the supervisor for its whole life."""
        return self.home / "processes" / "site.lock"

    @property
    def demonstration(self) -> Path:
        """Stands where the demonstration was loaded: nobody real is in that home."""
        return self.home / "demonstration"

    @property
    def temporary(self) -> Path:
        return self._private("temporary")

    @property
    def facts(self) -> Path:
        """Facts frozen for a run, personal values in clear: each run takes its folder away when it ends."""
        return self._private("facts")

    @property
    def server(self) -> Path:
        """Folder of the embedded server. It is the home, but where root keeps it in a folder closed to others.

        The server never runs as root, so it could not reach such a home. The home then remembers a folder of its own
        under /var/lib, never shared with an earlier home of the same path.
        """
        pointer = self.home / "server-folder"
        if not pointer.exists():
            if os.geteuid() != 0 or (self.home / "database").exists() or _open_to_others(self.home):
                return self.home
            self.home.mkdir(parents=True, exist_ok=True)
            self.publish(pointer, f"{OUTSIDE / secrets.token_hex(6)}\n")
        return Path(pointer.read_text().strip())

    @property
    def database(self) -> Path:
        return self.server / "database"

    @property
    def archive(self) -> Path:
        """Where the embedded server lays its journal for the copies; beside it, since only there may it write."""
        return self.server / "archive"

    @property
    def socket(self) -> Path:
        """Folder of the embedded server's socket; a short one elsewhere when home's own path is too long."""
        inside = self.server / "socket"
        if len(str(inside).encode()) <= SOCKET_PATH_LIMIT:
            return inside
        mark = hashlib.sha256(str(self.home).encode()).hexdigest()[:12]
        return Path(tempfile.gettempdir()) / f"chunyu-{mark}"

    def secret(self, name: str) -> str:
        """A random secret, made once and kept in the keys folder with rights for the owner alone."""
        path = self.keys / name
        if not path.exists():
            self.publish(path, secrets.token_urlsafe(48) + "\n")
        return path.read_text().strip()

    @staticmethod
    def publish(path: Path, content: str) -> None:
        """Write a file whole or not at all; of two first starts at once one wins and both read the same."""
        fresh = path.with_name(f".{path.name}.{os.getpid()}")
        fresh.touch(mode=0o600)
        fresh.write_text(content)
        with contextlib.suppress(FileExistsError):
            os.link(fresh, path)
        fresh.unlink()


def _open_to_others(folder: Path) -> bool:
    """Whether a user without rights of their own can walk down to this folder, made or still to be made."""
    made = [each for each in (folder, *folder.parents) if each.exists()]
    umask = os.umask(0o022)
    os.umask(umask)
    return not umask & 0o001 and all(each.stat().st_mode & 0o001 for each in made)


def connection_arguments(settings: dict[str, Any]) -> dict[str, Any]:
    """The same database for psycopg itself, where Django is not set up."""
    named = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}
    given = {libpq: settings[django] for libpq, django in named.items() if settings.get(django)}
    return given | settings["OPTIONS"]


# A server gone without a word would be waited for a quarter of an hour. The address may name others (libpq's names).
NOTICED_SOON = {
    "connect_timeout": "5",
    "keepalives_idle": "10",
    "keepalives_interval": "3",
    "keepalives_count": "3",
    "tcp_user_timeout": "20000",  # milliseconds
}


OWNER = "chunyu"  # of the tables, in the embedded server


def database_settings(places: Places, *, application: bool | None = None) -> dict[str, Any]:
    """Django's settings for DATABASE_URL, or for the embedded server's socket when that is unset.

    Pages and jobs log in as the application, whom row security binds: with APPLICATION_DATABASE_URL on a server of
    one's own. Without that they would be the owner, which `fitness.require_application` refuses.

    Each trigger asks whether it is to be passed over, and without an answer catches an error in a subtransaction of its
    own, whose end goes through all that the transaction still has to check: 20,000 postings took four times as long. So
    every session answers once, when it begins: none is.
    """
    ours = {"application_name": "chunyu", "options": "-c pgtrigger.ignore={}"}
    shared: dict[str, Any] = {
        "ENGINE": "django.db.backends.postgresql",
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
    }
    if application is None:
        application = is_the_application()
    address = os.environ.get("DATABASE_URL")
    if not address:
        return shared | {
            "NAME": "chunyu",
            "USER": APPLICATION if application else OWNER,
            "HOST": str(places.socket),
            "OPTIONS": ours,
        }
    if application:
        address = os.environ.get("APPLICATION_DATABASE_URL") or address
    options = {name: str(value) for name, value in conninfo_to_dict(address).items() if value is not None}
    known = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}
    named = {django: options.pop(libpq) for libpq, django in known.items() if libpq in options}
    options["options"] = f"{ours['options']} {options.get('options', '')}".strip()
    return shared | named | {"OPTIONS": ours | NOTICED_SOON | options}
