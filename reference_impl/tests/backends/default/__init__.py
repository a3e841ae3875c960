"""Tests of the backend for WSGI servers written in Python."""
