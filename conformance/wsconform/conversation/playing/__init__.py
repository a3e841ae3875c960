"""Play conversations over TCP with Twisted."""
