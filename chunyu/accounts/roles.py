"""What a post is for. Rights are tables keyed by these roles, never conditions scattered in pages."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    WORKPLACE_CHAIR = "workplace_chair", _("workplace union chair")
    TOWNSHIP_OFFICER = "township_officer", _("township union officer")
    COUNTY_CASEWORKER = "county_caseworker", _("county caseworker")
    COUNTY_APPROVER = "county_approver", _("county approver")
    FINANCE_OFFICER = "finance_officer", _("finance officer")
    AUDITOR = "auditor", _("auditor")
    PROVINCE_ANALYST = "province_analyst", _("provincial analyst")
    POLICY_OFFICER = "policy_officer", _("policy officer")
    ORGANISER = "organiser", _("union organiser")
    SYSTEM_KEEPER = "system_keeper", _("system keeper")
    # Says yes or no to posts that the system keeper asks for; neither can give a right alone.
    SECURITY_KEEPER = "security_keeper", _("security keeper")
    # Of a partner department, not of the union: sees the questions put to that department and nothing else.
    DEPARTMENT_OFFICER = "department_officer", _("department officer")


# Who works on families' files. An analyst reads figures, an auditor reads everything and changes nothing.
CASE_ROLES = frozenset({Role.WORKPLACE_CHAIR, Role.TOWNSHIP_OFFICER, Role.COUNTY_CASEWORKER, Role.COUNTY_APPROVER})
READ_CASE_ROLES = CASE_ROLES | {Role.AUDITOR}
MONEY_ROLES = frozenset({Role.FINANCE_OFFICER, Role.COUNTY_APPROVER})
READ_MONEY_ROLES = MONEY_ROLES | {Role.AUDITOR, Role.COUNTY_CASEWORKER}
# Who is asked about payments that look wrong, and whoever reads everything.
AUDIT_MONEY_ROLES = frozenset({Role.AUDITOR, Role.COUNTY_APPROVER})
# Who keeps goods in store and gives them out, at the county and on the spot.
STOCK_ROLES = MONEY_ROLES | {Role.COUNTY_CASEWORKER, Role.TOWNSHIP_OFFICER}
READ_STOCK_ROLES = STOCK_ROLES | {Role.AUDITOR}
FIGURE_ROLES = frozenset(
    {Role.COUNTY_CASEWORKER, Role.COUNTY_APPROVER, Role.FINANCE_OFFICER, Role.AUDITOR, Role.PROVINCE_ANALYST}
)
# Who opens cases of some kind; which kind is for the process's own table to say.
EVERY_CASE_ROLE = READ_CASE_ROLES | {Role.FINANCE_OFFICER, Role.ORGANISER}
# Who writes the rulebooks. Approving one takes a second of them, at the top of the federation.
POLICY_ROLES = frozenset({Role.POLICY_OFFICER})
EFFECT_ROLES = POLICY_ROLES | {Role.PROVINCE_ANALYST}
# Who builds unions and keeps their files: a county's organisers, and the officers and chairs on the spot.
ORGANISING_ROLES = frozenset({Role.WORKPLACE_CHAIR, Role.TOWNSHIP_OFFICER, Role.ORGANISER})
READ_ORGANISING_ROLES = ORGANISING_ROLES | {Role.COUNTY_APPROVER, Role.AUDITOR, Role.PROVINCE_ANALYST}
# Who opens accounts, who says yes to posts, who reads what was done: never one person (三员分立).
KEEPING_APART = frozenset({Role.SYSTEM_KEEPER, Role.SECURITY_KEEPER, Role.AUDITOR})
KEEPER_ROLES = frozenset({Role.SYSTEM_KEEPER, Role.SECURITY_KEEPER})
READ_STAFF_ROLES = KEEPER_ROLES | {Role.AUDITOR}
# Who reads who did what and who saw whom. Not the system keeper, whose own acts stand there.
RECORD_ROLES = frozenset({Role.AUDITOR, Role.SECURITY_KEEPER})
DEPARTMENT_ROLES = frozenset({Role.DEPARTMENT_OFFICER})
# Every role of the federation itself.
EVERY_ROLE = frozenset(Role) - DEPARTMENT_ROLES
