"""Issue a certificate for servers on this machine, from a throw-away authority that nothing else trusts.

Certificates are kept in the cache, each with its authority in a directory of its own. A directory is never changed:
after some days a new one is made beside it, so that a run can go on with the one it has. Expired ones are removed.
"""

import datetime
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from shutil import rmtree
from typing import TYPE_CHECKING, Self

from wsconform.environments.locks import Lock
from wsconform.environments.store import cache_root

if TYPE_CHECKING:
    import trustme

__all__ = ["Certificate", "find_certificate"]

_NAMES = "localhost", "127.0.0.1"
_DAY = 24 * 60 * 60  # seconds
# A run that got a certificate just before it was replaced may last for the difference.
_REPLACED_AFTER = 7 * _DAY
_VALID_FOR = 30 * _DAY


@dataclass(frozen=True, slots=True)
class Certificate:
    """PEM files for a server on this machine, called `localhost` or `127.0.0.1`.

    Attributes:
        authority: the issuer's certificate, the only one that clients must trust.
        certificate: the server's certificate.
        key: the server's private key, readable only by the user.
    """

    authority: Path
    certificate: Path
    key: Path

    @classmethod
    def within(cls, directory: Path) -> Self:
        """Return the files in one directory."""
        return cls(directory / "authority.pem", directory / "certificate.pem", directory / "key.pem")

    def is_complete(self) -> bool:
        """Tell whether all its files exist."""
        return all(path.is_file() for path in (self.authority, self.certificate, self.key))


def find_certificate() -> Certificate:
    """Return a certificate that is valid for some weeks; issue one if there is none. Safe for concurrent runs."""
    root = cache_root().parent / "certificates"
    root.mkdir(parents=True, exist_ok=True)
    lock = Lock(root / "lock")
    lock.acquire(exclusive=True)
    try:
        _sweep(root)
        for directory in root.glob("issued-*"):
            found = Certificate.within(directory)
            if _age(directory) < _REPLACED_AFTER and found.is_complete():
                return found
        return _issue(root)
    finally:
        lock.release()


def _age(directory: Path) -> float:
    return time.time() - directory.stat().st_mtime


def _sweep(root: Path) -> None:
    """Remove expired certificates, and drafts of runs that were killed."""
    for directory in root.iterdir():
        if directory.name.startswith("draft-") or (directory.is_dir() and _age(directory) > _VALID_FOR):
            rmtree(directory)


def _issue(root: Path) -> Certificate:
    # Importing it takes a quarter of a second, and it is needed once a week.
    import trustme

    authority = trustme.CA()
    until = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=_VALID_FOR)
    issued = authority.issue_cert(*_NAMES, not_after=until)
    draft = Path(tempfile.mkdtemp(prefix="draft-", dir=root))
    files = Certificate.within(draft)
    _write(files.authority, authority.cert_pem)
    _write(files.certificate, *issued.cert_chain_pems)
    _write(files.key, issued.private_key_pem)
    return Certificate.within(draft.rename(root / draft.name.replace("draft", "issued")))


def _write(path: Path, *blobs: "trustme.Blob") -> None:
    path.touch(mode=0o600, exist_ok=False)
    path.write_bytes(b"".join(blob.bytes() for blob in blobs))
