"""Routes of the room `comments`."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
