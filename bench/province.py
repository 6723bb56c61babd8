"""The province that the registry is measured on: generated once, kept under build/bench, and opened in this process."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable

from bench.data import BUILD, ROOT

MEMBERS = 16_000_000
Say = Callable[[str], None]


def prepare(members: int, say: Say) -> None:
    """Make sure that the province of this size is loaded (`chunyu demo --scale province`), and set Django up on it.

    CHUNYU_HOME or DATABASE_URL name one that is there already."""
    if "CHUNYU_HOME" not in os.environ and "DATABASE_URL" not in os.environ:
        os.environ["CHUNYU_HOME"] = str(BUILD / f"province-{members}")
    os.environ["DJANGO_SETTINGS_MODULE"] = "chunyu.settings"
    sizes = [] if members == MEMBERS else ["--members", str(members), "--organisations", str(organisations(members))]
    for command in (["migrate"], ["demo", "--scale", "province", *sizes, "--json"]):
        say(f"chunyu {' '.join(command)}")
        subprocess.run([sys.executable, "-m", "chunyu.cli", *command], cwd=ROOT, check=True, stdout=subprocess.PIPE)
    set_up()


def organisations(members: int) -> int:
    """As many members to a union as in the whole province, and enough unions for every county."""
    return max(2_000, 150_000 * members // MEMBERS)


def set_up() -> None:
    """Django on the home or database that the environment names, with pages from the sources."""
    import django
    from django.conf import settings

    settings.STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.ALLOWED_HOSTS = ["*"]
    django.setup()
    from django.utils import translation

    from chunyu.running.collecting import collect_seldom

    collect_seldom()  # as web and worker do
    translation.activate("en")
