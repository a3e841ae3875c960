"""`wsconform peers`: list, build and test independent implementations."""

from __future__ import annotations

from dataclasses import replace

import click
from click.shell_completion import CompletionItem

from wsconform.cases import CATALOGUE
from wsconform.commands.cells import jobs_option, play_cells, resume_option, resumed
from wsconform.commands.options import Playing, playing_options
from wsconform.commands.output import echo, echo_error
from wsconform.environments.peers import make_peer_environment
from wsconform.errors import ExitCode, NothingSelectedError, SetupError
from wsconform.kind import AnyCase
from wsconform.matrix.peers import PeerSpec
from wsconform.matrix.recording import output_directory
from wsconform.peers import BASELINE, PEERS, find_peers
from wsconform.selection import select, with_profile
from wsreport import model as lines
from wsreport.baseline import entries

__all__ = ["peers"]

_PROFILE_OF_BASELINE = "standard"


def _complete(_: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    return [CompletionItem(peer.name, help=peer.summary) for peer in PEERS.values() if peer.name.startswith(incomplete)]


_names = click.argument("names", metavar="[NAME]...", nargs=-1, shell_complete=_complete)
_latest = click.option("--latest", is_flag=True, help="Install the newest versions instead of the pinned ones.")


@click.group()
def peers() -> None:
    """Test independent implementations of WebSocket.

    A peer is an echo server with a well-known library, which the suite installs, starts and stops itself. Its known
    deviations are recorded, each with the reason.
    """


@peers.command("list")
def list_() -> int:
    """List the peers with their pinned versions."""
    for peer in PEERS.values():
        echo(f"{peer.name:<20} {peer.version:<15} {peer.language:<15} {peer.summary}")
    return 0


@peers.command()
@_names
@_latest
def build(names: tuple[str, ...], latest: bool) -> int:
    """Install the peers of these NAMEs, or all, without testing them."""
    failed = 0
    for peer in find_peers(names):
        try:
            environment = make_peer_environment(peer, latest=latest, report=echo)
        except SetupError as error:
            failed += 1
            echo_error(f"wsconform: {error}")
        else:
            echo(f"{peer.name}: {', '.join(' '.join(each) for each in environment.versions.items())}")
    return ExitCode.SETUP_FAILED if failed else ExitCode.PASSED


@peers.command()
@_names
@_latest
@jobs_option
@resume_option
@playing_options
def run(names: tuple[str, ...], latest: bool, jobs: int | None, resume: bool, playing: Playing) -> int:
    """Install, start and test the peers of these NAMEs, or all.

    Plays the cases that need no server of the suite's own, as `wsconform run` does. Without --baseline, the run is held
    against the recorded deviations that come with the suite: the exit code is 0 if all is as recorded.
    """
    chosen = [PeerSpec(peer.name, latest) for peer in find_peers(names)]
    cases = _cases(playing)
    plan = lines.Plan(
        tuple(spec.planned() for spec in chosen), tuple(case.id for case in cases), playing.profile, playing.repeat
    )
    directory = resumed(playing.output) if resume else output_directory(playing.output)
    return play_cells(chosen, plan, cases, _gated(playing, len(chosen)), directory, jobs=jobs, resume=resume)


def _cases(playing: Playing) -> list[AnyCase]:
    """Return the cases to play.

    Raises:
        NothingSelectedError: none can be played on a peer.
    """
    chosen = with_profile(select(CATALOGUE, playing.cases, playing.exclude), playing.profile)
    cases: list[AnyCase] = [case for case in chosen if not case.own_server]
    if not cases:
        families = " and ".join(sorted({case.family for case in chosen}))
        raise NothingSelectedError(f"family {families} needs a site of the suite: use wsconform matrix")
    return cases


def _gated(playing: Playing, count: int) -> Playing:
    """Return the options with the recorded deviations as baseline, unless another one was given."""
    gating = playing.gating
    if gating.baseline is not None:
        return playing
    is_whole = (
        count == len(PEERS) and playing.profile == _PROFILE_OF_BASELINE and not playing.cases and not playing.exclude
    )
    recorded = replace(gating, baseline=entries.read(BASELINE), partial=gating.partial or not is_whole)
    return replace(playing, gating=recorded)
