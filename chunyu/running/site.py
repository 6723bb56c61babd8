"""Bringing the site up and down: what must be prepared, the processes, and the wait for its first answer."""

from __future__ import annotations

import fcntl
import hashlib
import http.client
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from chunyu.running import catalogues, embedded_postgres, fitness
from chunyu.running.places import Places, connection_arguments, database_settings
from chunyu.running.processes import NotRunning, Running, wait_until

PACKAGE = Path(__file__).resolve().parent.parent
ROOT = PACKAGE.parent
COLLECTED = ROOT / "build" / "collected"
DEFAULT_PORT = 8000
PATIENCE = 60.0  # seconds for the first answer
TURN = 0.5  # seconds between looks at a site that somebody waits for
RESTARTS_THAT_MEAN_TROUBLE = 3
# What the processes read once, when they start.
CODE = ("**/*.py", "**/*.html", "**/*.mo", "**/*.toml", "**/*.csv", "**/*.yaml")
ENVIRONMENT = (
    *(
        "DATABASE_URL",
        "APPLICATION_DATABASE_URL",
        "CHUNYU_ROW_SECURITY",
        "CHUNYU_SEAL_KEYS",
        "CHUNYU_BLIND_KEY",
        "CHUNYU_BACKUPS",
        "CHUNYU_SECOND_FACTOR",
    ),
    *("CHUNYU_CHECKPOINTS", "CHUNYU_IDLE_MINUTES", "CHUNYU_TODAY", "CHUNYU_DEBUG"),
    *("CHUNYU_HOSTS", "CHUNYU_ADDRESS", "CHUNYU_LISTEN"),
)

Report = Callable[[str], None]


def places() -> Places:
    return Places.from_environment(default=ROOT / ".chunyu")


def ensure_database() -> None:
    """Start the embedded server, or make sure that the one of DATABASE_URL is fit. Raises ServerFailed or Unfit."""
    home = places()
    if os.environ.get("DATABASE_URL"):
        fitness.require(connection_arguments(database_settings(home)))
    else:
        embedded_postgres.start(home)


def prepare(report: Report) -> None:
    """Everything that must be there before the site can answer; what has not changed is left alone."""
    with ThreadPoolExecutor(1) as beside:
        report("Front-end files, and beside them")
        front_end = beside.submit(prepare_front_end)
        report("Translations")
        catalogues.compile_all()
        report("Database")
        ensure_database()
        report("Tables")
        migrate()
        if not front_end.done():
            report("Front-end files, still")
        front_end.result()


def prepare_front_end() -> None:
    """Build what browsers fetch, and compress it; in programs of their own, to use a second core."""
    build_assets()
    collect_static()


def build_assets() -> None:
    """Build the front end from package-lock.json; a package that was installed brings it along."""
    if not (ROOT / "package-lock.json").exists():
        return
    _run(["chunyu.ui.assets"], "The front-end assets could not be built")


def _run(module: list[str], failed: str) -> None:
    done = subprocess.run(  # noqa: S603 - our own modules
        [sys.executable, "-m", *module],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "chunyu.settings"},
    )
    if done.returncode:
        raise NotRunning(f"{failed}:\n{(done.stdout + done.stderr)[-2000:]}")


def migrate() -> None:
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0, interactive=False)


def collect_static() -> None:
    sources = [*PACKAGE.glob("*/static"), ROOT / "build/static"]
    state = _digest(path for source in sources for path in source.rglob("*"))
    stamp = COLLECTED / ".state"
    if stamp.exists() and stamp.read_text() == state:
        return
    shutil.rmtree(COLLECTED, ignore_errors=True)
    _run(["django", "collectstatic", "--verbosity=0", "--no-input"], "The static files could not be collected")
    stamp.write_text(state)


def require_port() -> None:
    """Say at once, and not after minutes of preparation, that the port asked for is taken. Raises NotRunning."""
    running = Running.read(places().site)
    if os.environ.get("CHUNYU_PORT") and not (running and running.lives):
        free_port(None, lambda step: None)


