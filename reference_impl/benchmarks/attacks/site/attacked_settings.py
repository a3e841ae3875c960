"""Settings of the site that is attacked: those of a small public site, and what the server needs, as JSON."""

import json
import os

ALLOWED_HOSTS = ["127.0.0.1", "localhost"]
INSTALLED_APPS: list[str] = []
ROOT_URLCONF = "attacked_urls"
SECRET_KEY = "of no value"
USE_TZ = True
# Warnings and errors, each on a line, as a site would have them in production.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(levelname)s %(name)s: %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
}
globals().update(json.loads(os.environ.get("WSCONFORM_SETTINGS", "{}")))
