"""Tests of the backend for uWSGI."""
