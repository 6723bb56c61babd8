from django.urls import path

from chunyu.hardship.indices import pages, report_pages, row_pages

urlpatterns = [
    path("", pages.Indices.as_view(), name="indices"),
    path("preview/", pages.Preview.as_view(), name="index-preview"),
    path("trend/", pages.Trend.as_view(), name="index-trend"),
    path("payments/", row_pages.IndexPayments.as_view(), name="index-payments"),
    path("households/", row_pages.IndexHouseholds.as_view(), name="index-households"),
    path("services/", row_pages.Services.as_view(), name="services"),
    path("services/new/", row_pages.RecordService.as_view(), name="service-new"),
    path("services/<uuid:pk>/", row_pages.ServicePage.as_view(), name="service"),
    path("services/<uuid:pk>/take-back/", row_pages.TakeBackService.as_view(), name="service-back"),
    path("reports/", report_pages.Reports.as_view(), name="index-reports"),
    path("reports/draft/", report_pages.DraftReport.as_view(), name="index-draft"),
    path("reports/<uuid:pk>/", report_pages.Report.as_view(), name="index-report"),
    path("reports/<uuid:pk>/publish/", report_pages.Publish.as_view(), name="index-publish"),
    path("reports/<uuid:pk>/discard/", report_pages.Discard.as_view(), name="index-discard"),
]
