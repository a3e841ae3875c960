"""What tests of several modules use: a client, servers to start, a browser."""
