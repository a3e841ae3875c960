"""Check that an environment provides the documented API, by running `probe.py` in it."""

import json
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import Distribution
from pathlib import Path

from wsconform.environments.installed import Installed, description
from wsconform.environments.installer import LARGEST_LOG
from wsconform.errors import IncompatibleError, NotTheApiError
from wsconform.processes.supervised import run
from wsconform.targets.releases import release_of
from wsconform.targets.target import Target

__all__ = ["Findings", "probe", "require_api"]

_PROBE = Path(__file__).with_name("probe.py")
_PROBE_TIMEOUT = 60.0  # seconds
_LONGEST_ANSWER = 1 << 20  # bytes
_LISTED = 8


@dataclass(frozen=True, slots=True)
class Findings:
    """The answer of the probe; `probe.py` describes the fields.

    `error` also says how the probe ended if it could not answer.
    """

    python: str = ""
    directory: str = ""
    absent: tuple[str, ...] = ()
    error: str = ""


def probe(python: Path, package: str, log: Path, left_behind: Callable[[str], None] = lambda _: None) -> Findings:
    """Import and apply `package` with that interpreter.

    Args:
        python: the interpreter of an environment.
        package: the package, whose code runs.
        log: gets its output, appended.
        left_behind: takes a sentence about processes that it left behind and that were killed.

    Raises:
        OSError: the log cannot be written.
    """
    with tempfile.TemporaryDirectory(prefix="wsconform-") as directory, log.open("ab") as output:
        answer = Path(directory, "answer.json")
        command = [str(python), "-I", str(_PROBE), package, str(answer)]
        ended = run(command, output, within=_PROBE_TIMEOUT, largest_log=LARGEST_LOG)
        if ended.left_behind:
            left_behind(f"importing {package} left processes behind, which were killed: {', '.join(ended.left_behind)}")
        if ended.stopped:
            return Findings(error=f"importing it was stopped, because {ended.stopped}")
        if not answer.is_file():
            return Findings(error=f"importing it exited the interpreter with status {ended.status}")
        return _findings(answer)


def _findings(answer: Path) -> Findings:
    """Read the answer, which the package could have changed."""
    try:
        with answer.open("rb") as file:
            match json.loads(file.read(_LONGEST_ANSWER)):
                case {"python": str(python), "directory": str(directory), "absent": [*absent], "error": str(error)}:
                    return Findings(python, directory, tuple(map(str, absent)), error)
    except (ValueError, RecursionError):
        pass
    return Findings(error="importing it corrupted the answer of the probe")


def require_api(target: Target, findings: Findings, installed: Installed, log: Path) -> Distribution:
    """Return the distribution that provides the target's package.

    Args:
        target: the target that was installed.
        findings: the answer of the probe.
        installed: all installed distributions.
        log: the file with the full text of an error.

    Raises:
        NotTheApiError: the package lacks documented names.
        IncompatibleError: the names exist, but importing or using them failed.
    """
    providers = installed.providers(target.package)
    if not providers or not (findings.directory or findings.error):
        raise NotTheApiError(f"{target.name} was installed, but does not provide the package {target.package!r}")
    if findings.absent:
        raise NotTheApiError(_another_project(target, findings, providers[0]))
    if findings.error:
        raise IncompatibleError(_incompatible(target, findings, installed, providers[0], log))
    return providers[0]


def _another_project(target: Target, findings: Findings, provider: Distribution) -> str:
    directory = Path(findings.directory)
    names = sorted(path.name for path in directory.iterdir() if not path.name.startswith("__"))
    has = ", ".join([*names[:_LISTED], *(["…"] if len(names) > _LISTED else [])]) or "nothing else"
    return (
        f"{target.name} provides a package {target.package}, but it is another project: it has no "
        f"{', '.join(findings.absent)} (its package has: {has}; its metadata: {description(provider)})"
    )


def _incompatible(target: Target, findings: Findings, installed: Installed, provider: Distribution, log: Path) -> str:
    django = installed.versions(["Django"])["Django"]
    release = release_of(provider.name, provider.version)
    hint = f"; that release works with {release.django} on Python {release.python[0]}" if release else ""
    return (
        f"{target.name} ({provider.name} {provider.version}) has the documented names, but does not work with "
        f"Django {django} on Python {findings.python}: {findings.error}{hint}; see {log}"
    )
