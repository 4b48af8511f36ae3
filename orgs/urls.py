"""Routes of the room of people and places."""

from django.urls import path

from orgs import api

urlpatterns = [
    path("me", api.MeView.as_view()),
    path("tokens", api.TokensView.as_view()),
    path("tokens/<str:id>", api.TokenView.as_view()),
    path("orgs", api.OrganizationsView.as_view()),
    path("orgs/<str:id>", api.OrganizationView.as_view()),
    path("orgs/<str:id>/members", api.OrganizationMembersView.as_view()),
    path("orgs/<str:id>/members/<str:member>", api.OrganizationMemberView.as_view()),
    path("clients", api.ClientsView.as_view()),
    path("clients/<str:id>", api.ClientView.as_view()),
    path("clients/<str:id>/members", api.ClientMembersView.as_view()),
    path("clients/<str:id>/members/<str:member>", api.ClientMemberView.as_view()),
    path("projects", api.ProjectsView.as_view()),
    path("projects/<str:id>", api.ProjectView.as_view()),
    path("projects/<str:id>/members", api.ProjectMembersView.as_view()),
    path("projects/<str:id>/members/<str:member>", api.ProjectMemberView.as_view()),
]
