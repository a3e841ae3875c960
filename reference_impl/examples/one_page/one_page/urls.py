"""One URL for both: browsers load the page by http, and the page opens the WebSocket by ws."""

from django.urls import path

from . import views

urlpatterns = [path("", views.index)]
