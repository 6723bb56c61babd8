"""A server that cannot carry Chunyu is told apart before anything is written to it, with what to do about it."""

import json
import os
import shutil
import subprocess
import sys
from urllib.parse import quote

import psycopg
import pytest
from django.db import connection
from psycopg.conninfo import make_conninfo

from chunyu.running import embedded_postgres, fitness
from chunyu.running.places import NOTICED_SOON, Places, connection_arguments, database_settings


@pytest.fixture(scope="module")
def unfit_server(tmp_path_factory):
    """A real server as a careless administrator leaves it: locale C, fsync off. Yields its socket's folder."""
    places = Places(tmp_path_factory.mktemp("unfit") / "home")
    account, binaries = embedded_postgres._account(), embedded_postgres._binaries(places)
    data, socket = places.server / "unfit", places.server / "socket"
    for folder in (data, socket):
        embedded_postgres._make_private(folder, account)
    made = embedded_postgres._run(
        [str(binaries / "initdb"), "-D", str(data), "-U", "admin", "-E", "UTF8", "--locale=C", "--auth=trust"], account
    )
    assert made.returncode == 0, made.stdout
    control = [str(binaries / "pg_ctl"), "-D", str(data), "-w"]
    options = f"-c listen_addresses='' -k '{socket}' -c fsync=off"
    started = embedded_postgres._run([*control, "start", "-l", str(data / "log"), "-o", options], account, -3)
    assert started.returncode == 0
    yield socket
    embedded_postgres._run([*control, "stop", "-m", "immediate"], account)
    shutil.rmtree(places.server, ignore_errors=True)


@pytest.fixture(scope="module")
def administrator(unfit_server):
    with psycopg.connect(host=str(unfit_server), user="admin", dbname="postgres", autocommit=True) as connection:
        yield connection


def faults(**arguments):
    return {check.name: check for check in fitness.examine(arguments) if not check.holds}


@pytest.mark.django_db
def test_the_embedded_server_is_fit():
    assert [
        check.name for check in fitness.examine(connection_arguments(connection.settings_dict)) if not check.holds
    ] == []


def test_a_locale_that_knows_no_chinese_and_a_server_that_forgets_are_named_with_their_remedy(unfit_server):
    found = faults(host=str(unfit_server), user="admin", dbname="postgres")
    assert set(found) == {"Chinese text search", "fsync"}
    assert "does not know Chinese letters" in found["Chinese text search"].found
    assert "LOCALE 'C.UTF-8'" in found["Chinese text search"].remedy
    assert "fsync = on" in found["fsync"].remedy


def test_nothing_is_left_changed(unfit_server, administrator):
    faults(host=str(unfit_server), user="admin", dbname="postgres")
    assert administrator.execute("SELECT extname FROM pg_extension").fetchall() == [("plpgsql",)]


def test_an_encoding_that_holds_no_chinese_is_named(unfit_server, administrator):
    administrator.execute("CREATE DATABASE latin TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'")
    assert "encoding" in faults(host=str(unfit_server), user="admin", dbname="latin")


def test_a_user_who_may_not_create_is_named_with_the_statement_that_helps(unfit_server, administrator):
    administrator.execute("CREATE ROLE guest LOGIN")
    found = faults(host=str(unfit_server), user="guest", dbname="postgres")
    assert {"right to create in the database", "extension pg_trgm", "extension btree_gist"} <= set(found)
    assert 'OWNER TO "guest"' in found["right to create in the database"].remedy


@pytest.mark.parametrize(
    ("change", "remedy"),
    [
        ({"dbname": "nowhere"}, "createdb"),
        ({"user": "nobody_at_all"}, "user and password"),
        ({"port": 1}, "host and port"),
    ],
    ids=["no such database", "no such user", "no server"],
)
def test_a_server_that_cannot_be_reached_is_one_fault_with_its_remedy(unfit_server, change, remedy):
    found = faults(**{"host": str(unfit_server), "user": "admin", "dbname": "postgres"} | change)
    assert list(found) == ["reachable"]
    assert remedy in found["reachable"].remedy


def command(*arguments, **environment):
    return subprocess.run(
        [sys.executable, "-m", "chunyu.cli", *arguments],
        capture_output=True,
        text=True,
        env=os.environ | environment,
        check=False,
    )


def test_commands_refuse_the_server_in_a_sentence(unfit_server, tmp_path):
    address = f"postgresql://admin@{quote(str(unfit_server), safe='')}/postgres"
    refused = command("migrate", DATABASE_URL=address, CHUNYU_HOME=str(tmp_path))
    assert refused.returncode == 1
    assert "This database cannot carry Chunyu" in refused.stderr
    assert "Traceback" not in refused.stderr
    doctor = command("doctor", "--json", DATABASE_URL=address, CHUNYU_HOME=str(tmp_path))
    assert doctor.returncode == 1
    assert {check["name"] for check in json.loads(doctor.stdout) if not check["holds"]} >= {
        "Chinese text search",
        "fsync",
    }


def test_every_part_of_an_address_reaches_the_driver(monkeypatch, tmp_path):
    address = "postgresql://wang:p%40ss@db.example:6432/aid?sslmode=require&connect_timeout=3"
    monkeypatch.setenv("DATABASE_URL", f"{address}&options=-c%20statement_timeout%3D5s")
    assert connection_arguments(database_settings(Places(tmp_path))) == NOTICED_SOON | {
        "dbname": "aid",
        "user": "wang",
        "password": "p@ss",
        "host": "db.example",
        "port": "6432",
        "sslmode": "require",
        "connect_timeout": "3",
        "application_name": "chunyu",
        "options": "-c pgtrigger.ignore={} -c statement_timeout=5s",
    }


@pytest.fixture
def empty_database(django_db_setup):
    """A fit database in which nothing was ever made, as an address."""
    here = connection_arguments(connection.settings_dict)
    name = f"{here['dbname']}_empty"
    with psycopg.connect(**here, autocommit=True) as administrator:
        administrator.execute(f'CREATE DATABASE "{name}"')
        yield make_conninfo("", **here | {"dbname": name})
        administrator.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def test_a_command_on_a_database_without_tables_says_what_to_run(empty_database, tmp_path):
    workbook = tmp_path / "households.xlsx"
    workbook.touch()
    refused = command("import", str(workbook), "--as", "wang", DATABASE_URL=empty_database, CHUNYU_HOME=str(tmp_path))
    assert refused.returncode == 1
    assert "Run `chunyu migrate`" in refused.stderr
    assert "Traceback" not in refused.stderr
