"""Check whether a release can be made, and print what it would publish. It publishes nothing.

Called by `ci/release`, from the root of the checkout. All checks are made, also after one has failed. Exit codes:
0 all checks passed, 1 a check failed or could not be made, 2 wrong usage, 130 interrupted.
"""

from __future__ import annotations

import argparse
import io
import re
import subprocess
import sys
import tarfile
import tempfile
import tomllib
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from wsreport.model import RunError, read_run

ROOT = Path(__file__).resolve().parents[1]
BASELINE = ROOT / "ci" / "baseline.toml"
#: The folder of each distribution.
DISTRIBUTIONS = {"wsconform": ROOT, "dwebsocket": ROOT / "reference_impl"}
PROFILES = "standard", "full"
#: What the gate of a release plays, if no run file is given.
MATRIX = ("--server", "plain", "--profile", "standard")
#: Seconds that a command may take, and how many lines of its output are shown if it fails.
WITHIN = 7200
SHOWN = 15


@dataclass
class Release:
    """What the checks work on.

    Attributes:
        run: the run file that must pass the gate; None: the matrix is played.
        place: where distributions are built.
    """

    run: Path | None
    place: Path


Check = Callable[[Release], Iterator[str]]


def check_version(_: Release) -> Iterator[str]:
    """Compare the versions of each distribution with its change log and with other files."""
    for name, folder in DISTRIBUTIONS.items():
        version, (heading, _, _) = _version(folder), _top_entry(folder)
        if heading != version:
            yield (
                f"{name}: pyproject.toml has version {version}, and the top entry of CHANGELOG.md is "
                f"{heading or 'missing'}. Make them equal."
            )
    version = _version(ROOT)
    others = {
        "conformance/wsconform/__init__.py": rf'__version__ = "{re.escape(version)}"',
        "CITATION.cff": rf"(?m)^version: {re.escape(version)}$",
    }
    for path, pattern in others.items():
        if not re.search(pattern, (ROOT / path).read_text("utf-8")):
            yield f"wsconform: {path} does not have version {version} of pyproject.toml. Change it there."


def check_changelog(_: Release) -> Iterator[str]:
    """Require that each top entry has a date that is not in the future, and some changes."""
    for name, folder in DISTRIBUTIONS.items():
        version, day, changes = _top_entry(folder)
        if day == "Unreleased":
            yield f"{name}: {version} in CHANGELOG.md is Unreleased. Write the date of the release."
        elif not _is_past(day):
            entry = version or "the top entry"
            yield f"{name}: the date of {entry} in CHANGELOG.md is {day!r}. Write one like 2026-03-01."
        if not re.search(r"^- \S", changes, re.MULTILINE):
            yield f"{name}: {version or 'the top entry'} in CHANGELOG.md lists no change. Say what users notice."


def check_tree(_: Release) -> Iterator[str]:
    """Require that everything is committed, and that no tag of this version exists for another commit."""
    if changed := _output("git", "status", "--porcelain").splitlines():
        more = f" and {len(changed) - 3} more" if len(changed) > 3 else ""
        yield f"Not committed: {', '.join(line[3:] for line in changed[:3])}{more}. Commit or remove it."
    head = _output("git", "rev-parse", "HEAD").strip()
    for tag in _tags():
        tagged = _output("git", "for-each-ref", "--format=%(objectname) %(*objectname)", f"refs/tags/{tag}").split()
        if tagged and head not in tagged:
            yield f"The tag {tag} is on another commit. Raise the version, or delete the tag if it was never pushed."


def check_gate(release: Release) -> Iterator[str]:
    """Require a complete run of the reference at this commit that passes the gate."""
    run = release.run
    if run is None:
        run = release.place / "run" / "run.jsonl"
        _command("./ci/conform", *MATRIX, "--output", str(run.parent))  # the gate says more than its exit code
    try:
        header = read_run(run).header
    except (OSError, RunError) as error:
        yield f"There is no run to be judged: {error}. Play the matrix, or give its run file with --run."
        return
    head = _output("git", "rev-parse", "HEAD").strip()
    commit = header.suite.commit or "no commit"
    if commit != head:
        yield f"{run} was played at {commit[:12]}, and this is {head[:12]}. Play it again."
    if header.plan.profile not in PROFILES:
        yield f"{run} was played with the profile {header.plan.profile}. Play it with {' or '.join(PROFILES)}."
    if others := {cell.target for cell in header.plan.cells} - {"reference"}:
        yield f"{run} is about {', '.join(sorted(others))}. Play the reference."
    baseline = ("--baseline", str(BASELINE)) if BASELINE.exists() else ()
    failed = _command(sys.executable, "-m", "wsconform", "gate", str(run), *baseline)
    if failed:
        yield f"The gate refuses {run}. Fix what it names:\n{failed}"


