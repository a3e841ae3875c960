"""The backends: how a connection is taken over from a server, one package each."""
