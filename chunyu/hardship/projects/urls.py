from django.urls import path

from chunyu.hardship.projects import pages

urlpatterns = [
    path("", pages.Projects.as_view(), name="projects"),
    path("open/", pages.OpenProject.as_view(), name="open-project"),
    path("rolls/", pages.Rolls.as_view(), name="rolls"),
    path("rolls/<uuid:pk>/", pages.RollPage.as_view(), name="roll"),
    path("rolls/<uuid:pk>/approve/", pages.ApproveRoll.as_view(), name="approve-roll"),
    path("nominate/<uuid:pk>/", pages.Nominate.as_view(), name="nominate"),
    path("cases/<str:number>/session/", pages.RecordSession.as_view(), name="record-session"),
    path("<uuid:pk>/", pages.ProjectPage.as_view(), name="project"),
    path("<uuid:pk>/hospital/", pages.AddHospital.as_view(), name="add-hospital"),
    path("<uuid:pk>/roll/", pages.MakeRoll.as_view(), name="make-roll"),
    path("<uuid:pk>/settlement/", pages.Settlement.as_view(), name="settlement"),
    path("<uuid:pk>/close/", pages.CloseProject.as_view(), name="close-project"),
]
