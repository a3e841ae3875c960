"""How steps on one connection are taken."""

from __future__ import annotations

from wsconform.cases.builders import text
from wsconform.crooked import CROOKED, serving
from wsconform.matrix.serving import ExternalServer
from wsconform.model import Side
from wsconform.script import steps
from wsconform.script.events import EndSeen, ScriptTranscript, UpgradeSeen
from wsconform.script.judge import judge_script
from wsconform.script.model import Log, ScriptCase
from wsconform.script.playing.external import ExternalFacts
from wsconform.script.playing.player import ScriptPlayer
from wsconform.wire.opening import Additions

OPEN = steps.Request(""), steps.ExpectUpgrade()
NOTHING = Additions()
VIOLATION = steps.SendRaw((text("Hello", key=b""),))


def played(*more: steps.Step, server: str = "honest", additions: Additions = NOTHING) -> ScriptTranscript:
    case = ScriptCase("R.0.1", "Any.", (*OPEN, *more), ("robust-others",), log=Log.ANY, own_server=False)
    with serving(CROOKED[server]) as url:
        seen = ScriptPlayer(ExternalFacts(ExternalServer(url, additions=additions))).play(case)
    assert judge_script(case, seen).reason == ""
    return seen


def test_end_is_awaited_and_a_close_is_answered() -> None:
    seen = played(VIOLATION, steps.AwaitEnd(600.0))
    assert seen.observations[-1].event == EndSeen(steps.End.FIN)
    assert [record.what for record in seen.wire if record.by is Side.US][1:] == ["TEXT 5, not masked", "CLOSE 2"]


def test_awaited_end_need_not_come() -> None:
    assert played(steps.AwaitEnd(0.01)).observations[-1].event == EndSeen(steps.End.NEVER)


def test_subprotocol_that_the_user_wants_may_be_selected() -> None:
    seen = played(server="wants-subprotocol", additions=Additions(subprotocols=("chat",)))
    assert isinstance(event := seen.observations[0].event, UpgradeSeen)
    assert event.subprotocol == "chat"
