"""Tests of the reference: the Django layer here, the protocol core in `protocol`."""
