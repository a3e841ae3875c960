"""Settings for the tests of the Django layer, and the fixtures that talk to a view and look at a page."""

import django
import pytest
from django.conf import settings

from .support.browser import Browser, chromium, missing
from .support.helpers import Talks

if not settings.configured:
    settings.configure(
        ALLOWED_HOSTS=["testserver", "example.com"],
        CACHES={"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}},
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
        INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "dwebsocket"],
        LOGGING_CONFIG=None,
        MIDDLEWARE=[],
        ROOT_URLCONF=(),
        SECRET_KEY="of no value",
        SESSION_ENGINE="django.contrib.sessions.backends.cache",
        USE_TZ=True,
        WEBSOCKET_CLOSE_TIMEOUT=5,
    )
    django.setup()


def pytest_collection_modifyitems(items):
    """Whatever needs a browser is slow."""
    for item in items:
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.slow)


@pytest.fixture
def talk():
    """Opens WebSockets to views, see `support.helpers.Talks`; every view has ended afterwards."""
    with Talks() as talks:
        yield talks


@pytest.fixture(scope="module")
def one_browser(tmp_path_factory):
    if missing():
        pytest.skip(missing())
    with chromium(tmp_path_factory.mktemp("chromium")) as driver:
        yield Browser(driver)


@pytest.fixture
def browser(one_browser):
    """A browser with nothing open, see `support.browser.Browser`; what its pages complain of fails the test."""
    yield one_browser
    complaints = one_browser.complaints()
    one_browser.close_all()
    assert complaints == []
