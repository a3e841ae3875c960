"""A WSGI application on gevent.pywsgi: MODULE PORT."""

from gevent import monkey

monkey.patch_all()

import sys  # noqa: E402
from importlib import import_module  # noqa: E402

from gevent.pywsgi import WSGIServer  # noqa: E402

application = import_module(sys.argv[1]).application
WSGIServer(("127.0.0.1", int(sys.argv[2])), application, log=None).serve_forever()
