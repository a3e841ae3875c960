"""The backend for WSGI servers written in Python, where the socket is an object that can be found."""
