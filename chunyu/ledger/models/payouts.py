"""Pay-outs: orders to pay a household, batches of them for the bank, and what the bank answered.

Names and amounts are shown to those who handle money; card numbers are sealed. A batch's digest is keyed, since a
plain one over a name and a card could be guessed back.
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from chunyu.accounts.models import Post, User
from chunyu.federation.models import Scoped
from chunyu.ledger import budget_triggers, fund_triggers, payout_triggers, sum_triggers, triggers
from chunyu.ledger.earmarks.triggers import ORDER_IN_THE_MATRIX
from chunyu.ledger.earmarks.uses import Use
from chunyu.ledger.models.books import PROGRAMME_CODE, Fund
from chunyu.ledger.process import BATCH_MOVES, LINE_MOVES, ORDER_MOVES, BatchState, Method, OrderState, Outcome
from chunyu.privacy.fields import BlindIndexField, SealedTextField, VaultNameField
from chunyu.privacy.row_key import row_key
from chunyu.registry.models import Household

# What can stand in a bank's file and in a spreadsheet without meaning anything else there.
PLAIN_TEXT = r'^[^\s=+\-@,;"|][^\t\r\n,;"|]*$'
DIGEST = r"^[0-9a-f]{64}$"
CARD = "bank-card"  # the blind index's purpose: equal cards are found whatever table they stand in


class Delivery(models.TextChoices):
    """The way in which aid or a service comes to people: in a campaign for a time, or at a place that is always there.
    Empty, where a column allows it, is a way that nobody recorded."""

    CAMPAIGN = "campaign", _("campaign")
    CENTRE = "centre", _("service centre")
    STATION = "station", _("service station")
    SHOP = "shop", _("aid shop")


class PaymentOrder(Scoped):
    """One sum to be paid to one household under one decision. `reference` is the case number; with programme and
    instalment it is unique, so that a decision is paid once."""

    id = models.UUIDField(primary_key=True, default=row_key, editable=False)
    household = models.ForeignKey(Household, models.PROTECT, verbose_name=_("household"), related_name="payment_orders")
    fund = models.ForeignKey(  # the indexes below begin with it
        Fund, models.PROTECT, verbose_name=_("fund"), related_name="orders", db_index=False
    )
    programme = models.CharField(_("programme"), max_length=60)
    programme_label = models.CharField(_("name of the programme"), max_length=80)
    amount_fen = models.BigIntegerField(_("amount"))
    reference = models.CharField(_("case number"), max_length=60)
    instalment = models.PositiveSmallIntegerField(_("instalment"), default=1)
    use = models.CharField(_("use"), max_length=20, choices=Use.choices, default=Use.OTHER, db_default="other")
    # Paid from several funds: `fund` is the first of its parts, under which it goes to the bank.
    mixed = models.BooleanField(_("from several funds"), default=False, db_default=False)
    # The order of the year before that goes on under this one.
    carries = models.OneToOneField("self", models.PROTECT, null=True, related_name="carried_by")
    payee_name = models.CharField(_("payee"), max_length=60)
    bank_name = models.CharField(_("bank"), max_length=80, blank=True)
    card = SealedTextField(_("bank card"), null=True)  # none: it can only be paid in cash
    delivery = models.CharField(_("way of delivery"), max_length=10, choices=Delivery.choices, blank=True, default="")
    status = models.CharField(_("state"), max_length=10, choices=OrderState.choices, default=OrderState.PLANNED)
    ordered_on = models.DateField(_("ordered on"))
    ordered_by = models.ForeignKey(Post, models.PROTECT, verbose_name=_("ordered by"), related_name="+")
    entered_by = models.ForeignKey(User, models.PROTECT, null=True, verbose_name=_("case entered by"), related_name="+")
    approved_by = models.ForeignKey(
        User, models.PROTECT, null=True, verbose_name=_("case approved by"), related_name="+"
    )

    class Meta:
        verbose_name = _("payment order")
        indexes = [
            models.Index(fields=["fund", "status"], name="ledger_order_by_fund_state"),
            # How a fund's orders last named a programme.
            models.Index(fields=["fund", "programme", "programme_label"], name="ledger_order_by_programme"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["reference", "programme", "instalment"],
                condition=~Q(status="cancelled"),
                name="ledger_order_once_per_decision",
                violation_error_message=_("This decision already has a payment order."),
            ),
            models.CheckConstraint(
                condition=Q(amount_fen__gt=0),
                name="ledger_order_amount_positive",
                violation_error_message=_("The amount must be above zero."),
            ),
            models.CheckConstraint(
                condition=Q(programme__regex=PROGRAMME_CODE),
                name="ledger_order_programme_code",
                violation_error_message=_("A programme code is made of letters, digits and _ . : / -"),
            ),
            models.CheckConstraint(
                condition=Q(payee_name__regex=PLAIN_TEXT) & (Q(bank_name="") | Q(bank_name__regex=PLAIN_TEXT)),
                name="ledger_order_plain_text",
                violation_error_message=_(
                    "Payee and bank must be plain names: no comma, semicolon, quote or bar, and no = + - @ in front."
                ),
            ),
            models.CheckConstraint(
                condition=Q(delivery__in=["", "campaign", "centre", "station", "shop"]),
                name="ledger_order_delivery_known",
                violation_error_message=_("Aid comes in a campaign, or through a centre, a station or a shop."),
            ),
        ]
        triggers = [
            triggers.fixed(
                "ledger_order_keeps_its_decision",
                "what was decided stays: cancel the order and make another",
                "organisation",
                "household",
                "fund",
                "programme",
                "amount_fen",
                "reference",
                "instalment",
                "use",
                "mixed",
                "carries",
                "delivery",
                "ordered_by",
                "entered_by",
                "approved_by",
            ),
            triggers.starts("ledger_order_starts_planned", "status", "planned"),
            triggers.ORDER_OF_A_FILE_THAT_GOES_ON,
            ORDER_IN_THE_MATRIX,
            fund_triggers.ORDER_HAS_ITS_PARTS,
            budget_triggers.ORDER_WITHIN_BUDGET,
            triggers.steps("ledger_order_steps", "status", ORDER_MOVES),
            payout_triggers.ORDER_HELD_FOR_A_REASON,
            payout_triggers.ORDER_RELEASED,
            triggers.undeletable("ledger_order_is_kept", "an order is never removed: cancel it"),
        ]

    def __str__(self) -> str:
        return f"{self.reference}-{self.instalment}"

    @property
    def card_digits(self) -> str:
        """The card's number; empty where there is none, for cash."""
        return self.card.reveal() if self.card else ""


