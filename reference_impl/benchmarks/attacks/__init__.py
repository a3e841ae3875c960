"""What one client can do to a server and to its other clients: attacks, and the cost of each in figures.

    cd reference_impl
    python -m benchmarks.attacks --server gevent --attack chat
    python -m benchmarks.attacks --server supported --target ../../old-checkout/reference_impl --json old.json

`site/` is the project that is attacked, `client.py` a client that can do what no honest one does, `measures.py` reads
what the server's processes hold and use. Each attack is a function in a module of its own: it gets an
`attacked.Attacked`, and returns figures by name. `launching.py` starts any server of the suite's table with any
checkout of the reference; tests start servers of their own.
"""
