"""A WebSocket has a URL like any page."""

from django.urls import path
from django.views.generic import TemplateView

from . import views

urlpatterns = [
    path("", TemplateView.as_view(template_name="two_views.html")),
    path("echo_once/", views.echo_once, name="echo_once"),
    path("lower_case/", views.lower_case, name="lower_case"),
]
