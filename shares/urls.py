"""Routes of the room `shares`; guests' comments and playback are routes of `comments` and `previews`."""

from django.urls import path

from shares import api

urlpatterns = [
    path("shares", api.SharesView.as_view()),
    path("shares/<str:id>", api.ShareView.as_view()),
    path("shares/<str:id>/accesses", api.ShareAccessesView.as_view()),
    path("s/<str:token>", api.PublicShareView.as_view()),
    path("s/<str:token>/unlock", api.UnlockView.as_view()),
    path("s/<str:token>/assets", api.GuestAssetsView.as_view()),
    path("s/<str:token>/versions/<str:id>/download", api.GuestDownloadView.as_view()),
]
