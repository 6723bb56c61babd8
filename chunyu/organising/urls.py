from django.urls import path

from chunyu.organising.archives import pages as archives
from chunyu.organising.coverage import pages as coverage
from chunyu.organising.employers import pages as employers
from chunyu.organising.founding import pages as founding
from chunyu.organising.joining import pages as joining
from chunyu.organising.members import pages as members
from chunyu.organising.shells import pages as shells
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
    path("foundings/", founding.Foundings.as_view(), name="foundings"),
    path("foundings/new/", founding.TakeOn.as_view(), name="take-on"),
    path("shells/", shells.Shells.as_view(), name="shells"),
    path("shells/begin/", shells.BeginInquiries.as_view(), name="begin-inquiries"),
    path("shells/<int:pk>/", shells.ShellPage.as_view(), name="shell"),
    path("shells/<int:pk>/contact/", shells.NoteContact.as_view(), name="note-contact"),
    path("shells/<int:pk>/begin/", shells.BeginInquiry.as_view(), name="begin-inquiry"),
    path("coverage/", coverage.Coverage.as_view(), name="coverage"),
]
