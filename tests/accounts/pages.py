"""Pages that exist only in tests, one for each rule."""

from django.db import connection
from django.http import Http404, HttpRequest, HttpResponse
from django.template import engines
from django.template.response import TemplateResponse
from django.urls import include, path

from chunyu.accounts.access import access, guard, public, signed_in
from chunyu.accounts.models import User
from chunyu.accounts.roles import Role

NAME_OF_SYSTEM = "改名"


def _rename(request: HttpRequest) -> HttpResponse:
    User.objects.update(full_name=NAME_OF_SYSTEM)
    return HttpResponse("renamed")


@access(Role.FINANCE_OFFICER, Role.AUDITOR)
def money(request: HttpRequest) -> HttpResponse:
    return HttpResponse(f"{request.acting.organisation} {request.acting.day}")


@access(Role.COUNTY_CASEWORKER)
def somebody_elses(request: HttpRequest) -> HttpResponse:
    raise Http404


@public
def notice(request: HttpRequest) -> HttpResponse:
    return HttpResponse("notice")


@signed_in
def home(request: HttpRequest) -> HttpResponse:
    return HttpResponse(request.acting.role if request.acting else "no post")


@public
def hidden_write(request: HttpRequest) -> HttpResponse:
    """A reading query by its first word, and a write all the same."""
    with connection.cursor() as cursor:
        cursor.execute("WITH gone AS (UPDATE accounts_user SET full_name = '改名' RETURNING 1) SELECT * FROM gone")
    return HttpResponse("renamed")


@public
def late_write(request: HttpRequest) -> TemplateResponse:
    """A write that happens only when the template is rendered."""
    template = engines["django"].from_string("{{ write }}")
    return TemplateResponse(request, template, {"write": lambda: User.objects.update(full_name=NAME_OF_SYSTEM)})


accounts = ([path("sign-in", notice, name="sign-in")], "accounts")
urlpatterns = [
    path("account/", include(accounts)),
    path("money", money),
    path("somebody-elses", somebody_elses),
    path("notice", notice),
    path("home", home),
    path("write", guard(_rename, "public")),
    path("unguarded-write", _rename),
    path("hidden-write", hidden_write),
    path("late-write", late_write),
]
