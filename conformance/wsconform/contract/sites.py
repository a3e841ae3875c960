"""The settings that clauses are played under, as a table of sites. A server is started once for each site.

Some libraries, such as dwebsocket 0.5, read their settings at import. Different settings therefore need different
processes, and clauses are grouped by site.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

__all__ = ["SITES", "Site"]


@dataclass(frozen=True, slots=True)
class Site:
    """Settings that clauses are played under.

    Attributes:
        name: the name that clauses use.
        summary: its special settings, for reports.
        settings: override the settings of the site, the target and the server; JSON values.
    """

    name: str
    summary: str
    settings: Mapping[str, object]


OURS = "dwebsocket.middleware.WebSocketMiddleware"
#: As `startproject` lists them.
STARTPROJECT = (
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
)
AFTER_COMMON = (*STARTPROJECT[:3], OURS, *STARTPROJECT[3:])
#: The site's own middleware, listed last.
GUARD = "wsconform_site.contract.guard.Guard"

APPS = ("django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions")
#: A file in the server's own directory.
DATABASE: Mapping[str, object] = {
    "ENGINE": "django.db.backends.sqlite3",
    "NAME": "site.sqlite3",
    "OPTIONS": {"timeout": 10},
}

_BASE: Mapping[str, object] = {
    "WSCONFORM_APPS": list(APPS),
    "DATABASES": {"default": DATABASE},
    "DEFAULT_AUTO_FIELD": "django.db.models.AutoField",
    "LOGIN_URL": "/a/login",
    "MIDDLEWARE": list(STARTPROJECT),
    "STATIC_URL": "static/",
    "WEBSOCKET_ALLOWED_ORIGINS": None,
    "WEBSOCKET_CLOSE_TIMEOUT": 1.0,
}


def _site(name: str, summary: str, *, middleware: Sequence[str] = STARTPROJECT, **settings: object) -> Site:
    return Site(name, summary, {**_BASE, "MIDDLEWARE": list(middleware), **settings})


SITES = {
    site.name: site
    for site in (
        _site("decorators", "the middleware is not listed"),
        _site("middleware", "the middleware is listed after CommonMiddleware", middleware=AFTER_COMMON),
        _site("first", "the middleware is listed first", middleware=(OURS, *STARTPROJECT)),
        _site("last", "the middleware is listed last", middleware=(*STARTPROJECT, OURS)),
        _site("accept-all", "WEBSOCKET_ACCEPT_ALL = True", middleware=AFTER_COMMON, WEBSOCKET_ACCEPT_ALL=True),
        _site("legacy", "WEBSOCKET_LEGACY_BYTES = True", WEBSOCKET_LEGACY_BYTES=True),
        _site(
            "factory",
            "WEBSOCKET_FACTORY_CLASS names a custom factory",
            WEBSOCKET_FACTORY_CLASS="wsconform_site.contract.factory.OwnFactory",
        ),
        _site(
            "installed",
            "dwebsocket is in INSTALLED_APPS, the middleware is not listed",
            WSCONFORM_APPS=[*APPS, "dwebsocket"],
            CSRF_TRUSTED_ORIGINS=["https://trusted.example"],
        ),
        _site(
            "guarded",
            "ATOMIC_REQUESTS = True, and a later middleware requires a login",
            middleware=(*AFTER_COMMON, GUARD),
            DATABASES={"default": {**DATABASE, "ATOMIC_REQUESTS": True}},
        ),
        _site("debug", "DEBUG = True, and the middleware is listed", middleware=AFTER_COMMON, DEBUG=True),
        _site(
            "strict",
            "all settings that refuse or limit something",
            WEBSOCKET_ALLOWED_ORIGINS=["https://site.example", "https://*.wide.example"],
            WEBSOCKET_MAX_MESSAGE_SIZE=1000,
            WEBSOCKET_PING_INTERVAL=0.3,
            WEBSOCKET_PING_TIMEOUT=0.3,
            WEBSOCKET_SEND_TIMEOUT=0.5,
            WEBSOCKET_SUBPROTOCOLS=["chat.v2", "chat.v1"],
            WEBSOCKET_UPGRADE_REQUIRED=True,
        ),
    )
}
