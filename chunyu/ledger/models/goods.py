"""Goods: what is kept in stock, the papers that move it, baskets of goods, and coupons for a person.

Quantities stand in the books: a place has an account in each good (its source, what is there, what was written off),
a household one for what it was given. A movement is the paper; its transfer has the quantities.
"""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from chunyu.accounts.models import Post, User
from chunyu.federation.models import Organisation, Scoped
from chunyu.ledger import goods_triggers, triggers
from chunyu.ledger.models.books import PROGRAMME_CODE, Commodity, Transfer
from chunyu.ledger.models.payouts import DIGEST
from chunyu.privacy.fields import BlindIndexField, SealedTextField, VaultNameField
from chunyu.privacy.row_key import row_key
from chunyu.registry.models import Household, Member

COUPON_CODE = "coupon-code"


class Good(Scoped):
    """A kind of thing that is kept in stock, listed by an organisation for itself and all below it. Its name and unit
    are those of its commodity; `value_fen` is what one unit counts for in reports from now on."""

    commodity = models.OneToOneField(Commodity, models.PROTECT, primary_key=True, related_name="good")
    value_fen = models.BigIntegerField(_("value of one unit"))
    listed_on = models.DateField(_("listed on"))
    closed_on = models.DateField(_("no longer taken in since"), null=True)

    class Meta:
        verbose_name = pgettext_lazy("stock", "good")
        constraints = [
            models.CheckConstraint(
                condition=Q(value_fen__gte=0),
                name="ledger_good_value_not_negative",
                violation_error_message=_("A value is not below nought."),
            ),
        ]
        triggers = [
            triggers.fixed("ledger_good_keeps_its_nature", "what a good is stays", "commodity", "organisation"),
            triggers.undeletable("ledger_good_is_kept", "a good is never removed: close it"),
        ]

    def __str__(self) -> str:
        return f"{self.commodity.name}（{self.commodity.unit}）"


class Basket(Scoped):
    """Goods that are given out together. Its content never changes: another content is another basket."""

    name = models.CharField(_("name"), max_length=80)
    programme = models.CharField(_("programme"), max_length=60)
    programme_label = models.CharField(_("name of the programme"), max_length=80)
    made_on = models.DateField(pgettext_lazy("stock", "made on"))
    closed_on = models.DateField(pgettext_lazy("stock", "closed on"), null=True)

    class Meta:
        verbose_name = pgettext_lazy("stock", "basket")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "name"],
                name="ledger_basket_name_once",
                violation_error_message=_("A basket of this name already exists here."),
            ),
            models.CheckConstraint(
                condition=Q(programme__regex=PROGRAMME_CODE),
                name="ledger_basket_programme_code",
                violation_error_message=_("A programme code is made of letters, digits and _ . : / -"),
            ),
        ]
        triggers = [
            triggers.fixed(
                "ledger_basket_keeps_its_nature",
                "what a basket is for stays",
                "organisation",
                "programme",
                "programme_label",
            ),
            triggers.undeletable("ledger_basket_is_kept", "a basket is never removed: close it"),
        ]

    def __str__(self) -> str:
        return self.name


class BasketItem(models.Model):
    """So many units of a good in a basket."""

    basket = models.ForeignKey(Basket, models.PROTECT, related_name="items")
    good = models.ForeignKey(Good, models.PROTECT, related_name="+")
    quantity = models.PositiveIntegerField(_("quantity"))

    class Meta:
        verbose_name = _("content of a basket")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["basket", "good"],
                name="ledger_basket_good_once",
                violation_error_message=_("A good is listed once in a basket."),
            ),
            models.CheckConstraint(
                condition=Q(quantity__gt=0),
                name="ledger_basket_quantity_positive",
                violation_error_message=_("The quantity must be above zero."),
            ),
        ]
        triggers = [
            triggers.kept("ledger_basket_content_is_kept", "what is in a basket stays"),
            goods_triggers.ITEM_BEFORE_USE,
        ]

    def __str__(self) -> str:
        return f"{self.good} × {self.quantity}"


