"""Write a run in the formats of other tools: the option `--write` of commands that play, and what `report` writes."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from pathlib import Path
from typing import NamedTuple

import click

from wsreport.formats import FORMATS, Options
from wsreport.model import Run, make_directory
from wsreport.output import replace_text
from wsreport.patterns import nearest

__all__ = ["Output", "prepare", "write", "write_option"]


class Output(NamedTuple):
    """A file to write: the name of its format, and its path."""

    format: str
    path: Path


class _OutputType(click.ParamType[Output]):
    name = "format=file"

    def convert(self, value: str | Output, param: click.Parameter | None, ctx: click.Context | None) -> Output:
        if isinstance(value, Output):
            return value
        name, _, path = value.partition("=")
        if name not in FORMATS:
            near = nearest(FORMATS, name)
            hint = f"did you mean {near}?" if near else f"the formats are {', '.join(FORMATS)}"
            self.fail(f"no format is called {name!r}; {hint}", param, ctx)
        if not path:
            self.fail(f"{value!r} names no file; write {name}={FORMATS[name].file_name}", param, ctx)
        return Output(name, Path(path))


write_option = click.option(
    "--write",
    type=_OutputType(),
    multiple=True,
    metavar="FORMAT=FILE",
    help=f"Write the run also in another format, e.g. junit=junit.xml. Formats: {', '.join(FORMATS)}. Repeatable.",
)


def prepare(outputs: Iterable[Output], kept: Collection[Path], option: str = "--write") -> None:
    """Make the directories of files that will be written.

    Args:
        outputs: the files.
        kept: files that must not be overwritten, such as the run file.
        option: the option that names the files, for messages.

    Raises:
        BadParameter: two outputs have the same file, or a file is a directory or is to be kept.
        OutputError: a directory cannot be made.
    """
    seen: set[Path] = set()
    for _, path in outputs:
        if path.resolve() in seen:
            raise click.BadParameter(f"{path} would be written twice", param_hint=option)
        if path.resolve() in {each.resolve() for each in kept}:
            raise click.BadParameter(f"{path} is needed, and would be overwritten", param_hint=option)
        if path.is_dir():
            raise click.BadParameter(f"{path} is a directory", param_hint=option)
        seen.add(path.resolve())
        make_directory(path.parent)


def write(run: Run, options: Options, outputs: Iterable[Output]) -> None:
    """Write a run in other formats; each file appears all at once.

    Raises:
        OutputError: a file cannot be written; if it existed, it is unchanged.
    """
    for name, path in outputs:
        replace_text(path, FORMATS[name].render(run, options), encoding="utf-8")
