"""`wsconform doctor`: what can be tested on this machine."""

from __future__ import annotations

import platform

import click

from wsconform import __version__
from wsconform.commands.output import echo
from wsconform.doctor.checks import checks
from wsconform.doctor.findings import describe, to_json
from wsconform.doctor.probes import examine
from wsconform.servers import SERVERS
from wsconform.targets import TARGETS

__all__ = ["doctor"]

#: Seconds for all checks together.
WITHIN = 30.0


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
def doctor(as_json: bool) -> int:
    """Report what can be tested on this machine.

    Looks for Pythons, compiler and headers, the package index, space, ports and limits, and says how to get what is
    missing. Installs nothing. Takes up to 30 seconds. The exit code is 0 whatever is missing.
    """
    findings = examine(checks(SERVERS.values(), TARGETS.values()), within=WITHIN)
    if as_json:
        echo(to_json(findings, list(SERVERS)))
    else:
        machine = f"{platform.system()} {platform.machine()}"
        echo(f"wsconform {__version__} on Python {platform.python_version()}, {machine}\n")
        for line in describe(findings, list(SERVERS)):
            echo(line)
    return 0
