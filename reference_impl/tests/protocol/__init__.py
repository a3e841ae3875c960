"""Tests of the protocol core: octets and values, no sockets."""
