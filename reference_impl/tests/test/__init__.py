"""Tests of the test client for views."""
