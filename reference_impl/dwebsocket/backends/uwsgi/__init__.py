"""The backend for uWSGI, which has file descriptors instead of socket objects."""
