"""The views that clauses of the API contract talk to, by name: each at `/a/NAME`.

Written against the target's documented API only, and for the oldest Python and Django that a target may need
(Python 3.6, Django 3.0). What a target may lack is looked up inside views, so that only the clause that needs it
notices.
"""

from . import (
    accounts,
    calls,
    closing,
    decorators,
    guides,
    legacy,
    listing,
    names,
    offline,
    pages,
    peers,
    receiving,
    requests,
    sending,
    sessions,
    stacks,
    threads,
    tuning,
)

__all__ = ["VIEWS"]

VIEWS = {
    **accounts.VIEWS,
    **calls.VIEWS,
    **closing.VIEWS,
    **decorators.VIEWS,
    **guides.VIEWS,
    **legacy.VIEWS,
    **listing.VIEWS,
    **names.VIEWS,
    **offline.VIEWS,
    **pages.VIEWS,
    **peers.VIEWS,
    **receiving.VIEWS,
    **requests.VIEWS,
    **sending.VIEWS,
    **sessions.VIEWS,
    **stacks.VIEWS,
    **threads.VIEWS,
    **tuning.VIEWS,
}
