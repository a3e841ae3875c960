"""Play clauses of the API contract with websocket-client and http.client."""
