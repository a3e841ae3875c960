"""Play the tests with generated input again and again, each round with a new seed, until the time is over.

The seed of each round is printed. The first round that fails ends it all: hypothesis shows the smallest input that it
has found, and how to play it again. Keep that input: as an `@example`, or in a test that writes the octets out.
"""

from __future__ import annotations

import argparse
import secrets
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
FOLDERS = "reference_impl/tests/fuzzing", "conformance/tests/fuzzing", "reports/tests/fuzzing"
#: Seconds for one test; hypothesis takes up to five minutes to make an input smaller.
TIMEOUT = 900


def main() -> int:
    """Return 0 if nothing was found, and else what pytest returned."""
    options = _options()
    end = time.monotonic() + 60 * options.minutes
    number, seconds = 0, 0.0
    # The last round must not take much longer than there is time.
    while number == 0 or time.monotonic() + seconds / 2 < end:
        number += 1
        began = time.monotonic()
        seed = secrets.randbelow(1 << 32) if options.seed is None else options.seed
        print(f"round {number}: --hypothesis-seed={seed}", flush=True)
        if status := _play(seed, options.paths):
            print(f"round {number} found something; to play it again: ci/fuzz.py --seed {seed}", flush=True)
            return status
        seconds = time.monotonic() - began
        if options.seed is not None:
            break
    print(f"{number} round(s), nothing found")
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--minutes", type=float, default=1.0, help="how long to go on; default: %(default)s")
    parser.add_argument("--seed", type=int, help="play one round with this seed")
    parser.add_argument("paths", nargs="*", default=FOLDERS, help="tests to play; default: all with generated input")
    return parser.parse_args()


def _play(seed: int, paths: list[str]) -> int:
    """Play a round; return the exit status of pytest."""
    options = "-q", "--hypothesis-profile=fuzz", f"--hypothesis-seed={seed}", f"--timeout={TIMEOUT}"
    return subprocess.run([sys.executable, "-m", "pytest", *options, *paths], cwd=ROOT, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
