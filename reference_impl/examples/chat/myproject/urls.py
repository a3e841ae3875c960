"""All addresses are the app's own."""

from django.urls import include, path

urlpatterns = [path("", include("chat.urls"))]
