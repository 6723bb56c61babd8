"""Addresses of the mechanism. The service worker stands at the root: it serves the pages beneath its own address."""

from django.urls import path

from chunyu.ui.offline import pages, worker

app_name = "offline"
urlpatterns = [
    path("sw.js", worker.worker, name="worker"),
    path("offline/manifest/<str:language>.webmanifest", worker.manifest, name="manifest"),
    path("offline/phone/", pages.Phone.as_view(), name="phone"),
    path("offline/shell/<str:language>/", pages.Shell.as_view(), name="shell"),
    path("offline/ready/", pages.Ready.as_view(), name="ready"),
]
