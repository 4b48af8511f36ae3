"""Routes of the room `orgs`."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
