"""The backend for uWSGI, whose sockets are descriptors and no objects."""
