"""Services that are no payment to a household on file, and reports of the indices as they were published."""

# ruff: noqa: S608 - the triggers are put together from constants of this file

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from chunyu.accounts.models import Post
from chunyu.federation.models import Organisation, Scoped
from chunyu.hardship.indices.categories import Category
from chunyu.ledger.models import Delivery
from chunyu.privacy.row_key import row_key
from chunyu.registry.models import Household


def _refused(rule: str, words: str) -> str:
    return f"RAISE EXCEPTION '{words}' USING ERRCODE = '23514', CONSTRAINT = '{rule}';"


def _kept(rule: str, words: str) -> pgtrigger.Trigger:
    return pgtrigger.Trigger(
        name=rule, when=pgtrigger.Before, operation=pgtrigger.Update | pgtrigger.Delete, func=_refused(rule, words)
    )


class Service(Scoped):
    """One service given to one person on one day, other than a payment: those stand in the ledger. It says how things
    were on that day and is never changed; a mistaken one is taken back by another row.

    The person is known by the keyed digest of the ID number alone, the same as in the registry: people are counted
    once, and nobody's number is kept.
    """

    class Origin(models.TextChoices):
        UNION = "union", _("the union's own means")
        SOCIETY = "society", _("a partner or donor")

    id = models.UUIDField(primary_key=True, default=row_key, editable=False)
    day = models.DateField(_("day"))
    category = models.CharField(_("kind of service"), max_length=12, choices=Category.choices)
    delivery = models.CharField(_("way of delivery"), max_length=10, choices=Delivery.choices, blank=True, default="")
    origin = models.CharField(pgettext_lazy("of means", "origin"), max_length=8, choices=Origin.choices)
    partner = models.CharField(_("partner or donor"), max_length=80, blank=True, default="")
    value_fen = models.BigIntegerField(_("value"), default=0)
    person_index = models.BinaryField(max_length=32, editable=False)
    household = models.ForeignKey(Household, models.PROTECT, null=True, blank=True, related_name="services")
    of_worker = models.BooleanField(default=False)
    on_file = models.BooleanField(_("on a hardship file"))
    is_member = models.BooleanField(_("union member"), null=True, blank=True)
    birth_date = models.DateField(_("birth date"), null=True, blank=True)
    front_line = models.BooleanField(_("front-line worker"), null=True, blank=True)
    migrant = models.BooleanField(_("migrant worker"), null=True, blank=True)
    dispatched = models.BooleanField(_("dispatched worker"), null=True, blank=True)
    takes_back = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="taken_back_by")
    by = models.ForeignKey(Post, models.PROTECT, verbose_name=_("recorded by"), related_name="+")
    recorded_at = models.DateTimeField(_("recorded"), auto_now_add=True)

    class Meta:
        verbose_name = _("service")
        indexes = [models.Index(fields=["day", "scope_path"], name="service_by_day")]
        triggers = [_kept("service_is_kept", "a service that was recorded is never changed: take it back")]
        constraints = [
            models.CheckConstraint(
                condition=Q(category__in=Category.values),
                name="service_category_known",
                violation_error_message=_("This kind of service does not exist."),
            ),
            models.CheckConstraint(
                condition=Q(delivery__in=["", "campaign", "centre", "station", "shop"]),
                name="service_delivery_known",
                violation_error_message=_("Aid comes in a campaign, or through a centre, a station or a shop."),
            ),
            models.CheckConstraint(
                condition=Q(origin="union", partner="") | Q(origin="society") & ~Q(partner=""),
                name="service_partner_where_from_society",
                violation_error_message=_("Name the partner or donor of what comes from society, and only of that."),
            ),
            models.CheckConstraint(
                condition=Q(value_fen__gte=0),
                name="service_value_not_negative",
                violation_error_message=_("The value of a service is not below nought."),
            ),
            models.CheckConstraint(
                condition=Q(on_file=False) | Q(household__isnull=False),
                name="service_on_file_names_the_household",
                violation_error_message=_("Somebody who is on file has a household there."),
            ),
            models.CheckConstraint(
                condition=Q(takes_back__isnull=True) | ~Q(takes_back=F("id")),
                name="service_takes_back_another",
                violation_error_message=_("A service does not take back itself."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.get_category_display()}"


class IndexReport(Scoped):
    """The indices of one place, period and programme. A draft is worked out anew whenever it is looked at; publishing
    writes its rows down with the day of the data, and from then on nothing of it changes."""

    class Status(models.TextChoices):
        DRAFT = "draft", _("draft")
        PUBLISHED = "published", _("published")

    id = models.UUIDField(primary_key=True, default=row_key, editable=False)
    start = models.DateField(_("from"))
    end = models.DateField(_("to"))
    programme = models.CharField(_("programme"), max_length=60, blank=True, default="")
    status = models.CharField(_("state"), max_length=10, choices=Status.choices, default=Status.DRAFT)
    data_date = models.DateField(_("date of the data"), null=True)
    made_by = models.ForeignKey(Post, models.PROTECT, verbose_name=_("made by"), related_name="+")
    made_on = models.DateField(_("made on"))
    published_by = models.ForeignKey(Post, models.PROTECT, null=True, verbose_name=_("published by"), related_name="+")

    class Meta:
        verbose_name = _("index report")
        triggers = [
            pgtrigger.Trigger(
                name="index_report_is_frozen",
                when=pgtrigger.Before,
                operation=pgtrigger.Update | pgtrigger.Delete,
                condition=pgtrigger.Condition("OLD.status = 'published'"),
                func=_refused("index_report_is_frozen", "a published report stays as it is"),
            ),
            pgtrigger.Trigger(
                name="index_report_published_with_rows",
                when=pgtrigger.Before,
                operation=pgtrigger.Update | pgtrigger.Insert,
                condition=pgtrigger.Condition("NEW.status = 'published'"),
                func=f"""
                    IF NOT EXISTS (SELECT 1 FROM hardship_indexrow WHERE report_id = NEW.id) THEN
                        {_refused("index_report_published_with_rows", "a report is published with its rows")}
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(end__gte=F("start")),
                name="index_report_period_in_order",
                violation_error_message=_("The period ends before it begins."),
            ),
            models.CheckConstraint(
                condition=Q(status="draft", data_date__isnull=True, published_by__isnull=True)
                | Q(status="published", data_date__isnull=False, published_by__isnull=False),
                name="index_report_published_with_data_date",
                violation_error_message=_("A published report has the date of its data; a draft has none."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organisation} {self.start} – {self.end}"


class IndexRow(models.Model):
    """One published number: of a place, for all people or one group. `value` is in millionths, or in fen or a count
    where the measure is one; empty where it was not worked out, and `state` says why."""

    class State(models.TextChoices):
        FOUND = "found", _("worked out")
        TOO_FEW = "too_few", _("too few")
        UNKNOWN = "unknown", _("not known")

    report = models.ForeignKey(IndexReport, models.PROTECT, related_name="rows")
    place = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    group = models.CharField(max_length=12, blank=True, default="")
    measure = models.CharField(max_length=24)
    state = models.CharField(max_length=8, choices=State.choices)
    value = models.BigIntegerField(null=True)

    class Meta:
        verbose_name = _("published index")
        triggers = [
            _kept("index_row_is_kept", "a published number is never changed"),
            pgtrigger.Trigger(
                name="index_row_of_draft",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func=f"""
                    IF (SELECT status FROM hardship_indexreport WHERE id = NEW.report_id FOR SHARE) = 'published' THEN
                        {_refused("index_row_of_draft", "a published report takes no further row")}
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["report", "place", "group", "measure"],
                name="index_row_once",
                violation_error_message=_("This number already stands in the report."),
            ),
            models.CheckConstraint(
                condition=Q(state="found", value__isnull=False)
                | Q(state__in=["too_few", "unknown"], value__isnull=True),
                name="index_row_value_where_found",
                violation_error_message=_("A number stands where one was worked out, and nowhere else."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.measure} {self.value}"
