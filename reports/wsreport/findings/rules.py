"""The table by which results are grouped into findings.

The first rule that matches a result decides which mistake it shows. A rule with `hides` explains failures that later
rules would list. To teach the suite a mistake, add a row above the rules of its table that take what is left.
"""

from __future__ import annotations

from wsreport.findings.model import Rule, Where
from wsreport.findings.rules_api import ACCEPTING, API, OTHERS
from wsreport.findings.rules_basic import BASICS, HANDSHAKES
from wsreport.findings.rules_frames import CLOSING, FRAMES, MESSAGES

__all__ = ["RULES"]

#: In this order. The first that matches a result decides.
RULES: tuple[Rule, ...] = (
    *HANDSHAKES,
    *BASICS,
    *OTHERS,
    *FRAMES,
    *CLOSING,
    *MESSAGES,
    *API,
    *ACCEPTING,
    Rule("clause", "Not kept: {text}", Where(), key="{clause}", known=False),
)
