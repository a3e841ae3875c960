"""The API contract: clauses that users of a target rely on, and how they are judged."""
