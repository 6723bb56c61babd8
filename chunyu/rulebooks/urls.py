from django.urls import path

from chunyu.rulebooks.pages import drafts, effects, reading, trying, versions

app_name = "rulebooks"
urlpatterns = [
    path("", reading.InForce.as_view(), name="in-force"),
    path("picture/", reading.InForcePicture.as_view(), name="in-force-picture"),
    path("effect/", effects.InForceEffect.as_view(), name="effect"),
    path("versions/", versions.Versions.as_view(), name="versions"),
    path("versions/begin/", versions.Begin.as_view(), name="begin"),
    path("versions/<uuid:pk>/", versions.Version.as_view(), name="version"),
    path("versions/<uuid:pk>/read/", reading.VersionRead.as_view(), name="version-read"),
    path("versions/<uuid:pk>/picture/", reading.VersionPicture.as_view(), name="version-picture"),
    path("versions/<uuid:pk>/effect/", effects.VersionEffect.as_view(), name="version-effect"),
    path("versions/<uuid:pk>/submit/", versions.Submit.as_view(), name="submit"),
    path("versions/<uuid:pk>/approve/", versions.Approve.as_view(), name="approve"),
    path("versions/<uuid:pk>/withdraw/", versions.Withdraw.as_view(), name="withdraw"),
    path("versions/<uuid:pk>/texts/", drafts.Texts.as_view(), name="texts"),
    path("versions/<uuid:pk>/texts/check/", drafts.CheckText.as_view(), name="check-text"),
    path("versions/<uuid:pk>/texts/add/", drafts.AddFile.as_view(), name="add-file"),
    path("versions/<uuid:pk>/texts/remove/", drafts.RemoveFile.as_view(), name="remove-file"),
    path("versions/<uuid:pk>/parameters/<slug:name>/", drafts.SetParameter.as_view(), name="set-parameter"),
    path("versions/<uuid:pk>/tests/", trying.Tests.as_view(), name="tests"),
    path("versions/<uuid:pk>/tests/compare/", trying.CompareTest.as_view(), name="compare-test"),
    path("versions/<uuid:pk>/tests/accept/", trying.AcceptDifference.as_view(), name="accept-difference"),
    path("versions/<uuid:pk>/tests/new/", trying.NewTest.as_view(), name="test-new"),
    path("versions/<uuid:pk>/tests/<uuid:test>/", trying.ReplaceTest.as_view(), name="test-replace"),
    path("versions/<uuid:pk>/tests/<uuid:test>/retire/", trying.RetireTest.as_view(), name="test-retire"),
]
