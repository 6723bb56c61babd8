"""Addresses of cases. A case is addressed by its number, so that it can be read out over the telephone."""

from django.urls import path

from chunyu.casework import appeal_pages, pages, print_pages
from chunyu.casework import entry_pages as entry
from chunyu.casework import together_pages as together
from chunyu.casework.departments import own_pages as own
from chunyu.casework.departments import pages as departments
from chunyu.casework.handing_over import pages as handing_over
from chunyu.casework.slips import pages as slips
from chunyu.casework.visits import pages as visits

app_name = "casework"
urlpatterns = [
    path("", pages.Cases.as_view(), name="cases"),
    path("together/", together.Together.as_view(), name="together"),
    path("together/<str:process>/<str:state>/<str:move>/", together.MoveTogether.as_view(), name="move-together"),
    path("offered/", handing_over.Received.as_view(), name="received"),
    path("handed-over/", handing_over.Sent.as_view(), name="sent"),
    path("handed-over/<uuid:pk>/", handing_over.HandoverPage.as_view(), name="handover"),
    path("handed-over/<uuid:pk>/accept/", handing_over.AcceptHandover.as_view(), name="handover-accept"),
    path("handed-over/<uuid:pk>/refuse/", handing_over.RefuseHandover.as_view(), name="handover-refuse"),
    path("handed-over/<uuid:pk>/back/", handing_over.TakeBack.as_view(), name="handover-back"),
    path("appeals/", appeal_pages.Appeals.as_view(), name="appeals"),
    path("objections/", appeal_pages.Objections.as_view(), name="objections"),
    path("mine/", pages.Inbox.as_view(), name="inbox"),
    path("visits/", visits.Visits.as_view(), name="visits"),
    path("visits/along/", visits.TakeVisits.as_view(), name="take-visits"),
    path("visits/pack/", visits.VisitPack.as_view(), name="visit-pack"),
    path("calendar/", entry.Calendar.as_view(), name="calendar"),
    path("tasks/", own.Tasks.as_view(), name="tasks"),
    path("tasks/<uuid:pk>/", own.TaskPage.as_view(), name="task"),
    path("tasks/<uuid:pk>/answer/", own.Answer.as_view(), name="task-answer"),
    path("tasks/<uuid:pk>/decline/", own.Decline.as_view(), name="task-decline"),
    path("tasks/<uuid:pk>/note/", own.WriteNote.as_view(), name="task-note"),
    path("tasks/<uuid:pk>/papers/<uuid:paper>/", own.OpenPaper.as_view(), name="task-paper"),
    path("departments/", departments.Departments.as_view(), name="departments"),
    path("departments/new/", departments.OpenDepartment.as_view(), name="open-department"),
    path("departments/<int:pk>/", departments.DepartmentPage.as_view(), name="department"),
    path("departments/<int:pk>/seat/", departments.SeatPerson.as_view(), name="seat"),
    path("departments/<int:pk>/seats/<int:seat>/end/", departments.Unseat.as_view(), name="unseat"),
    path("departments/<int:pk>/end/", departments.EndDepartment.as_view(), name="end-department"),
    path("<str:number>/", pages.CasePage.as_view(), name="case"),
    path("<str:number>/move/<str:move>/", entry.MakeMove.as_view(), name="move"),
    path("<str:number>/documents/", entry.AttachDocument.as_view(), name="attach"),
    path("<str:number>/documents/<uuid:pk>/", entry.Download.as_view(), name="download"),
    path("<str:number>/visit/", visits.RecordVisit.as_view(), name="visit"),
    path("<str:number>/ask/", entry.AskDepartment.as_view(), name="ask"),
    path("<str:number>/ask/<uuid:pk>/", entry.RecordReply.as_view(), name="reply"),
    path("<str:number>/ask/<uuid:pk>/note/", departments.WriteToDepartment.as_view(), name="write-to-department"),
    path("<str:number>/objections/", entry.EnterObjection.as_view(), name="object"),
    path("<str:number>/objections/<uuid:pk>/", entry.ResolveObjection.as_view(), name="resolve"),
    path("<str:number>/notice/print/", print_pages.PrintNotice.as_view(), name="print-notice"),
    path("<str:number>/note/", entry.AddNote.as_view(), name="note"),
    path("<str:number>/handler/", entry.Reassign.as_view(), name="handler"),
    path("<str:number>/clock/stop/", entry.StopClock.as_view(), name="stop-clock"),
    path("<str:number>/clock/run/", entry.RestartClock.as_view(), name="restart-clock"),
    path("<str:number>/confidential/", entry.MakeConfidential.as_view(), name="make-confidential"),
    path("<str:number>/people/", entry.LetIn.as_view(), name="let-in"),
    path("<str:number>/people/<int:pk>/end/", entry.ShutOut.as_view(), name="shut-out"),
    path("<str:number>/offer/", handing_over.OfferCase.as_view(), name="offer"),
    path("<str:number>/slip/", slips.GiveSlip.as_view(), name="give-slip"),
    path("<str:number>/slip/end/", slips.EndSlip.as_view(), name="end-slip"),
    path("<str:number>/words/<uuid:pk>/", slips.AnswerWord.as_view(), name="answer-word"),
    path("<str:number>/link/", entry.LinkCases.as_view(), name="link"),
    path("<str:number>/told/<int:pk>/", entry.Told.as_view(), name="told"),
]
