"""Serve the project with gevent's pywsgi: `python -m wsconform_site.serve_gevent HOST PORT`.

A site that uses gevent patches the standard library before anything else is imported; so does this one.
"""

# gevent is installed where this runs, not where types are checked.
# mypy: disable-error-code="import-not-found,import-untyped"

# isort: off
from gevent import monkey

monkey.patch_all()

import sys  # noqa: E402  (after the patch, as explained)

from gevent.pywsgi import WSGIServer  # noqa: E402

from .wsgi import application  # noqa: E402
# isort: on

if __name__ == "__main__":
    WSGIServer((sys.argv[1], int(sys.argv[2])), application).serve_forever()
