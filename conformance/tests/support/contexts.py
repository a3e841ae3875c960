"""What a cell provides to a kind of case, for tests of runners."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import Any

from wsconform.kind import Calibration, CellContext, Settings

__all__ = ["cell_context"]


def cell_context(
    launch: Callable[[Mapping[str, object]], AbstractContextManager[Any]],
    report: Callable[[Any], None],
    *,
    replays: bool = True,
    **options: Any,
) -> CellContext:
    """A cell whose server holds eight connections, but for what is said otherwise."""
    settings = Settings(replays=replays)
    return CellContext(None, settings, Calibration(reached=True), report, launch=launch, **{"capacity": 8, **options})
