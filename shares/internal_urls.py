"""Routes of the room `shares`."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
