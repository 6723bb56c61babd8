from django.db import migrations, models
from django.db.models import F, Q

# Grants planned before there was such a day: the end of their year, or the day of the plan where that came later. What
# is approved is never changed but for this.
UNTIL_THE_YEARS_END = """
ALTER TABLE organising_grantplan DISABLE TRIGGER USER;
UPDATE organising_grantplan SET report_by = greatest(make_date(year, 12, 31), planned_on);
ALTER TABLE organising_grantplan ENABLE TRIGGER USER;
"""


class Migration(migrations.Migration):
    dependencies = [("organising", "0002_refusals")]

    operations = [
        migrations.AddField(
            "grantplan", "report_by", models.DateField(null=True, verbose_name="use to be reported by")
        ),
        migrations.RunSQL(UNTIL_THE_YEARS_END, migrations.RunSQL.noop),
        migrations.AlterField("grantplan", "report_by", models.DateField(verbose_name="use to be reported by")),
        migrations.AddConstraint(
            "grantplan",
            models.CheckConstraint(
                condition=Q(report_by__gte=F("planned_on")),
                name="grant_reported_by_a_day_to_come",
                violation_error_message="The day until which the use is reported lies after the plan.",
            ),
        ),
    ]
