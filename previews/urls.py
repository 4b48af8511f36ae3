"""Routes of the room `previews`."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
