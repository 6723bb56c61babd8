from django.urls import path

from chunyu.registry.duplicates import pages

urlpatterns = [
    path("duplicates/", pages.Pairs.as_view(), name="pairs"),
    path("duplicates/look/", pages.StartLook.as_view(), name="look-for-duplicates"),
    path("duplicates/look/<uuid:pk>/", pages.LookPage.as_view(), name="look"),
    path("duplicates/look/nightly/", pages.EveryNight.as_view(), name="look-every-night"),
    path("duplicates/first/", pages.LookFirst.as_view(), name="look-first"),
    path("duplicates/<uuid:pk>/", pages.PairPage.as_view(), name="pair"),
    path("duplicates/<uuid:pk>/apart/", pages.AskApart.as_view(), name="ask-apart"),
    path("duplicates/<uuid:pk>/joined/", pages.KeepJoined.as_view(), name="keep-joined"),
]
