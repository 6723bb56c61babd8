"""Duplicates on the screen: pairs to decide, two records side by side, a look before somebody is put on file."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import HttpResponse
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from chunyu.accounts.acting import Acting
from chunyu.accounts.refusal import Refusal
from chunyu.accounts.roles import READ_CASE_ROLES
from chunyu.registry import identity
from chunyu.registry.duplicates import actions, joining, queries
from chunyu.registry.models import Joining, Look, NightlyLook, Pair, Parting
from chunyu.ui.buttons import Action
from chunyu.ui.lists import Column, Empty, ListPage
from chunyu.ui.pages import Crumb, DetailPage, FormPage, StaffPage
from chunyu.ui.progress import Progress

READERS = READ_CASE_ROLES
State = Pair.State
TONES = {State.OPEN: "amber", State.SAME: "rain", State.DIFFERENT: "plain", State.SUPERSEDED: "plain"}


def both_names(pair: Pair) -> str:
    return f"{pair.left.name} · {pair.right.name}"


def both_files(pair: Pair) -> str:
    return f"{pair.left.household.file_number} · {pair.right.household.file_number}"


def score_shown(pair: Pair) -> int:
    """Whole bits: enough to sort by, and no more exact than it is."""
    return round(pair.score / 1000)


def nightly_order(acting: Acting) -> NightlyLook | None:
    """The order of nightly looks of the post's own organisation."""
    return NightlyLook.objects.filter(organisation=acting.organisation, ended_on__isnull=True).first()


class Pairs(ListPage):
    roles = READERS
    title = gettext_lazy("Possible duplicates")
    model = Pair
    columns = (
        Column(
            "left__name", gettext_lazy("People"), value=both_names, note=both_files, link="registry:pair", export=False
        ),
        Column("score", gettext_lazy("Score"), kind="number", value=score_shown, sort="score"),
        Column("state", gettext_lazy("State"), kind="tag", tone=lambda pair: TONES[State(pair.state)]),
        Column("left_county__name", pgettext_lazy("one side of a pair", "First file in")),
        Column("right_county__name", pgettext_lazy("one side of a pair", "Second file in")),
        Column("found_at", gettext_lazy("Found"), kind="time"),
    )
    search = (
        "left__search_text",
        "right__search_text",
        "left__household__file_number",
        "right__household__file_number",
    )
    search_hint = gettext_lazy("Name, pinyin or file number")
    filters = ("state",)
    sort = "-score"
    exports = ()
    empty = Empty(
        gettext_lazy("No possible duplicates"),
        gettext_lazy("Look for duplicates: everybody on open files here is compared with everybody else."),
    )

    def rows(self) -> QuerySet[Pair]:
        return queries.pairs_visible_to(self.acting)

    @cached_property
    def under_way(self) -> Look | None:
        return Look.objects.filter(organisation=self.acting.organisation, status__in=Look.UNFINISHED).first()

    def actions(self) -> list[Action]:
        buttons = [Action(_("Look somebody up"), reverse("registry:look-first"))]
        if self.acting.role in actions.DECIDERS:
            there = reverse("registry:look-for-duplicates")
            barred = _("A look for duplicates is already under way here.") if self.under_way else None
            nightly = _("No more looks at night") if nightly_order(self.acting) else _("Look every night")
            buttons.append(Action(nightly, reverse("registry:look-every-night"), method="post"))
            buttons.append(Action.judged(_("Look for duplicates"), there, barred, "primary", method="post"))
        return buttons


class StartLook(StaffPage):
    roles = actions.DECIDERS
    back = "registry:pairs"

    def act(self) -> str:
        return reverse("registry:look", args=[actions.start_look(self.acting).pk])


class EveryNight(StaffPage):
    """Order a look for every night, or end that order."""

    roles = actions.DECIDERS
    back = "registry:pairs"

    def way_back(self) -> str:
        return reverse(self.back)

    def act(self) -> str:
        order = nightly_order(self.acting)
        if order is None:
            actions.order_every_night(self.acting)
            self.say(_("A look is made every night from now on."))
        else:
            actions.end_every_night(self.acting, order)
            self.say(_("No look is made at night any more."))
        return reverse(self.back)


