"""The keepers' pages: who signs in, what for, and what waits for a yes."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.forms import BaseForm
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse, reverse_lazy
from django.utils.functional import cached_property
from django.utils.translation import gettext, pgettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from chunyu.accounts import second_factor
from chunyu.accounts.models import Post, User
from chunyu.accounts.roles import KEEPER_ROLES, READ_STAFF_ROLES, RECORD_ROLES, Role
from chunyu.audit.record import record
from chunyu.staff import actions, queries
from chunyu.staff.forms import AccountForm, EndPostForm, PostForm, ReasonForm
from chunyu.staff.models import PostRequest
from chunyu.ui.lists import Column, Empty, ListPage
from chunyu.ui.pages import Action, ConfirmPage, Crumb, DetailPage, FormPage, StaffPage

SYSTEM, SECURITY = frozenset({Role.SYSTEM_KEEPER}), frozenset({Role.SECURITY_KEEPER})
TONES = {"granted": "rain", "refused": "seal", "withdrawn": "plain", "": "amber"}


def way_here() -> list[Crumb]:
    return [(pgettext("menu", "Staff"), reverse("staff:people"))]


class PeopleFilters(django_filters.FilterSet):
    role = django_filters.ChoiceFilter(label=_("role"), choices=Role.choices, field_name="role")
    state = django_filters.ChoiceFilter(
        label=pgettext_lazy("account", "state"),
        choices=[
            ("without", _("without a post")),
            ("never", _("never signed in")),
            ("waiting", _("waits for a yes")),
            ("closed", pgettext_lazy("account", "closed")),
        ],
        method="by_state",
    )

    class Meta:
        model = User
        fields: tuple[str, ...] = ()

    def by_state(self, rows: QuerySet[User], name: str, value: str) -> QuerySet[User]:
        states = {
            "without": {"held__isnull": True, "is_active": True},
            "never": {"never": True, "is_active": True},
            "waiting": {"waiting": True},
            "closed": {"is_active": False},
        }
        return rows.filter(**states[value])


def role_of(person: User) -> str:
    if person.role is None:
        return ""
    more = person.held - 1
    label = str(Role(person.role).label)
    return label if not more else gettext("%(role)s and %(more)d more") % {"role": label, "more": more}


def state_of(person: User) -> str:
    if not person.is_active:
        return pgettext("account", "closed")
    if person.waiting:
        return gettext("waits for a yes")
    if person.held is None:
        return gettext("without a post")
    return gettext("never signed in") if person.never else pgettext("account", "in use")


def tone_of(person: User) -> str:
    if not person.is_active:
        return "plain"
    return "amber" if person.waiting or person.held is None or person.never else "rain"


class People(ListPage):
    roles = READ_STAFF_ROLES
    title = pgettext_lazy("menu", "Staff")
    model = User
    columns = (
        Column("full_name", pgettext_lazy("of a person", "name"), link="staff:person", note="username"),
        Column("role", pgettext_lazy("staff", "post today"), value=role_of, note="place"),
        Column("organisation__name", _("kept at")),
        Column("last_login", _("last signed in"), kind="time"),
        Column("state", pgettext_lazy("account", "state"), kind="tag", value=state_of, tone=tone_of, sort=False),
    )
    search = ("full_name", "username", "organisation__name")
    filter_class = PeopleFilters
    sort = "full_name"
    export_name = "staff"
    empty = Empty(
        _("Nobody signs in here yet"),
        _("Open an account for each person, and ask for a post; the security keeper grants it."),
        Action(_("Open an account"), reverse_lazy("staff:open")),
    )

    def rows(self) -> QuerySet[User]:
        return queries.people(self.acting)

    def actions(self) -> list[Action]:
        waiting = queries.requests(self.acting).filter(answer="").count()
        label = gettext("Requests for posts")
        found = [Action(f"{label} ({waiting})" if waiting else label, reverse("staff:requests"))]
        if self.acting.role in RECORD_ROLES:
            found.append(Action(gettext("Record of acts"), reverse("staff:record")))
        if self.acting.role in SYSTEM:
            found.append(Action(gettext("Open an account"), reverse("staff:open"), style="primary"))
        return found

    def exported(self, kind: str, count: int) -> None:
        record(self.acting, "staff.export", self.acting.organisation, f"{kind} {count}")


class OpenAccount(FormPage):
    roles = SYSTEM
    title = _("Open an account")
    form_class = AccountForm
    introduction = _("It opens nothing until a post is granted. The first password is shown once, on the next page.")

    def crumbs(self) -> list[Crumb]:
        return way_here()

    def cancel_url(self) -> str:
        return reverse("staff:people")

    def form_arguments(self) -> dict[str, Any]:
        return {"acting": self.acting}

    def submit(self, form: BaseForm) -> HttpResponse:
        person, password = actions.open_account(self.acting, **form.cleaned_data)
        return shown_once(self, person, password)


def shown_once(page: StaffPage, person: User, password: str) -> HttpResponse:
    """The first password, in this answer and nowhere else: no redirect, so that it need not be kept anywhere."""
    context = page.context(person=person, password=password) | {"title": gettext("First password"), "actions": []}
    answer = render(page.request, "staff/first_password.html", context)
    answer["Cache-Control"] = "no-store"
    return answer


class PersonPage(DetailPage):
    roles = READ_STAFF_ROLES
    model = User
    template_name = "staff/person.html"

    def rows(self) -> QuerySet[User]:
        return queries.people(self.acting)

    def crumbs(self) -> list[Crumb]:
        return way_here()

    @cached_property
    def has_factor(self) -> bool:
        return second_factor.of(self.object) is not None

    @property
    def own(self) -> bool:
        return self.object.pk == self.acting.user_id

    def actions(self) -> list[Action]:
        here, role = [self.object.pk], self.acting.role
        if self.own or role not in KEEPER_ROLES:
            return []
        if not self.object.is_active:
            reopen = Action(gettext("Open it again"), reverse("staff:reopen", args=here), method="post")
            return [reopen] if role in SYSTEM else []
        found = [Action(gettext("Close the account"), reverse("staff:close", args=here), style="danger")]
        if role in SECURITY and self.has_factor:
            found.append(Action(gettext("Take the second factor away"), reverse("staff:factor", args=here)))
        if role in SYSTEM:
            found.append(Action(gettext("New first password"), reverse("staff:password", args=here)))
            found.append(Action(gettext("Ask for a post"), reverse("staff:ask", args=here), style="primary"))
        return found

    def context(self, **more: Any) -> dict[str, Any]:
        posts = list(queries.posts_of(self.object))
        return super().context(
            posts=[(post, self.acting.sees(post.organisation.path)) for post in posts],
            requests=queries.requests(self.acting).filter(person=self.object),
            state=state_of(self.object),
            tone=tone_of(self.object),
            day=self.acting.day,
            may_end=self.acting.role in KEEPER_ROLES and not self.own,
            **more,
        )


class OfPerson(StaffPage):
    """Pages about one person whom this keeper knows."""

    roles = SYSTEM

    @cached_property
    def person(self) -> User:
        return get_object_or_404(queries.people(self.acting), pk=self.kwargs["pk"])

    def here(self) -> str:
        return reverse("staff:person", args=[self.person.pk])

    def crumbs(self) -> list[Crumb]:
        return [*way_here(), (self.person.full_name, self.here())]

    def cancel_url(self) -> str:
        return self.here()

    def way_back(self) -> str:
        return self.here()


class NewPassword(OfPerson, ConfirmPage):
    fresh = True
    title = _("New first password")
    submit_label = _("Make one")

    def question(self) -> str:
        return gettext("%(name)s gets another first password, shown once on the next page.") % {
            "name": self.person.full_name
        }

    def consequences(self) -> list[str]:
        return [
            gettext("Be sure who asks: call back on a number that you know."),
            gettext("The present password no longer works, and whoever is signed in with this account is signed out."),
        ]

    def act(self) -> HttpResponse:
        return shown_once(self, self.person, actions.new_password(self.acting, self.person))


class AskForPost(OfPerson, FormPage):
    title = _("Ask for a post")
    form_class = PostForm
    submit_label = _("Ask the security keeper")
    introduction = _("The post holds once the security keeper has said yes.")

    def form_arguments(self) -> dict[str, Any]:
        return {"acting": self.acting}

    def submit(self, form: BaseForm) -> str:
        actions.ask_for_post(self.acting, self.person, **form.cleaned_data)
        self.say(_("Asked for. The security keeper sees it among the requests."))
        return self.here()


class CloseAccount(OfPerson, FormPage):
    roles = KEEPER_ROLES
    title = _("Close the account")
    form_class = ReasonForm
    submit_label = _("Close the account")
    introduction = _("From this moment nobody signs in with it. What was done with it stays on record.")

    def submit(self, form: BaseForm) -> str:
        actions.close_account(self.acting, self.person, **form.cleaned_data)
        return self.here()


class RemoveFactor(OfPerson, FormPage):
    roles = SECURITY
    fresh = True
    title = _("Take the second factor away")
    form_class = ReasonForm
    submit_label = _("Take it away")
    introduction = _("Only when phone and codes on paper are lost. Be sure who asks: call back on a known number.")

    def submit(self, form: BaseForm) -> str:
        actions.remove_factor(self.acting, self.person, **form.cleaned_data)
        return self.here()


class ReopenAccount(OfPerson):
    def act(self) -> str:
        actions.reopen_account(self.acting, self.person)
        return self.here()


class EndPost(FormPage):
    roles = KEEPER_ROLES
    title = pgettext_lazy("staff", "End the post")
    form_class = EndPostForm
    submit_label = pgettext_lazy("staff", "End the post")

    @cached_property
    def held(self) -> Post:
        posts = Post.objects.filter(user__in=queries.people(self.acting).values("pk")).select_related(
            "user", "organisation"
        )
        post = get_object_or_404(posts, pk=self.kwargs["pk"])
        return get_object_or_404(posts, pk=post.pk if self.acting.sees(post.organisation.path) else None)

    def heading(self) -> str:
        return gettext("End the post “%(post)s”") % {"post": self.held}

    def crumbs(self) -> list[Crumb]:
        return [*way_here(), (self.held.user.full_name, self.cancel_url())]

    def cancel_url(self) -> str:
        return reverse("staff:person", args=[self.held.user_id])

    def form_arguments(self) -> dict[str, Any]:
        return {"acting": self.acting}

    def submit(self, form: BaseForm) -> str:
        actions.end_post(self.acting, self.held, on=form.cleaned_data["on"])
        return self.cancel_url()


class RequestFilters(django_filters.FilterSet):
    answer = django_filters.ChoiceFilter(
        label=_("answer"), choices=[("open", _("waits")), *PostRequest.Answer.choices], method="by_answer"
    )

    class Meta:
        model = PostRequest
        fields = ("role",)

    def by_answer(self, rows: QuerySet[PostRequest], name: str, value: str) -> QuerySet[PostRequest]:
        return rows.filter(answer="" if value == "open" else value)


class Requests(ListPage):
    roles = READ_STAFF_ROLES
    title = _("Requests for posts")
    model = PostRequest
    columns = (
        Column("person__full_name", _("person"), link="staff:request", note="person__username"),
        Column("role", _("role"), note="organisation__name"),
        Column("valid_from", _("from"), kind="date"),
        Column("reason", _("reason")),
        Column("asked_by__user__full_name", _("asked for by"), note="asked_on"),
        Column(
            "answer",
            _("answer"),
            kind="tag",
            value=lambda row: row.get_answer_display() or gettext("waits"),
            tone=lambda row: TONES[row.answer],
        ),
    )
    search = ("person__full_name", "person__username", "organisation__name", "reason")
    filter_class = RequestFilters
    sort = "-asked_on"
    export_name = "post-requests"
    empty = Empty(_("Nothing was asked for yet"), _("A system keeper asks for a post on the person's page."))

    def rows(self) -> QuerySet[PostRequest]:
        return queries.requests(self.acting)

    def crumbs(self) -> list[Crumb]:
        return way_here()


class RequestPage(DetailPage):
    roles = READ_STAFF_ROLES
    model = PostRequest
    template_name = "staff/request.html"

    def rows(self) -> QuerySet[PostRequest]:
        return queries.requests(self.acting)

    def heading(self) -> str:
        return gettext("Post for %(name)s") % {"name": self.object.person.full_name}

    def crumbs(self) -> list[Crumb]:
        return [*way_here(), (gettext("Requests for posts"), reverse("staff:requests"))]

    def actions(self) -> list[Action]:
        here = [self.object.pk]
        if self.object.answer:
            return []
        if self.acting.role in SYSTEM:
            return [Action(gettext("Take it back"), reverse("staff:take-back", args=here), method="post")]
        if self.acting.role not in SECURITY:
            return []
        return [
            Action(gettext("Refuse"), reverse("staff:refuse", args=here)),
            Action(gettext("Grant the post"), reverse("staff:grant", args=here), method="post", style="primary"),
        ]

    def context(self, **more: Any) -> dict[str, Any]:
        held = Post.objects.held_on(self.acting.day).filter(user=self.object.person).select_related("organisation")
        return super().context(held=held, tone=TONES[self.object.answer], **more)


class OfRequest(StaffPage):
    roles = SECURITY

    @cached_property
    def request_for_post(self) -> PostRequest:
        return get_object_or_404(queries.requests(self.acting), pk=self.kwargs["pk"])

    def here(self) -> str:
        return reverse("staff:request", args=[self.request_for_post.pk])

    def way_back(self) -> str:
        return self.here()


class Grant(OfRequest):
    fresh = True

    def act(self) -> str:
        actions.grant(self.acting, self.request_for_post)
        self.say(_("The post is given."))
        return self.here()


class TakeBack(OfRequest):
    roles = SYSTEM

    def act(self) -> str:
        actions.take_back(self.acting, self.request_for_post)
        return self.here()


class Refuse(OfRequest, FormPage):
    title = _("Refuse the post")
    form_class = ReasonForm
    submit_label = _("Refuse")

    def crumbs(self) -> list[Crumb]:
        return [*way_here(), (self.request_for_post.person.full_name, self.here())]

    def cancel_url(self) -> str:
        return self.here()

    def submit(self, form: BaseForm) -> str:
        actions.refuse(self.acting, self.request_for_post, **form.cleaned_data)
        return self.here()
