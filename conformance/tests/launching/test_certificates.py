"""A certificate is valid for this machine, private, and reused for some days."""

import os
import ssl
import stat
import threading
import time

import pytest

from wsconform.launching import certificates
from wsconform.launching.certificates import Certificate, find_certificate

DAY = 24 * 60 * 60


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("WSCONFORM_CACHE", str(tmp_path))
    return tmp_path


def shake_hands(certificate: Certificate, name: str) -> str:
    """Connect a client and a server by TLS in memory; return the negotiated version."""
    server_context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server_context.load_cert_chain(certificate.certificate, certificate.key)
    client_context = ssl.create_default_context(cafile=certificate.authority)
    upstream, downstream = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = client_context.wrap_bio(downstream, upstream, server_hostname=name)
    server = server_context.wrap_bio(upstream, downstream, server_side=True)
    for end in (client, server, client, server):
        try:
            end.do_handshake()
        except ssl.SSLWantReadError:
            continue
    return client.version()


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost"])
def test_client_that_trusts_the_authority_can_connect(name):
    assert shake_hands(find_certificate(), name).startswith("TLS")


def test_other_names_are_invalid():
    with pytest.raises(ssl.SSLCertVerificationError, match=r"not valid for 'example\.org'"):
        shake_hands(find_certificate(), "example.org")


def test_key_is_readable_only_by_its_owner():
    assert stat.S_IMODE(find_certificate().key.stat().st_mode) == 0o600


def test_certificate_is_in_the_cache_and_reused(cache):
    found = find_certificate()
    assert cache / "certificates" in found.key.parents
    assert find_certificate() == found


@pytest.mark.parametrize("name", ["authority", "certificate", "key"])
def test_new_one_is_issued_when_a_file_is_missing(name):
    found = find_certificate()
    getattr(found, name).unlink()
    assert find_certificate() != found
    assert find_certificate().is_complete()


def test_new_one_is_issued_after_some_days_and_the_old_one_stays():
    old = find_certificate()
    turn_back(old, days=8)
    new = find_certificate()
    assert new != old
    assert old.is_complete()
    assert find_certificate() == new


def test_expired_certificates_and_drafts_are_removed(cache):
    old = find_certificate()
    turn_back(old, days=31)
    draft = cache / "certificates" / "draft-of-a-killed-run"
    draft.mkdir()
    new = find_certificate()
    assert set((cache / "certificates").iterdir()) == {new.key.parent, cache / "certificates" / "lock"}


def test_killed_run_leaves_no_incomplete_certificate(monkeypatch):
    def killed(path, *blobs):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(certificates, "_write", killed)
        with pytest.raises(KeyboardInterrupt):
            find_certificate()
    assert find_certificate().is_complete()


def test_concurrent_callers_get_the_same_certificate():
    together, found = threading.Barrier(4), []

    def ask():
        together.wait()
        found.append(find_certificate())

    threads = [threading.Thread(target=ask) for _ in range(together.parties)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == together.parties
    assert len(set(found)) == 1


def turn_back(certificate: Certificate, *, days: int) -> None:
    then = time.time() - days * DAY
    os.utime(certificate.key.parent, (then, then))
