"""The logger, and escaping of client data, so that a client can neither forge log lines nor control a terminal."""

import logging

__all__ = ["logger", "shown"]

logger = logging.getLogger("dwebsocket")

# Characters. A client may send 64 KiB in one header field, and each of its requests may be logged.
_LONGEST = 1000


def shown(text: str) -> str:
    """Prepare text from a client for a log line: escape it as Django's `log_response` does, and limit its length."""
    cut = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
    return cut.encode("unicode_escape").decode("ascii")
