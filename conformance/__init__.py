"""wsconform: is a WebSocket implementation right? Cases, the player that plays them, the judge."""

__version__ = "0.1.0"
