"""Full-time posts on their pages: the list with the load, the load of each joint union, one post and its holders."""

from __future__ import annotations

from typing import Any

import django_filters
from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse, reverse_lazy
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext, pgettext_lazy

from chunyu.accounts.below import organisations_below
from chunyu.accounts.roles import ORGANISING_ROLES, READ_ORGANISING_ROLES
from chunyu.audit.record import record
from chunyu.federation.models import Organisation
from chunyu.organising.full_time import actions, queries
from chunyu.organising.full_time.forms import EndForm, FillForm, GiveUpForm, PostForm
from chunyu.organising.full_time.queries import ENDED, FILLED, VACANT
from chunyu.organising.full_time.tables import FullTimePost, PostHolding
from chunyu.privacy.masking import mask_id_number
from chunyu.ui.lists import Column, Empty, ListPage
from chunyu.ui.pages import Action, Crumb, DetailPage, FormPage
from chunyu.ui.templatetags.show import percent

STATES = {
    VACANT: (pgettext_lazy("post", "vacant"), "amber"),
    FILLED: (pgettext_lazy("post", "filled"), "rain"),
    ENDED: (pgettext_lazy("post", "ended"), "plain"),
}


class PostFilter(django_filters.FilterSet):
    state = django_filters.ChoiceFilter(
        label=pgettext_lazy("post", "State"),
        choices=[(code, words) for code, (words, _tone) in STATES.items()],
        empty_label=_("every state"),
    )
    trained = django_filters.ChoiceFilter(
        label=_("Training"),
        choices=[("yes", _("passed an exam within a year")), ("no", _("not yet, or longer ago"))],
        empty_label=_("trained or not"),
        method="by_training",
    )
    under = django_filters.ChoiceFilter(
        method="by_organisation", label=_("Organisation"), choices=(), empty_label=_("every organisation")
    )

    class Meta:
        model = FullTimePost
        fields: tuple[str, ...] = ()

    def __init__(self, *args: Any, request: HttpRequest, **kwargs: Any) -> None:
        super().__init__(*args, request=request, **kwargs)
        self.filters["under"].extra["choices"] = organisations_below(request.acting)

    def by_training(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        return rows.filter(state=FILLED, trained=value == "yes")

    def by_organisation(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        return rows.within(value)


class FullTimePosts(ListPage):
    roles = READ_ORGANISING_ROLES
    title = _("Full-time union workers")
    model = FullTimePost
    columns = (
        Column("title", _("Post"), link="organising:full-time-post"),
        Column("organisation__name", _("Joint union or association")),
        Column(
            "state", pgettext_lazy("post", "State"), kind="tag", value=lambda row: str(STATES[row.state][0]),
            tone=lambda row: STATES[row.state][1], sort="state",
        ),
        Column("holder", pgettext_lazy("post", "Holder")),
        Column("since", pgettext_lazy("post", "Holder since"), kind="date"),
        Column("contract_until", _("Contract until"), kind="date"),
        Column("unions_each", _("Unions each"), kind="number"),
        Column("members_each", _("Members each"), kind="number"),
    )  # fmt: skip
    search = ("title", "organisation__name", "holder")
    search_hint = _("Post, union or name")
    filter_class = PostFilter
    sort = "organisation__name"
    export_name = "full-time-posts"
    template_name = "organising/full_time.html"
    empty = Empty(
        _("No full-time post yet"),
        _("Open one in a joint union or association with many unions and workers."),
        Action(_("Open a post"), reverse_lazy("organising:open-post")),
    )

    def rows(self) -> QuerySet[FullTimePost]:
        posts = queries.posts(self.acting.path, self.acting.day)
        return queries.loaded(posts, queries.OF_POST, self.acting.day)

    def actions(self) -> list[Action]:
        found = [
            Action(_now("Load of each union"), reverse("organising:loads")),
            Action(_now("Training"), reverse("organising:classes")),
        ]
        if self.acting.role in ORGANISING_ROLES:
            found.append(Action(_now("Open a post"), reverse("organising:open-post"), style="primary"))
        return found

    def context(self, **more: Any) -> dict[str, Any]:
        here = reverse("organising:full-time")
        posts = queries.posts(self.acting.path, self.acting.day)
        held = list(posts.filter(state=FILLED).values_list("trained", flat=True))
        coverage = percent(sum(held) / len(held)) if held else "—"
        return super().context(
            figures=[
                (pgettext("posts", "Filled"), len(held), f"{here}?state={FILLED}"),
                (pgettext("posts", "Vacant"), posts.filter(state=VACANT).count(), f"{here}?state={VACANT}"),
                (_now("Training coverage"), coverage, f"{here}?trained=yes"),
            ],
            **more,
        )

    def exported(self, kind: str, count: int) -> None:
        record(self.acting, "organising.export_posts", self.acting.organisation, f"{kind} {count}")


class Loads(ListPage):
    """What the full-time workers of each joint union look after."""

    roles = READ_ORGANISING_ROLES
    title = _("Load of each union")
    model = Organisation
    columns = (
        Column("name", _("Joint union or association"), link="organising:union", note="get_kind_display"),
        Column("filled", _("Full-time workers"), kind="number"),
        Column("vacant", _("Vacant posts"), kind="number"),
        Column("load_unions", _("Unions"), kind="number"),
        Column("load_members", _("Members"), kind="number"),
        Column("unions_each", _("Unions each"), kind="number"),
        Column("members_each", _("Members each"), kind="number"),
    )
    search = ("name",)
    sort = "-members_each"
    export_name = "load-of-full-time-workers"
    empty = Empty(_("No joint union here"))

    def crumbs(self) -> list[Crumb]:
        return way_here()

    def rows(self) -> QuerySet[Organisation]:
        unions = queries.with_posts(self.acting.path, self.acting.day).filter(opened__gt=0)
        return queries.loaded(unions, queries.OF_UNION, self.acting.day)


def way_here() -> list[Crumb]:
    return [(_now("Full-time union workers"), reverse("organising:full-time"))]


class OnePost(DetailPage):
    model = FullTimePost

    def rows(self) -> QuerySet[FullTimePost]:
        posts = queries.posts(self.acting.path, self.acting.day)
        return queries.loaded(posts, queries.OF_POST, self.acting.day)

    def crumbs(self) -> list[Crumb]:
        crumbs = way_here()
        if type(self) is not PostPage:
            crumbs.append((self.object.title, self.there()))
        return crumbs

    def there(self) -> str:
        return reverse("organising:full-time-post", args=[self.object.pk])


class PostPage(OnePost):
    roles = READ_ORGANISING_ROLES
    template_name = "organising/full_time_post.html"

    def actions(self) -> list[Action]:
        if self.acting.role not in ORGANISING_ROLES or self.object.state == ENDED:
            return []
        here = [self.object.pk]
        if self.object.state == VACANT:
            return [
                Action(_now("Fill the post"), reverse("organising:fill-post", args=here), style="primary"),
                Action(_now("End the post"), reverse("organising:end-post", args=here), style="quiet"),
            ]
        return [Action(_now("Give the post up"), reverse("organising:give-up-post", args=here))]

    def context(self, **more: Any) -> dict[str, Any]:
        post = self.object
        words, tone = STATES[post.state]
        holdings = list(post.holdings.order_by("-valid_from").prefetch_related("training__training"))
        now = next((each for each in holdings if each.pk == post.holding), None)
        return super().context(
            post=post,
            words=words,
            tone=tone,
            holdings=holdings,
            id_number=mask_id_number(now.id_number.reveal()) if now else "",
            holder=now,
            taken=[taken for each in holdings for taken in each.training.all()],
            **more,
        )


class OpenPost(FormPage):
    roles = ORGANISING_ROLES
    title = _("Open a post")
    form_class = PostForm

    def crumbs(self) -> list[Crumb]:
        return way_here()

    def form_arguments(self) -> dict[str, Any]:
        return {"acting": self.acting}

    def cancel_url(self) -> str:
        return reverse("organising:full-time")

    def submit(self, form: forms.Form) -> str:
        said = form.cleaned_data
        post = actions.open_post(self.acting, said["union"], said["title"], on=said["on"])
        self.say(_now("The post is open, and vacant until somebody takes it up."))
        return reverse("organising:full-time-post", args=[post.pk])


class PostFormPage(OnePost, FormPage):
    roles = ORGANISING_ROLES

    def form_arguments(self) -> dict[str, Any]:
        return {"acting": self.acting}

    def cancel_url(self) -> str:
        return self.there()


class Fill(PostFormPage):
    title = _("Fill the post")
    form_class = FillForm
    introduction = _("One person holds one full-time post at a time, in the whole province.")

    def submit(self, form: forms.Form) -> str:
        actions.fill_post(self.acting, self.object, **form.cleaned_data)
        self.say(_now("The post is filled."))
        return self.there()


class GiveUp(PostFormPage):
    title = _("Give the post up")
    form_class = GiveUpForm

    def submit(self, form: forms.Form) -> str:
        holding = self.find(PostHolding, pk=self.object.holding)
        actions.give_up(self.acting, holding, how=form.cleaned_data["how"], on=form.cleaned_data["on"])
        self.say(_now("The post is vacant again."))
        return self.there()


class End(PostFormPage):
    title = _("End the post")
    form_class = EndForm

    def submit(self, form: forms.Form) -> str:
        actions.end_post(self.acting, self.object, reason=form.cleaned_data["reason"], on=form.cleaned_data["on"])
        self.say(_now("Ended. On earlier days the post is still there."))
        return self.there()
