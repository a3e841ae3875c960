"""The WSGI application that servers import."""

import os
from typing import Any

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from .tunnel import tunnelled

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wsconform_site.settings")

application: Any = get_wsgi_application()

# To find out whose a failure is, the server is tried with something else than the target.
if hasattr(settings, "WSCONFORM_TUNNEL"):
    application = tunnelled(application, tuple(settings.WSCONFORM_TUNNEL))
