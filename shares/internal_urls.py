"""Routes of the room `shares` for processes on the same machine."""

from django.urls import path

from shares import api

urlpatterns = [path("revocations", api.RevocationsView.as_view())]
