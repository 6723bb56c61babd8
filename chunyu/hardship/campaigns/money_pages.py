"""The money of a campaign on screen: booked, handed down, given back, ordered, booked when handed over; closed."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet, Sum
from django.forms import Form
from django.urls import reverse
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, pgettext_lazy

from chunyu.accounts.refusal import Refusal
from chunyu.casework.actions import Refused
from chunyu.hardship.campaigns import closing, kinds, money, queries
from chunyu.hardship.campaigns.forms import AuditForm, GiveBackForm, HandDownForm, SourceForm
from chunyu.hardship.campaigns.kinds import Stage
from chunyu.hardship.campaigns.pages import TONES, OneCampaign, way_here
from chunyu.hardship.campaigns.tables import Campaign, CampaignReturn, CampaignSource
from chunyu.ui.pages import ConfirmPage, Crumb, DetailPage, FormPage
from chunyu.ui.templatetags.show import yuan


class BookSource(OneCampaign, FormPage):
    roles = kinds.BOOKING
    title = _("Book a source")
    form_class = SourceForm
    submit_label = pgettext_lazy("money", "Book")
    introduction = _(
        "Open the fund and enter what it received first. Its earmarks say whom the money may reach: a fund without any"
        " serves every group."
    )

    def form_arguments(self) -> dict[str, Any]:
        return {"acting": self.acting, "campaign": self.object}

    def submit(self, form: Form) -> str:
        said = form.cleaned_data
        money.book_source(self.acting, self.object, said["fund"], amount_fen=said["amount_fen"], day=said["day"])
        self.say(_now("Booked."))
        return self.there()


class OneSource(DetailPage):
    """A page about money that an organisation under the post holds for a campaign."""

    roles = kinds.BOOKING
    model = CampaignSource

    def rows(self) -> QuerySet[CampaignSource]:
        rows = CampaignSource.objects.within(self.acting.path)
        return rows.select_related("campaign__organisation", "fund__organisation", "organisation", "above__fund")

    @property
    def campaign(self) -> Campaign:
        return self.object.campaign

    def heading(self) -> str:
        return str(self.title)

    def crumbs(self) -> list[Crumb]:
        return [*way_here(), (self.campaign.name, self.way_back())]

    def way_back(self) -> str:
        return reverse("hardship:campaign", args=[self.object.campaign_id])

    def cancel_url(self) -> str:
        return self.way_back()

    def words(self) -> dict[str, str]:
        return {"fund": self.object.fund.name, "place": self.object.organisation.name}


class TakeSourceOut(OneSource):
    def act(self) -> str:
        there = self.way_back()
        money.take_source_out(self.acting, self.object)
        self.say(_now("Taken out."))
        return there


class HandMoneyDown(OneSource, FormPage):
    title = _("Hand down")
    form_class = HandDownForm
    submit_label = _("Hand down now")
    introduction = _(
        "The money moves in the ledger to a fund of the receiver, of the same source and for the same uses."
    )

    def form_arguments(self) -> dict[str, Any]:
        return {"acting": self.acting, "source": self.object}

    def submit(self, form: Form) -> str:
        money.hand_down(self.acting, self.object, **form.cleaned_data)
        self.say(_now("Handed down."))
        return self.way_back()


class GiveMoneyBack(OneSource, FormPage):
    title = _("Give back")
    form_class = GiveBackForm
    submit_label = _("Give back now")

    @property
    def introduction(self) -> str:
        if self.object.above_id is None:
            return _now("Unspent money goes back to whoever gave it.")
        return _now("Unspent money goes back to the level above: %(place)s.") % {
            "place": self.object.above.fund.organisation
        }

    def form_arguments(self) -> dict[str, Any]:
        left = closing.left_in(self.object)
        return {"initial": {"amount_fen": f"{left / 100:.2f}", "day": self.acting.day}}

    def submit(self, form: Form) -> str:
        money.give_back(self.acting, self.object, **form.cleaned_data)
        self.say(_now("Given back."))
        return self.way_back()


class OrderPayments(OneSource, ConfirmPage):
    roles = kinds.ORDERING
    title = _("Order the payments")
    submit_label = _("Order")

    def question(self) -> str:
        rows = money.awaiting_order(self.object)
        said = _now("Order %(count)s grants of “%(fund)s” to households on file, %(amount)s yuan together?")
        total = rows.aggregate(fen=Sum("cash_fen"))["fen"] or 0
        return said % (self.words() | {"count": rows.count(), "amount": yuan(total)})

    def consequences(self) -> list[str]:
        return [
            _now("The money is set aside; the finance officer pays it out by a batch that another person approves."),
            _now("A visit whose payment is ordered is called off only after its order is cancelled."),
        ]

    def refusal_beforehand(self) -> Refusal | None:
        rows = money.awaiting_order(self.object)
        if not rows.exists():
            return Refusal(_now("No grant of this money waits for its order."), "nothing")
        if rows.filter(planned_by__user=self.acting.user_id).exists():
            return Refusal(
                _now("You planned some of these visits: another person orders the payments."), "second_person"
            )
        return None

    def act(self) -> str:
        done = money.order_payments(self.acting, self.object, day=self.acting.day)
        said = ngettext("%(count)s payment is ordered.", "%(count)s payments are ordered.", done.count)
        sentence = said % {"count": done.count}
        if done.without_card:
            more = ngettext(
                "%(count)s household has no bank card on file and waits.",
                "%(count)s households have no bank card on file and wait.",
                done.without_card,
            )
            sentence = f"{sentence} {more % {'count': done.without_card}}"
        self.say(sentence)
        return self.way_back()


class BookHandedOver(OneSource, ConfirmPage):
    title = _("Book what was handed over")
    submit_label = pgettext_lazy("money", "Book")

    def question(self) -> str:
        rows = money.awaiting_booking(self.object)
        total = rows.aggregate(fen=Sum("cash_fen"))["fen"] or 0
        said = _now("Book the cash of %(count)s visits to people without a file, %(amount)s yuan of “%(fund)s”?")
        return said % (self.words() | {"count": rows.count(), "amount": yuan(total)})

    def consequences(self) -> list[str]:
        return [_now("It leaves the fund in the books. Compare it with the signed receipts first.")]

    def refusal_beforehand(self) -> Refusal | None:
        rows = money.awaiting_booking(self.object)
        if not rows.exists():
            return Refusal(_now("Nothing that was handed over waits to be booked."), "nothing")
        if rows.filter(recorded_by__user=self.acting.user_id).exists():
            return Refusal(
                _now("You wrote some of these visits down: another person books the money."), "second_person"
            )
        return None

    def act(self) -> str:
        fen = money.book_handed_over(self.acting, self.object, day=self.acting.day)
        self.say(_now("%(amount)s yuan are booked.") % {"amount": yuan(fen)})
        return self.way_back()


class CloseCampaign(OneCampaign, ConfirmPage):
    roles = kinds.BOOKING
    title = _("Close the campaign")
    submit_label = _("Close")

    def question(self) -> str:
        return _now("Close “%(name)s” with the account as it stands?") % {"name": self.object.name}

    def consequences(self) -> list[str]:
        said = _now("%(fund)s: raised %(raised)s, paid %(paid)s, returned %(returned)s, unspent %(unspent)s yuan.")
        lines = [
            said
            % {
                "fund": line.source.fund.name,
                "raised": yuan(line.raised_fen),
                "paid": yuan(line.paid_fen),
                "returned": yuan(line.returned_fen),
                "unspent": yuan(line.unspent_fen),
            }
            for line in closing.account(self.object)
        ]
        return [*lines, _now("Nothing of the campaign is changed any more; needs go on with their cases.")]

    def refusal_beforehand(self) -> Refusal | None:
        refusals = closing.closing_refusals(self.object)
        return Refused(refusals) if refusals else None

    def act(self) -> str:
        closing.close(self.acting, self.object)
        self.say(_now("The campaign is closed. An auditor confirms the account."))
        return self.there("campaign-account")


class AuditCampaign(OneCampaign, FormPage):
    roles = kinds.AUDITING
    title = _("Confirm the audit")
    form_class = AuditForm
    submit_label = _("Confirmed: it agrees with the books")
    introduction = _("You have compared the closing account with the books, the visits and their receipts.")

    def submit(self, form: Form) -> str:
        closing.confirm_audit(self.acting, self.object, note=form.cleaned_data["note"])
        self.say(_now("The audit is confirmed."))
        return self.there("campaign-account")


class ClosingAccount(OneCampaign):
    """The account of a campaign, source by source: as it stands, or as it was closed. Made to be printed."""

    roles = kinds.READERS
    title = _("Closing account")
    template_name = "hardship/campaigns/account.html"

    def context(self, **more: Any) -> dict[str, Any]:
        campaign = self.object
        lines = closing.account(campaign)
        returns = CampaignReturn.objects.filter(source__campaign=campaign).select_related(
            "source__fund", "source__organisation", "transfer", "by__user"
        )
        names = ("raised_fen", "to_households_fen", "handed_over_fen", "paid_fen", "returned_fen", "unspent_fen")
        return super().context(
            campaign=campaign,
            tone=TONES[Stage(campaign.stage)],
            lines=lines,
            sum={name: sum(getattr(line, name) for line in lines) for name in names},
            refusals=closing.closing_refusals(campaign) if campaign.is_open else [],
            returns=returns,
            groups=queries.by_group(campaign, campaign.organisation),
            **more,
        )
