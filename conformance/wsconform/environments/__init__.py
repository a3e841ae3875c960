"""Build and cache the virtual environments in which targets and servers are installed."""
