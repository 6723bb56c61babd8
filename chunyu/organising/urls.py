from django.urls import path

from chunyu.organising.archives import pages as archives
from chunyu.organising.coverage import pages as coverage
from chunyu.organising.employers import pages as employers
from chunyu.organising.founding import pages as founding
from chunyu.organising.full_time import class_pages as classes
from chunyu.organising.full_time import pages as full_time
from chunyu.organising.grants import pages as grants
from chunyu.organising.grants import share_pages as shares
from chunyu.organising.grid import pages as grid
from chunyu.organising.joining import pages as joining
from chunyu.organising.members import pages as members
from chunyu.organising.regions import pages as regions
from chunyu.organising.shells import pages as shells
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
    path("foundings/", founding.Foundings.as_view(), name="foundings"),
    path("foundings/new/", founding.TakeOn.as_view(), name="take-on"),
    path("shells/", shells.Shells.as_view(), name="shells"),
    path("shells/begin/", shells.BeginInquiries.as_view(), name="begin-inquiries"),
    path("shells/<int:pk>/", shells.ShellPage.as_view(), name="shell"),
    path("shells/<int:pk>/contact/", shells.NoteContact.as_view(), name="note-contact"),
    path("shells/<int:pk>/begin/", shells.BeginInquiry.as_view(), name="begin-inquiry"),
    path("grid/", grid.Cells.as_view(), name="grid"),
    path("grid/stations/new/", grid.OpenStation.as_view(), name="open-station"),
    path("grid/new/", grid.OpenCell.as_view(), name="open-cell"),
    path("grid/uncovered/", grid.Uncovered.as_view(), name="uncovered"),
    path("grid/uncovered/villages/", grid.UncoveredVillages.as_view(), name="uncovered-villages"),
    path("grid/assign/", grid.Assign.as_view(), name="assign"),
    path("grid/places/<uuid:pk>/take-out/", grid.TakeOut.as_view(), name="take-out"),
    path("grid/<uuid:pk>/", grid.CellPage.as_view(), name="cell"),
    path("grid/<uuid:pk>/assign/", grid.AssignToCell.as_view(), name="assign-to-cell"),
    path("grid/<uuid:pk>/keeper/", grid.Keeper.as_view(), name="keeper"),
    path("grid/<uuid:pk>/close/", grid.CloseCell.as_view(), name="close-cell"),
    path("full-time/", full_time.FullTimePosts.as_view(), name="full-time"),
    path("full-time/load/", full_time.Loads.as_view(), name="loads"),
    path("full-time/new/", full_time.OpenPost.as_view(), name="open-post"),
    path("full-time/classes/", classes.Classes.as_view(), name="classes"),
    path("full-time/classes/new/", classes.HoldClass.as_view(), name="hold-class"),
    path("full-time/classes/<uuid:pk>/", classes.ClassPage.as_view(), name="class"),
    path("full-time/classes/<uuid:pk>/participants/", classes.TakePart.as_view(), name="take-part"),
    path("full-time/exams/<uuid:pk>/", classes.Examine.as_view(), name="examine"),
    path("full-time/<uuid:pk>/", full_time.PostPage.as_view(), name="full-time-post"),
    path("full-time/<uuid:pk>/fill/", full_time.Fill.as_view(), name="fill-post"),
    path("full-time/<uuid:pk>/give-up/", full_time.GiveUp.as_view(), name="give-up-post"),
    path("full-time/<uuid:pk>/end/", full_time.End.as_view(), name="end-post"),
    path("grants/", grants.Grants.as_view(), name="grants"),
    path("grants/receivers/", grants.Receivers.as_view(), name="grant-receivers"),
    path("grants/new/", grants.PlanGrant.as_view(), name="plan-grant"),
    path("grants/shares/", shares.Shares.as_view(), name="grant-shares"),
    path("grants/shares/<uuid:pk>/", shares.SharePage.as_view(), name="grant-share"),
    path("grants/shares/<uuid:pk>/tasks/", shares.SetTasks.as_view(), name="grant-tasks"),
    path("grants/shares/<uuid:pk>/use/", shares.EnterUse.as_view(), name="enter-use"),
    path("grants/shares/<uuid:pk>/report/", shares.ReportUse.as_view(), name="report-use"),
    path("grants/shares/<uuid:pk>/send-back/", shares.SendBackUse.as_view(), name="send-back-use"),
    path("grants/shares/<uuid:pk>/check/", shares.CheckUse.as_view(), name="check-use"),
    path("grants/uses/<uuid:pk>/take-back/", shares.TakeBackUse.as_view(), name="take-back-use"),
    path("grants/<uuid:pk>/", grants.GrantPage.as_view(), name="grant"),
    path("grants/<uuid:pk>/compute/", grants.ComputeGrant.as_view(), name="compute-grant"),
    path("grants/<uuid:pk>/withdraw/", grants.WithdrawGrant.as_view(), name="withdraw-grant"),
    path("grants/<uuid:pk>/approve/", grants.ApproveGrant.as_view(), name="approve-grant"),
    path("grants/<uuid:pk>/hand-down/", grants.HandDown.as_view(), name="hand-down"),
    path("coverage/", coverage.Coverage.as_view(), name="coverage"),
]
