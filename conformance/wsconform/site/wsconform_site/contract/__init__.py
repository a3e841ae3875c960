"""The views that clauses of the API contract use, by name: each is at `/a/NAME`.

Written against the target's documented API only, and for the oldest Python and Django that a target may need
(Python 3.7, Django 3.0). What a target may lack is looked up inside views, so that only the clause that needs it
notices.
"""

from . import (
    accounts,
    calls,
    close,
    decorators,
    django_test_client,
    guides,
    keepalive,
    legacy,
    middleware_views,
    names,
    pages,
    read,
    requests,
    send,
    sessions,
    settings_views,
    silent,
    stacked_decorators,
    threads,
)

__all__ = ["VIEWS"]

VIEWS = {
    **accounts.VIEWS,
    **calls.VIEWS,
    **close.VIEWS,
    **decorators.VIEWS,
    **guides.VIEWS,
    **legacy.VIEWS,
    **middleware_views.VIEWS,
    **names.VIEWS,
    **django_test_client.VIEWS,
    **pages.VIEWS,
    **keepalive.VIEWS,
    **read.VIEWS,
    **requests.VIEWS,
    **send.VIEWS,
    **sessions.VIEWS,
    **silent.VIEWS,
    **stacked_decorators.VIEWS,
    **threads.VIEWS,
    **settings_views.VIEWS,
}
