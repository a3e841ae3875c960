"""Check that an environment provides the documented API, by running `probe.py` in it."""

import json
import subprocess
from dataclasses import dataclass
from importlib.metadata import Distribution
from pathlib import Path

from wsconform.environments.installed import Installed, description
from wsconform.errors import IncompatibleError, NotTheApiError
from wsconform.targets.releases import release_of
from wsconform.targets.target import Target

__all__ = ["Findings", "probe", "require_api"]

_PROBE = Path(__file__).with_name("probe.py")
_PROBE_TIMEOUT = 60  # seconds
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


def probe(python: Path, package: str, log: Path) -> Findings:
    """Import and apply `package` with that interpreter; append its output to `log`."""
    command = [str(python), "-I", str(_PROBE), package]
    with log.open("ab") as errors:
        try:
            done = subprocess.run(
                command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors, timeout=_PROBE_TIMEOUT
            )
        except subprocess.TimeoutExpired:
            return Findings(error=f"importing it did not end in {_PROBE_TIMEOUT} s")
    if not done.stdout:
        return Findings(error=f"importing it ended the interpreter with status {done.returncode}")
    answer = json.loads(done.stdout)
    return Findings(**{**answer, "absent": tuple(answer["absent"])})


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
        raise NotTheApiError(f"nothing that {target.name} installs provides the package {target.package!r}")
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
        f"{', '.join(findings.absent)} (its package has: {has}; its metadata say: {description(provider)})"
    )


def _incompatible(target: Target, findings: Findings, installed: Installed, provider: Distribution, log: Path) -> str:
    django = installed.versions(["Django"])["Django"]
    release = release_of(provider.name, provider.version)
    hint = f"; that release works with {release.django} on Python {release.python[0]}" if release else ""
    return (
        f"{target.name} ({provider.name} {provider.version}) has the documented names, but does not work with "
        f"Django {django} on Python {findings.python}: {findings.error}{hint}; see {log}"
    )