class LookPage(DetailPage):
    """How far a look is; asks again until it has ended."""

    roles = READERS
    model = Look
    title = gettext_lazy("Look for duplicates")
    template_name = "registry/look.html"

    def crumbs(self) -> list[Crumb]:
        return [(_("Possible duplicates"), reverse("registry:pairs"))]

    def get(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.htmx:
            self.template_name = "registry/import_progress.html"
        return super().get(request, *args, **kwargs)

    def context(self, **more: Any) -> dict[str, Any]:
        look = self.object
        words = {
            Look.Status.DONE: _("%(people)s people compared: %(found)s pairs, %(new)s of them new."),
            Look.Status.FAILED: _("The look broke off. What it had found stays; look again."),
        }.get(look.status, _("Everybody is being compared."))
        said = words % {"people": f"{look.people:,}", "found": f"{look.found:,}", "new": f"{look.new:,}"}
        back = (Action(_("See the pairs"), reverse("registry:pairs"), style="primary"),)
        progress = Progress(
            said,
            done=look.done,
            total=look.total or None,
            finished=not look.is_unfinished,
            actions=() if look.is_unfinished else back,
        )
        return super().context(progress=progress, progress_url=self.request.path, **more)


class PairPage(DetailPage):
    """Two records side by side. Saying it and confirming it are two persons' acts; joining the files is another."""

    roles = READERS
    model = Pair
    template_name = "registry/pair.html"

    def rows(self) -> QuerySet[Pair]:
        return queries.pairs_visible_to(self.acting).select_related(
            "left__household__organisation", "right__household__organisation", "left_county", "right_county"
        )

    def heading(self) -> str:
        return both_names(self.object)

    def crumbs(self) -> list[Crumb]:
        return [(_("Possible duplicates"), reverse("registry:pairs"))]

    @cached_property
    def said(self) -> Any:
        return actions.waiting_word(self.object)

    @cached_property
    def joined(self) -> Joining | None:
        return self.object.joinings.filter(parted_on__isnull=True).select_related("joined", "into").first()

    @cached_property
    def parting(self) -> Parting | None:
        return waiting_parting(self.joined) if self.joined is not None else None

    def context(self, **more: Any) -> dict[str, Any]:
        pair = self.object
        following = queries.next_to_decide(self.acting, pair)
        return super().context(
            state=pair.get_state_display(),
            tone=TONES[State(pair.state)],
            lines=queries.side_by_side(pair),
            reasons=queries.reasons(pair),
            total=score_shown(pair),
            words=[
                {
                    "sentence": f"{word.get_kind_display()}: {self.word_of(word.same)}",
                    "time": word.at,
                    "who": word.user.full_name,
                    "note": word.note,
                }
                for word in pair.words.select_related("user")
            ],
            choices=self.choices(),
            next_url=reverse("registry:pair", args=[following.pk]) if following else "",
            **more,
        )

    def word_of(self, same: bool) -> str:
        return str(State.SAME.label if same else State.DIFFERENT.label)

    def choices(self) -> list[Action]:
        """What may be done with the pair now, by whom."""
        pair, here = self.object, reverse("registry:pair", args=[self.object.pk])
        if self.acting.role not in actions.DECIDERS:
            return []
        if self.joined is not None:
            return self.choices_apart(here)
        if pair.state == State.SAME:
            return [
                Action(
                    _("Join the files; %(file)s goes on") % {"file": member.household.file_number},
                    here,
                    method="post",
                    style="primary",
                    hidden={"do": "join", "file": str(member.household_id)},
                )
                for member in (pair.left, pair.right)
            ]
        if pair.state != State.OPEN:
            return []
        if self.said is None:
            return [
                Action(_("One person (y)"), here, method="post", style="primary", hidden={"do": "same"}, name="y"),
                Action(_("Two persons (n)"), here, method="post", hidden={"do": "different"}, name="n"),
            ]
        word = self.word_of(self.said.same)
        if self.said.user_id == self.acting.user_id:
            return [Action(_("Take it back"), here, method="post", hidden={"do": "take_back"})]
        doing = "confirm_same" if self.said.same else "confirm_different"
        label = _("Confirm: %(word)s (y)") % {"word": word}
        return [Action(label, here, method="post", style="primary", hidden={"do": doing}, name="y")]

    def choices_apart(self, here: str) -> list[Action]:
        """Joined files are taken apart as they were joined: one person asks for it, another does it."""
        if self.parting is None:
            return [Action(_("Ask that they be taken apart"), reverse("registry:ask-apart", args=[self.object.pk]))]
        if self.parting.asked_by.user_id == self.acting.user_id:
            return [Action(_("Withdraw the request"), here, method="post", hidden={"do": "withdraw_apart"})]
        return [
            Action(_("Take the files apart"), here, method="post", style="danger", hidden={"do": "take_apart"}),
            Action(_("Leave them joined"), reverse("registry:keep-joined", args=[self.object.pk])),
        ]

    def act(self) -> str:
        pair, doing = self.object, self.request.POST.get("do", "")
        if doing in ("take_apart", "withdraw_apart"):
            return self.act_apart(doing)
        if doing in ("same", "different"):
            actions.say(self.acting, pair, same=doing == "same")
            self.say(_("Said. Another person confirms it; until then you can take it back."))
        elif doing in ("confirm_same", "confirm_different"):
            actions.confirm(self.acting, pair, same=doing == "confirm_same")
            self.say(_("Confirmed."))
        elif doing == "take_back":
            actions.take_back(self.acting, pair)
            self.say(_("Taken back."))
        elif doing == "join":
            files = {str(each.household_id): each.household for each in (pair.left, pair.right)}
            joining.join_files(self.acting, pair, goes_on=files[self.request.POST.get("file", "")])
            self.say(_("The files are joined."))
        return reverse("registry:pair", args=[pair.pk])

    def act_apart(self, doing: str) -> str:
        if self.parting is None:
            raise Refusal(_("Nobody asks any more that these files be taken apart."), "nothing_asked")
        if doing == "take_apart":
            joining.take_apart(self.acting, self.parting)
            self.say(_("Taken apart. Decisions, cases and payments stay with the file that they were made on."))
            # The pair is superseded by it: whether they are one person is asked anew.
            return reverse("registry:pairs")
        joining.withdraw_parting(self.acting, self.parting)
        self.say(_("Taken back."))
        return reverse("registry:pair", args=[self.object.pk])


class ApartForm(forms.Form):
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=200)


