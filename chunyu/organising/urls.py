from django.urls import path

from chunyu.organising.archives import pages as archives
from chunyu.organising.coverage import pages as coverage
from chunyu.organising.employers import pages as employers
from chunyu.organising.joining import pages as joining
from chunyu.organising.members import pages as members
from chunyu.organising.regions import pages as regions
from chunyu.organising.structure import pages as structure
from chunyu.organising.tree import pages as tree
from chunyu.organising.union_page import UnionPage

app_name = "organising"
urlpatterns = [
    path("tree/", tree.TreePage.as_view(), name="tree"),
    path("tree/data/", tree.TreeData.as_view(), name="tree-data"),
    path("tree/list/", tree.TreeList.as_view(), name="tree-list"),
    path("tree/picture.svg", tree.TreeSvg.as_view(), name="tree-svg"),
    path("tree/picture.pdf", tree.TreePdf.as_view(), name="tree-pdf"),
    path("unions/<int:pk>/", UnionPage.as_view(), name="union"),
    path("unions/<int:pk>/found/", structure.FoundUnion.as_view(), name="found"),
    path("unions/<int:pk>/rename/", structure.RenameUnion.as_view(), name="rename"),
    path("unions/<int:pk>/move/", structure.MoveUnion.as_view(), name="move"),
    path("unions/<int:pk>/tie/", structure.TieUnion.as_view(), name="tie"),
    path("unions/<int:pk>/hand-over/", structure.HandOver.as_view(), name="hand-over"),
    path("regions/", regions.Regions.as_view(), name="regions"),
    path("regions/<int:pk>/", regions.RegionPage.as_view(), name="region"),
    path("regions/<int:pk>/rename/", regions.RenameRegion.as_view(), name="rename-region"),
    path("regions/<int:pk>/move/", regions.MoveRegion.as_view(), name="move-region"),
    path("regions/<int:pk>/merge/", regions.MergeRegions.as_view(), name="merge-regions"),
    path("regions/<int:pk>/split/", regions.SplitRegion.as_view(), name="split-region"),
    path("members/", members.Members.as_view(), name="members"),
    path("members/admit/", members.Admit.as_view(), name="admit"),
    path("members/<uuid:pk>/", members.WorkerPage.as_view(), name="member"),
    path("members/<uuid:pk>/transfer/", members.Transfer.as_view(), name="transfer"),
    path("members/<uuid:pk>/leave/", members.Leave.as_view(), name="leave"),
    path("joining/", joining.Applications.as_view(), name="applications"),
    path("joining/new/", joining.NewApplication.as_view(), name="new-application"),
    path("joining/many/", joining.AdmitMany.as_view(), name="admit-many"),
    path("joining/<uuid:pk>/", joining.ApplicationPage.as_view(), name="application"),
    path("joining/<uuid:pk>/admit/", joining.AdmitApplicant.as_view(), name="admit-applicant"),
    path("joining/<uuid:pk>/refuse/", joining.RefuseApplicant.as_view(), name="refuse-applicant"),
    path("employers/", employers.Employers.as_view(), name="employers"),
    path("employers/new/", employers.NewEmployer.as_view(), name="new-employer"),
    path("employers/<uuid:pk>/", employers.EmployerPage.as_view(), name="employer"),
    path("employers/<uuid:pk>/count/", employers.CountWorkers.as_view(), name="count-workers"),
    path("employers/<uuid:pk>/cover/", employers.Cover.as_view(), name="cover"),
    path("employers/<uuid:pk>/close/", employers.Close.as_view(), name="close-employer"),
    path("archives/", archives.Archives.as_view(), name="archives"),
    path("archives/<int:pk>/", archives.Archive.as_view(), name="archive"),
    path("archives/<int:pk>/new/<slug:kind>/", archives.AddLeaf.as_view(), name="add-leaf"),
    path("archives/leaves/<uuid:pk>/correct/", archives.CorrectLeaf.as_view(), name="correct-leaf"),
    path("archives/leaves/<uuid:pk>/verify/", archives.VerifyLeaf.as_view(), name="verify-leaf"),
    path("archives/scans/<uuid:pk>/", archives.Scan.as_view(), name="scan"),
    path("coverage/", coverage.Coverage.as_view(), name="coverage"),
]
