"""Where the views are."""

from django.urls import path

from . import hygiene, views

urlpatterns = [
    path("", views.home),
    path("health", views.health),
    path("echo", views.echo),
    *(path(f"w/{name}", view) for name, view in hygiene.VIEWS.items()),
]
