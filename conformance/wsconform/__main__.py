"""`python -m wsconform` is `wsconform`."""

from wsconform.cli import main

main()
