"""Family W and its like: cases that are played octet by octet on raw sockets, below the WebSocket.

`model` has the cases' words, `events` what is seen, `player` and what it stands on the I/O, `judge` the verdict.
"""
