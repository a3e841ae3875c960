"""The project around the chat: settings and addresses."""
