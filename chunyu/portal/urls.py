"""Addresses for the public. Nothing here needs a sign-in, and nothing here shows more than the notices hold."""

from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from chunyu.portal import invitation_pages, join_pages, matter_pages, pages, voice_pages
from chunyu.portal.self_check.pages import SelfCheck

app_name = "portal"
urlpatterns = [
    path("", pages.Start.as_view(), name="start"),
    # Writes nothing and knows nobody, so that there is nothing to forge; without the token there is no cookie.
    path("check/", csrf_exempt(SelfCheck.as_view()), name="check"),
    path("notices/", pages.Notices.as_view(), name="notices"),
    path("notices/<int:county>/", pages.Notices.as_view(), name="county-notices"),
    path("notices/objection/<uuid:pk>/", pages.Object.as_view(), name="object"),
    path("notices/thanks/", pages.Thanks.as_view(), name="thanks"),
    path("invitation/", invitation_pages.InvitationAnswered.as_view(), name="invitation"),
    path("matters/", matter_pages.Matters.as_view(), name="matters"),
    path("join/", join_pages.Join.as_view(), name="join"),
    path("speak/", voice_pages.Speak.as_view(), name="speak"),
    path("proposals/", voice_pages.Board.as_view(), name="board"),
    path("proposals/<int:county>/", voice_pages.Board.as_view(), name="county-board"),
    path("join/answer/", join_pages.FollowJoin.as_view(), name="follow-join"),
]
