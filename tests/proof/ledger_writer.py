"""A process that posts as fast as it can and prints each key only after the database has acknowledged it.

python -m tests.proof.ledger_writer FIRST_NUMBER     CHUNYU_HOME names the home whose server it uses
"""

import os
import sys
import threading
from datetime import date

import django

HANDS = 4


def write(first: int) -> None:
    from django.db import connections

    from chunyu.accounts.acting import Acting
    from chunyu.accounts.models import Post
    from chunyu.ledger import accounts
    from chunyu.ledger.models import Fund, Reason
    from chunyu.ledger.posting import move, post

    day = date(2026, 11, 23)
    acting = Acting(Post.objects.select_related("user", "organisation").get(), day)
    fund = Fund.objects.get()
    cash, committed = accounts.cash(fund), accounts.committed(fund, "living")
    connections.close_all()

    def hand(number: int) -> None:
        n = first
        while True:
            key = f"{number}-{n}"
            one = move(key, Reason.RESERVATION, day, out_of=cash, into=committed, quantity=1, programme="living")
            try:
                post(acting, [one])
            except Exception:  # the server is gone: this one is in doubt
                os.write(2, f"{key}\n".encode())
                return
            os.write(1, f"{key}\n".encode())
            n += 1

    threads = [threading.Thread(target=hand, args=(number,)) for number in range(HANDS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chunyu.settings")
    django.setup()
    write(int(sys.argv[1]))
