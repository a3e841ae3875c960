"""The API contract: sentences that users of a target rely on, each with a view and the conversation that shows it."""
