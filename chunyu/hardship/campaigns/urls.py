from django.urls import path

from chunyu.hardship.campaigns import money_pages as money
from chunyu.hardship.campaigns import pages
from chunyu.hardship.campaigns import plan_pages as plans
from chunyu.hardship.campaigns import question_pages as questions
from chunyu.hardship.campaigns import visit_pages as visits

urlpatterns = [
    path("", pages.Campaigns.as_view(), name="campaigns"),
    path("new/", pages.PlanCampaign.as_view(), name="plan-campaign"),
    path("questionnaires/", questions.Questionnaires.as_view(), name="questionnaires"),
    path("questionnaires/new/", questions.MakeQuestionnaire.as_view(), name="make-questionnaire"),
    path("questionnaires/<uuid:pk>/", questions.QuestionnairePage.as_view(), name="questionnaire"),
    path("questionnaires/<uuid:pk>/question/", questions.AddQuestion.as_view(), name="add-question"),
    path("questionnaires/<uuid:pk>/next/", questions.NextVersion.as_view(), name="next-version"),
    path("questionnaires/<uuid:pk>/in-force/", questions.PutInForce.as_view(), name="questionnaire-in-force"),
    path("questions/<uuid:pk>/", questions.ChangeQuestion.as_view(), name="change-question"),
    path("questions/<uuid:pk>/take-out/", questions.TakeQuestionOut.as_view(), name="take-question-out"),
    path("sources/<uuid:pk>/take-out/", money.TakeSourceOut.as_view(), name="take-source-out"),
    path("sources/<uuid:pk>/hand-down/", money.HandMoneyDown.as_view(), name="hand-campaign-money-down"),
    path("sources/<uuid:pk>/give-back/", money.GiveMoneyBack.as_view(), name="give-campaign-money-back"),
    path("sources/<uuid:pk>/order/", money.OrderPayments.as_view(), name="order-campaign-payments"),
    path("sources/<uuid:pk>/handed-over/", money.BookHandedOver.as_view(), name="book-handed-over"),
    path("visits/<uuid:pk>/", visits.VisitPage.as_view(), name="visit"),
    path("visits/<uuid:pk>/write/", visits.WriteVisit.as_view(), name="write-visit"),
    path("visits/<uuid:pk>/call-off/", visits.CallVisitOff.as_view(), name="call-visit-off"),
    path("visits/<uuid:pk>/need/", visits.NeedBecomesCase.as_view(), name="need-becomes-case"),
    path("visits/<uuid:pk>/link/", visits.LinkNeed.as_view(), name="link-need"),
    path("visits/<uuid:pk>/met/", visits.NeedMet.as_view(), name="need-met"),
    path("papers/<uuid:pk>/", visits.ReadPaper.as_view(), name="visit-paper"),
    path("<uuid:pk>/", pages.CampaignPage.as_view(), name="campaign"),
    path("<uuid:pk>/change/", pages.ChangeCampaign.as_view(), name="change-campaign"),
    path("<uuid:pk>/asks/", pages.CampaignAsks.as_view(), name="campaign-asks"),
    path("<uuid:pk>/book/", money.BookSource.as_view(), name="book-source"),
    path("<uuid:pk>/funded/", pages.CampaignFunded.as_view(), name="campaign-funded"),
    path("<uuid:pk>/start/", pages.StartCampaign.as_view(), name="start-campaign"),
    path("<uuid:pk>/close/", money.CloseCampaign.as_view(), name="close-campaign"),
    path("<uuid:pk>/audit/", money.AuditCampaign.as_view(), name="audit-campaign"),
    path("<uuid:pk>/account/", money.ClosingAccount.as_view(), name="campaign-account"),
    path("<uuid:pk>/quotas/", plans.Quotas.as_view(), name="campaign-quotas"),
    path("<uuid:pk>/plan/", plans.PlanVisits.as_view(), name="plan-visits"),
    path("<uuid:pk>/plan/person/", plans.PlanPerson.as_view(), name="plan-person"),
    path("<uuid:pk>/plan/firm/", plans.PlanFirm.as_view(), name="plan-firm"),
    path("<uuid:pk>/visits/", visits.Visits.as_view(), name="visits"),
    path("<uuid:pk>/unvisited/", visits.Unvisited.as_view(), name="unvisited"),
    path("<uuid:pk>/results/", questions.Results.as_view(), name="campaign-results"),
]
