"""`wsconform run` against servers that want more in the opening handshake, or answer it wrongly."""

from __future__ import annotations

import ssl
import subprocess
import sys
from pathlib import Path

import pytest
import trustme

from conformance.tests.support.processes import crooked_process
from wsconform.crooked import CROOKED, serving
from wsreport.model import Result, read_run

pytestmark = pytest.mark.slow

CASES = "1.1.1", "H.1.4", "H.1.7", "H.4.22", "P.4.1"


def run(directory: Path, *words: str, cases: tuple[str, ...] = CASES) -> tuple[int, str]:
    """Run the command in a directory; return the exit code and what it printed."""
    command = [sys.executable, "-m", "wsconform", "run", *words, "--output", str(directory), "--no-replay"]
    command += [word for case in cases for word in ("--cases", case)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, cwd=directory, timeout=100)
    return ended.returncode, ended.stdout + ended.stderr


def results(directory: Path) -> dict[str, Result]:
    (cell,) = read_run(directory / "run.jsonl").cells.values()
    return cell.results


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("wants-cookie", ["--cookie", "id=xyzzy"]),
        ("wants-password", ["--user", "me:swordfish"]),
        ("wants-origin", ["--origin", "https://site.example"]),
        ("wants-subprotocol", ["--subprotocol", "chat"]),
    ],
)
def test_server_that_wants_more_is_tested_when_it_gets_it(name: str, options: list[str], tmp_path: Path) -> None:
    with crooked_process(name) as server:
        code, output = run(tmp_path, server.url)
        assert code == 1, output
        verdicts = {case: result.verdict for case, result in results(tmp_path).items()}
        assert verdicts == dict.fromkeys(CASES, "not-run") | {"H.1.4": "fail", "H.4.22": "fail"}
        assert "see --subprotocol, --origin, --cookie, --user and --header" in output
        code, output = run(tmp_path, server.url, *options)
    assert code == 0, output
    assert {result.verdict for result in results(tmp_path).values()} == {"pass"}


def test_secrets_are_in_no_output(tmp_path: Path) -> None:
    """Also where the server sends them back, in a Close reason or in a field."""
    secrets = "swordfish", "xyzzy", "sesame", "bWU6c3dvcmRmaXNo", "hunter2"
    with crooked_process("wrong-octets") as server:
        place = server.url.removeprefix("ws://")
        code, output = run(
            tmp_path,
            *(f"ws://me:swordfish@{place}?token=hunter2", "--cookie", "id=xyzzy", "--header", "X-Key: sesame"),
            cases=("1.1.2", "H.1", "H.2", "H.10"),
        )
    assert code == 1, output
    written = {path.name: path.read_text() for path in tmp_path.iterdir() if path.is_file()}
    assert set(written) == {"run.jsonl", "index.html"}
    for text in (output, *written.values()):
        assert [secret for secret in secrets if secret in text or secret.encode().hex() in text] == []
    assert (
        f"again     wsconform run 'ws://{place}?token=***' --header 'X-Key: ***' --cookie '***' --user '***'" in output
    )


@pytest.mark.parametrize(
    ("name", "case"),
    [("no-upgrade", "H.1.5"), ("no-connection", "H.1.6"), ("wrong-accept", "H.1.7"), ("unasked-subprotocol", "H.1.8")],
)
def test_wrong_answer_is_a_failed_case_and_nothing_else_is_played(name: str, case: str, tmp_path: Path) -> None:
    with crooked_process(name) as server:
        code, output = run(tmp_path, server.url, cases=("1", "H.1"))
    assert code == 1, output
    found = results(tmp_path)
    assert [id_ for id_, result in found.items() if result.verdict == "fail"] == [case]
    assert {result.verdict for id_, result in found.items() if id_.startswith("1.")} == {"not-run"}


def test_certificate_must_be_trusted(tmp_path: Path) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1", "localhost").configure_cert(context)
    with serving(CROOKED["honest"], tls=context) as url:
        code, output = run(tmp_path, url)
        assert code == 6, output
        assert "the certificate of the server is not trusted; name its authority with --ca, or use --insecure" in output
        for options in (["--insecure"], ["--ca", str(tmp_path / "ca.pem")]):
            code, output = run(tmp_path, url.replace("127.0.0.1", "localhost"), *options)
            assert code == 0, output


def test_named_server_is_tested_and_named_in_the_command(tmp_path: Path) -> None:
    with crooked_process("wrong-octets") as server:
        (tmp_path / "wsconform.toml").write_text(f"[servers.chat]\nurl = '{server.url}'\ncookie = 'id=xyzzy'\n")
        code, output = run(tmp_path, "chat", cases=("1.1.2",))
    assert code == 1, output
    assert "again     wsconform run chat --cases 1.1.2" in output
    assert "xyzzy" not in output
