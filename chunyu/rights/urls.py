from django.urls import path

from chunyu.rights.arrears import pages as arrears
from chunyu.rights.arrears import pay_pages as paying

app_name = "rights"
urlpatterns = [
    path("arrears/", arrears.Arrears.as_view(), name="arrears"),
    path("arrears/board/", arrears.Board.as_view(), name="arrears-board"),
    path("arrears/report/", arrears.TakeReport.as_view(), name="report-arrears"),
    path("arrears/<str:number>/workers/", arrears.Workers.as_view(), name="arrears-workers"),
    path("arrears/<str:number>/workers/add/", arrears.AddWorker.as_view(), name="add-worker"),
    path("arrears/<str:number>/workers/import/", arrears.ImportWorkers.as_view(), name="import-workers"),
    path("arrears/<str:number>/workers/template/", arrears.WorkerTemplate.as_view(), name="worker-template"),
    path("arrears/<str:number>/workers/<uuid:pk>/", arrears.CorrectClaim.as_view(), name="correct-claim"),
    path("arrears/<str:number>/lock-name/", arrears.LockName.as_view(), name="lock-name"),
    path("arrears/<str:number>/name/", arrears.OpenName.as_view(), name="open-name"),
    path("arrears/<str:number>/sheet/", paying.PrintSheet.as_view(), name="pay-sheet-paper"),
    path("arrears/<str:number>/payouts/open/", paying.OpenPayout.as_view(), name="open-payout"),
    path("arrears/<str:number>/payouts/<uuid:payout>/", paying.Payout.as_view(), name="payout"),
    path("arrears/<str:number>/payouts/<uuid:payout>/sheet/", paying.PaySheet.as_view(), name="pay-sheet"),
    path("arrears/<str:number>/payouts/<uuid:payout>/<uuid:pk>/", paying.PayWorker.as_view(), name="pay-worker"),
]
