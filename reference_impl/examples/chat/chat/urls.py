"""The page, and the WebSocket that it opens."""

from django.urls import path

from . import views

urlpatterns = [
    path("", views.chat_page),
    path("ws/chat/", views.chat_view, name="chat-view"),
]
