"""Attack servers, and print what it costs them: see the package."""

from __future__ import annotations

import argparse
import json
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from wsconform.errors import ConformanceError
from wsconform.servers import find_servers
from wsconform.servers.server import Server

from .attacked import Attack
from .chat import chat
from .costs import costs
from .fairness import fairness
from .launching import Launcher
from .leftovers import leftovers
from .memory import backlog, bomb
from .processor import processor
from .waiting import never_waits

ATTACKS = {
    "chat": Attack("a member of a chat that never reads", chat, connections=8),
    "never-waits": Attack("pings whose pongs are not taken, and methods that never wait", never_waits, connections=8),
    "bomb": Attack("compressed texts of the largest size", bomb, connections=22),
    "fairness": Attack("a flood of tiny messages to another view", fairness),
    "backlog": Attack("a flood of messages that the view does not read", backlog, connections=1),
    "processor": Attack("processor time for each octet", processor, connections=1),
    "leftovers": Attack("descriptors, threads and lines of log", leftovers, connections=1),
    "costs": Attack("the rows of the README's table of what one client can cost", costs, connections=22),
}
REFERENCE = Path(__file__).parents[2]

Result = dict[str, object]


def attack_all(server: Server, names: list[str], checkout: Path, patience: float) -> Iterator[tuple[str, Result]]:
    """Attack one server; yield the figures of each attack. Each gets a new process of the server."""
    try:
        launcher = Launcher(server, checkout)
    except ConformanceError as error:
        yield from ((name, {"not tried": str(error).partition("\n")[0]}) for name in names)
        return
    for name in names:
        needed = ATTACKS[name].connections
        if server.concurrency == 1 and needed > 1:
            yield name, {"not tried": f"the server holds one connection, and this takes {needed}"}
        else:
            yield name, _attack(launcher, ATTACKS[name], patience)


def _attack(launcher: Launcher, attack: Attack, patience: float) -> Result:
    with TemporaryDirectory() as logs:
        try:
            with launcher.launched(Path(logs), patience) as site:
                return dict(attack.run(site))
        except ConformanceError as error:
            return {"not tried": str(error).partition("\n")[0]}
        except Exception:
            return {"failed": traceback.format_exc(limit=-3)}


def table(results: dict[str, dict[str, Result]]) -> str:
    """Return a table in Markdown for each attack: figures by server."""
    parts = []
    for name in ATTACKS:
        by_server = {server: attacks[name] for server, attacks in results.items() if name in attacks}
        rows = list(dict.fromkeys(figure for figures in by_server.values() for figure in figures))
        if not rows:
            continue
        parts.append(f"\n{name}: {ATTACKS[name].summary}\n")
        parts.append(f"| | {' | '.join(by_server)} |\n|---|{'---|' * len(by_server)}")
        cells = {row: [_shown(figures.get(row, "")) for figures in by_server.values()] for row in rows}
        parts += [f"| {row} | {' | '.join(figures)} |" for row, figures in cells.items()]
    return "\n".join(parts)


def _shown(figure: object) -> str:
    if figure is None:
        return "never"
    if isinstance(figure, float):
        return f"{figure:.3g}" if figure < 100 else f"{figure:.0f}"
    return str(figure).replace("\n", " ").replace("|", "/")


def main() -> int:
    """Attack and print; exit 1 when an attack could not be carried out."""
    parser = argparse.ArgumentParser("python -m benchmarks.attacks", description=__doc__)
    parser.add_argument("--server", action="append", help="as for wsconform matrix; default: gunicorn-gthread, gevent")
    parser.add_argument("--attack", action="append", choices=ATTACKS, help="default: all")
    parser.add_argument("--target", type=Path, default=REFERENCE, help="reference_impl of a checkout; default: this")
    parser.add_argument("--patience", type=float, default=60.0, help="seconds before an attack gives up waiting")
    parser.add_argument("--json", type=Path, help="a file for all figures")
    options = parser.parse_args()
    names, file = options.attack or list(ATTACKS), options.json and options.json.resolve()
    results: dict[str, dict[str, Result]] = {}
    for server in find_servers(options.server or ["gunicorn-gthread", "gevent"]):
        results[server.name] = {}
        for name, figures in attack_all(server, names, options.target.resolve(), options.patience):
            print(server.name, name, figures, flush=True, file=sys.stderr)
            results[server.name][name] = figures
            if file:
                file.write_text(json.dumps(results, indent=1, ensure_ascii=False))
    print(table(results))
    return 1 if any("failed" in figures for attacks in results.values() for figures in attacks.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
