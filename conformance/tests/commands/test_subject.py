"""The server to test: what is sent to it, mistakes in its options, and runs of servers that want something."""

from __future__ import annotations

import ssl
import subprocess
import sys
from pathlib import Path

import click
import pytest
import trustme
from click.testing import CliRunner

from conformance.tests.support.processes import crooked_process
from wsconform.commands.subject import Subject, subject_options
from wsconform.crooked import CROOKED, serving
from wsconform.trust import Trust
from wsreport.model import Result, read_run

URL = "ws://127.0.0.1:9001/"


@click.command()
@subject_options
def command(subject: Subject) -> Subject:
    return subject


def subject(*words: str) -> Subject:
    found: Subject = command.main(list(words), standalone_mode=False)
    return found


def error(*words: str) -> str:
    ended = CliRunner().invoke(command, list(words))
    assert ended.exit_code == 2
    return ended.output


def test_url_alone() -> None:
    found = subject("ws://[::1]:9001/echo")
    assert (found.name, found.words, found.trust) == ("[::1]:9001", ("ws://[::1]:9001/echo",), Trust())
    assert found.additions.fields == ()


def test_all_that_a_server_may_want() -> None:
    options = ["--subprotocol", "a", "--subprotocol", "b", "--header", "X-Key: sesame ", "--origin", "https://x"]
    found = subject(URL, *options, "--cookie", "id=xyzzy; b=c", "--user", "me:swordfish")
    assert found.additions.subprotocols == ("a", "b")
    assert found.additions.fields == (
        ("X-Key", "sesame"),
        ("Origin", "https://x"),
        ("Cookie", "id=xyzzy; b=c"),
        ("Authorization", "Basic bWU6c3dvcmRmaXNo"),
    )
    assert found.words == (
        *(URL, "--subprotocol", "a", "--subprotocol", "b", "--header", "X-Key: ***"),
        *("--origin", "https://x", "--cookie", "***", "--user", "***"),
    )
    assert {"sesame", "xyzzy", "swordfish", "bWU6c3dvcmRmaXNo"} <= set(found.additions.secrets)