def check_wheels(release: Release) -> Iterator[str]:
    """Build both distributions from what is committed, and check their metadata and content."""
    source, dist = release.place / "source", release.place / "dist"
    with tarfile.open(fileobj=io.BytesIO(_bytes("git", "archive", "HEAD"))) as archive:
        archive.extractall(source, filter="data")
    for name, folder in DISTRIBUTIONS.items():
        project = source / folder.relative_to(ROOT)
        if failed := _command(sys.executable, "-m", "build", "--outdir", str(dist), str(project)):
            yield f"{name} cannot be built. The end of the output of python -m build:\n{failed}"
            continue
        version = _version(folder)
        for file in (f"{name}-{version}.tar.gz", f"{name}-{version}-py3-none-any.whl"):
            if not (dist / file).is_file():
                yield f"{name}: the build did not make {file}. Compare the version and the build backend."
        yield from _wheel_problems(name, dist / f"{name}-{version}-py3-none-any.whl")
    files = _distributions(release)
    if files and (failed := _command(sys.executable, "-m", "twine", "check", "--strict", *map(str, files))):
        yield f"twine check refuses the distributions. Fix their metadata:\n{failed}"


def check_docs(_: Release) -> Iterator[str]:
    """Build the documentation, in which a warning is an error."""
    if failed := _command(".venv/bin/tox", "-q", "run", "-e", "docs"):
        yield f"The documentation cannot be built. Fix what is named:\n{failed}"


CHECKS: dict[str, Check] = {
    "version": check_version,
    "changelog": check_changelog,
    "tree": check_tree,
    "wheels": check_wheels,
    "docs": check_docs,
    "gate": check_gate,
}


def main() -> int:
    """Run the checks that the command line names, and return the exit code."""
    about, codes = (__doc__ or "").strip().split("\n\n")
    parser = argparse.ArgumentParser(prog="ci/release", description=about, epilog=codes)
    parser.add_argument(
        "--run", type=Path, metavar="RUN", help="run file for the gate; by default the matrix is played"
    )
    parser.add_argument("--only", action="append", choices=CHECKS, metavar="CHECK", help=f"one of {', '.join(CHECKS)}")
    options = parser.parse_args()
    failed = 0
    with tempfile.TemporaryDirectory(prefix="release-") as place:
        release = Release(options.run and options.run.resolve(), Path(place))
        for name in options.only or CHECKS:
            problems = list(CHECKS[name](release))
            failed += bool(problems)
            print(f"{name}: {'failed' if problems else 'passed'}", flush=True)
            for problem in problems:
                print("  " + problem.replace("\n", "\n    "), flush=True)
        if failed:
            print(f"No release: {failed} of {len(options.only or CHECKS)} checks failed.")
        elif options.only:
            print(f"Only {', '.join(options.only)} was checked. Run ci/release without --only before a release.")
        else:
            _print_plan(release)
    return 1 if failed else 0


def _print_plan(release: Release) -> None:
    print("A release would publish:")
    for path in _distributions(release):
        print(f"  {path.name}, {path.stat().st_size:,} bytes")
    print("with the tags:")
    for tag in _tags():
        print(f"  {tag} on {_output('git', 'rev-parse', '--short', 'HEAD').strip()}")
    print(
        "Nothing was published. To do so, build both again from this commit, upload them with twine, and push the tags."
    )


def _version(folder: Path) -> str:
    version: str = tomllib.loads((folder / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    return version


def _top_entry(folder: Path) -> tuple[str, str, str]:
    """Return the version, the date and the changes of the newest entry of a change log; empty if there is none."""
    text = (folder / "CHANGELOG.md").read_text("utf-8")
    found = re.search(r"^## \[(\S+)\] - (\S+)\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    return (found[1], found[2], found[3]) if found else ("", "", "")


def _is_past(day: str) -> bool:
    try:
        return date.fromisoformat(day) <= datetime.now(UTC).date()
    except ValueError:
        return False


def _tags() -> list[str]:
    return [f"{name}-{_version(folder)}" for name, folder in DISTRIBUTIONS.items()]


def _wheel_problems(name: str, wheel: Path) -> Iterator[str]:
    if not wheel.is_file():
        return
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    for part in ("licenses/LICENSE", f"{name}/py.typed"):
        if not any(each.endswith(part) for each in names):
            yield f"{wheel.name} has no {part}. See package-data in pyproject.toml."
    if tests := [each for each in names if "/tests/" in f"/{each}"]:
        yield f"{wheel.name} has tests in it, such as {tests[0]}. See packages.find in pyproject.toml."


def _distributions(release: Release) -> list[Path]:
    return sorted((release.place / "dist").glob("*"))


def _output(*command: str) -> str:
    return _bytes(*command).decode("utf-8", "replace")


def _bytes(*command: str) -> bytes:
    return subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, timeout=WITHIN).stdout


def _command(*command: str) -> str:
    """Run a command; return the end of its output if it failed, else nothing."""
    try:
        done = subprocess.run(
            command,
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=WITHIN,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    if done.returncode == 0:
        return ""
    return "\n".join(done.stdout.splitlines()[-SHOWN:]) or f"exit code {done.returncode}"


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
    except (subprocess.SubprocessError, OSError) as error:
        sys.exit(f"ci/release: {error}")
