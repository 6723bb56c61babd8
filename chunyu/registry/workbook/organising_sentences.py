"""Faults in sheets of employers, members and organisations, in words: what is wrong, and what to do."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

_ONE_ROW = _("Keep one of the rows.")
_COMPARE_LICENCE = _("Compare it with the licence.")

ORGANISING: dict[str, tuple[str | Promise, str | Promise]] = {
    "no_flat_table": (
        _("No sheet has a header with the columns that are needed: %(needed)s."),
        _("Use the template, or say above what your columns mean."),
    ),
    "nothing_in_it": (_("There is no row under the header."), _("Fill in the rows, then send it again.")),
    "day_to_come": (_("This day is still to come."), _("Write a day up to that of the import.")),
    "union_takes_no_members": (
        _("%(union)s takes no members: workers belong to grassroots unions."),
        _("Name the grassroots union below it."),
    ),
    # employers
    "employer_unnamed": (_("The employer's name is missing."), _("Fill it in as on the licence.")),
    "credit_code_length": (_("The unified credit code has %(length)s characters instead of 18."), _COMPARE_LICENCE),
    "credit_code_wrong": (
        _("The unified credit code's check digits are wrong: a character is mistyped or swapped."),
        _COMPARE_LICENCE,
    ),
    "employer_twice": (_("The same employer stands in the file twice, also at %(other)s."), _ONE_ROW),
    "employer_elsewhere": (
        _("This employer is on file with an organisation that is not under yours."),
        _("Take the row out; whoever answers for the employer imports it."),
    ),
    "credit_code_taken": (
        _("This code is on file for another employer: %(name)s."),
        _("Correct the code or the name, or match rows by the code."),
    ),
    "employer_ambiguous": (
        _("%(count)s employers of this name are on file in the county."),
        _("Add the unified credit code and match rows by it."),
    ),
    "employer_closed": (
        _("This employer was closed on %(day)s."),
        _("Take the row out, or give the code of the employer that took its place."),
    ),
    "ownership_missing": (
        _("The kind of registration is missing, and the employer is new."),
        _("Fill in 单位类别, such as 私营企业."),
    ),
    "part_exceeds_whole": (
        _("This is more than all workers, who are %(workers)s."),
        _("Correct this number or that of the workers."),
    ),
    "employer_unknown": (
        _("No single employer under you has this name or code: the member is taken in without an employer."),
        _("Import the employer first, or correct the name."),
    ),
    # members
    "not_a_member_now": (
        _("The row says that the person is no member now, and an import brings members only."),
        _("Take the row out; state the leaving on the member's own page."),
    ),
    "member_of_another": (
        _("This person is a member of %(union)s until now."),
        _("Correct the union, or send the file again and say that members of other unions are to be transferred."),
    ),
    "member_elsewhere": (
        _("This person is a member of a union in %(county)s until now."),
        _("Correct the number, or send the file again and say that members of other unions are to be transferred."),
    ),
    "joined_otherwise": (
        _("On file the membership in this union began on %(day)s, which stays as it is."),
        _("Compare it with the member's card; a wrong day is settled on the member's page."),
    ),
    "joined_before_leaving": (
        _("This person was a member until %(day)s, and the day of joining lies before that."),
        _("Write the day on which they joined this union."),
    ),
    "transfer_too_early": (
        _("The membership that the transfer would end began on %(day)s only."),
        _("Write the first day in the new union, after that day."),
    ),
    "number_of_another": (
        _("The member number is of one person, the ID number of another."),
        _("Correct the one that is wrong, or match rows by the ID number."),
    ),
    # organisations
    "organisation_unnamed": (_("The organisation's name is missing."), _("Fill it in as on its seal.")),
    "organisation_number_odd": (
        _("This is not the number of an organisation."),
        _("Write its digits alone, such as 000123; leave it empty for one that is new."),
    ),
    "organisation_unknown": (
        _("No organisation under yours has this number."),
        _("Correct it, or empty the cell of an organisation that is new."),
    ),
    "organisation_twice": (_("The same organisation stands in the file twice, also at %(other)s."), _ONE_ROW),
    "parent_unknown": (
        _("No organisation of this name or number is under yours, and none is in the file."),
        _("Write the full name or the number of the organisation above."),
    ),
    "parent_ambiguous": (
        _("Several rows of the file have this name."),
        _("Import them first; then write the number of the organisation above."),
    ),
    "parents_in_a_circle": (
        _("This row and those above it stand under one another."),
        _("Correct the organisation above."),
    ),
    "kind_missing": (
        _("The kind is missing, and the organisation is new."),
        _("Fill in 组织类型, such as 基层工会."),
    ),
    "kind_misplaced": (
        _("An organisation of the kind “%(kind)s” cannot stand under %(parent)s (%(level)s)."),
        _("Correct the kind or the organisation above."),
    ),
    "kind_differs": (
        _("On file it is of the kind “%(kind)s”; an import changes no kind."),
        _("Correct the kind; one that became another is founded anew."),
    ),
    "before_parent": (
        _("%(parent)s above it was founded on %(day)s only."),
        _("Write a day of founding from then on."),
    ),
    "region_unknown": (
        _("There is no region with this code."),
        _("Write six digits, or leave it out: the region above then counts."),
    ),
    "organisation_moves": (
        _("It stands under %(parent)s until now; an import moves no organisation."),
        _("Correct the organisation above, or move it on its own page first."),
    ),
    "name_taken": (
        _("Another organisation under the same one has this name."),
        _("Correct the name."),
    ),
}
