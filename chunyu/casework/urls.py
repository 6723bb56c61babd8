"""Addresses of cases. A case is addressed by its number, so that it can be read out over the telephone."""

from django.urls import path

from chunyu.casework import entry_pages as entry
from chunyu.casework import pages
from chunyu.casework.visits import pages as visits

app_name = "casework"
urlpatterns = [
    path("", pages.Cases.as_view(), name="cases"),
    path("mine/", pages.Inbox.as_view(), name="inbox"),
    path("visits/", visits.Visits.as_view(), name="visits"),
    path("visits/along/", visits.TakeVisits.as_view(), name="take-visits"),
    path("visits/pack/", visits.VisitPack.as_view(), name="visit-pack"),
    path("calendar/", entry.Calendar.as_view(), name="calendar"),
    path("<str:number>/", pages.CasePage.as_view(), name="case"),
    path("<str:number>/move/<str:move>/", entry.MakeMove.as_view(), name="move"),
    path("<str:number>/documents/", entry.AttachDocument.as_view(), name="attach"),
    path("<str:number>/documents/<uuid:pk>/", entry.Download.as_view(), name="download"),
    path("<str:number>/visit/", visits.RecordVisit.as_view(), name="visit"),
    path("<str:number>/ask/", entry.AskDepartment.as_view(), name="ask"),
    path("<str:number>/ask/<uuid:pk>/", entry.RecordReply.as_view(), name="reply"),
    path("<str:number>/objections/", entry.EnterObjection.as_view(), name="object"),
    path("<str:number>/objections/<uuid:pk>/", entry.ResolveObjection.as_view(), name="resolve"),
    path("<str:number>/note/", entry.AddNote.as_view(), name="note"),
    path("<str:number>/handler/", entry.Reassign.as_view(), name="handler"),
    path("<str:number>/link/", entry.LinkCases.as_view(), name="link"),
    path("<str:number>/told/<int:pk>/", entry.Told.as_view(), name="told"),
]
