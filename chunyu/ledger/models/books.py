"""The books: funds with their earmarks, accounts, and transfers with balanced legs.

Every quantity is a whole number of the account's commodity: fen of money, pieces of a good. A leg has a side and a
positive quantity; an account's balance is its debits less its credits. So cash that is there stands above zero, and
the outside source that gave it stands as far below: all balances of a fund together are always nought.
"""

from __future__ import annotations

from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.utils.translation import gettext_lazy as _

from chunyu.accounts.models import Post
from chunyu.federation.models import Scoped
from chunyu.ledger import fund_triggers, triggers
from chunyu.ledger.earmarks.triggers import EARMARK_IN_THE_MATRIX
from chunyu.ledger.earmarks.uses import Use
from chunyu.privacy.row_key import row_key
from chunyu.registry.models import Household

CURRENCY = "CNY"
PROGRAMME_CODE = r"^[A-Za-z0-9][A-Za-z0-9_.:/-]*$"


class Commodity(models.Model):
    """What is counted: money in fen, or a good in its unit."""

    code = models.CharField(_("code"), max_length=24, primary_key=True)
    name = models.CharField(_("name"), max_length=60)
    unit = models.CharField(_("unit of counting"), max_length=20)

    class Meta:
        verbose_name = _("commodity")

    def __str__(self) -> str:
        return self.name

    @classmethod
    def money(cls) -> Commodity:
        """Chinese yuan counted in fen."""
        return cls.objects.get_or_create(code=CURRENCY, defaults={"name": "人民币", "unit": "分"})[0]


class Book(models.TextChoices):
    """Books that are kept apart: what a pool's members or a foundation's donors gave is not aid money. Which book a
    fund stands in follows from its source; no transfer passes from one to another."""

    AID = "aid", _("aid money")
    UNION = "union", _("union funds")
    POOL = "pool", _("mutual aid pool")
    FOUNDATION = "foundation", _("foundation")


