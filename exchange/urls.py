"""Routes of the room `exchange`."""

from django.urls import path

from exchange.api import exporting, importing, mirrors, sidecars

urlpatterns = [
    path("assets/export", exporting.AssetExportView.as_view()),
    path("versions/<str:id>/sidecars", sidecars.VersionSidecarsView.as_view()),
    path("sidecars/<str:id>", sidecars.SidecarView.as_view()),
    path("sidecars/<str:id>/download", sidecars.SidecarDownloadView.as_view()),
    path("jobs/<str:id>/export", exporting.JobExportView.as_view()),
    path("assets/import", importing.AssetImportView.as_view()),
    path("mirrors", mirrors.MirrorsView.as_view()),
    path("mirrors/preview", mirrors.MirrorPreviewView.as_view()),
    path("mirrors/<str:id>", mirrors.MirrorView.as_view()),
    path("mirrors/<str:id>/rebuild", mirrors.MirrorRebuildView.as_view()),
]
