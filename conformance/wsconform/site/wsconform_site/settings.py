"""Settings of the project under test, as few as possible. The target's own are added at the end, as JSON."""

import json
import os
import secrets
from pathlib import Path

SECRET_KEY = secrets.token_hex()
DEBUG = False
ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]"]
ROOT_URLCONF = "wsconform_site.urls"
WSGI_APPLICATION = "wsconform_site.wsgi.application"
USE_TZ = True
TIME_ZONE = "UTC"

# Cases go up to 16 MiB; a test of a limit sets it lower.
WEBSOCKET_MAX_MESSAGE_SIZE = 32 * 1024 * 1024
WEBSOCKET_ALLOWED_ORIGINS = ["*"]

# Django tells errors only to its administrators by mail by default.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(levelname)s %(name)s: %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
}

DATABASES: "dict[str, dict[str, object]]" = {}
INSTALLED_APPS: "list[str]" = []
#: More settings, which come from the cases and not from the server.
WSCONFORM_APPS: "list[str]" = []
globals().update(json.loads(os.environ.get("WSCONFORM_SETTINGS", "{}")))
INSTALLED_APPS = [*INSTALLED_APPS, *WSCONFORM_APPS]
for database in DATABASES.values():  # a name of a file, in a directory that is gone when the server has ended
    database["NAME"] = str(Path(os.environ["WSCONFORM_SCRATCH"], str(database["NAME"])))
