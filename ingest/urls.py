"""Routes of the room `ingest`."""

from django.urls import path

from ingest import api

urlpatterns = [
    path("presign", api.PresignView.as_view()),
    path("uploads/<str:id>", api.UploadView.as_view()),
    path("uploads/<str:id>/parts", api.PartsView.as_view()),
    path("uploads/<str:id>/complete", api.CompleteView.as_view()),
    path("transfers", api.TransfersView.as_view()),
    path("ledger", api.LedgerView.as_view()),
    path("promote", api.PromoteView.as_view()),
]
