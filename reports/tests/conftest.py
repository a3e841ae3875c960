"""Run files and pages that many tests look at; built once."""

from __future__ import annotations

import pytest

from reports.tests import fixtures
from wsreport.html import render
from wsreport.model import read_run


@pytest.fixture(scope="session")
def files(tmp_path_factory):
    """The paths of the fixture run files by name."""
    place = tmp_path_factory.mktemp("runs")
    builders = (fixtures.passing, fixtures.trouble, fixtures.incomplete)
    return {build.__name__: build(place / f"{build.__name__}.jsonl") for build in builders}


@pytest.fixture(scope="session")
def runs(files):
    """The fixture runs by name."""
    return {name: read_run(path) for name, path in files.items()}


@pytest.fixture(scope="session")
def pages(runs):
    """The HTML of the fixture runs by name."""
    return {name: render([run]) for name, run in runs.items()}


@pytest.fixture
def small(tmp_path):
    """A run file with two cells of three cases, all of which pass."""
    return fixtures.passing(tmp_path / "run.jsonl", {"1": 2, "5": 1}, ("runserver", "gevent"))