class StockMovement(Scoped):
    """The paper of one movement of goods at a place (`organisation`): what kind, under which number, by whom, and for
    some by a second person. It is appended and never changed."""

    class Kind(models.TextChoices):
        RECEIVED = "received", pgettext_lazy("stock", "taken in")
        ISSUED = "issued", pgettext_lazy("stock", "given out")
        RETURNED = "returned", pgettext_lazy("stock", "brought back")
        MOVED = "moved", pgettext_lazy("stock", "moved to another place")
        WRITTEN_OFF = "written_off", pgettext_lazy("stock", "written off")
        COUNTED = "counted", pgettext_lazy("stock", "corrected after counting")

    class Origin(models.TextChoices):
        PURCHASE = "purchase", _("purchase")
        DONATION = "donation", _("donation in kind")
        SUPERIOR = "superior", _("from the level above")

    id = models.UUIDField(primary_key=True, default=row_key, editable=False)
    kind = models.CharField(pgettext_lazy("stock", "kind"), max_length=12, choices=Kind.choices)
    transfer = models.OneToOneField(Transfer, models.PROTECT, related_name="stock_movement")
    document_no = models.CharField(_("document number"), max_length=80)
    day = models.DateField(_("day"))
    at = models.DateTimeField(auto_now_add=True)
    by = models.ForeignKey(Post, models.PROTECT, verbose_name=_("by"), related_name="+")
    second = models.ForeignKey(User, models.PROTECT, null=True, verbose_name=_("second person"), related_name="+")
    reason = models.CharField(_("reason"), max_length=200, blank=True, default="")
    origin = models.CharField(_("origin"), max_length=10, choices=Origin.choices, blank=True, default="")
    to_place = models.ForeignKey(
        Organisation, models.PROTECT, null=True, verbose_name=pgettext_lazy("stock", "to"), related_name="+"
    )
    household = models.ForeignKey(
        Household, models.PROTECT, null=True, verbose_name=_("household"), related_name="goods_given"
    )
    taken_by = models.CharField(_("taken by"), max_length=60, blank=True, default="")
    basket = models.ForeignKey(Basket, models.PROTECT, null=True, related_name="movements")
    returns = models.ForeignKey("self", models.PROTECT, null=True, related_name="returned_by")
    value_fen = models.BigIntegerField(_("value"))
    vault_name = VaultNameField(blank=True, default="")
    digest = models.CharField(_("SHA-256"), max_length=64, blank=True, default="")
    content_type = models.CharField(max_length=40, blank=True, default="")

    class Meta:
        verbose_name = pgettext_lazy("stock", "movement")
        indexes = [models.Index(fields=["scope_path", "-day"], name="ledger_stock_by_place_and_day")]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=["received", "issued", "returned", "moved", "written_off", "counted"])
                & ~Q(document_no=""),
                name="ledger_stock_has_its_paper",
                violation_error_message=_("Every movement of goods has a kind and a document number."),
            ),
            models.CheckConstraint(
                condition=~Q(kind="received") | Q(origin__in=["purchase", "donation", "superior"]),
                name="ledger_stock_received_from_somewhere",
                violation_error_message=_("Say where the goods came from."),
            ),
            models.CheckConstraint(
                condition=~Q(kind__in=["issued", "returned"]) | (Q(household__isnull=False) & ~Q(taken_by="")),
                name="ledger_stock_issued_to_a_household",
                violation_error_message=_("Goods are given out to a household; name who took them."),
            ),
            models.CheckConstraint(
                condition=~Q(kind="issued") | Q(digest__regex=DIGEST),
                name="ledger_stock_issued_against_receipt",
                violation_error_message=_("Goods are given out against a receipt."),
            ),
            models.CheckConstraint(
                condition=Q(kind="returned", returns__isnull=False) | ~Q(kind="returned") & Q(returns__isnull=True),
                name="ledger_stock_return_names_its_issue",
                violation_error_message=_("Goods that come back name the paper with which they went out."),
            ),
            models.CheckConstraint(
                condition=Q(kind="moved", to_place__isnull=False) & ~Q(to_place=F("organisation"))
                | ~Q(kind="moved") & Q(to_place__isnull=True),
                name="ledger_stock_moved_elsewhere",
                violation_error_message=_("Goods are moved to another place."),
            ),
            models.CheckConstraint(
                condition=~Q(kind__in=["written_off", "counted"]) | (Q(second__isnull=False) & ~Q(reason="")),
                name="ledger_stock_written_off_with_reason",
                violation_error_message=_("Writing off takes a second person and a reason."),
            ),
        ]
        triggers = [
            goods_triggers.MOVEMENT_BY_TWO,
            goods_triggers.MOVEMENT_OF_GOODS,
            triggers.kept("ledger_stock_movement_is_kept", "a movement of goods is never changed"),
        ]

    def __str__(self) -> str:
        return f"{self.document_no} {self.kind}"


