"""The room's addresses."""

from django.urls import path

from chunyu.voice.proposals import pages as proposals

app_name = "voice"
urlpatterns = [
    path("proposals/", proposals.Proposals.as_view(), name="proposals"),
    path("proposals/new/", proposals.TakeIn.as_view(), name="take-in"),
    path("sessions/", proposals.Sessions.as_view(), name="sessions"),
    path("sessions/new/", proposals.OpenSession.as_view(), name="open-session"),
    path("sessions/<int:pk>/", proposals.OneSession.as_view(), name="session"),
    path("sessions/<int:pk>/print/", proposals.PrintSession.as_view(), name="print-session"),
]
