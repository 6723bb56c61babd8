from django.urls import path

from chunyu.hardship.rounds import pages

urlpatterns = [
    path("", pages.Rounds.as_view(), name="rounds"),
    path("prepare/", pages.PrepareRound.as_view(), name="prepare-round"),
    path("<uuid:pk>/", pages.RoundPage.as_view(), name="round"),
    path("<uuid:pk>/progress/", pages.RoundProgress.as_view(), name="round-progress"),
    path("<uuid:pk>/lines/", pages.RoundLines.as_view(), name="round-lines"),
    path("<uuid:pk>/change/", pages.ChangeRound.as_view(), name="change-round"),
    path("<uuid:pk>/compute/", pages.ComputeRound.as_view(), name="compute-round"),
    path("<uuid:pk>/submit/", pages.SubmitRound.as_view(), name="submit-round"),
    path("<uuid:pk>/send-back/", pages.SendRoundBack.as_view(), name="send-round-back"),
    path("<uuid:pk>/publish/", pages.PublishRound.as_view(), name="publish-round"),
]
