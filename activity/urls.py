"""Routes of the record."""

from django.urls import path

from activity import api

urlpatterns = [path("activities", api.ActivitiesView.as_view())]
