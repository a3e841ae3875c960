"""One address for both: browsers ask for the page by http, and the page asks for the WebSocket by ws."""

from django.urls import path

from . import views

urlpatterns = [path("", views.index)]
