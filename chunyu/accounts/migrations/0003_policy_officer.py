
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0002_post_periods'),
        ('federation', '0004_words'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='post',
            name='post_role_known',
        ),
        migrations.AlterField(
            model_name='post',
            name='role',
            field=models.CharField(choices=[('workplace_chair', 'workplace union chair'), ('township_officer', 'township union officer'), ('county_caseworker', 'county caseworker'), ('county_approver', 'county approver'), ('finance_officer', 'finance officer'), ('auditor', 'auditor'), ('province_analyst', 'provincial analyst'), ('policy_officer', 'policy officer'), ('system_keeper', 'system keeper')], max_length=30, verbose_name='role'),
        ),
        migrations.AddConstraint(
            model_name='post',
            constraint=models.CheckConstraint(condition=models.Q(('role__in', ['workplace_chair', 'township_officer', 'county_caseworker', 'county_approver', 'finance_officer', 'auditor', 'province_analyst', 'policy_officer', 'system_keeper'])), name='post_role_known', violation_error_message='This role does not exist.'),
        ),
    ]