class Fund(Scoped):
    """Money of one source under one document, held by an organisation for certain programmes, or for any."""

    class Source(models.TextChoices):
        CENTRAL_FISCAL = "central_fiscal", _("central fiscal aid fund")
        PROVINCIAL_FISCAL = "provincial_fiscal", _("provincial fiscal money")
        MUNICIPAL_FISCAL = "municipal_fiscal", _("municipal fiscal money")
        COUNTY_FISCAL = "county_fiscal", _("county fiscal money")
        PROVINCIAL_UNION = "provincial_union", _("provincial union funds")
        MUNICIPAL_UNION = "municipal_union", _("municipal union funds")
        COUNTY_UNION = "county_union", _("county union funds")
        CIVIL_AFFAIRS = "civil_affairs", _("civil affairs money")
        MUTUAL_AID_POOL = "mutual_aid_pool", _("One-Day Donation mutual aid pool")
        FOUNDATION = "foundation", _("mutual aid foundation")
        ENTERPRISE = "enterprise", _("money of the employer")
        DONATION = "donation", _("donation")

    name = models.CharField(_("name"), max_length=120)
    source = models.CharField(_("fund source"), max_length=30, choices=Source.choices)
    document_no = models.CharField(_("document number"), max_length=80)
    year = models.PositiveSmallIntegerField(_("year"))
    opened_on = models.DateField(_("opened on"))
    book = models.GeneratedField(
        expression=Case(
            When(source__endswith="_union", then=Value("union")),
            When(source="mutual_aid_pool", then=Value("pool")),
            When(source="foundation", then=Value("foundation")),
            default=Value("aid"),
        ),
        output_field=models.CharField(_("book"), max_length=12, choices=Book.choices),
        db_persist=True,
    )

    class Meta:
        verbose_name = _("fund")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "source", "document_no", "year"],
                name="ledger_fund_once_per_document",
                violation_error_message=_("A fund for this source, document and year already exists here."),
            ),
            models.CheckConstraint(
                condition=Q(
                    source__in=[
                        "central_fiscal",
                        "provincial_fiscal",
                        "municipal_fiscal",
                        "county_fiscal",
                        "provincial_union",
                        "municipal_union",
                        "county_union",
                        "civil_affairs",
                        "mutual_aid_pool",
                        "foundation",
                        "enterprise",
                        "donation",
                    ]
                ),
                name="ledger_fund_source_known",
                violation_error_message=_("This fund source does not exist."),
            ),
            models.CheckConstraint(
                condition=Q(year__gte=1950, year__lte=2200),
                name="ledger_fund_year_plausible",
                violation_error_message=_("Give the year of the fund with four digits."),
            ),
        ]
        triggers = [
            triggers.fixed(
                "ledger_fund_keeps_its_nature",
                "source, document and year of a fund stay",
                "source",
                "document_no",
                "year",
                "organisation",
            ),
            triggers.undeletable("ledger_fund_is_kept", "a fund is never removed"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def book_label(self) -> str:
        return str(Book(self.book).label)

    def serves(self, programme: str) -> bool:
        """Whether its earmarks admit a programme; a fund without earmarks serves any."""
        codes = {earmark.programme for earmark in self.earmarks.all()}
        return not codes or programme in codes


class Earmark(models.Model):
    """One programme for which a fund may be used. Fixed before the first account of the fund is opened."""

    fund = models.ForeignKey(Fund, models.PROTECT, related_name="earmarks")
    programme = models.CharField(_("programme"), max_length=60)
    label = models.CharField(_("name of the programme"), max_length=80)
    use = models.CharField(_("use"), max_length=20, choices=Use.choices, default=Use.OTHER, db_default="other")
    rule_no = models.CharField(_("document that allows it"), max_length=80, blank=True, default="", db_default="")

    class Meta:
        verbose_name = _("earmark")
        constraints = [
            models.UniqueConstraint(
                fields=["fund", "programme"],
                name="ledger_earmark_once",
                violation_error_message=_("This programme is already named."),
            ),
            models.CheckConstraint(
                condition=Q(programme__regex=PROGRAMME_CODE),
                name="ledger_earmark_programme_code",
                violation_error_message=_("A programme code is made of letters, digits and _ . : / -"),
            ),
        ]
        triggers = [
            triggers.EARMARK_BEFORE_MONEY,
            EARMARK_IN_THE_MATRIX,
            triggers.kept("ledger_earmark_is_kept", "earmarks are neither changed nor removed"),
        ]

    def __str__(self) -> str:
        return self.label or self.programme


class Account(Scoped):
    """A place where a commodity stands: with its source, free, set aside, on its way, received, or spent. Money is of a
    fund; goods are of no fund, and their accounts belong to the organisation in whose store they lie.

    `balance` is kept by the database as legs are posted and cannot be written. `programme` is empty while money is
    not yet promised to one.
    """

    class Kind(models.TextChoices):
        SOURCE = "source", _("source")
        CASH = "cash", _("free")
        COMMITTED = "committed", _("set aside")
        IN_TRANSIT = "in_transit", _("at the bank")
        HOUSEHOLD = "household", _("received by a household")
        SPENT = "spent", _("spent by the union itself")
        ARRIVING = "arriving", _("on its way from the level above")

    fund = models.ForeignKey(Fund, models.PROTECT, null=True, related_name="accounts")
    commodity = models.ForeignKey(Commodity, models.PROTECT, related_name="+")
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices)
    programme = models.CharField(_("programme"), max_length=60, blank=True, default="")
    household = models.ForeignKey(Household, models.PROTECT, null=True, related_name="accounts")
    floor = models.BigIntegerField(_("floor"), null=True, default=0)
    balance = models.BigIntegerField(_("balance"), default=0, editable=False)

    class Meta:
        verbose_name = _("account")
        constraints = [
            models.UniqueConstraint(
                fields=["fund", "kind", "programme", "commodity"],
                condition=~Q(kind="household"),
                name="ledger_account_once",
                violation_error_message=_("This account already exists."),
            ),
            models.UniqueConstraint(
                fields=["fund", "household", "programme", "commodity"],
                condition=Q(kind="household"),
                name="ledger_account_once_per_household",
                violation_error_message=_("This account already exists."),
            ),
            models.UniqueConstraint(
                fields=["organisation", "kind", "commodity"],
                condition=Q(fund__isnull=True) & ~Q(kind="household"),
                name="ledger_account_goods_once",
                violation_error_message=_("This account already exists."),
            ),
            models.UniqueConstraint(
                fields=["household", "programme", "commodity"],
                condition=Q(fund__isnull=True, kind="household"),
                name="ledger_account_goods_once_per_household",
                violation_error_message=_("This account already exists."),
            ),
            models.CheckConstraint(
                condition=Q(commodity=CURRENCY, fund__isnull=False) | ~Q(commodity=CURRENCY) & Q(fund__isnull=True),
                name="ledger_account_money_of_a_fund",
                violation_error_message=_("Money is of a fund, and goods are of none."),
            ),
            models.CheckConstraint(
                condition=Q(kind="household", household__isnull=False)
                | (~Q(kind="household") & Q(household__isnull=True)),
                name="ledger_account_household_where_received",
                violation_error_message=_("What a household received stands in an account of that household."),
            ),
            models.CheckConstraint(
                condition=Q(floor__isnull=True) | Q(balance__gte=F("floor")),
                name="ledger_account_not_below_floor",
                violation_error_message=_("There is not enough there for this."),
            ),
            models.CheckConstraint(
                condition=~Q(kind="source") | Q(balance__lte=0),
                name="ledger_account_source_only_gives",
                violation_error_message=_("A source cannot get back more than it gave."),
            ),
            models.CheckConstraint(
                condition=Q(kind="source", floor__isnull=True)
                | (~Q(kind="source") & Q(floor__isnull=False, floor__gte=0)),
                name="ledger_account_has_floor",
                violation_error_message=_("Only a source may stand below zero."),
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["source", "cash", "spent", "arriving"], programme="")
                | Q(kind__in=["committed", "in_transit", "household"], programme__regex=PROGRAMME_CODE),
                name="ledger_account_programme_where_promised",
                violation_error_message=_("Money that is promised names its programme; free money names none."),
            ),
        ]
        triggers = [
            triggers.ACCOUNT_OPENS,
            triggers.ACCOUNT_MOVES_BY_LEGS,
            triggers.fixed(
                "ledger_account_keeps_its_nature",
                "what an account stands for stays",
                "fund",
                "commodity",
                "kind",
                "programme",
                "floor",
                "organisation",
                "household",
            ),
            triggers.undeletable("ledger_account_is_kept", "an account is never removed"),
        ]

    def __str__(self) -> str:
        return f"{self.fund}/{self.kind}/{self.programme}"


