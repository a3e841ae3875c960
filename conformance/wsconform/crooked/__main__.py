"""Run one of the crooked servers until the process is killed."""

from __future__ import annotations

import os
import sys
import threading

from wsconform.crooked import CROOKED, serving

if len(sys.argv) != 3 or sys.argv[1] not in CROOKED:
    sys.exit(f"usage: python -m wsconform.crooked NAME PORT\nNAME: {', '.join(CROOKED)}")

with serving(CROOKED[sys.argv[1]], int(sys.argv[2]), die=lambda: os._exit(13)) as url:
    print(url, flush=True)  # noqa: T201 (the URL is the command's output)
    threading.Event().wait()
