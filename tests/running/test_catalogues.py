"""Translations are collected, checked and compiled without gettext's tools."""

import gettext

import pytest

from chunyu.running import catalogues

MODELS = """
from django.utils.translation import gettext_lazy as _, ngettext, pgettext
name = _("name")
case = pgettext("a court's", "case")
found = ngettext("%(count)d household", "%(count)d households", 3)
"""
PAGE = """
  <h1>{% translate "Households" %}</h1>
      {% blocktranslate trimmed with name=person.name %}
        Aid for {{ name }}
        at 100% of need
      {% endblocktranslate %}
  {# translators never see this _("comment") #}
"""


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A package with one room, `registry`, that has texts in Python and in a template."""
    root = tmp_path / "chunyu"
    (root / "registry/templates/registry").mkdir(parents=True)
    (root / "registry/__init__.py").touch()
    (root / "registry/models.py").write_text(MODELS)
    (root / "registry/templates/registry/list.html").write_text(PAGE)
    monkeypatch.setattr(catalogues, "PACKAGE", root)
    return root


def update():
    return catalogues.update("registry", catalogues.texts_by_room()["registry"])


def translate(path, english, chinese):
    content = path.read_text()
    before = f'{english}\nmsgstr ""'
    assert before in content
    path.write_text(content.replace(before, f'{english}\nmsgstr "{chinese}"'))


def translate_all(path):
    translate(path, 'msgid "name"', "姓名")
    translate(path, 'msgid "case"', "案件")
    translate(path, 'msgid "Households"', "家庭")
    translate(path, 'msgid "Aid for %(name)s at 100%% of need"', "给%(name)s的救助，按需要的100%%")
    content = path.read_text()
    path.write_text(content.replace('msgstr[0] ""', 'msgstr[0] "%(count)d户"'))


def test_texts_of_python_and_templates_are_collected_with_plural_and_context(package):
    content = update().read_text()
    assert 'msgid "Aid for %(name)s at 100%% of need"' in content
    assert 'msgid_plural "%(count)d households"' in content
    assert 'msgctxt "a court\'s"' in content
    assert "comment" not in content.replace("# Chinese", "")
    assert len(catalogues.faults()) == 5


def test_a_translated_room_has_no_fault_and_keeps_its_chinese(package):
    path = update()
    translate_all(path)
    assert catalogues.faults() == []
    before = path.read_text()
    assert update().read_text() == before


def test_compiled_catalogues_speak_chinese(package):
    path = update()
    translate_all(path)
    assert catalogues.compile_all() == [path.with_suffix(".mo")]
    assert catalogues.compile_all() == [], "nothing to do the second time"
    with path.with_suffix(".mo").open("rb") as file:
        chinese = gettext.GNUTranslations(file)
    assert chinese.gettext("Households") == "家庭"
    assert chinese.pgettext("a court's", "case") == "案件"
    assert chinese.ngettext("%(count)d household", "%(count)d households", 3) == "%(count)d户"


def test_a_placeholder_lost_in_translation_is_found(package):
    path = update()
    translate_all(path)
    path.write_text(path.read_text().replace("给%(name)s的救助", "救助"))
    assert [fault for fault in catalogues.faults() if "placeholders" in fault and "Aid for" in fault]


def test_a_text_that_left_the_sources_is_found_and_dropped(package):
    path = update()
    translate_all(path)
    (package / "registry/models.py").write_text("")
    assert sum("not in the sources" in fault for fault in catalogues.faults()) == 3
    update()
    assert catalogues.faults() == []


def test_one_english_text_with_two_chinese_ones_is_found(package):
    (package / "desk").mkdir()
    (package / "desk/__init__.py").write_text('_("name")')
    translate_all(update())
    path = catalogues.update("desk", catalogues.texts_by_room()["desk"])
    translate(path, 'msgid "name"', "名称")
    assert ["姓名 (registry)" in fault and "名称 (desk)" in fault for fault in catalogues.faults()] == [True]
