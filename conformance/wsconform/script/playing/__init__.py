"""Play scripts on plain TCP connections, in threads."""
