"""Write what clients send into log lines, so that no client can forge a line or reach a terminal."""

import logging

__all__ = ["logger", "shown"]

logger = logging.getLogger("dwebsocket")

# Characters. A client may send 64 KiB in one field, and each of its requests may cost a line.
_LONGEST = 1000


def shown(text: str) -> str:
    """Return text of a client for a log line: escaped as Django's `log_response` does, and of limited length."""
    cut = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
    return cut.encode("unicode_escape").decode("ascii")
