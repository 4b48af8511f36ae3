"""Routes of the room `bulk`."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
