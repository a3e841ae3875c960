"""The command line: subcommands, and the one place where errors become exit codes."""

from __future__ import annotations

import sys
import traceback

import click

from conformance import __version__
from conformance.commands.catalogue import list_, show
from conformance.commands.matrix import matrix
from conformance.commands.report import parity, report
from conformance.commands.run import run
from conformance.errors import ConformanceError, ExitCode
from conformance.servers.errors import SetupError
from reports.model import RunFileError

__all__ = ["main"]

EPILOG = """\b
Exit codes:
  0 passed            4 incomplete: cut short, or the server was lost
  1 failed            5 nothing selected
  2 usage             6 set-up failed: not reachable, not installable
  3 harness error   130 interrupted
"""


@click.group(epilog=EPILOG)
@click.version_option(__version__, prog_name="wsconform")
def cli() -> None:
    """Find out whether a WebSocket implementation is right, and prove it."""


for _command in (run, matrix, list_, show, report, parity):
    cli.add_command(_command)


def main() -> None:
    """Run the command line and exit with a documented code."""
    sys.exit(_exit_code())


def _exit_code() -> int:
    try:
        return int(cli(standalone_mode=False) or 0)
    except click.exceptions.Abort:
        return ExitCode.INTERRUPTED
    except click.ClickException as error:
        error.show()
        return ExitCode.USAGE
    except ConformanceError as error:
        return _complain(error, error.exit_code)
    except SetupError as error:
        return _complain(error, ExitCode.SETUP_FAILED)
    except RunFileError as error:
        return _complain(error, ExitCode.USAGE)
    except KeyboardInterrupt:
        return ExitCode.INTERRUPTED
    except Exception:
        traceback.print_exc()
        return _complain("this is a fault of wsconform, not of the server; please report it", ExitCode.HARNESS_ERROR)


def _complain(error: object, code: ExitCode) -> ExitCode:
    click.echo(f"wsconform: {error}", err=True)
    return code
