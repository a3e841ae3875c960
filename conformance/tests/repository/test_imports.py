"""The picture of the structure in the README is that of the imports."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from pathlib import Path

import wsconform

PACKAGE = Path(wsconform.__file__).parent
README = PACKAGE.parent / "README.md"


def part_of(module: str) -> str:
    """The folder of a module, or the module itself if it is directly in the package."""
    return [*module.split("."), "(package)"][1]


def imported_by(path: Path) -> set[str]:
    """The modules of ours that a module imports at run time."""
    found: set[str] = set()
    pending: list[ast.AST] = [ast.parse(path.read_text("utf-8"))]
    while pending:
        node = pending.pop()
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            pending += node.orelse
            continue
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            is_package = (PACKAGE.parent / Path(*node.module.split("."))).is_dir()
            found |= {f"{node.module}.{alias.name}" for alias in node.names} if is_package else {node.module}
        pending += ast.iter_child_nodes(node)
    return {name for name in found if name.split(".")[0] in ("wsconform", "wsreport")}


def drawn() -> dict[str, set[str]]:
    """Who imports whom, as the README draws it."""
    block = re.search(r"```imports\n(.*?)```", README.read_text("utf-8"), re.DOTALL)
    assert block, "the README has a block of imports"
    rows = (line.partition("→") for line in block[1].splitlines() if line.strip())
    return {name.strip(): set(others.split()) for name, _, others in rows}


def measured() -> dict[str, set[str]]:
    """Who imports whom, by the imports in the source."""
    parts: dict[str, set[str]] = defaultdict(set)
    for path in PACKAGE.rglob("*.py"):
        relative = path.relative_to(PACKAGE.parent).with_suffix("")
        if "site" in relative.parts:
            continue
        own = part_of(".".join(relative.parts))
        parts[own] |= {"wsreport" if name.startswith("wsreport") else part_of(name) for name in imported_by(path)} - {
            own,
            "(package)",
            "__version__",
        }
    return {name: others for name, others in parts.items() if name not in ("__init__", "__main__")}


def test_the_readme_draws_who_imports_whom() -> None:
    assert drawn() == measured()
