"""The living catalogue, for developers only: included when DEBUG is on."""

from django.urls import path

from chunyu.ui.catalogue import Catalogue, CatalogueProgress

app_name = "ui"
urlpatterns = [
    path("", Catalogue.as_view(), name="catalogue"),
    path("progress/", CatalogueProgress.as_view(), name="progress"),
]