class Coupon(Scoped):
    """One basket for one person, to be fetched once in a period at any counter of the organisation or below it."""

    id = models.UUIDField(primary_key=True, default=row_key, editable=False)
    household = models.ForeignKey(Household, models.PROTECT, verbose_name=_("household"), related_name="coupons")
    member = models.ForeignKey(Member, models.PROTECT, verbose_name=_("for"), related_name="+")
    basket = models.ForeignKey(Basket, models.PROTECT, verbose_name=pgettext_lazy("stock", "basket"), related_name="+")
    code = SealedTextField(_("code"))
    code_index = BlindIndexField(of="code", purpose=COUPON_CODE, unique=True)
    from_day = models.DateField(pgettext_lazy("coupon", "valid from"))
    to_day = models.DateField(pgettext_lazy("coupon", "valid until"))
    issued_by = models.ForeignKey(
        Post, models.PROTECT, verbose_name=pgettext_lazy("stock", "made by"), related_name="+"
    )
    issued_on = models.DateField(pgettext_lazy("stock", "made on"))
    revoked_by = models.ForeignKey(Post, models.PROTECT, null=True, related_name="+")
    revoked_on = models.DateField(_("revoked on"), null=True)
    revoke_reason = models.CharField(_("reason"), max_length=200, blank=True, default="")

    class Meta:
        verbose_name = pgettext_lazy("stock", "coupon")
        constraints = [
            models.UniqueConstraint(
                fields=["member", "basket", "from_day"],
                condition=Q(revoked_on__isnull=True),
                name="ledger_coupon_once",
                violation_error_message=_("This person already has a coupon for this basket and period."),
            ),
            models.CheckConstraint(
                condition=Q(to_day__gte=F("from_day")),
                name="ledger_coupon_ends_after_it_starts",
                violation_error_message=_("A coupon ends on or after the day on which it starts."),
            ),
            models.CheckConstraint(
                condition=Q(revoked_on__isnull=True, revoked_by__isnull=True, revoke_reason="")
                | Q(revoked_on__isnull=False, revoked_by__isnull=False) & ~Q(revoke_reason=""),
                name="ledger_coupon_revoked_with_reason",
                violation_error_message=_("A coupon is revoked by somebody, with a reason."),
            ),
        ]
        triggers = [
            triggers.fixed(
                "ledger_coupon_keeps_its_promise",
                "what a coupon promises stays",
                "organisation",
                "household",
                "member",
                "basket",
                "code",
                "from_day",
                "to_day",
            ),
            goods_triggers.COUPON_NOT_REVOKED_AFTER_USE,
            triggers.undeletable("ledger_coupon_is_kept", "a coupon is never removed: revoke it"),
        ]

    def __str__(self) -> str:
        return f"{self.basket} {self.from_day}"


class Redemption(models.Model):
    """A coupon was used: once, at a counter, with the goods that left its stock."""

    coupon = models.OneToOneField(Coupon, models.PROTECT, primary_key=True, related_name="redemption")
    movement = models.OneToOneField(StockMovement, models.PROTECT, related_name="redemption")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("use of a coupon")
        triggers = [
            goods_triggers.REDEEMED_AS_PROMISED,
            triggers.kept("ledger_redemption_is_kept", "the use of a coupon is never taken back"),
        ]

    def __str__(self) -> str:
        return f"{self.coupon} {self.at}"
