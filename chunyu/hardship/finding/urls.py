from django.urls import path

from chunyu.hardship.finding import pages, run_pages

urlpatterns = [
    path("finding/", pages.Findings.as_view(), name="finding"),
    path("finding/runs/", run_pages.Runs.as_view(), name="finding-runs"),
    path("finding/runs/look/", run_pages.Look.as_view(), name="finding-look"),
    path("finding/runs/nightly/", run_pages.Nightly.as_view(), name="finding-nightly"),
    path("finding/runs/<uuid:pk>/progress/", run_pages.RunProgress.as_view(), name="finding-progress"),
    path("finding/figures/", run_pages.Figures.as_view(), name="finding-figures"),
    path("finding/<uuid:pk>/", pages.FindingPage.as_view(), name="finding-one"),
    path("finding/<uuid:pk>/confirm/", pages.Confirm.as_view(), name="finding-confirm"),
    path("finding/<uuid:pk>/set-aside/", pages.SetAside.as_view(), name="finding-set-aside"),
    path("finding/<uuid:pk>/invite/", pages.Invite.as_view(), name="finding-invite"),
    path("finding/<uuid:pk>/answer/", pages.TakeInAnswer.as_view(), name="finding-answer"),
    path("finding/<uuid:pk>/open/", pages.OpenApplication.as_view(), name="finding-open"),
    path("finding/<uuid:pk>/opt-out/", pages.OptOut.as_view(), name="finding-opt-out"),
    path("finding/<uuid:pk>/letter/", pages.Letter.as_view(), name="finding-letter"),
]
