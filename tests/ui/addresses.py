"""The site's addresses with pages that only tests open: a list of organisations, a form, the catalogue."""

from django import forms
from django.urls import include, path

from chunyu.accounts.refusal import Refusal
from chunyu.accounts.roles import EVERY_ROLE, Role
from chunyu.federation.models import Organisation
from chunyu.ui.lists import Action, Column, Empty, ListPage
from chunyu.ui.pages import ConfirmPage, DetailPage, FormPage, StaffPage
from chunyu.urls import handler400, handler403, handler404, handler500
from chunyu.urls import urlpatterns as site

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]

app_name = "sample"


class Organisations(ListPage):
    roles = EVERY_ROLE - {Role.AUDITOR}
    title = "工会组织"
    model = Organisation
    columns = (
        Column("name", "名称", link="sample:organisation"),
        Column("kind", "类型", kind="tag", tone=lambda row: "rain" if row.parent_id else "plain"),
        Column("region__name", "地区"),
        Column("founded_on", "成立日期", kind="date"),
        Column("letters", "字数", kind="number", value=lambda row: len(row.name)),
        Column("dues", "经费（元）", kind="money", value=lambda row: 123456),
    )
    search = ("name", "region__name")
    filters = ("kind",)
    sort = "name"
    page_size = 20
    empty = Empty("还没有工会组织", "从 Excel 导入组织名册。", Action("导入", "/registry/"))

    def rows(self):
        return super().rows().select_related("region")

    def total_fen(self):
        return 123456 * self.sheet.paginator.count


class NoOrganisations(Organisations):
    def rows(self):
        return super().rows().none()


class OneOrganisation(DetailPage):
    roles = EVERY_ROLE
    model = Organisation
    template_name = "ui/staff.html"


class RenameForm(forms.Form):
    name = forms.CharField(label="新名称", max_length=10)


class Rename(FormPage):
    roles = EVERY_ROLE
    title = "改名"
    form_class = RenameForm

    def submit(self, form):
        if form.cleaned_data["name"] == "不行":
            raise Refusal("这个名称已经有人用了，请换一个。")
        self.say("已改名。")
        return "sample:organisations"


class Refuse(StaffPage):
    roles = EVERY_ROLE
    back = "sample:organisations"

    def act(self):
        raise Refusal("公示期还有 2 个工作日。")


class Dissolve(ConfirmPage):
    roles = EVERY_ROLE
    title = "撤销组织"
    style = "danger"

    def question(self):
        return "要撤销这个组织吗？"

    def consequences(self):
        return ["它的会员要转到别处。"]

    def act(self):
        self.say("已撤销。")
        return "sample:organisations"


sample = [
    path("", Organisations.as_view(), name="organisations"),
    path("empty/", NoOrganisations.as_view(), name="empty"),
    path("<int:pk>/", OneOrganisation.as_view(), name="organisation"),
    path("rename/", Rename.as_view(), name="rename"),
    path("refuse/", Refuse.as_view(), name="refuse"),
    path("dissolve/", Dissolve.as_view(), name="dissolve"),
]

urlpatterns = [*site, path("sample/", include((sample, "sample"))), path("ui/", include("chunyu.ui.urls"))]
