"""Every page states who may open it. A test walks all addresses and fails on one that does not.

    @access(Role.FINANCE_OFFICER)              function pages
    class Households(StaffPage): roles = ...   class pages (see chunyu.ui.pages)
    @public                                    no sign-in needed; must show nothing personal
    @signed_in                                 any signed-in person, post or not

Reading requests cannot write: any SQL but a reading one is stopped while a GET or HEAD is answered.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from chunyu.accounts.roles import Role

PUBLIC = "public"
SIGNED_IN = "signed in"
READING_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
READING_SQL = (
    "SELECT",
    "WITH",
    "SAVEPOINT",
    "RELEASE SAVEPOINT",
    "ROLLBACK TO SAVEPOINT",
    "DECLARE",
    "FETCH",
    "CLOSE",
)

Page = Callable[..., HttpResponse]


class WriteWhileReading(Exception):
    """A page tried to change data while it answered a reading request: a fault of the program."""


def _only_reading(execute: Callable, sql: str, params: Any, many: bool, context: dict) -> Any:
    statement = sql.lstrip().upper() if isinstance(sql, str) else "SELECT"
    # django_session: the framework's own upkeep of who is signed in.
    if not statement.startswith(READING_SQL) and "DJANGO_SESSION" not in statement:
        raise WriteWhileReading(f"A reading request may not run: {statement.split()[0]}")
    return execute(sql, params, many, context)


def _answer(page: Page, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
    if request.method not in READING_METHODS:
        return page(request, *args, **kwargs)
    with connection.execute_wrapper(_only_reading):
        response = page(request, *args, **kwargs)
        # A page is rendered within the guard too: templates run queries.
        if hasattr(response, "render") and not response.is_rendered:
            response.render()
        return response


def access(*roles: Role) -> Callable[[Page], Page]:
    """Only posts with one of these roles; a signed-in person without one is told so (403)."""
    return lambda page: guard(page, frozenset(roles))


def guard(page: Page, rule: frozenset[Role] | str) -> Page:
    if not rule:
        raise ValueError("A page that nobody may open states no rule: name its roles.")

    @wraps(page)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if rule != PUBLIC and not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        if not isinstance(rule, str) and (request.acting is None or request.acting.role not in rule):
            raise PermissionDenied(_("Your post does not include this page."))
        return _answer(page, request, *args, **kwargs)

    guarded.access_rule = rule
    return guarded


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
