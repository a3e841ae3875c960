"""`python -m conformance` is `wsconform`."""

from conformance.cli import main

main()
