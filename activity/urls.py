"""Routes of the room `activity`."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
