"""Routes of the room `ingest`."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
