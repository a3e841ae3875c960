"""A conformance and compatibility suite for WebSocket implementations."""

__version__ = "0.1.0"
