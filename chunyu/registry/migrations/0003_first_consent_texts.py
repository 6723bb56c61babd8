from datetime import date

from django.db import migrations

VALID_FROM = date(2015, 1, 1)
MATCHING = {
    "zh": (
        "本人同意工会用档案中已有的本人和家庭信息，逐项对照现行帮扶政策，看本人家庭有哪些可以享受而尚未享受的帮扶，"
        "并就此与本人联系。对照只使用档案中已有的信息；结果由工会工作人员核实，不会自动给予或取消任何帮扶。"
        "本人可以随时以任何方式撤回同意，撤回立即生效，不影响本人申请和享受帮扶。"
    ),
    "en": (
        "I agree that the union compares what is on file about me and my household with the rules of aid in force, to "
        "find aid that my household could receive and does not yet receive, and tells me of it. Only what is already "
        "on file is used; somebody of the union checks the result, and nothing is granted or ended by itself. I may "
        "take this consent back at any time and in any way; it then ends at once, and my right to apply for aid and to "
        "receive it stays as it is."
    ),
}


def write_first_texts(apps, schema_editor):
    texts = apps.get_model("registry", "ConsentText")
    texts.objects.bulk_create(
        texts(purpose="matching", version=1, language=language, text=text, valid_from=VALID_FROM)
        for language, text in MATCHING.items()
    )


class Migration(migrations.Migration):

    dependencies = [
        ('registry', '0002_refusals'),
    ]

    operations = [
        migrations.RunPython(write_first_texts, migrations.RunPython.noop),
    ]
