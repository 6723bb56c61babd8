"""Puts the acting post on the request once; everything after asks `request.acting` and nothing else."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from chunyu.accounts.acting import Acting
from chunyu.accounts.clock import today
from chunyu.accounts.models import Post

SESSION_POST = "post"


class ActingMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.acting = acting_of(request)
        return self.get_response(request)


def acting_of(request: HttpRequest) -> Acting | None:
    """The chosen post while it is held, else the person's first one; None without a sign-in or a post."""
    if not request.user.is_authenticated:
        return None
    day = today()
    held = Post.objects.held_on(day).filter(user=request.user).select_related("organisation__region", "user")
    chosen = request.session.get(SESSION_POST)
    post = min(held, key=lambda each: (each.pk != chosen, each.pk), default=None)
    return Acting(post, day) if post else None
