"""Routes of the room `exchange`."""

from django.urls import path

from exchange.api import exporting

urlpatterns = [
    path("assets/export", exporting.AssetExportView.as_view()),
]
