"""The reference as people use it: a Django view."""

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.urls import path

from dwebsocket.decorators import accept_websocket

settings.configure(ROOT_URLCONF=__name__, SECRET_KEY="benchmark", ALLOWED_HOSTS=["127.0.0.1"])


@accept_websocket
def echo(request):
    """Send every message back."""
    for message in request.websocket:
        request.websocket.send(message)


urlpatterns = [path("", echo)]
application = get_wsgi_application()
