"""A list for what views find out."""

import pytest

from dwebsocket import require_websocket


class Kept(list):
    """What views have left behind for the test."""

    def view(self, function, decorator=require_websocket):
        """Return a view that appends what the function returns."""
        return decorator(lambda request: self.append(function(request)))


@pytest.fixture
def kept():
    return Kept()
