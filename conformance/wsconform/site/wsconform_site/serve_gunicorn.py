"""Options of gunicorn that some versions lack: a module may set unknown names, a command line may not.

It also keeps gunicorn from reading a `gunicorn.conf.py` that happens to lie where the suite is run.
"""

# It would leave a socket file behind.
control_socket_disable = True
