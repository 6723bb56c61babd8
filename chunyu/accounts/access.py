"""Every page states who may open it. A test walks all addresses and fails on one that does not.

    @access(Role.FINANCE_OFFICER)              function pages
    class Households(StaffPage): roles = ...   class pages (see chunyu.ui.pages)
    @public                                    no sign-in needed; must show nothing personal
    @signed_in                                 any signed-in person, post or not

Reading requests cannot write: a GET or HEAD is answered in a read-only transaction.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db import InternalError, connection, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, resolve_url
from django.utils.translation import gettext as _
from psycopg.errors import ReadOnlySqlTransaction

from chunyu.accounts.roles import Role

PUBLIC = "public"
SESSION_FACTOR = "factor_at"  # when a code was last entered, in seconds; only of those who set up a second factor
FRESH = 600  # seconds for which a code counts before an act that asks for a fresh one
SESSION_FIRST = "first"  # the name of the page that stands before every other, such as choosing one's own password
SIGNED_IN = "signed in"
READING_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
Page = Callable[..., HttpResponse]


class WriteWhileReading(Exception):
    """A page tried to change data while it answered a reading request: a fault of the program."""


@contextmanager
def only_reading() -> Iterator[None]:
    """The database itself refuses to write: functions and data-changing WITH queries too."""
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION READ ONLY")
            yield
    except InternalError as error:
        if isinstance(error.__cause__, ReadOnlySqlTransaction):
            raise WriteWhileReading(str(error).strip()) from error
        raise


def _answer(page: Page, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
    if request.method not in READING_METHODS:
        return page(request, *args, **kwargs)
    with only_reading():
        response = page(request, *args, **kwargs)
        # A page is rendered within the guard too: templates run queries.
        if hasattr(response, "render") and not response.is_rendered:
            response.render()
        return response


def is_fresh(request: HttpRequest) -> bool:
    """Whether the person entered a code lately, or set up no second factor at all."""
    entered = request.session.get(SESSION_FACTOR)
    return entered is None or time.time() - entered < FRESH


def _to_confirm(request: HttpRequest) -> HttpResponse:
    """To the page that asks for a code, and back to where the act was begun."""
    came_from = request.get_full_path() if request.method in READING_METHODS else _path_of(request)
    url = f"{resolve_url('accounts:confirm')}?{urlencode({'next': came_from}, safe='/')}"
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Redirect": url})
    return HttpResponseRedirect(url, status=303)


def _path_of(request: HttpRequest) -> str:
    return urlsplit(request.headers.get("Referer", "")).path or "/"


def access(*roles: Role) -> Callable[[Page], Page]:
    """Only posts with one of these roles; a signed-in person without one is told so (403)."""
    return lambda page: guard(page, frozenset(roles))


def guard(page: Page, rule: frozenset[Role] | str, fresh: bool = False) -> Page:
    """`fresh`: an act after which money or rights are elsewhere; who set up a second factor enters a code for it."""
    if not rule:
        raise ValueError("A page that nobody may open states no rule: name its roles.")

    @wraps(page)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if rule != PUBLIC and not request.user.is_authenticated:
            return _to_sign_in(request)
        if rule != PUBLIC and SESSION_FIRST in request.session and not getattr(page, "comes_first", False):
            return redirect(request.session[SESSION_FIRST])
        if not isinstance(rule, str) and (request.acting is None or request.acting.role not in rule):
            raise PermissionDenied(_("Your post does not include this page."))
        if fresh and not is_fresh(request):
            return _to_confirm(request)
        return _answer(page, request, *args, **kwargs)

    guarded.access_rule = rule
    return guarded


def _to_sign_in(request: HttpRequest) -> HttpResponse:
    """To the sign-in page and back; a part asked for in the background sends the whole page there."""
    if request.headers.get("HX-Request"):
        back = urlsplit(request.headers.get("HX-Current-URL", "")).path or "/"
        return HttpResponse(status=204, headers={"HX-Redirect": redirect_to_login(back).url})
    return redirect_to_login(request.get_full_path())


def first_of_all(page: Page) -> Page:
    """A page that may stand before every other."""
    page.comes_first = True
    return page


def public(page: Page) -> Page:
    return guard(page, PUBLIC)


def signed_in(page: Page) -> Page:
    return guard(page, SIGNED_IN)


def rule_of(page: Page) -> frozenset[Role] | str | None:
    """The rule that a page states, or None when it states none."""
    return getattr(page, "access_rule", None)


def allows(rule: Iterable[Role] | str | None, role: Role | None) -> bool:
    if rule in (PUBLIC, SIGNED_IN):
        return True
    return rule is not None and role in rule
