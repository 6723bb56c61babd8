"""The pages of a pay-out: the occasion, each worker on the phone, the printed sheet and what was signed on it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet
from django.forms import BaseForm
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from chunyu.accounts.roles import CASE_ROLES
from chunyu.casework.actions.case import locked
from chunyu.casework.models import Case
from chunyu.printing.pages import PrintPage
from chunyu.printing.paper import Form
from chunyu.rights.arrears import papers, paying, showing
from chunyu.rights.arrears.forms import PayForm, PayoutForm, SheetForm
from chunyu.rights.arrears.pages import MatterForm, OfMatter
from chunyu.rights.arrears.pay_tables import ArrearsPayout
from chunyu.rights.arrears.states import PAYING
from chunyu.rights.arrears.tables import ArrearsMatter, ArrearsWorker
from chunyu.ui.lists import Action
from chunyu.ui.offline.entries import Way
from chunyu.ui.offline.pages import OfflineForm
from chunyu.ui.pages import Crumb


class OpenPayout(MatterForm):
    title = _("Pay out on the spot")
    submit_label = _("Begin")
    introduction = _("Who pays where, and who of which departments stands by. Then each worker signs.")

    def form(self) -> PayoutForm:
        sent = {"data": self.request.POST, "files": self.request.FILES} if self.request.method == "POST" else {}
        return PayoutForm(case=self.case, acting=self.acting, **sent)

    def submit(self, form: PayoutForm) -> str:
        said, photo = form.cleaned_data, form.cleaned_data["photo"]
        payout = paying.open_payout(
            self.acting,
            self.case,
            witnesses=form.witnesses(),
            photo=(photo.name, photo.read()) if photo else None,
            **{name: said[name] for name in ("day", "place", "payer", "method", "unwitnessed")},
        )
        return reverse("rights:payout", args=[self.case.number, payout.pk])


class OfPayout(OfMatter):
    @cached_property
    def payout(self) -> ArrearsPayout:
        rows = ArrearsPayout.objects.filter(matter=self.matter).select_related("matter__case", "by__user")
        return get_object_or_404(rows, pk=self.kwargs["payout"])

    def crumbs(self) -> list[Crumb]:
        return [
            *super().crumbs(),
            (str(self.payout), reverse("rights:payout", args=[self.case.number, self.payout.pk])),
        ]


class Payout(OfPayout):
    """One occasion: who stood by, who was paid and how they signed, and who is still to come."""

    template_name = "rights/payout.html"

    def heading(self) -> str:
        return f"{gettext('Pay-out')} · {self.matter.place}"

    def crumbs(self) -> list[Crumb]:
        return OfMatter.crumbs(self)

    @property
    def pays(self) -> bool:
        return self.acting.role in self.case.table.access.works and self.case.state == PAYING

    def actions(self) -> list[Action]:
        shown = []
        if self.pays and self.payout.sheet_id is None:
            shown.append(
                Action(
                    gettext("Enter the signed sheet"),
                    reverse("rights:pay-sheet", args=[self.case.number, self.payout.pk]),
                )
            )
        return shown

    def context(self, **more: Any) -> dict[str, Any]:
        rows = self.payout.payments.select_related("worker", "returned").order_by("worker__line")
        payments = [(each, each.returned if hasattr(each, "returned") else None) for each in rows]
        return super().context(
            case=self.case,
            payout=self.payout,
            matter=self.matter,
            witnesses=self.payout.witnesses.all(),
            payments=payments,
            paid_fen=sum(each.amount_fen for each, returned in payments if returned is None),
            waiting=showing.unpaid(self.case).exclude(payments__payout=self.payout) if self.pays else (),
            **more,
        )


class OfWorker(OfPayout, MatterForm):
    roles = CASE_ROLES
    circle = "works"

    def cancel_url(self) -> str:
        return reverse("rights:payout", args=[self.case.number, self.payout.pk])


class PayWorker(OfflineForm, OfWorker):
    """One worker takes the money and signs with a finger; without a network it is kept on the phone and sent once."""

    offline = "rights.pay"
    submit_label = _("Paid and signed")

    @cached_property
    def worker(self) -> ArrearsWorker:
        return get_object_or_404(ArrearsWorker, matter=self.matter, pk=self.kwargs["pk"])

    def heading(self) -> str:
        return f"{self.worker.line} {self.worker.name}"

    def form(self) -> PayForm:
        sent = {"data": self.request.POST, "files": self.request.FILES} if self.request.method == "POST" else {}
        return PayForm(worker=self.worker, **sent)

    def subject(self) -> str:
        return self.case.number

    def about(self) -> str:
        return f"{self.worker} · {self.matter.employer}"

    def hold(self) -> None:
        try:
            locked(self.acting, self.case)
        except Case.DoesNotExist as foreign:
            raise Http404 from foreign

    def stands_at(self) -> str:
        return f"{self.worker.owed_fen} {self.worker.paid_fen} {self.worker.written_off_fen}"

    def stands_now(self) -> Iterable[tuple[Any, Any]]:
        yield gettext("The case stands at"), self.case.state_label
        yield gettext("Still owed"), showing.yuan(self.worker.remaining_fen)

    def ways(self) -> Iterable[Way]:
        barred = "" if self.case.state == PAYING else gettext("This pay-out is over.")
        yield Way("add", _("Enter this payment all the same"), barred)

    def submit(self, form: BaseForm) -> str:
        said = form.cleaned_data
        drawn = said["signature"]
        paying.pay(
            self.acting, self.payout, self.worker, amount_fen=said["amount_fen"], signature=(drawn.name, drawn.read())
        )
        return reverse("rights:payout", args=[self.case.number, self.payout.pk])


class PaySheet(OfWorker):
    """What was signed on paper: the scan, and what each received."""

    title = _("Enter the signed sheet")

    @cached_property
    def waiting(self) -> QuerySet[ArrearsWorker]:
        return showing.unpaid(self.case).exclude(payments__payout=self.payout)

    def form(self) -> SheetForm:
        sent = {"data": self.request.POST, "files": self.request.FILES} if self.request.method == "POST" else {}
        return SheetForm(workers=list(self.waiting), **sent)

    def submit(self, form: SheetForm) -> str:
        file = form.cleaned_data["sheet"]
        paying.pay_from_sheet(self.acting, self.payout, form.amounts(), sheet=(file.name, file.read()))
        return reverse("rights:payout", args=[self.case.number, self.payout.pk])


class PrintSheet(OfMatter, PrintPage):
    """The sheet for signatures: names and sums in full, so for those who work on the case."""

    roles = CASE_ROLES
    circle = "works"
    event = "rights.print_sheet"

    def get(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        raise Http404

    def paper(self) -> tuple[Form, ArrearsMatter]:
        return papers.pay_sheet(self.matter, self.acting.day), self.matter
