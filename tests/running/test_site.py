"""`chunyu up` and `chunyu stop` as an administrator meets them: real processes, killed at will."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from chunyu.running import embedded_postgres, site
from chunyu.running.places import Places
from chunyu.running.processes import Process, Running, wait_until


class Installation:
    """One home with its own database and site."""

    def __init__(self, home: Path) -> None:
        self.places = Places(home)
        self.environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
        self.environment["CHUNYU_HOME"] = str(home)

    def begin(self, *arguments, **environment):
        return subprocess.Popen(
            [sys.executable, "-m", "chunyu.cli", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=self.environment | environment,
        )

    def run(self, *arguments, **environment):
        command = self.begin(*arguments, **environment)
        output, errors = command.communicate(timeout=120)
        return subprocess.CompletedProcess(arguments, command.returncode, output, errors)

    def up(self):
        done = self.run("up", "--json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    @property
    def running(self) -> Running:
        running = Running.read(self.places.site)
        assert running
        return running

    def answers(self) -> bool:
        return site.answers(self.running.port)


@pytest.fixture
def installation(tmp_path):
    made = Installation(tmp_path / "home")
    yield made
    made.run("stop")
    shutil.rmtree(made.places.server, ignore_errors=True)


@pytest.mark.proof
def test_whatever_is_killed_comes_back(installation):
    assert installation.up()["started"]
    assert installation.answers()
    assert not installation.up()["started"], "a second start leaves what runs alone"

    for victim in ("worker", "web"):
        before = installation.running.children[victim]
        os.kill(before.pid, signal.SIGKILL)
        assert wait_until(lambda: installation.running.children.get(victim) not in (None, before), 20), victim  # noqa: B023 - asked at once
    assert wait_until(installation.answers, 30)

    postmaster = embedded_postgres.server(installation.places)
    assert postmaster
    os.kill(postmaster.pid, signal.SIGKILL)
    assert wait_until(lambda: embedded_postgres.server(installation.places) not in (None, postmaster), 30)
    assert wait_until(installation.answers, 30)

    before = installation.running
    os.kill(before.supervisor.pid, signal.SIGKILL)
    assert wait_until(lambda: not any(child.lives for child in before.children.values()), 20), "no child outlives it"
    assert installation.up()["started"]
    assert installation.answers()

    assert "site and worker, embedded database" in installation.run("stop").stdout
    assert not installation.running.lives
    assert not any(child.lives for child in installation.running.children.values())
    assert not installation.answers()
    assert installation.run("stop").stdout == "Nothing was running.\n"


@pytest.mark.proof
def test_a_service_manager_waits_on_it_and_ends_it(installation):
    staying = installation.begin("up", "--stay", "--json")
    assert wait_until(lambda: Running.read(installation.places.site) is not None and installation.answers(), 180)
    os.kill(installation.running.supervisor.pid, signal.SIGKILL)
    staying.communicate(timeout=20)
    assert staying.returncode == 1, "lost, and to be started again"
    staying = installation.begin("up", "--stay", "--json")
    assert wait_until(lambda: installation.running.lives and installation.answers(), 180)
    staying.send_signal(signal.SIGTERM)
    staying.communicate(timeout=60)
    assert staying.returncode == 0
    assert not installation.running.lives
    assert installation.run("stop").stdout == "Nothing was running.\n"


@pytest.mark.proof
def test_two_starts_at_once_give_one_site_on_a_free_port(installation):
    with socket.socket() as taken:
        # Another program has the port, or the developer's own site: either way it is not ours to have.
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            taken.bind(("127.0.0.1", 8000))
            taken.listen()
        except OSError:
            pass
        commands = [installation.begin("up", "--json") for _ in range(2)]
        told = [json.loads(command.communicate(timeout=120)[0]) for command in commands]
    assert sorted(each["started"] for each in told) == [False, True]
    assert told[0]["address"] == told[1]["address"] != "http://localhost:8000/"


@pytest.mark.proof
def test_a_home_that_is_thrown_away_takes_everything_with_it(installation):
    installation.up()
    running, database = installation.running, embedded_postgres.server(installation.places)
    assert database
    outside = installation.places.server
    shutil.rmtree(installation.places.home)
    processes = [running.supervisor, *running.children.values(), database]
    assert wait_until(lambda: not any(process.lives for process in processes), 30)
    assert not installation.places.home.exists()
    shutil.rmtree(outside, ignore_errors=True)


def test_a_port_that_was_asked_for_and_is_taken_is_said_so(installation):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        refused = installation.run("up", CHUNYU_PORT=str(port))
    assert refused.returncode == 1
    assert f"Port {port} is taken by another program" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_process_is_known_by_its_start_and_not_by_its_id_alone():
    sleeper = subprocess.Popen(["sleep", "60"])
    try:
        process = Process.of(sleeper.pid)
        assert process
        assert process.lives
        earlier = Process(process.pid, process.born[:-1])
        earlier.end()
        assert process.lives, "one with the same id but another birth is left alone"
        process.end()
        assert not process.lives
    finally:
        sleeper.kill()
        sleeper.wait()