class Reason(models.TextChoices):
    """Why money moves. Every transfer has one."""

    RECEIPT = "receipt", _("received from the source")
    GIVE_BACK = "give_back", _("given back to the source")
    ALLOCATION = "allocation", _("allocated to another level")
    RESERVATION = "reservation", _("set aside for a household")
    RELEASE = "release", _("released again")
    SENDING = "sending", _("handed to the bank")
    PAYMENT = "payment", _("paid to a household")
    BOUNCE = "bounce", _("returned by the bank")
    SPENDING = "spending", _("spent by the union itself")
    ARRIVAL = "arrival", _("arrived from the level above")
    HAND_BACK = "hand_back", _("handed back to the level above")
    CARRY = "carry", _("carried over into the next year")
    REVERSAL = "reversal", _("reversal of an earlier transfer")


class Transfer(models.Model):
    """One movement with all its legs; `key` is made by the client, so that a repeated request moves nothing again."""

    id = models.UUIDField(primary_key=True, default=row_key, editable=False)
    key = models.CharField(_("key"), max_length=120)
    digest = models.CharField(max_length=64, editable=False)
    reason = models.CharField(_("reason"), max_length=20, choices=Reason.choices)
    programme = models.CharField(_("programme"), max_length=60, blank=True, default="")
    reference = models.CharField(_("reference"), max_length=120, blank=True, default="")
    day = models.DateField(_("day"))
    posted_at = models.DateTimeField(_("posted at"), auto_now_add=True)
    by = models.ForeignKey(Post, models.PROTECT, verbose_name=_("by"), related_name="+")
    note = models.CharField(_("note"), max_length=200, blank=True, default="")
    reverses = models.ForeignKey("self", models.PROTECT, null=True, related_name="reversed_by")
    leg_count = models.PositiveSmallIntegerField(editable=False)

    class Meta:
        verbose_name = _("transfer")
        indexes = [
            models.Index(fields=["day"], name="ledger_transfer_by_day"),
            models.Index(fields=["reference"], name="ledger_transfer_by_reference"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["key"],
                name="ledger_transfer_key_once",
                violation_error_message=_("This movement has already been posted."),
            ),
            models.UniqueConstraint(
                fields=["reverses"],
                name="ledger_transfer_reversed_once",
                violation_error_message=_("This transfer has already been reversed."),
            ),
            models.CheckConstraint(
                condition=Q(leg_count__gte=2),
                name="ledger_transfer_two_legs",
                violation_error_message=_("A transfer has at least two legs."),
            ),
            models.CheckConstraint(
                condition=Q(reason="reversal", reverses__isnull=False)
                | (~Q(reason="reversal") & Q(reverses__isnull=True)),
                name="ledger_transfer_reversal_names_original",
                violation_error_message=_("A reversal, and only a reversal, names the transfer that it reverses."),
            ),
            models.CheckConstraint(
                condition=Q(
                    reason__in=[
                        "receipt",
                        "give_back",
                        "allocation",
                        "reservation",
                        "release",
                        "sending",
                        "payment",
                        "bounce",
                        "spending",
                        "arrival",
                        "hand_back",
                        "carry",
                        "reversal",
                    ]
                ),
                name="ledger_transfer_reason_known",
                violation_error_message=_("Every transfer has one of the known reasons."),
            ),
        ]
        triggers = [
            triggers.kept("ledger_transfer_is_kept", "a transfer is never changed: reverse it"),
            triggers.TRANSFER_HOLDS,
            fund_triggers.TRANSFER_LEVEL_BY_LEVEL,
            fund_triggers.TRANSFER_NEXT_YEAR,
            triggers.TRANSFER_MIRRORS,
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.reason} {self.reference}"


