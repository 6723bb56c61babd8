from django.urls import path

from chunyu.ledger.pages import funds, payouts, printing, reading

app_name = "ledger"
urlpatterns = [
    path("funds/", funds.Funds.as_view(), name="funds"),
    path("funds/open/", funds.OpenFund.as_view(), name="open-fund"),
    path("funds/<int:pk>/", funds.FundPage.as_view(), name="fund"),
    path("funds/<int:pk>/receive/", funds.Receive.as_view(), name="receive"),
    path("funds/<int:pk>/give-back/", funds.GiveBack.as_view(), name="give-back"),
    path("funds/<int:pk>/prepare/", payouts.PrepareBatch.as_view(), name="prepare-batch"),
    path("beancount/", funds.BeancountBook.as_view(), name="beancount"),
    path("orders/", payouts.Orders.as_view(), name="orders"),
    path("orders/<uuid:pk>/", payouts.OrderPage.as_view(), name="order"),
    path("orders/<uuid:pk>/cancel/", payouts.CancelOrder.as_view(), name="cancel-order"),
    path("orders/<uuid:pk>/reissue/", payouts.Reissue.as_view(), name="reissue"),
    path("batches/", payouts.Batches.as_view(), name="batches"),
    path("batches/<uuid:pk>/", payouts.BatchPage.as_view(), name="batch"),
    path("batches/<uuid:pk>/submit/", payouts.Submit.as_view(), name="submit"),
    path("batches/<uuid:pk>/approve/", payouts.Approve.as_view(), name="approve"),
    path("batches/<uuid:pk>/send-back/", payouts.SendBack.as_view(), name="send-back"),
    path("batches/<uuid:pk>/dissolve/", payouts.Dissolve.as_view(), name="dissolve"),
    path("batches/<uuid:pk>/take-out/", payouts.TakeOut.as_view(), name="take-out"),
    path("batches/<uuid:pk>/send/", payouts.Send.as_view(), name="send"),
    path("batches/<uuid:pk>/download/", payouts.Download.as_view(), name="download"),
    path("batches/<uuid:pk>/result/", payouts.EnterResult.as_view(), name="result"),
    path("batches/<uuid:pk>/print/", printing.PrintBatch.as_view(), name="print-batch"),
    path("orders/<uuid:pk>/receipt/", printing.PrintReceipt.as_view(), name="print-receipt"),
    path("lines/<uuid:pk>/take-back/", payouts.TakeBack.as_view(), name="take-back"),
    path("payments/", reading.Payments.as_view(), name="payments"),
    path("movements/", reading.Movements.as_view(), name="movements"),
    path("totals/", reading.Totals.as_view(), name="totals"),
    path("households/<uuid:pk>/", reading.HouseholdLedgerPage.as_view(), name="household-ledger"),
]
