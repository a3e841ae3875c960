"""Start servers on this machine, supervise their processes, and stop them."""
