"""Scripts: cases that are played step by step on plain TCP connections, and their judge."""
