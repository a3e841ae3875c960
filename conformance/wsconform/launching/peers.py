"""Start the echo server of a peer, and end it with the block.

environment = make_peer_environment(peer, report=print)
with launch_peer(peer, environment, log_directory=Path("logs")) as running:
    print(running.url)
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from wsconform.environments.peers import PeerEnvironment
from wsconform.launching.program import Program, inherited, path_with, running_program
from wsconform.launching.running import Running
from wsconform.peers import Peer
from wsconform.processes.supervised import LARGEST_MEMORY

__all__ = ["launch_peer"]

_HOST = "127.0.0.1"


@contextmanager
def launch_peer(
    peer: Peer,
    environment: PeerEnvironment,
    *,
    log_directory: Path,
    ready_within: float = 30.0,
    left_behind: Callable[[str], None] = lambda _: None,
) -> Iterator[Running]:
    """Serve the echo program of a peer until the block ends.

    Args:
        peer: the peer.
        environment: where its packages are.
        log_directory: gets a new file with its output.
        ready_within: seconds until it must answer by HTTP.
        left_behind: takes a sentence about processes that it left behind and that were killed.

    Raises:
        ExitedAtStartError: its process ended; the message has the end of its log.
        NeverReadyError: it did not answer; the message has the end of its log.
        LaunchError: no port was free, or the log cannot be created.
    """
    variables = {
        **inherited(),
        "PATH": path_with(environment.interpreter.parent),
        "PYTHONUNBUFFERED": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        **environment.variables,
    }
    program = Program(
        peer.name,
        lambda port: peer.command_line(environment.interpreter, _HOST, port),
        lambda _: variables,
        log_directory,
        host=_HOST,
        stop_within=peer.stop_within,
        has_health_page=False,
        memory=LARGEST_MEMORY,
        left_behind=left_behind,
    )
    with running_program(program, ready_within) as running:
        yield running
