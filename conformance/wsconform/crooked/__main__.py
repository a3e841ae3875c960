"""Run one of the crooked servers until the process is killed, or until standard input ends if a `-` is given."""

from __future__ import annotations

import os
import sys
import threading

from wsconform.crooked import CROOKED, serving

_, *words = sys.argv
name, port, with_input = (*words[:2], words[2:] == ["-"]) if len(words) in (2, 3) else ("", "", False)
if name not in CROOKED or (words[2:] and not with_input):
    sys.exit(f"usage: python -m wsconform.crooked NAME PORT [-]\nNAME: {', '.join(CROOKED)}")

with serving(CROOKED[name], int(port), die=lambda: os._exit(13)) as url:
    print(url, flush=True)  # noqa: T201 (the URL is the command's output)
    if with_input:
        sys.stdin.read()
        os._exit(0)
    threading.Event().wait()
