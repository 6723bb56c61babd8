from django.urls import path

from chunyu.registry import mapping_pages, pages
from chunyu.registry.duplicates.urls import urlpatterns as duplicates

app_name = "registry"
urlpatterns = [
    path("imports/", pages.Imports.as_view(), name="imports"),
    path("imports/new/", pages.ImportNew.as_view(), name="import-new"),
    path("imports/template/", pages.ImportTemplate.as_view(), name="import-template"),
    path("imports/template/<slug:kind>/", pages.ImportTemplate.as_view(), name="import-template"),
    path("imports/mappings/", mapping_pages.Mappings.as_view(), name="mappings"),
    path("imports/mappings/<uuid:pk>/", mapping_pages.Mapping.as_view(), name="mapping"),
    path("imports/mappings/<uuid:pk>/rename/", mapping_pages.MappingRename.as_view(), name="mapping-rename"),
    path("imports/mappings/<uuid:pk>/forget/", mapping_pages.MappingForget.as_view(), name="mapping-forget"),
    path("imports/<uuid:pk>/", pages.ImportDetail.as_view(), name="import"),
    path("imports/<uuid:pk>/progress/", pages.ImportProgress.as_view(), name="import-progress"),
    path("imports/<uuid:pk>/questions/", pages.ImportQuestions.as_view(), name="import-questions"),
    path("imports/<uuid:pk>/mapping/", mapping_pages.ImportMapping.as_view(), name="import-mapping"),
    path("imports/<uuid:pk>/cancel/", pages.ImportCancel.as_view(), name="import-cancel"),
    path("imports/<uuid:pk>/undo/", pages.ImportUndo.as_view(), name="import-undo"),
    path("imports/<uuid:pk>/carry-out/", pages.ImportCarryOut.as_view(), name="import-carry-out"),
    path("imports/<uuid:pk>/changes/", pages.ImportChanges.as_view(), name="import-changes"),
    path("imports/<uuid:pk>/result/", pages.ImportResult.as_view(), name="import-result"),
    *duplicates,
]
