"""What `chunyu doctor` looks at, beyond the database itself."""

import os
import shutil
import sys
from importlib import import_module
from pathlib import Path

from chunyu.running import embedded_postgres, fitness, site
from chunyu.running.fitness import Check
from chunyu.running.places import Places, connection_arguments, database_settings
from chunyu.running.processes import Running
from chunyu.wall import is_up

OLDEST_PYTHON = (3, 11)
LEAST_SPACE = 2 * 1024**3  # bytes


def examine(home: Places) -> list[Check]:
    """All checks of this machine, in the order in which their remedies help."""
    own = [_python(), _home(home), _space(home), _keys(home), _second_factor(home), *_assets()]
    return [*own, *_database(home), _site(home), *_above(home)]


def _second_factor(home: Places) -> Check:
    if home.demonstration.exists():
        return Check("second factor", True, "only offered, since this home holds the demonstration")
    required = os.environ.get("CHUNYU_SECOND_FACTOR", "required") == "required"
    remedy = "Unset CHUNYU_SECOND_FACTOR: real families' data must not stand behind passwords alone."
    return Check("second factor", required, "required of the staff" if required else "only offered", remedy)


def _above(home: Places) -> list[Check]:
    """What rooms above this one look at; they are only known here when they are asked."""
    rooms = ("chunyu.backup.diagnosis", "chunyu.audit.diagnosis")
    return [check for room in rooms for check in import_module(room).examine(home)]


def _python() -> Check:
    found = ".".join(map(str, sys.version_info[:3]))
    return Check("Python", sys.version_info >= OLDEST_PYTHON, found, "Install Python 3.11 or newer.")


def _home(home: Places) -> Check:
    made = next(each for each in (home.home, *home.home.parents) if each.exists())
    usable = os.access(made, os.W_OK | os.X_OK)
    kept = f"{home.home}, the database under {home.server}" if usable and home.server != home.home else str(home.home)
    return Check("home folder", usable, kept, f"Give yourself the right to write {made}, or set CHUNYU_HOME.")


def _space(home: Places) -> Check:
    made = next(each for each in (home.server, *home.server.parents) if each.exists())
    free = shutil.disk_usage(made).free
    return Check(
        "disk space",
        free >= LEAST_SPACE,
        f"{free / 1024**3:.1f} GiB free",
        f"Free some space under {made}, or set CHUNYU_HOME to a folder on a larger disk.",
    )


def _keys(home: Places) -> Check:
    folder = home.home / "keys"
    if not folder.exists():
        return Check("keys", True, "none yet; they are made at the first start")
    loose = [each.name for each in (folder, *folder.iterdir()) if each.stat().st_mode & 0o077]
    return Check(
        "keys",
        not loose,
        f"others can read {', '.join(sorted(loose))}" if loose else "readable by their owner alone",
        f"chmod -R go= {folder}",
    )


def _assets() -> list[Check]:
    built = (site.ROOT / "build/static").is_dir() or not (site.ROOT / "package-lock.json").exists()
    compiled = all(
        path.with_suffix(".mo").exists() for path in site.PACKAGE.glob("*/locale/zh_Hans/LC_MESSAGES/django.po")
    )
    return [
        Check("front-end assets", built, "built" if built else "not built", "Run `chunyu up`."),
        Check("translations", compiled, "compiled" if compiled else "not compiled", "Run `chunyu up`."),
    ]


def _database(home: Places) -> list[Check]:
    if not os.environ.get("DATABASE_URL") and not embedded_postgres.is_running(home):
        return [Check("database", False, "the embedded server does not run", "Run `chunyu up`.")]
    checks = fitness.examine(connection_arguments(database_settings(home)))
    if not all(check.holds for check in checks):
        return checks
    if not is_up():
        found = "off: pages log in as the owner of the tables (CHUNYU_ROW_SECURITY=on puts it up)"
        return [*checks, tables(), Check("row security", True, found)]
    return [*checks, tables(), fitness.application(connection_arguments(database_settings(home, application=True)))]


def tables() -> Check:
    """Whether every migration has been applied to the database that Django is set up for."""
    import django
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    django.setup()
    executor = MigrationExecutor(connection)
    waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    found = f"{len(waiting)} migrations wait" if waiting else "up to date"
    return Check("tables", not waiting, found, "Run `chunyu migrate`.")


def _site(home: Places) -> Check:
    running = Running.read(home.site)
    lives = running is not None and running.lives
    if not lives:
        return Check("site", True, "not running; `chunyu up` starts it")
    well = site.answers(running.port)
    found = f"{'answers' if well else 'does not answer'} at {site.address(running.port)}"
    worker = running.children.get("worker")
    if worker is None or not worker.lives:
        well, found = False, f"{found}, and no worker runs"
    logs = Path(home.home) / "logs"
    return Check("site", well, found, f"Look at the end of {logs}/web.log and worker.log.")
