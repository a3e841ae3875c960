"""Tests of the reference. They mirror `dwebsocket`; those of more than one module are in `integration`."""
