"""Jobs that follow acts in other rooms, and the long ones that people start here."""

from __future__ import annotations

from datetime import date

from chunyu.accounts.acting import Acting
from chunyu.accounts.models import Post
from chunyu.hardship.deciding import decide_households
from chunyu.hardship.finding import tasks as finding  # noqa: F401 the queue finds a room's jobs here
from chunyu.hardship.payments import follow_payments
from chunyu.hardship.rounds.computing import compute
from chunyu.hardship.rounds.models import Round
from chunyu.hardship.rounds.publishing import open_applications
from chunyu.registry.models import Household
from chunyu.running.jobs import job


def _acting(post: int, day: str) -> Acting:
    return Acting.through(Post.objects.select_related("organisation", "user").get(pk=post), date.fromisoformat(day))


@job(name="hardship.decide_all")
def decide_all(post: int, day: str, **_keys: str) -> None:
    """Decide everybody on file in the acting post's subtree: after an import, or on demand."""
    acting = _acting(post, day)
    decide_households(acting, Household.objects.within(acting.path).filter(status=Household.Status.ON_FILE))


@job(name="hardship.follow_payments")
def follow_pay_outs(post: int, day: str, **_keys: str) -> None:
    """Move the cases whose payment has arrived or come back."""
    follow_payments(_acting(post, day))


@job(name="hardship.compute_round")
def compute_round(planned: str, post: int, day: str) -> None:
    """Share out the funds of a round of allocation."""
    compute(_acting(post, day), Round.objects.get(pk=planned))


@job(name="hardship.open_round")
def open_round(planned: str) -> None:
    """Open the applications of a published round; taken up again, it goes on where it was."""
    Acting.begin(Round.objects.filter(pk=planned), through="planned_by")
    open_applications(Round.objects.select_related("planned_by").get(pk=planned))
