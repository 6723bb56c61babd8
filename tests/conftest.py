"""The test bench: a real PostgreSQL, no network, and nothing let pass.

Every test gets a database of its own worker, copied from a template that is migrated once per state of the migrations.
See CONTRIBUTING.md for the fixtures that tests of pages and jobs use.
"""

import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import django.conf
import django.test
import pytest

from chunyu.running import catalogues, embedded_postgres, fitness, site
from tests import databases

pytest_plugins = ["tests.browser", "tests.phone", "tests.proof.scoring"]

# Each takes long: begun last, it would keep one worker busy while the others have nothing left to do.
BEGUN_FIRST = (
    "tests/journey/",
    "tests/demo/test_demo.py",
    "tests/running/test_site.py",
    "tests/ui/test_pictures.py",
    "tests/proof/test_ledger_crash.py",
    "tests/proof/test_import_crash.py",
    "tests/proof/test_offline_entries.py",
    "tests/casework/visits/test_on_a_phone.py",
    "tests/casework/test_screens.py",
)
LOOPBACK = ("127.", "::1", "localhost")


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        catalogues.compile_all()
        try:
            site.ensure_database()
        except (fitness.Unfit, embedded_postgres.ServerFailed) as failure:
            pytest.exit(str(failure), returncode=1)
    settings = django.conf.settings
    # Pages are tested from the sources; what `make demo` collected earlier is of another state of them.
    settings.STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)
    # Real hashing costs half a second for each sign-in of a test.
    settings.SECOND_FACTOR = "offered"  # what it means that one is required is told in tests/accounts
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest first, after they were shuffled."""

    def place(item: pytest.Item) -> int:
        places = (place for place, start in enumerate(BEGUN_FIRST) if item.nodeid.startswith(start))
        return next(places, len(BEGUN_FIRST))

    items.sort(key=place)


@pytest.fixture(scope="session")
def django_db_setup(
    request: pytest.FixtureRequest, django_test_environment: None, django_db_blocker: Any
) -> Iterator[None]:
    """This worker's database; replaces pytest-django's own, which migrates anew for every worker."""
    worker = getattr(request.config, "workerinput", {}).get("workerid", "alone")
    with django_db_blocker.unblock():
        mine = databases.Copy(f"test_chunyu_{worker}")
        mine.restore()
    # Tests that commit would be followed by a TRUNCATE of everything, which the immutable tables rightly refuse.
    django.test.TransactionTestCase._fixture_teardown = lambda case: mine.restore()
    yield
    with django_db_blocker.unblock():
        mine.drop()


@pytest.fixture(autouse=True, scope="session")
def _no_network() -> Iterator[None]:
    """A connection to any other machine fails the test that tries it."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if self.family != socket.AF_UNIX and not str(address[0]).startswith(LOOPBACK):
            pytest.fail(f"A test tried to reach {address}: tests need no network.")
        connect(self, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded)
        yield


@pytest.fixture(autouse=True, scope="session")
def _requests_are_the_applications() -> Iterator[None]:
    """Tests build what they need as the owner of the tables; a request has the rights that pages have, and no more."""
    from django.core.handlers.base import BaseHandler

    from chunyu.wall.scope import as_application

    answer = BaseHandler.get_response

    def answered(self: BaseHandler, request: Any) -> Any:
        with as_application():
            return answer(self, request)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(BaseHandler, "get_response", answered)
        yield


class UndefinedVariable(str):
    """What a template prints for a name that nobody gave it: a failed test."""

    def __contains__(self, part: object) -> bool:
        return part == "%s"

    def __mod__(self, variable: object) -> str:
        pytest.fail(f"A template prints {variable}, which nobody gave it (default it in <c-vars> or pass it).")


@pytest.fixture(autouse=True, scope="session")
def _undefined_template_variables_fail() -> Iterator[None]:
    from django.template import engines

    engine = engines["django"].engine
    before, engine.string_if_invalid = engine.string_if_invalid, UndefinedVariable("%s")
    yield
    engine.string_if_invalid = before


@pytest.fixture(autouse=True)
def _own_language() -> Iterator[None]:
    """A request leaves its language behind in the thread; the next test begins in the federation's own."""
    from django.utils import translation

    translation.deactivate()
    yield
    translation.deactivate()


@pytest.fixture
def run_jobs(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """`run_jobs()` works off every queued job with a real worker, then returns; a failed job fails the test."""
    from procrastinate.contrib.django import app as queue

    queue.perform_import_paths()
    # What is due by the clock would join the jobs of the test on some runs and not on others.
    monkeypatch.setattr(queue.periodic_registry, "periodic_tasks", {})

    def run() -> None:
        from procrastinate.contrib.django.models import ProcrastinateJob

        before = set(ProcrastinateJob.objects.filter(status="failed").values_list("pk", flat=True))
        errors: list[BaseException] = []

        def work() -> None:
            try:
                with queue.replace_connector(queue.connector.get_worker_connector()) as working:
                    working.run_worker(wait=False, install_signal_handlers=False, listen_notify=False)
            except BaseException as error:  # handed to the thread that waits
                errors.append(error)

        # A thread of its own: the browser's event loop may already run in this one.
        thread = threading.Thread(target=work, name="jobs")
        thread.start()
        thread.join(timeout=300)
        if errors:
            raise errors[0]
        failed = ProcrastinateJob.objects.filter(status="failed").exclude(pk__in=before)
        assert not failed, f"jobs failed: {[(job.task_name, job.args) for job in failed]}"

    return run
