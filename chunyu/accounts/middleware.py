"""Puts the acting post on the request once; everything after asks `request.acting` and nothing else, and the database
shows the request no more than that post's subtree."""

from collections.abc import Callable, Iterable, Iterator

from django.http import FileResponse, HttpRequest, HttpResponse

from chunyu.accounts.acting import Acting
from chunyu.accounts.clock import today
from chunyu.accounts.models import Post
from chunyu.wall.scope import scoped

SESSION_POST = "post"


class ActingMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.acting = acting_of(request)
        path = request.acting.path if request.acting else None
        with scoped(path):
            response = self.get_response(request)
        if response.streaming and not isinstance(response, FileResponse):
            # A long list is asked for piece by piece, when this request has long been answered.
            response.streaming_content = _within(path, response.streaming_content)
        return response


def _within(path: str | None, pieces: Iterable[bytes]) -> Iterator[bytes]:
    with scoped(path):
        yield from pieces


def acting_of(request: HttpRequest) -> Acting | None:
    """The chosen post while it is held, else the person's first one; None without a sign-in or a post."""
    if not request.user.is_authenticated:
        return None
    day = today()
    held = Post.objects.held_on(day).filter(user=request.user).select_related("organisation__region", "user")
    chosen = request.session.get(SESSION_POST)
    post = min(held, key=lambda each: (each.pk != chosen, each.pk), default=None)
    return Acting(post, day) if post else None