def test_credentials_of_the_url_are_sent_and_not_shown() -> None:
    found = subject("ws://me:p%40ss@127.0.0.1:9001/?token=xyzzy")
    assert found.additions.fields == (("Authorization", "Basic bWU6cEBzcw=="),)
    assert found.name == "127.0.0.1:9001"
    assert found.words == ("ws://127.0.0.1:9001/?token=***", "--user", "***")
    assert {"p@ss", "xyzzy"} <= set(found.additions.secrets)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["http://x/"], "'http://x/' is not a WebSocket URL; write it like ws://127.0.0.1:8000/echo"),
        (["ws://me:sesame@x/#y"], "'ws://x/#y' has a fragment"),
        ([URL, "--header", "nothing"], "'nothing' does not begin with a field name and a colon"),
        ([URL, "--header", "X Y: 1"], "does not begin with a field name"),
        (
            [URL, "--header", "Sec-WebSocket-Protocol: x"],
            "the suite sets Sec-WebSocket-Protocol itself; use --subproto",
        ),
        ([URL, "--header", "host: x"], "the suite sets host itself"),
        ([URL, "--header", "X: a\r\nY: b"], "--header: X: the value has a control character"),
        ([URL, "--cookie", "a=€"], "--cookie: the value has a character that is not in Latin-1"),
        ([URL, "--header", "Cookie: a=b", "--cookie", "a=b"], "the request would have 2 Cookie fields"),
        ([URL, "--subprotocol", "a b"], "'a b' is not a token"),
        ([URL, "--subprotocol", "a", "--subprotocol", "a"], "each subprotocol may be offered once"),
        ([URL, "--user", "me"], "write user name and password as USER:PASSWORD"),
        (["ws://me:x@h/", "--user", "me:x"], "the URL has a user name, and so has --user"),
        ([URL, "--insecure"], "they need a wss:// URL"),
        (["wss://x/", "--insecure", "--ca", "x.pem"], "contradict each other"),
        (["wss://x/", "--ca", "missing.pem"], "missing.pem cannot be read: No such file"),
        (["chat"], "'chat' is not a WebSocket URL, such as ws://127.0.0.1:8000/echo, and there is no wsconform.toml"),
    ],
)
def test_mistake_is_named(words: list[str], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    output = error(*words)
    assert message in output
    assert "sesame" not in output


def test_file_without_a_certificate_is_refused(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("nothing")
    assert "has no certificate in PEM format" in error("wss://x/", "--ca", str(tmp_path / "ca.pem"))


# Named servers

FILE = """
[servers.chat]
url = "wss://chat.example/ws"
subprotocols = ["chat.v2"]
origin = "https://chat.example"
cookie = "id=${CHAT_COOKIE}"
insecure = true
headers = { X-Tenant = "a", X-Key = "${CHAT_COOKIE}" }

[servers.plain]
url = "ws://127.0.0.1:9001/"
"""


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CHAT_COOKIE", "xyzzy")
    path = tmp_path / "wsconform.toml"
    path.write_text(FILE)
    return path


def test_named_server(file: Path) -> None:
    found = subject("chat")
    assert (found.name, found.address.url, found.words) == ("chat", "wss://chat.example/ws", ("chat",))
    assert found.trust == Trust(verified=False)
    assert found.additions.subprotocols == ("chat.v2",)
    assert found.additions.fields == (
        ("X-Tenant", "a"),
        ("X-Key", "xyzzy"),
        ("Origin", "https://chat.example"),
        ("Cookie", "id=xyzzy"),
    )
    assert subject("plain").additions.fields == ()


def test_options_replace_keys_of_the_file(file: Path) -> None:
    found = subject("chat", "--config", str(file), "--origin", "https://other", "--subprotocol", "x")
    assert found.additions.subprotocols == ("x",)
    assert ("Origin", "https://other") in found.additions.fields
    assert found.words == ("chat", "--config", str(file), "--subprotocol", "x", "--origin", "https://other")


@pytest.mark.parametrize(
    ("text", "name", "message"),
    [
        (FILE, "chta", "no server is called 'chta'; did you mean chat?"),
        ("", "chat", "no server is called 'chat': the file has no [servers.…] table"),
        ("[server.chat]", "chat", "has the unknown key 'server'; did you mean servers?"),
        (
            "[servers.chat]\nurl='ws://x'\nsubprotocol='x'",
            "chat",
            "unknown key 'subprotocol'; did you mean subprotocols?",
        ),
        ("[servers.chat]\nurl='ws://x'\nqqq=1", "chat", "unknown key 'qqq'; there are url, subprotocols"),
        ("[servers.chat]\nurl=1", "chat", "servers.chat.url must be a string"),
        ("[servers.chat]\nurl='ws://x'\nsubprotocols='x'", "chat", "subprotocols must be a list of strings"),
        ("[servers.chat]\nurl='ws://x'\nheaders={A=1}", "chat", "headers must be a table of strings"),
        ("[servers.chat]\nurl='ws://x'\ninsecure=1", "chat", "insecure must be true or false"),
        ("[servers.chat]\norigin='x'", "chat", "servers.chat has no url"),
        (
            "[servers.chat]\nurl='ws://${MISSING}'",
            "chat",
            "refers to the environment variable MISSING, which is not set",
        ),
        ("[servers.chat]\nurl='ws://me:sesame@x/#y'", "chat", "has a fragment"),
        ("servers = 1", "chat", "servers must be a table of tables"),
        ("[servers]\nchat = 1", "chat", "servers.chat must be a table"),
        ("[servers", "chat", "wsconform.toml is not TOML"),
        ("\xff", "chat", "wsconform.toml is not TOML"),
    ],
)
def test_mistake_in_the_file_is_named(file: Path, text: str, name: str, message: str) -> None:
    file.write_bytes(text.encode("latin-1", "ignore") if text == "\xff" else text.encode())
    output = " ".join(error(name).split())
    assert message in output
    assert "sesame" not in output


def test_missing_file_is_named(tmp_path: Path) -> None:
    assert "cannot be read" in error("chat", "--config", str(tmp_path / "no.toml"))


# Runs

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


@pytest.mark.slow
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


@pytest.mark.slow
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


@pytest.mark.slow
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


@pytest.mark.slow
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


@pytest.mark.slow
def test_named_server_is_tested_and_named_in_the_command(tmp_path: Path) -> None:
    with crooked_process("wrong-octets") as server:
        (tmp_path / "wsconform.toml").write_text(f"[servers.chat]\nurl = '{server.url}'\ncookie = 'id=xyzzy'\n")
        code, output = run(tmp_path, "chat", cases=("1.1.2",))
    assert code == 1, output
    assert "again     wsconform run chat --cases 1.1.2" in output
    assert "xyzzy" not in output
