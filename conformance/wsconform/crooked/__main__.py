"""Run one of the crooked servers until the process is killed, or until standard input ends if a `-` is given."""

from __future__ import annotations

import os
import sys
import threading

from wsconform.crooked import CROOKED, serving

name, port, *more = *sys.argv[1:], "", ""
if name not in CROOKED or not port or more[:-2] not in ([], ["-"]):
    sys.exit(f"usage: python -m wsconform.crooked NAME PORT [-]\nNAME: {', '.join(CROOKED)}")

with serving(CROOKED[name], int(port), die=lambda: os._exit(13)) as url:
    print(url, flush=True)  # noqa: T201 (the URL is the command's output)
    if "-" in more:
        sys.stdin.read()
        os._exit(0)
    threading.Event().wait()
