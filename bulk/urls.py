"""Routes of the room `bulk`."""

from django.urls import path

from bulk import api

urlpatterns = [
    path("bulk", api.BulkView.as_view()),
    path("tags/rename", api.TagRenameView.as_view()),
    path("tags/delete", api.TagDeleteView.as_view()),
    path("jobs/<str:id>/undo", api.JobUndoView.as_view()),
]
