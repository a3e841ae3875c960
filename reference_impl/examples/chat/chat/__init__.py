"""The chat: an app to be put into any project."""
