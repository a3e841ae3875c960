"""One view that is both a page and its WebSocket."""
