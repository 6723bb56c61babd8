"""The worker, which does the queued jobs:  python -m chunyu.worker"""

import os

from django.core.management import execute_from_command_line
from django.db import connections

CONCURRENCY = 2


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chunyu.settings")
    os.environ["CHUNYU_LOGIN"] = "application"
    import django

    django.setup()
    # Before the first job: with other keys than the database's own, everything written would be lost.
    from django.conf import settings

    from chunyu.privacy import own_keys
    from chunyu.running import fitness, places
    from chunyu.running.collecting import collect_seldom
    from chunyu.wall import is_the_application

    if is_the_application():
        fitness.require_application(places.connection_arguments(settings.DATABASES["default"]))
    own_keys.verify()
    connections.close_all()
    collect_seldom()
    execute_from_command_line(["chunyu", "procrastinate", "worker", "--concurrency", str(CONCURRENCY)])


if __name__ == "__main__":
    main()
