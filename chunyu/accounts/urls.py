from django.urls import path

from chunyu.accounts import factor_pages, idle, pages

app_name = "accounts"
urlpatterns = [
    path("sign-in/", pages.sign_in, name="sign-in"),
    path("sign-out/", pages.sign_out, name="sign-out"),
    path("posts/", pages.posts, name="posts"),
    path("password/", pages.password, name="password"),
    path("second-step/", factor_pages.second_step, name="second-step"),
    path("second-factor/", factor_pages.factor, name="factor"),
    path("confirm/", factor_pages.confirm, name="confirm"),
    path("here/", idle.here, name="here"),
    path("language/", pages.language, name="language"),
    path("theme/", pages.theme, name="theme"),
]
