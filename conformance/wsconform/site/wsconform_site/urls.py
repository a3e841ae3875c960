"""The URLs of the project under test."""

from django.urls import path

from . import contract, views, wsgi_views
from .contract.notes import read_notes

urlpatterns = [
    path("", views.home),
    path("health", views.health),
    path("echo", views.echo),
    *(path(f"w/{name}", view) for name, view in wsgi_views.VIEWS.items()),
    path("a/notes", read_notes),
    *(path(f"a/{route}", view) for route, view in contract.VIEWS.items()),
]
