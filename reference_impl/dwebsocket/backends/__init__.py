"""Ways to take a connection over from a server, one package each; refuses to know them."""
