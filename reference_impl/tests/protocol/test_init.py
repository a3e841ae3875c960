"""The public names, and what the core may import."""

import ast
import sys
from pathlib import Path

import pytest

import dwebsocket.protocol

MODULES = sorted(Path(dwebsocket.protocol.__file__).parent.glob("*.py"))
FORBIDDEN = {"asyncio", "select", "selectors", "socket", "ssl", "threading", "time"}


def test_every_public_name_is_there():
    assert dwebsocket.protocol.__all__ == sorted(dwebsocket.protocol.__all__)
    assert all(hasattr(dwebsocket.protocol, name) for name in dwebsocket.protocol.__all__)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_a_module_imports_the_standard_library_without_io_and_one_c_function(path):
    allowed = sys.stdlib_module_names - FORBIDDEN
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            assert {alias.name.partition(".")[0] for alias in node.names} <= allowed
        if isinstance(node, ast.ImportFrom) and not node.level:
            assert node.module.partition(".")[0] in allowed or node.module == "websockets.speedups"
