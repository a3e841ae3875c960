"""The database of these tests."""

import pytest
from django.core.management import call_command


@pytest.fixture(scope="module", autouse=True)
def tables():
    """The tables of the database in memory; no test runner makes them here."""
    call_command("migrate", run_syncdb=True, verbosity=0)
    yield
    call_command("flush", interactive=False, verbosity=0)
