"""Routes of the room `exchange`."""

from django.urls import path

from exchange.api import exporting, importing

urlpatterns = [
    path("assets/export", exporting.AssetExportView.as_view()),
    path("assets/import", importing.AssetImportView.as_view()),
]
