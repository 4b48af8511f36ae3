"""Routes of the room `similarity`."""

from django.urls import path

from similarity import api

urlpatterns = [
    path("duplicates", api.DuplicatesView.as_view()),
    path("duplicates/<str:id>/merge", api.DuplicateMergeView.as_view()),
    path("duplicates/<str:id>/dismiss", api.DuplicateDismissView.as_view()),
]