class Leg(models.Model):
    """A debit or credit of one account."""

    class Side(models.TextChoices):
        DEBIT = "debit", _("debit")
        CREDIT = "credit", _("credit")

    # Found by the index of their numbers within it.
    transfer = models.ForeignKey(Transfer, models.PROTECT, related_name="legs", db_index=False)
    position = models.PositiveSmallIntegerField()
    account = models.ForeignKey(Account, models.PROTECT, related_name="legs")
    # The account's, written by the database whatever was sent; goods have none.
    fund = models.ForeignKey(
        Fund, models.PROTECT, null=True, related_name="+", db_constraint=False, db_index=False, editable=False
    )
    side = models.CharField(_("side"), max_length=6, choices=Side.choices)
    quantity = models.BigIntegerField(_("quantity"), help_text=_("In units of the account's commodity: fen for money."))

    class Meta:
        verbose_name = _("leg")
        # The journal of a fund, the newest first.
        indexes = [models.Index(fields=["fund", "id"], name="ledger_leg_by_fund")]
        constraints = [
            models.UniqueConstraint(
                fields=["transfer", "position"],
                name="ledger_leg_position_once",
                violation_error_message=_("The legs of a transfer are numbered."),
            ),
            models.CheckConstraint(
                condition=Q(quantity__gt=0),
                name="ledger_leg_quantity_positive",
                violation_error_message=_("The amount must be above zero."),
            ),
            models.CheckConstraint(
                condition=Q(side__in=["debit", "credit"]),
                name="ledger_leg_side_known",
                violation_error_message=_("A leg is a debit or a credit."),
            ),
            models.CheckConstraint(
                condition=Q(position__gte=1),
                name="ledger_leg_position_from_one",
                violation_error_message=_("The legs of a transfer are numbered from one."),
            ),
        ]
        triggers = [
            triggers.LEG_IN_ITS_PLACE,
            triggers.LEGS_MOVE_BALANCES,
            triggers.kept("ledger_leg_is_kept", "a leg is never changed: reverse its transfer"),
        ]

    def __str__(self) -> str:
        return f"{self.side} {self.quantity}"