def start(report: Report) -> tuple[str, bool]:
    """Start web and worker, or leave them be when they run as they should; the address, and whether they were started.

    Raises NotRunning when the site does not answer.
    """
    home, state = places(), _state()
    running = Running.read(home.site)
    if running and running.lives:
        if running.state == state and answers(running.port):
            return address(running.port), False
        report("Restarting, since the program or its settings changed")
        running.supervisor.end(patience=20)
    port = free_port(running.port if running else None, report)
    report("Web server and worker")
    _launch(home, port, state)
    _wait(home, port)
    return address(port), True


def asked_to_end() -> list[int]:
    """From here on SIGTERM and SIGINT are noted in this list, and end nothing by themselves."""
    asked: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda got, _frame: asked.append(got))
    return asked


def stay(asked: list[int]) -> int:
    """Wait until the site ends: 0 when it was asked to, which stops all of it; 1 when it was lost by itself."""
    while not asked:
        running = Running.read(places().site)
        if running is None or not running.lives:
            return 1
        time.sleep(TURN)
    stop()
    return 0


def stop() -> list[str]:
    """End supervisor, web, worker and the embedded database; the names of what was running."""
    home = places()
    ended = []
    with one_at_a_time():
        running = Running.read(home.site)
        if running and running.lives:
            running.supervisor.end(patience=20)
            ended.append("site and worker")
        for child in running.children.values() if running else []:
            child.end()
        if not os.environ.get("DATABASE_URL") and embedded_postgres.stop(home):
            ended.append("embedded database")
    return ended


def address(port: int) -> str:
    return f"http://localhost:{port}/"


def free_port(preferred: int | None, report: Report) -> int:
    """The port asked for, else the one used before, else the next free one from 8000 on."""
    asked = os.environ.get("CHUNYU_PORT")
    if asked:
        if not asked.isdigit():
            raise NotRunning(f"CHUNYU_PORT is {asked}, which is no port number.")
        if not _is_free(int(asked)):
            raise NotRunning(f"Port {asked} is taken by another program. Set CHUNYU_PORT to another, or unset it.")
        return int(asked)
    first = preferred or DEFAULT_PORT
    for port in (first, *range(DEFAULT_PORT, DEFAULT_PORT + 100)):
        if _is_free(port):
            if port != first:
                report(f"Port {first} is taken by another program; using {port}")
            return port
    raise NotRunning(f"All ports from {DEFAULT_PORT} to {DEFAULT_PORT + 99} are taken. Set CHUNYU_PORT to a free one.")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def answers(port: int) -> bool:
    """Whether a page comes back; an answer of 500 or more is none."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", "/account/sign-in/", headers={"Host": "localhost"})
        return connection.getresponse().status < 500
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _launch(home: Places, port: int, state: str) -> None:
    with (home.logs / "supervisor.log").open("ab") as log:
        subprocess.Popen(  # noqa: S603 - our own module
            [sys.executable, "-m", "chunyu.running.supervisor", str(home.home), str(port), state],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            cwd="/",
            env=os.environ | {"DJANGO_SETTINGS_MODULE": "chunyu.settings", "CHUNYU_HOME": str(home.home)},
        )


def _wait(home: Places, port: int) -> None:
    def troubled() -> bool:
        running = Running.read(home.site)
        ours = running is not None and running.port == port and running.lives
        return ours and running.restarts["web"] >= RESTARTS_THAT_MEAN_TROUBLE

    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and not troubled():
        if wait_until(lambda: answers(port), 1):
            return
    log = home.logs / "web.log"
    last = log.read_text(errors="replace")[-1500:] if log.exists() else "no log was written"
    raise NotRunning(f"The site does not answer on port {port}. The end of {log}:\n{last}")


def _state() -> str:
    """Changes whenever what runs would differ from what would be started now."""
    settings = "\n".join(f"{name}={os.environ.get(name, '')}" for name in ENVIRONMENT)
    files = _digest(path for pattern in CODE for path in PACKAGE.glob(pattern))
    return hashlib.sha256(f"{sys.executable}\n{settings}\n{files}".encode()).hexdigest()[:24]


def _digest(paths: Iterable[Path]) -> str:
    """Of names, sizes and times: reading every file would cost more than what it spares."""
    digest = hashlib.sha256()
    for path in sorted(paths):
        if path.is_file():
            facts = path.stat()
            digest.update(f"{path}\0{facts.st_size}\0{facts.st_mtime_ns}\n".encode())
    return digest.hexdigest()


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Of two commands at once that bring the site up or down, the second waits for the first."""
    with (places().processes / "up.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
