from django.urls import path

from chunyu.registry import pages
from chunyu.registry.duplicates.urls import urlpatterns as duplicates

app_name = "registry"
urlpatterns = [
    path("imports/", pages.Imports.as_view(), name="imports"),
    path("imports/new/", pages.ImportNew.as_view(), name="import-new"),
    path("imports/template/", pages.ImportTemplate.as_view(), name="import-template"),
    path("imports/<uuid:pk>/", pages.ImportDetail.as_view(), name="import"),
    path("imports/<uuid:pk>/progress/", pages.ImportProgress.as_view(), name="import-progress"),
    path("imports/<uuid:pk>/questions/", pages.ImportQuestions.as_view(), name="import-questions"),
    path("imports/<uuid:pk>/cancel/", pages.ImportCancel.as_view(), name="import-cancel"),
    path("imports/<uuid:pk>/undo/", pages.ImportUndo.as_view(), name="import-undo"),
    path("imports/<uuid:pk>/carry-out/", pages.ImportCarryOut.as_view(), name="import-carry-out"),
    path("imports/<uuid:pk>/changes/", pages.ImportChanges.as_view(), name="import-changes"),
    path("imports/<uuid:pk>/result/", pages.ImportResult.as_view(), name="import-result"),
    *duplicates,
]
