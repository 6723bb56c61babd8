"""No cycle, no orphan, no gap in a history: each rule is tried by raw SQL, past every action."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction

from chunyu.federation import actions
from chunyu.federation.kinds import PARENTS, may_stand_under
from chunyu.federation.models import IndustryTie, Organisation, Placement
from tests.situations import FOUNDING_DAY, county, workplace

Kind = Organisation.Kind
pytestmark = pytest.mark.django_db
LATER = date(2015, 6, 1)


def industrial(yurun, name="春雨省纺织工会", parent=None):
    parent = parent or yurun.province
    return actions.found(name=name, kind=Kind.INDUSTRIAL_UNION, region=parent.region, parent=parent, on=FOUNDING_DAY)


def _by_hand(statement, values):
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def refused(rule, statement, *values):
    """The statement fails under this rule, at once or when its transaction would end."""
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        _by_hand(statement, values)
    assert error.value.__cause__.diag.constraint_name == rule


def test_an_organisation_cannot_be_put_under_its_own_branch():
    yurun = county("雨润县")
    refused(
        "organisation_no_cycle",
        "UPDATE federation_organisation SET parent_id = %s WHERE id = %s",
        yurun.workplace.pk,
        yurun.federation.pk,
    )


def test_a_parent_without_its_path_is_no_parent():
    yurun, qinghe = county("雨润县"), county("青禾县")
    rule = "organisation_path_follows_its_parent"
    set_parent = "UPDATE federation_organisation SET parent_id = %s WHERE id = %s"
    refused(rule, set_parent, qinghe.township.pk, yurun.workplace.pk)
    set_path = "UPDATE federation_organisation SET path = %s WHERE id = %s"
    refused(rule, set_path, f"{qinghe.township.path}{yurun.workplace.pk:06d}.", yurun.workplace.pk)
    refused(rule, set_path, f"{qinghe.path}{yurun.township.pk:06d}.", yurun.township.pk)


def test_nothing_but_a_federation_stands_alone():
    yurun = county("雨润县")
    refused(
        "organisation_no_orphan",
        "UPDATE federation_organisation SET parent_id = NULL, path = %s WHERE id = %s",
        f"{yurun.workplace.pk:06d}.",
        yurun.workplace.pk,
    )
    with pytest.raises(ValidationError, match="Only a federation stands at the top"):
        actions.found(name="孤", kind=Kind.JOINT_UNION, region=yurun.region, parent=None, on=FOUNDING_DAY)


def test_nobody_is_left_under_a_dissolved_union():
    yurun = county("雨润县")
    rule = "organisation_no_orphan"
    refused(
        rule,
        "WITH gone AS (UPDATE federation_placement SET valid_to = %s WHERE organisation_id = %s)"
        " UPDATE federation_organisation SET dissolved_on = %s WHERE id = %s",
        *(LATER, yurun.township.pk, LATER, yurun.township.pk),
    )
    actions.dissolve(yurun.workplace, on=date(2015, 3, 1))
    actions.dissolve(yurun.township, on=date(2015, 3, 1))
    refused(rule, "UPDATE federation_organisation SET dissolved_on = NULL WHERE id = %s", yurun.workplace.pk)


def test_a_kind_stands_only_where_the_table_says():
    yurun = county("雨润县")
    assert may_stand_under(Kind.UNION_GROUP, Kind.JOINT_UNION)
    assert set(PARENTS) == set(Kind)
    refused(
        "organisation_kind_fits_its_parent",
        "UPDATE federation_organisation SET kind = %s WHERE id = %s",
        Kind.UNION_GROUP,
        yurun.workplace.pk,
    )
    with pytest.raises(ValidationError, match="cannot be above an organisation of the kind"):
        actions.found(
            name="车间小组", kind=Kind.UNION_GROUP, region=yurun.region, parent=yurun.township, on=FOUNDING_DAY
        )


def test_a_history_has_no_gap_and_ends_with_the_present():
    yurun = county("雨润县")
    own = yurun.workplace.pk
    whole, present = "organisation_history_is_whole", "organisation_stands_as_placed"
    refused(whole, "DELETE FROM federation_placement WHERE organisation_id = %s", own)
    refused(whole, "UPDATE federation_placement SET valid_from = %s WHERE organisation_id = %s", LATER, own)
    refused(whole, "UPDATE federation_placement SET valid_to = %s WHERE organisation_id = %s", LATER, own)
    refused(whole, "UPDATE federation_organisation SET founded_on = %s WHERE id = %s", date(1999, 1, 1), own)
    refused(present, "UPDATE federation_organisation SET name = '别名' WHERE id = %s", own)
    refused(present, "UPDATE federation_placement SET name = '别名' WHERE organisation_id = %s", own)


def test_nobody_was_ever_placed_under_one_that_did_not_stand():
    yurun = county("雨润县")
    actions.rename(yurun.workplace, "新名工会", on=LATER)
    rule = "placement_under_one_that_stood"
    first = Placement.objects.filter(organisation=yurun.workplace).earliest("valid_from")
    young = actions.found(
        name="后建镇总工会", kind=Kind.TOWNSHIP_UNION, region=yurun.region, parent=yurun.federation, on=LATER
    )
    path = f"{young.path}{yurun.workplace.pk:06d}."
    refused(rule, "UPDATE federation_placement SET parent_id = %s, path = %s WHERE id = %s", young.pk, path, first.pk)
    refused(rule, "UPDATE federation_placement SET path = %s WHERE id = %s", path, first.pk)


def test_an_industrial_superior_beside_the_place_is_kept_with_its_days_and_counts_nobody_twice():
    yurun = county("雨润县")
    textiles, chemicals = industrial(yurun), industrial(yurun, "春雨省化工工会")
    before = Organisation.objects.within(yurun.province.path).count()
    actions.tie_to_industry(yurun.workplace, textiles, on=date(2015, 1, 1))
    actions.tie_to_industry(yurun.workplace, chemicals, on=LATER)
    ties = yurun.workplace.industry_ties
    assert ties.as_of(date(2015, 5, 31)).get().industry_parent == textiles
    assert ties.as_of(LATER).get().industry_parent == chemicals
    assert not ties.as_of(date(2014, 12, 31)).exists()
    assert Organisation.objects.within(yurun.province.path).count() == before
    assert not Organisation.objects.within(textiles.path).exclude(pk=textiles.pk).exists()
    actions.tie_to_industry(yurun.workplace, None, on=date(2015, 8, 1))
    assert not ties.as_of(date(2015, 8, 1)).exists()


def test_an_industry_that_ends_ends_its_ties():
    yurun = county("雨润县")
    textiles = industrial(yurun)
    actions.tie_to_industry(yurun.workplace, textiles, on=date(2015, 1, 1))
    actions.dissolve(textiles, on=LATER)
    assert yurun.workplace.industry_ties.get().valid_to == LATER
    refused("industry_tie_within_both_lives", "UPDATE federation_industrytie SET valid_to = NULL")


def test_industrial_lines_never_lead_back():
    yurun = county("雨润县")
    textiles, chemicals = industrial(yurun), industrial(yurun, "春雨省化工工会")
    actions.tie_to_industry(textiles, chemicals, on=FOUNDING_DAY)
    with pytest.raises(ValidationError, match="that would be a circle"):
        actions.tie_to_industry(chemicals, textiles, on=FOUNDING_DAY)
    with pytest.raises(ValidationError, match="cannot be an industrial superior"):
        actions.tie_to_industry(yurun.workplace, yurun.township, on=FOUNDING_DAY)
    add = (
        "INSERT INTO federation_industrytie (organisation_id, industry_parent_id, valid_from, valid_to)"
        " VALUES (%s, %s, %s, %s)"
    )
    refused("industry_tie_no_cycle", add, chemicals.pk, textiles.pk, FOUNDING_DAY, None)
    refused("industry_tie_no_cycle", add, yurun.province.pk, textiles.pk, FOUNDING_DAY, None)
    refused("industry_parent_is_of_an_industry", add, yurun.workplace.pk, yurun.city.pk, FOUNDING_DAY, None)
    refused("industry_tie_one_at_a_time", add, textiles.pk, industrial(yurun, "轻工工会").pk, LATER, None)
    refused("industry_tie_ends_after_it_starts", add, yurun.workplace.pk, textiles.pk, LATER, FOUNDING_DAY)
    refused("industry_tie_within_both_lives", add, yurun.workplace.pk, textiles.pk, date(1990, 1, 1), None)


def test_a_move_that_would_close_a_circle_over_an_industry_is_refused():
    """The county's textile union stands under the county; the county cannot come under who belongs to that union."""
    yurun = county("雨润县")
    upper = industrial(yurun)
    lower = industrial(yurun, "雨润县纺织工会", yurun.federation)
    actions.tie_to_industry(upper, lower, on=FOUNDING_DAY)
    with pytest.raises(ValidationError, match="that would be a circle"):
        actions.move(lower, upper, on=LATER)
    refused(
        "organisation_no_cycle",
        "UPDATE federation_organisation SET parent_id = %s WHERE id = %s",
        upper.pk,
        lower.pk,
    )


def test_a_tie_is_told_in_words():
    yurun = county("雨润县")
    textiles = industrial(yurun)
    actions.tie_to_industry(yurun.workplace, textiles, on=FOUNDING_DAY)
    again = IndustryTie(organisation=yurun.workplace, industry_parent=textiles, valid_from=LATER)
    with pytest.raises(ValidationError, match="one industrial superior at a time"):
        again.full_clean()
    assert workplace(yurun.township, "另一厂工会").industry_ties.count() == 0
