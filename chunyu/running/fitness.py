"""Whether a PostgreSQL server can carry Chunyu: what was found, what is needed, and what to do about it."""

from dataclasses import asdict, dataclass
from typing import Any

import psycopg

# 15 is what Debian 12 brings; unique constraints that treat two unknowns as equal need it.
OLDEST_VERSION = 15
EXTENSIONS = ("pg_trgm", "btree_gist")
CHINESE_REMEDY = (
    "Make the database anew with a locale that knows Chinese letters: "
    "CREATE DATABASE chunyu TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C.UTF-8'"
)
DURABLE_REMEDY = "Set {name} = on in postgresql.conf: without it a power cut can lose or mangle paid money's records."

APPLICATION_REMEDY = (
    "Make it as docs/how-to/use-your-own-postgresql.md says, and name it in APPLICATION_DATABASE_URL; with the "
    "embedded server run `chunyu up`."
)


class Unfit(Exception):
    """The server cannot carry Chunyu; the message names each fault with its remedy."""


@dataclass(frozen=True)
class Check:
    """One requirement: whether it holds, what was found, and the remedy where it does not hold."""

    name: str
    holds: bool
    found: str
    remedy: str = ""

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def require(arguments: dict[str, Any]) -> None:
    """Raise Unfit with every fault of the server at these connection arguments."""
    faults = [check for check in examine(arguments) if not check.holds]
    if faults:
        told = "\n".join(f"- {check.name}: {check.found}. {check.remedy}" for check in faults)
        raise Unfit(f"This database cannot carry Chunyu.\n{told}")


def examine(arguments: dict[str, Any]) -> list[Check]:
    """All checks of a server; when it cannot be reached, only that one. Nothing is left changed."""
    try:
        connection = psycopg.connect(**{"connect_timeout": 5} | arguments)
    except psycopg.OperationalError as error:
        return [_unreachable(error)]
    with connection:
        checks = [
            Check("reachable", True, f"{connection.info.user} at {connection.info.host or 'the local socket'}"),
            *_version_and_encoding(connection),
            *_rights(connection),
            *_extensions(connection),
            *_durability(connection),
        ]
        connection.rollback()
    return checks


def require_application(arguments: dict[str, Any]) -> None:
    """Raise Unfit when pages or jobs would work with rights that row security does not bind."""
    check = application(arguments)
    if not check.holds:
        raise Unfit(f"Pages and jobs may not work like this: {check.found}. {check.remedy}")


def application(arguments: dict[str, Any]) -> Check:
    """Whether the login of pages and jobs is one that row security binds: neither owner nor superuser nor BYPASSRLS."""
    name = "login of pages and jobs"
    try:
        connection = psycopg.connect(**{"connect_timeout": 5} | arguments)
    except psycopg.OperationalError as error:
        return Check(name, False, str(error).strip().split("\n")[-1].strip(), APPLICATION_REMEDY)
    with connection:
        login = connection.info.user
        row = connection.execute(
            """SELECT rolsuper, rolbypassrls, rolcreaterole, EXISTS (
                SELECT FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
                AND pg_has_role(relowner, 'MEMBER')
            ) FROM pg_roles WHERE rolname = current_user"""
        ).fetchone()
        connection.rollback()
    wrong = ("is a superuser", "passes over row security", "may make roles", "owns the tables")
    found = [word for word, is_so in zip(wrong, row or (True,), strict=False) if is_so]
    return Check(name, not found, f"{login} {' and '.join(found)}" if found else login, APPLICATION_REMEDY)


def _unreachable(error: psycopg.OperationalError) -> Check:
    said = str(error).strip().split("\n")[-1].strip()
    if "does not exist" in said and "database" in said:
        remedy = "Create it: createdb --template=template0 --encoding=UTF8 --locale=C.UTF-8 NAME"
    elif "password" in said or "authentication" in said or "role" in said:
        remedy = "Check the user and password in DATABASE_URL, and the server's pg_hba.conf."
    else:
        remedy = "Check host and port in DATABASE_URL, that the server runs, and that it listens to this machine."
    return Check("reachable", False, said, remedy)


def _one(connection: psycopg.Connection, query: str) -> Any:
    return connection.execute(query).fetchone()[0]


def _version_and_encoding(connection: psycopg.Connection) -> list[Check]:
    version = connection.info.server_version // 10000
    encoding = _one(connection, "SHOW server_encoding")
    standby = _one(connection, "SELECT pg_is_in_recovery()")
    return [
        Check(
            "version",
            version >= OLDEST_VERSION,
            f"PostgreSQL {version}",
            f"Use PostgreSQL {OLDEST_VERSION} or newer.",
        ),
        Check(
            "encoding",
            encoding == "UTF8",
            encoding,
            f"Chinese names need UTF8. {CHINESE_REMEDY}",
        ),
        Check(
            "writable",
            not standby,
            "a standby that only reads" if standby else "yes",
            "Point DATABASE_URL at the primary server.",
        ),
    ]


def _rights(connection: psycopg.Connection) -> list[Check]:
    name, user = connection.info.dbname, connection.info.user
    create = _one(connection, "SELECT has_database_privilege(current_database(), 'CREATE')")
    tables = _one(
        connection,
        "SELECT coalesce(bool_or(has_schema_privilege(nspname, 'CREATE')), false) FROM pg_namespace"
        " WHERE nspname = ANY (current_schemas(false))",
    )
    return [
        Check(
            "right to create in the database",
            create and tables,
            "granted" if create and tables else "not granted",
            f'As the server\'s administrator: ALTER DATABASE "{name}" OWNER TO "{user}"',
        )
    ]


def _extensions(connection: psycopg.Connection) -> list[Check]:
    checks = []
    for extension in EXTENSIONS:
        problem = None
        try:
            with connection.transaction():
                connection.execute(f"CREATE EXTENSION IF NOT EXISTS {extension}")
        except psycopg.Error as error:
            problem = str(error).split("\n")[0]
        checks.append(
            Check(
                f"extension {extension}",
                problem is None,
                problem or "available",
                "Install PostgreSQL's contrib package (Debian: postgresql-contrib), then as administrator: "
                f"CREATE EXTENSION {extension}",
            )
        )
    if checks[0].holds and _one(connection, "SHOW server_encoding") == "UTF8":
        # Under locale C a Chinese letter is no letter, and a search by name would find nobody.
        seen = _one(connection, "SELECT show_trgm('中文字') <> '{}'")
        locale = _one(connection, "SELECT datcollate FROM pg_database WHERE datname = current_database()")
        found = f"locale {locale} {'knows' if seen else 'does not know'} Chinese letters"
        checks.append(Check("Chinese text search", seen, found, CHINESE_REMEDY))
    return checks


def _durability(connection: psycopg.Connection) -> list[Check]:
    return [
        Check(name, value == "on", value, DURABLE_REMEDY.format(name=name))
        for name in ("fsync", "full_page_writes")
        for value in [_one(connection, f"SHOW {name}")]
    ]
