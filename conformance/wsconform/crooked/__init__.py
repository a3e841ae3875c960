"""Echo servers with deliberate faults or oddities, to test the suite itself.

    python -m wsconform.crooked NAME PORT

`honest` breaks no rule. Each other server in `CROOKED` differs from it in one way: it breaks a rule (`faults`), or does
something unusual that the RFCs allow (`oddities`). `server` has the threads, `opening` and `requests` the opening
handshake, `negotiation` and `deflate` the compression, and `connection` and `frames` the frames. These are correct, and
a server replaces what it does in another way. To add one, add a row to a table.
"""

from __future__ import annotations

from wsconform.crooked import faults, oddities
from wsconform.crooked.connection import Connection
from wsconform.crooked.model import Crooked
from wsconform.crooked.server import serving

__all__ = ["CROOKED", "MUTANTS", "Connection", "Crooked", "serving"]

#: All servers, by name.
CROOKED = {crooked.name: crooked for crooked in (*faults.SERVERS, *oddities.SERVERS)}
#: Those that the suite is judged by: faults and legal oddities.
MUTANTS = {name: crooked for name, crooked in CROOKED.items() if crooked.level is not None}
