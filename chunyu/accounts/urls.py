from django.urls import path

from chunyu.accounts import pages

app_name = "accounts"
urlpatterns = [
    path("sign-in/", pages.sign_in, name="sign-in"),
    path("sign-out/", pages.sign_out, name="sign-out"),
    path("posts/", pages.posts, name="posts"),
    path("password/", pages.password, name="password"),
    path("language/", pages.language, name="language"),
    path("theme/", pages.theme, name="theme"),
]
