"""Routes of the room `exchange`."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
