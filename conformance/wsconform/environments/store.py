"""Keep environments in the cache: build each content once, completely or not at all, by one run at a time.

Each environment has a slot: a directory named by the digest of its content, with locks and the installer's log beside
it. The environment is complete when its directory holds `environment.json`, which is written last and renamed into
place; the next run removes what a killed build has left. An environment is built in its final place, because the
scripts of a virtual environment contain its path.
"""

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import platformdirs

from wsconform.environments.installer import Installer
from wsconform.environments.slots import Slot, prune

__all__ = ["KEPT", "Recipe", "cache_root", "obtain"]

#: How many environments to keep, enough for two targets on every server; the least recently used are removed. An
#: environment takes about 20 MB in addition to files shared through uv's cache, or 60 to 120 MB without sharing.
KEPT = 64

_NAME_LENGTH = 20  # digits of the digest: the path in a script's first line must not become too long


@dataclass(frozen=True, slots=True)
class Recipe:
    """How to build an environment.

    Attributes:
        digest: identifies its content.
        announcement: what is being built, for a line before it is.
        build: fills the directory of a slot, and returns what to record: values that JSON can hold. It raises
            BuildError if it cannot.
        program: the name of the interpreter in the environment.
    """

    digest: str
    announcement: str
    build: Callable[[Slot, Installer], Mapping[str, Any]]
    program: str = "python"


def cache_root() -> Path:
    """Return the directory of the environments: below `$WSCONFORM_CACHE`, or else in the user's cache."""
    chosen = os.environ.get("WSCONFORM_CACHE")
    return (Path(chosen) if chosen else platformdirs.user_cache_path("wsconform")) / "environments"


def obtain(
    recipe: Recipe, report: Callable[[str], None], left_behind: Callable[[str], None]
) -> tuple[Slot, dict[str, Any]]:
    """Return the slot of an environment, locked against removal, and its record; build it if there is none.

    Args:
        recipe: how to build it.
        report: called with a line before anything that takes time: a build, or waiting for another run's build.
        left_behind: called with a sentence about processes that a build left behind and that were killed.

    Raises:
        SetupError: it cannot be built.
        OSError: the cache cannot be written.
    """
    slot = Slot(cache_root() / recipe.digest[:_NAME_LENGTH], recipe.program)
    slot.directory.parent.mkdir(parents=True, exist_ok=True)
    slot.in_use.acquire(exclusive=False)
    if not slot.is_complete():
        _build_once(recipe, slot, report, left_behind)
        prune(slot.directory.parent, keep=KEPT)
    slot.marker.touch()
    return slot, json.loads(slot.marker.read_bytes())


def _build_once(recipe: Recipe, slot: Slot, report: Callable[[str], None], left_behind: Callable[[str], None]) -> None:
    """Build the environment, unless another run has built it while we waited."""
    if not slot.in_build.acquire(exclusive=True, wait=False):
        report("waiting for another run that builds the same environment")
        slot.in_build.acquire(exclusive=True)
    try:
        if not slot.is_complete():
            report(recipe.announcement)
            _build(recipe, slot, left_behind)
    finally:
        # A traceback may keep a reference to the lock alive.
        slot.in_build.release()


def _build(recipe: Recipe, slot: Slot, left_behind: Callable[[str], None]) -> None:
    slot.empty()
    slot.log.unlink(missing_ok=True)
    installer = Installer(slot.log, (slot.in_use.descriptor, slot.in_build.descriptor), left_behind)
    try:
        record = recipe.build(slot, installer)
    except BaseException:
        slot.empty()
        raise
    draft = slot.marker.with_suffix(".draft")
    draft.write_text(json.dumps(record, indent=1))
    draft.replace(slot.marker)
