"""Options of gunicorn that not every version has: unlike a command line, a module may name what is unknown there.

It also keeps gunicorn from reading a `gunicorn.conf.py` that happens to lie where the suite is run.
"""

# It would leave a socket file behind.
control_socket_disable = True
