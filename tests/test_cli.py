"""The command: quick help, exit codes, one sentence for a mistake."""

import subprocess
import sys
from types import ModuleType

import click
import pytest
from click.testing import CliRunner

from chunyu import cli
from chunyu.accounts.refusal import Refusal


@pytest.fixture
def with_command(monkeypatch):
    """Mounts a command `try` that does what the test says."""

    def mount(callback):
        command = click.command("try")(callback)
        monkeypatch.setitem(sys.modules, "try_commands", ModuleType("try_commands"))
        monkeypatch.setattr(cli.Entry, "is_offered", True)
        sys.modules["try_commands"].command = command
        monkeypatch.setitem(cli.COMMANDS, "try", cli.Entry("try_commands:command", "Try.", False))
        return CliRunner().invoke(cli.main, ["try"])

    return mount


def test_help_names_every_command_without_loading_django():
    asked = (
        "import sys; from chunyu import cli; cli.main(['-h'], standalone_mode=False); print('django' in sys.modules)"
    )
    shown = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True).stdout
    assert shown.strip().endswith("False")
    assert all(f"  {name} " in shown for name, entry in cli.COMMANDS.items() if entry.is_offered)


EVERY_HELP = """
from click.testing import CliRunner
from chunyu import cli
from chunyu.running import embedded_postgres
embedded_postgres.start = None  # help waits for no database
for name, entry in cli.COMMANDS.items():
    if entry.is_offered:
        result = CliRunner().invoke(cli.main, [name, "--help"])
        print(name, result.exit_code, result.output.splitlines()[:1], result.exception)
"""


def test_every_command_explains_itself_with_no_setting_made(monkeypatch, tmp_path):
    monkeypatch.delenv("DJANGO_SETTINGS_MODULE")
    monkeypatch.setenv("CHUNYU_HOME", str(tmp_path))
    shown = subprocess.run([sys.executable, "-c", EVERY_HELP], capture_output=True, text=True, check=True).stdout
    for line in shown.splitlines():
        name = line.split()[0]
        assert line.startswith(f"{name} 0 ['Usage: main {name}"), line
    assert len(shown.splitlines()) == sum(entry.is_offered for entry in cli.COMMANDS.values())


def test_a_refusal_is_one_sentence_and_exit_code_1(with_command):
    def refuse():
        raise Refusal("This batch is approved already.")

    result = with_command(refuse)
    assert (result.exit_code, result.stderr) == (1, "Error: This batch is approved already.\n")


def test_wrong_use_is_exit_code_2(with_command):
    assert CliRunner().invoke(cli.main, ["no-such-command"]).exit_code == 2


def test_a_fault_of_the_program_is_not_dressed_up(with_command):
    def fail():
        raise ZeroDivisionError

    assert isinstance(with_command(fail).exception, ZeroDivisionError)


def test_a_database_that_is_away_is_told_with_what_to_do(with_command):
    def ask():
        from django.db import OperationalError

        raise OperationalError("connection refused\nIs the server running?")

    result = with_command(ask)
    assert result.exit_code == 1
    assert result.stderr == "Error: The database does not answer: connection refused\nRun `chunyu doctor` to see why.\n"
