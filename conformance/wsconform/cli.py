"""The command line: the subcommands, and how errors become exit codes."""

from __future__ import annotations

import difflib
import importlib
import io
import os
import sys
import traceback

import click

from wsconform import __version__
from wsconform.commands.output import echo_error, flush, is_output_error, open_missing
from wsconform.errors import ConformanceError, ExitCode
from wsreport.model import RunError

__all__ = ["main"]

EPILOG = """\b
Exit codes:
  0 passed
  1 failed
  2 wrong usage, or output cannot be written
  3 harness error: a bug of wsconform
  4 incomplete: the run was cut short, or the server was lost
  5 nothing selected
  6 set-up failed: a server cannot be reached, installed or started
  130 interrupted
"""


#: Where each subcommand is. Each is imported when it is called: `run` needs Twisted, which takes a second to import,
#: and `list` does not.
COMMANDS = {
    "run": "wsconform.commands.run:run",
    "matrix": "wsconform.commands.matrix:matrix",
    "peers": "wsconform.commands.peers:peers",
    "list": "wsconform.commands.catalogue:list_",
    "show": "wsconform.commands.catalogue:show",
    "report": "wsconform.commands.report:report",
    "merge": "wsconform.commands.report:merge_",
    "findings": "wsconform.commands.findings:findings",
    "gate": "wsconform.commands.gate:gate",
    "baseline": "wsconform.commands.baseline:baseline",
    "parity": "wsconform.commands.parity:parity",
    "coverage": "wsconform.commands.coverage:coverage",
    "mutants": "wsconform.commands.mutants:mutants",
    "doctor": "wsconform.commands.doctor:doctor",
}

#: The environment variable by which a shell asks click for completions, and the values that print its set-up.
_COMPLETE = "_WSCONFORM_COMPLETE"
_SET_UPS = "bash_source", "zsh_source", "fish_source"


class _Group(click.Group):
    def list_commands(self, _: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, _: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        module, _colon, attribute = COMMANDS[name].partition(":")
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            near = difflib.get_close_matches(args[0], COMMANDS)
            hint = f" Did you mean {' or '.join(near)}?" if near else ""
            raise click.UsageError(error.message + hint, ctx) from None


@click.group(cls=_Group, epilog=EPILOG)
@click.version_option(__version__, prog_name="wsconform")
def cli() -> None:
    """Test whether a WebSocket server conforms to RFC 6455, with evidence for every verdict.

    Start with `wsconform matrix`, or with `wsconform run URL` for your own server.
    """


def main() -> None:
    """Run the command line and exit with a documented code."""
    code = _exit_code() if open_missing() else _complain("standard output is closed", ExitCode.USAGE)
    if problem := flush():
        code = _complain(f"standard output cannot be written: {problem}", ExitCode.USAGE)
        flush()
    sys.exit(code)


def _exit_code() -> int:
    try:
        return int(cli(standalone_mode=False) or 0)
    except click.exceptions.Abort:
        return ExitCode.INTERRUPTED
    except click.ClickException as error:
        _show(error)
        return ExitCode.USAGE
    except ConformanceError as error:
        return _complain(error, error.exit_code)
    except RunError as error:
        return _complain(error, ExitCode.USAGE)
    except KeyboardInterrupt:
        return ExitCode.INTERRUPTED
    except SystemExit as ended:
        # Only click raises it: after it has printed completions, or when nothing reads standard output.
        if _COMPLETE in os.environ:
            return _completed(ended.code)
        return _complain("standard output cannot be written: Broken pipe", ExitCode.USAGE)
    except OSError as error:
        if not is_output_error(error):
            return _our_fault()
        where = error.filename or "standard output"
        return _complain(f"{where} cannot be written: {error.strerror}", ExitCode.USAGE)
    except Exception:
        return _our_fault()


def _completed(code: object) -> int:
    if not code:
        return ExitCode.PASSED
    return _complain(
        f"{_COMPLETE}={os.environ[_COMPLETE]}: no such shell; choose {', '.join(_SET_UPS)}", ExitCode.USAGE
    )


def _our_fault() -> ExitCode:
    echo_error(traceback.format_exc())
    return _complain(
        "this is a bug of wsconform, not of the server; please report it with the lines above", ExitCode.HARNESS_ERROR
    )


def _show(error: click.ClickException) -> None:
    """Print click's message about an error, which quotes the command line."""
    said = io.StringIO()
    error.show(said)
    echo_error(said.getvalue().rstrip("\n"))


def _complain(error: object, code: ExitCode) -> ExitCode:
    echo_error(f"wsconform: {error}")
    return code
