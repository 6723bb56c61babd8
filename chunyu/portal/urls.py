"""Addresses for the public. Nothing here needs a sign-in, and nothing here shows more than the notices hold."""

from django.urls import path

from chunyu.portal import invitation_pages, pages

app_name = "portal"
urlpatterns = [
    path("notices/", pages.Notices.as_view(), name="notices"),
    path("notices/<int:county>/", pages.Notices.as_view(), name="county-notices"),
    path("notices/objection/<uuid:pk>/", pages.Object.as_view(), name="object"),
    path("notices/thanks/", pages.Thanks.as_view(), name="thanks"),
    path("invitation/", invitation_pages.InvitationAnswered.as_view(), name="invitation"),
]
