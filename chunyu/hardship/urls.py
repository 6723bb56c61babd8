from django.urls import include, path

from chunyu.hardship import pages, person_pages, print_pages
from chunyu.hardship.changes import dividing
from chunyu.hardship.changes import pages as changes
from chunyu.hardship.decision_file.pages import DecisionFilePage, DownloadFile
from chunyu.hardship.finding.urls import urlpatterns as finding
from chunyu.hardship.stacking.pages import FamilyLedgerPage

app_name = "hardship"
urlpatterns = [
    path("households/", pages.Households.as_view(), name="households"),
    path("rows/", pages.HouseholdRows.as_view(), name="rows"),
    path("households/decide/", pages.DecideAll.as_view(), name="decide-all"),
    path("households/<uuid:pk>/", pages.HouseholdPage.as_view(), name="household"),
    path("households/<uuid:pk>/apply/<slug:programme>/", pages.Apply.as_view(), name="apply"),
    path("households/<uuid:pk>/state/", pages.StateFact.as_view(), name="state-fact"),
    path("households/<uuid:pk>/card/", pages.BankCard.as_view(), name="bank-card"),
    path("households/<uuid:pk>/ledger/", FamilyLedgerPage.as_view(), name="family-ledger"),
    path("households/<uuid:pk>/groups/", person_pages.Groups.as_view(), name="groups"),
    path("households/<uuid:pk>/consent/", person_pages.Consent.as_view(), name="consent"),
    path("households/<uuid:pk>/consent/withdraw/", person_pages.Withdraw.as_view(), name="withdraw-consent"),
    path("decision-files/<uuid:pk>/", DecisionFilePage.as_view(), name="decision-file"),
    path("decision-files/<uuid:pk>/file/", DownloadFile.as_view(), name="decision-file-download"),
    path("papers/<str:number>/approval/", print_pages.PrintApproval.as_view(), name="print-approval"),
    path("papers/<str:number>/letter/", print_pages.PrintLetter.as_view(), name="print-letter"),
    path("changes/", changes.ChangeRequests.as_view(), name="changes"),
    path("changes/<uuid:pk>/", changes.ChangeRequestPage.as_view(), name="change"),
    path("households/<uuid:pk>/divide/", dividing.Divide.as_view(), name="divide"),
    path("divisions/", dividing.Divisions.as_view(), name="divisions"),
    path("divisions/<uuid:pk>/", dividing.DivisionPage.as_view(), name="division"),
    *finding,
    path("indices/", include("chunyu.hardship.indices.urls")),
    path("campaigns/", include("chunyu.hardship.campaigns.urls")),
    path("rounds/", include("chunyu.hardship.rounds.urls")),
    path("projects/", include("chunyu.hardship.projects.urls")),
]
