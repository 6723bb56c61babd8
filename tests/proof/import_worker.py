"""A worker process that carries an import through and says a line for every lot that it has sent to the database.

python -m tests.proof.import_worker DATABASE BATCH PIECE [parts]     parts: the control, which commits piece by piece
"""

import os
import sys
import time
from uuid import UUID

import django

LOTS_OF_A_PIECE = 4  # households, members, causes and statements


def work(batch: str, piece: int, *, parts: bool) -> None:
    from chunyu.registry.importing import flat, job, plan
    from chunyu.registry.importing.bulk import Stream

    plan.PIECE = flat.PIECE = piece
    copy, sent = Stream._copy, list[int]()

    def told(self, *piece) -> None:
        copy(self, *piece)
        sent.append(1)
        # The database allows no family without its worker: half of one could not even be committed.
        if parts and len(sent) % LOTS_OF_A_PIECE == 0:
            self._raw.commit()
        os.write(1, b"sent\n")
        time.sleep(0.02)  # so that a kill meets it where it is meant to

    Stream._copy = told
    os.write(1, b"begun\n")
    job.run(UUID(batch), ask=False)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chunyu.settings")
    from django.conf import settings

    settings.DATABASES["default"]["NAME"] = sys.argv[1]
    django.setup()
    work(sys.argv[2], int(sys.argv[3]), parts=sys.argv[4:] == ["parts"])
