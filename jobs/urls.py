"""Routes of the room of background work."""

from django.urls import path

from jobs import api

urlpatterns = [
    path("jobs", api.JobsView.as_view()),
    path("jobs/<str:id>", api.JobView.as_view()),
    path("jobs/<str:id>/retry", api.JobRetryView.as_view()),
    path("jobs/<str:id>/cancel", api.JobCancelView.as_view()),
]