class PayoutBatch(Scoped):
    """Orders of one fund that are paid together, after a second person has approved exactly what was shown: by the
    bank, or in cash from a paying place."""

    id = models.UUIDField(primary_key=True, default=row_key, editable=False)
    number = models.CharField(_("batch number"), max_length=40, unique=True)
    fund = models.ForeignKey(Fund, models.PROTECT, verbose_name=_("fund"), related_name="batches")
    status = models.CharField(_("state"), max_length=10, choices=BatchState.choices, default=BatchState.DRAFT)
    method = models.CharField(
        pgettext_lazy("pay-out", "method"), max_length=4, choices=Method.choices, default=Method.BANK
    )
    place = models.CharField(_("paying place"), max_length=80, blank=True, default="")
    day = models.DateField(_("day"))
    prepared_by = models.ForeignKey(Post, models.PROTECT, verbose_name=_("prepared by"), related_name="+")
    submitted_by = models.ForeignKey(Post, models.PROTECT, null=True, verbose_name=_("submitted by"), related_name="+")
    digest = models.CharField(_("check code"), max_length=64, blank=True, default="")
    sent_on = models.DateField(_("sent on"), null=True)

    class Meta:
        verbose_name = _("pay-out batch")
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=["draft", "dissolved"], digest="")
                | (~Q(status__in=["draft", "dissolved"]) & Q(digest__regex=DIGEST, submitted_by__isnull=False)),
                name="ledger_batch_bound_when_submitted",
                violation_error_message=_("A submitted batch is bound to exactly what it shows."),
            ),
            models.CheckConstraint(
                condition=Q(method="bank", place="") | (Q(method="cash") & ~Q(place="")),
                name="ledger_batch_cash_at_a_place",
                violation_error_message=_("Cash is paid at a place: name it. A bank batch has none."),
            ),
        ]
        triggers = [
            triggers.fixed(
                "ledger_batch_keeps_its_nature",
                "number, fund and preparer of a batch stay",
                "organisation",
                "number",
                "fund",
                "method",
                "place",
                "prepared_by",
            ),
            triggers.starts("ledger_batch_starts_as_draft", "status", "draft"),
            triggers.steps("ledger_batch_steps", "status", BATCH_MOVES),
            triggers.BATCH_APPROVED_BY_DECISION,
            triggers.undeletable("ledger_batch_is_kept", "a batch is never removed: dissolve it"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def in_cash(self) -> bool:
        return self.method == Method.CASH

    @property
    def state_words(self) -> str:
        return self.words_of(self.status)

    def words_of(self, state: str) -> str:
        """A state in words; cash that was drawn is not at the bank."""
        if self.in_cash and state == BatchState.SENT:
            return str(_("cash drawn, being paid"))
        return str(BatchState(state).label)


class BatchLine(models.Model):
    """One payment in a batch, with payee and card as they go to the bank. `line_key` names it there and back."""

    id = models.UUIDField(primary_key=True, default=row_key, editable=False)
    # Found by the index of their numbers within it.
    batch = models.ForeignKey(PayoutBatch, models.PROTECT, related_name="lines", db_index=False)
    order = models.ForeignKey(PaymentOrder, models.PROTECT, related_name="lines")
    line_no = models.PositiveIntegerField(_("line"))
    line_key = models.CharField(_("line key"), max_length=50)
    payee_name = models.CharField(_("payee"), max_length=60)
    bank_name = models.CharField(_("bank"), max_length=80)
    card = SealedTextField(_("bank card"), null=True)
    card_index = BlindIndexField(of="card", purpose=CARD, null=True, db_index=True)
    amount_fen = models.BigIntegerField(_("amount"))
    outcome = models.CharField(
        _("bank's answer"), max_length=10, choices=Outcome.choices, blank=True, default=Outcome.WAITING
    )
    bank_reason = models.CharField(_("bank's reason"), max_length=200, blank=True, default="")
    unclear_since = models.DateField(_("unclear since"), null=True)
    settled_on = models.DateField(_("settled on"), null=True)

    class Meta:
        verbose_name = _("batch line")
        ordering = ["batch", "line_no"]
        indexes = [
            # What reached households in a period, read without the lines themselves.
            models.Index(
                fields=["settled_on"],
                include=["order", "amount_fen"],
                condition=Q(outcome="paid"),
                name="ledger_line_paid_by_day",
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["order"],
                condition=Q(outcome__in=["", "unclear", "paid"]),
                name="ledger_line_order_once",
                violation_error_message=_("This order is already in a batch, or paid."),
            ),
            models.UniqueConstraint(
                fields=["line_key"],
                name="ledger_line_key_once",
                violation_error_message=_("Line keys are unique."),
            ),
            models.UniqueConstraint(
                fields=["batch", "line_no"],
                name="ledger_line_number_once",
                violation_error_message=_("Lines of a batch are numbered."),
            ),
            models.CheckConstraint(
                condition=Q(outcome__in=["", "unclear"], settled_on__isnull=True)
                | (Q(outcome__in=["paid", "returned"]) & Q(settled_on__isnull=False)),
                name="ledger_line_settled_with_answer",
                violation_error_message=_("A line is settled on the day of the answer."),
            ),
            models.CheckConstraint(
                condition=~Q(outcome="unclear") | Q(unclear_since__isnull=False),
                name="ledger_line_unclear_since_a_day",
                violation_error_message=_("An unclear line is unclear since a day."),
            ),
        ]
        triggers = [
            triggers.fixed(
                "ledger_line_keeps_its_content",
                "what was approved stays",
                "batch",
                "order",
                "line_no",
                "line_key",
                "payee_name",
                "bank_name",
                "card",
                "amount_fen",
            ),
            triggers.starts("ledger_line_starts_open", "outcome", ""),
            triggers.LINE_OF_DRAFT,
            triggers.LINE_AS_ORDERED,
            payout_triggers.LINE_HAS_ITS_CARD,
            payout_triggers.LINE_IN_CASH_WITH_RECEIPT,
            payout_triggers.LINE_CLEARED,
            triggers.steps("ledger_line_steps", "outcome", LINE_MOVES),
            sum_triggers.LINES_MOVE_SUMS,
        ]

    def __str__(self) -> str:
        return self.line_key

    @property
    def card_digits(self) -> str:
        """The card's number; empty where there is none, for cash."""
        return self.card.reveal() if self.card else ""


class BatchDecision(models.Model):
    """A second person's word on a submitted batch, bound to the digest of what was shown. Appended, never changed."""

    class Kind(models.TextChoices):
        APPROVE = "approve", _("approved")
        SEND_BACK = "send_back", _("sent back")

    batch = models.ForeignKey(PayoutBatch, models.PROTECT, related_name="decisions")
    kind = models.CharField(pgettext_lazy("payout batch", "decision"), max_length=10, choices=Kind.choices)
    digest = models.CharField(_("check code"), max_length=64)
    by = models.ForeignKey(Post, models.PROTECT, verbose_name=_("by"), related_name="+")
    day = models.DateField(_("day"))
    at = models.DateTimeField(_("time"), auto_now_add=True)
    note = models.CharField(_("note"), max_length=200, blank=True, default="")

    class Meta:
        verbose_name = _("decision on a batch")
        ordering = ["pk"]
        triggers = [
            triggers.DECISION_OF_ANOTHER,
            triggers.kept("ledger_decision_is_kept", "a decision is never changed"),
        ]

    def __str__(self) -> str:
        return f"{self.batch} {self.kind}"


class BankFile(models.Model):
    """The file that a batch sent to the bank, sealed in the vault. One per batch, for ever the same bytes."""

    batch = models.OneToOneField(PayoutBatch, models.PROTECT, related_name="bank_file")
    vault_name = VaultNameField()
    digest = models.CharField(max_length=64)
    size = models.PositiveIntegerField(_("bytes"))
    made_at = models.DateTimeField(_("made at"), auto_now_add=True)
    by = models.ForeignKey(Post, models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("bank file")
        triggers = [triggers.kept("ledger_bankfile_is_kept", "a bank file is never replaced")]

    def __str__(self) -> str:
        return f"{self.batch} {self.digest[:12]}"


class ResultFile(models.Model):
    """A result file of the bank that was taken over whole. The same file again is recognised by its digest."""

    batch = models.ForeignKey(PayoutBatch, models.PROTECT, related_name="results")
    vault_name = VaultNameField()
    digest = models.CharField(max_length=64)
    day = models.DateField(_("day"))
    at = models.DateTimeField(_("time"), auto_now_add=True)
    by = models.ForeignKey(Post, models.PROTECT, related_name="+")
    paid_count = models.PositiveIntegerField(_("paid"))
    paid_fen = models.BigIntegerField(_("paid"))
    returned_count = models.PositiveIntegerField(_("returned"))
    returned_fen = models.BigIntegerField(_("returned"))

    class Meta:
        verbose_name = _("result file")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["batch", "digest"],
                name="ledger_resultfile_once",
                violation_error_message=_("This result file has already been taken over."),
            ),
        ]
        triggers = [triggers.kept("ledger_resultfile_is_kept", "a result file is never replaced")]

    def __str__(self) -> str:
        return f"{self.batch} {self.digest[:12]}"
