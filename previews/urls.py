"""Routes of the room `previews`."""

from django.urls import path

from previews import api

urlpatterns = [
    path("conformance", api.ConformanceView.as_view()),
    path("conformance/<str:name>/frames/<str:number>.webp", api.ConformanceFrameView.as_view()),
    path("preview", api.PreviewView.as_view()),
    path("playback", api.PlaybacksView.as_view()),
    path("versions/<str:id>/playback", api.PlaybackView.as_view()),
    path("versions/<str:id>/frames/<str:number>.webp", api.FrameView.as_view()),
    path("orgs/<str:id>/egress", api.EgressView.as_view()),
    path("s/<str:token>/versions/<str:id>/playback", api.GuestPlaybackView.as_view()),
    path("s/<str:token>/versions/<str:id>/frames/<str:number>.webp", api.GuestFrameView.as_view()),
]