class OfAJoining(FormPage):
    """A form about the joining along one pair."""

    roles = actions.DECIDERS
    form_class = ApartForm

    @cached_property
    def joined(self) -> Joining:
        pair = self.find(queries.pairs_visible_to(self.acting), pk=self.kwargs["pk"])
        return self.find(pair.joinings.filter(parted_on__isnull=True).select_related("joined", "into__organisation"))

    def context(self, **more: Any) -> dict[str, Any]:
        return super().context(joined=self.joined, **more)

    def crumbs(self) -> list[Crumb]:
        return [(_("Possible duplicates"), reverse("registry:pairs"))]

    def cancel_url(self) -> str:
        return reverse("registry:pair", args=[self.kwargs["pk"]])


class AskApart(OfAJoining):
    title = gettext_lazy("Take joined files apart")
    submit_label = gettext_lazy("Ask for it")
    introduction = gettext_lazy(
        "The joined file is open again with its people, and what was brought over no longer counts. Decisions, cases "
        "and payments stay with the file that they were made on. Another person does it."
    )

    def submit(self, form: forms.Form) -> str:
        joining.ask_apart(self.acting, self.joined, reason=form.cleaned_data["reason"])
        self.say(_("Asked for. Another person takes them apart; until then you can take it back."))
        return self.cancel_url()


class KeepJoined(OfAJoining):
    title = gettext_lazy("Leave the files joined")
    submit_label = gettext_lazy("Refuse the request")

    def submit(self, form: forms.Form) -> str:
        parting = waiting_parting(self.joined)
        if parting is None:
            raise Refusal(_("Nobody asks any more that these files be taken apart."), "nothing_asked")
        joining.keep_joined(self.acting, parting, note=form.cleaned_data["reason"])
        self.say(_("Refused. The files stay joined."))
        return self.cancel_url()


def waiting_parting(joined: Joining) -> Parting | None:
    """That the files be taken apart, as somebody asks and nobody has answered yet."""
    return joined.partings.filter(state=Parting.State.ASKED).select_related("asked_by__user").first()


class LookFirstForm(forms.Form):
    """One ID number, sent in the body and never in an address."""

    id_number = forms.CharField(
        label=gettext_lazy("ID number"),
        help_text=gettext_lazy("Eighteen characters, or the old fifteen figures."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "text"}),
    )

    def clean_id_number(self) -> str:
        try:
            return identity.read(self.cleaned_data["id_number"]).text
        except identity.NotAnIdNumber:
            raise forms.ValidationError(_("This is not a valid ID number: compare it with the card.")) from None


class LookFirst(FormPage):
    """Whether somebody is on an open file anywhere, before a family is put on file."""

    roles = READERS
    title = gettext_lazy("Look somebody up")
    form_class = LookFirstForm
    template_name = "registry/look_first.html"
    submit_label = gettext_lazy("Look in all counties")
    introduction = gettext_lazy(
        "One household, one file, in all counties. Look before you put a family on file; beyond your own organisation "
        "only the county and a masked name are told."
    )

    def context(self, **more: Any) -> dict[str, Any]:
        more.setdefault("looked", False)
        more.setdefault("hit", None)
        return super().context(**more)

    def submit(self, form: LookFirstForm) -> HttpResponse:
        hit = queries.look_first(self.acting, form.cleaned_data["id_number"])
        return self.show(form=form, looked=True, hit=hit)
