"""The same run on a Spark cluster: a master and two workers started here, on loopback, give the same digest."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from chunyu.policy import load_pack
from chunyu.policy.columns import facts_of_cases
from chunyu.policy.facts_folder import write_facts
from chunyu.policy.running import run
from tests.policy.families import families

ON = date(2026, 3, 6)
HERE = "127.0.0.1"
SCRIPT = """
import sys
from datetime import date
from pathlib import Path
from chunyu.policy.spark import run_on_spark
found, _ = run_on_spark("national-2021", Path(sys.argv[1]), date(2026, 3, 6), Path(sys.argv[2]), sys.argv[3],
                        options={"spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1",
                                 "spark.executor.memory": "512m", "spark.executor.cores": "1"})
print("digest", found.digest, "households", found.households)
"""


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[str]:
    """The address of a standalone cluster of two workers."""
    import pyspark

    assert shutil.which("java"), "Java 17 is needed: .ci/run installs it"
    command = str(Path(pyspark.__file__).parent / "bin" / "spark-class")
    port = free_port()
    environment = os.environ | {
        "SPARK_LOCAL_IP": HERE,
        "SPARK_NO_DAEMONIZE": "1",
        "SPARK_WORKER_DIR": str(tmp_path / "w"),
    }
    master = [
        command,
        "org.apache.spark.deploy.master.Master",
        "--host",
        HERE,
        "--port",
        str(port),
        "--webui-port",
        "0",
    ]
    worker = [command, "org.apache.spark.deploy.worker.Worker", "--host", HERE, "--cores", "1", "--memory", "600m"]
    worker += ["--webui-port", "0", f"spark://{HERE}:{port}"]
    log = (tmp_path / "cluster.log").open("w")
    started = [subprocess.Popen(master, env=environment, stdout=log, stderr=log)]
    try:
        wait_for(port)
        started += [subprocess.Popen(worker, env=environment, stdout=log, stderr=log) for _ in range(2)]
        wait_until_registered(tmp_path / "cluster.log", 2)
        yield f"spark://{HERE}:{port}"
    finally:
        for each in started:
            each.terminate()
        for each in started:
            each.wait(30)
        log.close()


def free_port() -> int:
    with socket.socket() as found:
        found.bind((HERE, 0))
        return int(found.getsockname()[1])


def wait_for(port: int) -> None:
    for _ in range(300):
        with socket.socket() as trying:
            if trying.connect_ex((HERE, port)) == 0:
                return
        time.sleep(0.2)
    raise AssertionError("the master does not answer")


def wait_until_registered(log: Path, workers: int) -> None:
    for _ in range(300):
        if log.read_text().count("Successfully registered with master") >= workers:
            return
        time.sleep(0.2)
    raise AssertionError(f"the workers did not register:\n{log.read_text()[-3000:]}")


def test_a_cluster_gives_the_digest_of_local_threads(cluster: str, tmp_path: Path):
    facts = write_facts(tmp_path / "facts", facts_of_cases(load_pack("national-2021"), families(300, seed=9)), ON)
    here = run("national-2021", facts.path, ON, tmp_path / "here")
    # A process of its own, whose warnings and threads are Spark's.
    called = [sys.executable, "-c", SCRIPT, str(facts.path), str(tmp_path / "there"), cluster]
    there = subprocess.run(called, capture_output=True, text=True, timeout=240, check=False)
    assert there.returncode == 0, there.stderr[-3000:]
    assert f"digest {here.digest} households 300" in there.stdout
    work = list((tmp_path / "w").rglob("stdout"))
    assert len(work) == 2, "both workers had a part"
