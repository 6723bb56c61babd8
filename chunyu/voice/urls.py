"""The room's addresses."""

from django.urls import path

from chunyu.voice.honours import pages as honours
from chunyu.voice.proposals import pages as proposals

app_name = "voice"
urlpatterns = [
    path("proposals/", proposals.Proposals.as_view(), name="proposals"),
    path("proposals/new/", proposals.TakeIn.as_view(), name="take-in"),
    path("sessions/", proposals.Sessions.as_view(), name="sessions"),
    path("sessions/new/", proposals.OpenSession.as_view(), name="open-session"),
    path("sessions/<int:pk>/", proposals.OneSession.as_view(), name="session"),
    path("sessions/<int:pk>/print/", proposals.PrintSession.as_view(), name="print-session"),
    path("honours/", honours.Rounds.as_view(), name="honours"),
    path("honours/new/", honours.OpenRound.as_view(), name="open-round"),
    path("honours/<int:pk>/nominate/", honours.Nominate.as_view(), name="nominate"),
    path("honours/<int:pk>/jurors/new/", honours.NameJuror.as_view(), name="juror"),
    path("honours/<int:pk>/jurors/<int:juror>/scores/", honours.EnterScores.as_view(), name="scores"),
    path("honours/<int:pk>/jurors/<int:juror>/aside/", honours.StandAside.as_view(), name="aside"),
    path("honours/certificates/<int:pk>/", honours.PrintCertificate.as_view(), name="certificate"),
]
