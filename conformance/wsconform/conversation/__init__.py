"""Conversations: declarative cases that are played on one connection each, and their judge."""
