"""Routes of the room `assets`."""

from django.urls import path

from assets.api import (
    assets,
    collections,
    facets,
    fields,
    folders,
    holds,
    searches,
    shoots,
    stacks,
    tags,
    trash,
)

urlpatterns = [
    path("assets", assets.AssetsView.as_view()),
    path("assets/facets", facets.FacetsView.as_view()),
    path("assets/<str:id>", assets.AssetView.as_view()),
    path("assets/<str:id>/restore", trash.AssetRestoreView.as_view()),
    path("assets/<str:id>/delete-cost", trash.DeleteCostView.as_view()),
    path("assets/<str:id>/attach", stacks.AssetAttachView.as_view()),
    path("assets/<str:id>/versions", stacks.AssetVersionsView.as_view()),
    path("versions/<str:id>", stacks.VersionView.as_view()),
    path("versions/<str:id>/promote", stacks.VersionPromoteView.as_view()),
    path("versions/<str:id>/detach", stacks.VersionDetachView.as_view()),
    path("versions/<str:id>/download", stacks.VersionDownloadView.as_view()),
    path("versions/<str:id>/hold", holds.VersionHoldView.as_view()),
    path("assets/<str:id>/hold", holds.AssetHoldView.as_view()),
    path("projects/<str:id>/hold", holds.ProjectHoldView.as_view()),
    path("fields", fields.FieldsView.as_view()),
    path("fields/<str:id>", fields.FieldView.as_view()),
    path("field-presets", fields.FieldPresetsView.as_view()),
    path("searches", searches.SearchesView.as_view()),
    path("searches/<str:id>", searches.SearchView.as_view()),
    path("collections", collections.CollectionsView.as_view()),
    path("collections/<str:id>", collections.CollectionView.as_view()),
    path("collections/<str:id>/assets", collections.CollectionAssetsView.as_view()),
    path("tags", tags.TagsView.as_view()),
    path("folders", folders.FoldersView.as_view()),
    path("shoots", shoots.ShootsView.as_view()),
    path("shoots/proposals", shoots.ShootProposalsView.as_view()),
    path("shoots/<str:id>", shoots.ShootView.as_view()),
    path("shoots/<str:id>/assets", shoots.ShootAssetsView.as_view()),
]
