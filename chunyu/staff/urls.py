from django.urls import path

from chunyu.staff import pages, record_pages

app_name = "staff"
urlpatterns = [
    path("", pages.People.as_view(), name="people"),
    path("record/", record_pages.Record.as_view(), name="record"),
    path("open/", pages.OpenAccount.as_view(), name="open"),
    path("requests/", pages.Requests.as_view(), name="requests"),
    path("requests/<int:pk>/", pages.RequestPage.as_view(), name="request"),
    path("requests/<int:pk>/grant/", pages.Grant.as_view(), name="grant"),
    path("requests/<int:pk>/refuse/", pages.Refuse.as_view(), name="refuse"),
    path("requests/<int:pk>/take-back/", pages.TakeBack.as_view(), name="take-back"),
    path("posts/<int:pk>/end/", pages.EndPost.as_view(), name="end-post"),
    path("<int:pk>/", pages.PersonPage.as_view(), name="person"),
    path("<int:pk>/ask/", pages.AskForPost.as_view(), name="ask"),
    path("<int:pk>/password/", pages.NewPassword.as_view(), name="password"),
    path("<int:pk>/second-factor/", pages.RemoveFactor.as_view(), name="factor"),
    path("<int:pk>/close/", pages.CloseAccount.as_view(), name="close"),
    path("<int:pk>/reopen/", pages.ReopenAccount.as_view(), name="reopen"),
]
