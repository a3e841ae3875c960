"""How much memory an object holds."""

from __future__ import annotations

import gc
import sys
from types import BuiltinFunctionType, FunctionType, ModuleType

SHARED = type, ModuleType, FunctionType, BuiltinFunctionType


def footprint(root: object) -> int:
    """The octets of all objects that can be reached from ``root``, without classes, functions and modules.

    What zlib holds is not among them; it does not depend on the data.
    """
    seen, left, total = {id(root)}, [root], 0
    while left:
        one = left.pop()
        total += sys.getsizeof(one)
        for other in gc.get_referents(one):
            if id(other) not in seen and not isinstance(other, SHARED):
                seen.add(id(other))
                left.append(other)
    return total
