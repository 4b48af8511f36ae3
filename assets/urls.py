"""Routes of the room `assets`."""

from django.urls import path

from assets import api

urlpatterns = [
    path("assets", api.AssetsView.as_view()),
    path("assets/<str:id>", api.AssetView.as_view()),
    path("assets/<str:id>/restore", api.AssetRestoreView.as_view()),
    path("assets/<str:id>/attach", api.AssetAttachView.as_view()),
    path("assets/<str:id>/versions", api.AssetVersionsView.as_view()),
    path("versions/<str:id>", api.VersionView.as_view()),
    path("versions/<str:id>/sidecars", api.VersionSidecarsView.as_view()),
    path("versions/<str:id>/promote", api.VersionPromoteView.as_view()),
    path("versions/<str:id>/detach", api.VersionDetachView.as_view()),
    path("versions/<str:id>/download", api.VersionDownloadView.as_view()),
    path("fields", api.FieldsView.as_view()),
    path("fields/<str:id>", api.FieldView.as_view()),
    path("field-presets", api.FieldPresetsView.as_view()),
    path("collections", api.CollectionsView.as_view()),
    path("collections/<str:id>", api.CollectionView.as_view()),
    path("collections/<str:id>/assets", api.CollectionAssetsView.as_view()),
]
