"""Routes of the room `similarity`."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
