from django.urls import path

from chunyu.desk import pages

app_name = "desk"
urlpatterns = [
    path("", pages.Home.as_view(), name="home"),
    path("figures/", pages.Leader.as_view(), name="leader"),
    path("figures/decisions/", pages.Decisions.as_view(), name="decisions"),
]
