"""Routes of the room `comments`, some of them through a share's link."""

from django.urls import path

from comments import api

urlpatterns = [
    path("versions/<str:id>/comments", api.VersionCommentsView.as_view()),
    path("versions/<str:id>/comments/export", api.ExportView.as_view()),
    path("assets/<str:id>/comments", api.AssetCommentsView.as_view()),
    path("comments/<str:id>", api.CommentView.as_view()),
    path("versions/<str:id>/approvals", api.ApprovalsView.as_view()),
    path("versions/<str:id>/approval", api.ApprovalView.as_view()),
    path("s/<str:token>/versions/<str:id>/approvals", api.GuestApprovalsView.as_view()),
    path("s/<str:token>/versions/<str:id>/approval", api.GuestApprovalView.as_view()),
    path("s/<str:token>/versions/<str:id>/comments", api.GuestCommentsView.as_view()),
]
