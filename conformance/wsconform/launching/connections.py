"""What /proc tells of TCP connections on this machine: whether a process still holds one. Opens none."""

import socket
import sys
from pathlib import Path

__all__ = ["held"]

_TABLE = Path("/proc/net/tcp")

# Positions in a row, see proc(5).
_LOCAL, _REMOTE, _INODE = 1, 2, 9


def held(host: str, port: int, peer_port: int) -> bool | None:
    """Tell whether some process has the end at `host` and `port` of a connection from `peer_port` of the same host.

    What the kernel keeps after all have closed it, to finish or to time out, is held by nobody. None where there
    is no /proc.
    """
    try:
        rows = _TABLE.read_text().splitlines()[1:]
    except OSError:
        return None
    ends = _end(host, port), _end(host, peer_port)
    fields = (row.split() for row in rows)
    return any((row[_LOCAL], row[_REMOTE]) == ends and row[_INODE] != "0" for row in fields)


def _end(host: str, port: int) -> str:
    """Return an IPv4 address and a port as the table has them: the address as a number of this machine."""
    return f"{int.from_bytes(socket.inet_aton(host), sys.byteorder):08X}:{port:04X}"
