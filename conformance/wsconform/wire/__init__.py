"""The WebSocket protocol on the wire, without I/O: frames, extensions, opening handshakes (RFC 6455, RFC 7692)."""
