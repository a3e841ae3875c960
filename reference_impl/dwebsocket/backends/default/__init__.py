"""The backend for WSGI servers written in Python."""
