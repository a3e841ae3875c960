"""Byte code is shared between environments for modules that are the same file."""

import os
import py_compile

import pytest

from conformance.tests.support import stand_ins
from conformance.tests.support.environments import make
from wsconform.environments.bytecode import link_bytecode
from wsconform.environments.installer import find_uv


def bytecode(environment):
    """The byte code of the target's decorators in an environment."""
    return next(module_of(environment).parent.glob("__pycache__/decorators.*.pyc"))


def module_of(environment):
    return environment.python.parents[1] / environment.identity.package / "decorators.py"


def test_environment_is_built_with_its_byte_code(cache, wheel_target):
    assert bytecode(make(wheel_target)).stat().st_size


@pytest.mark.skipif(find_uv() is None, reason="only uv installs links to files that it keeps")
def test_byte_code_of_the_same_file_is_shared(cache, wheel_target, tmp_path):
    first = make(wheel_target)
    again = make(wheel_target, django=stand_ins.write_wheel(tmp_path, "django", "5.3", stand_ins.DJANGO))
    if not module_of(first).samefile(module_of(again)):
        pytest.skip("uv cannot link here, so no two environments share a file")
    assert first.digest != again.digest
    assert bytecode(first).samefile(bytecode(again))


def test_byte_code_of_another_file_with_the_same_size_and_time_is_not_shared(tmp_path):
    for name, content in (("ours", "x = 1\n"), ("theirs", "x = 2\n")):
        (tmp_path / name / "p").mkdir(parents=True)
        (tmp_path / name / "p" / "m.py").write_text(content)
        os.utime(tmp_path / name / "p" / "m.py", (0, 0))
    py_compile.compile(str(tmp_path / "theirs" / "p" / "m.py"))
    assert link_bytecode(tmp_path / "ours", tmp_path / "theirs") == 0
    assert not (tmp_path / "ours" / "p" / "__pycache__").exists()
